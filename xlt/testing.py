"""Checks that a third party's task, strategy, parser or detector can run on itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import clean
from xlt.answers.reading import AnswerParser
from xlt.composing import compose
from xlt.detection import Detector
from xlt.errors import DefinitionError, InputError, XLTError, shown
from xlt.languages import get_language
from xlt.prompt import Prompt
from xlt.registry import find
from xlt.request import make_request
from xlt.running import drive
from xlt.strategies.strategy import Strategy
from xlt.task import InputField, Task

__all__ = ["check_detector", "check_parser", "check_strategy", "check_task"]


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


# One text a script, each with what breaks careless templates: braces, bidi marks, CRLF.
_SAMPLES = {
    "en": "Ann has 3 {{ apples }}.\r\nHow many?",
    "zh": "安有三个 {% raw %} 苹果。多少个？",
    "ar": "لدى آن 3 تفاحات\u200f؟",
    "hi": "ऐन के पास ३ सेब हैं।",
    "th": "แอนมีแอปเปิล 3 ผล",
    "sw": "Ann ana matofaa 3 {x.__class__}",
    "ru": "У Анны 3 яблока",
}
# The least there is of a picture: a GIF of one pixel.
_PICTURE = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)


def check_task(task: Task) -> None:
    """Raise DefinitionError unless the task composes in every script and can be read back.

    The paper's prompts are composed with texts in seven scripts: each must arrive verbatim and
    once, and the prompt must double no space and no stop. The answer kind must have a parser.
    """
    find("xlt.answers", "kind of answer", task.answer.kind)
    for tag, sample in _SAMPLES.items():
        inputs = {field.name: _value(field, sample, task) for field in task.inputs}
        for strategy in ("xlt", "basic", "cot"):
            _check_prompt(task, inputs, tag, strategy)


def _value(field: InputField, sample: str, task: Task) -> Any:
    if field.is_image:
        return _PICTURE
    return field.allowed[0] if field.allowed else f"{sample} ({task.field_names.index(field.name)})"


def _check_prompt(task: Task, inputs: dict[str, Any], tag: str, strategy: str) -> None:
    where = f"{task.name}, {strategy}, {tag}"
    try:
        prompt = compose(task, inputs, language=tag, target_language="sw", strategy=strategy)
    except XLTError as error:
        raise DefinitionError(f"{where}: {error}") from error
    frame = prompt.request_text
    for field in task.inputs:
        if field.is_image:
            continue
        text = inputs[field.name]
        if not field.allowed and frame.count(text) != 1:
            raise DefinitionError(
                f"{where}: the input {field.name!r} does not arrive verbatim, once"
            )
        frame = frame.replace(text, "·")
    if "  " in frame or ".." in frame or "?." in frame:
        raise DefinitionError(f"{where}: the prompt doubles a space or a stop: {frame!r}")


_REPLIES = ("", "Answer: 4", "<think>never closed", "Réponse : ４\r\n", "{" * 1000)
_MOST_ROUNDS = 64


def check_strategy(
    strategy: Strategy,
    *,
    task: str = "mgsm",
    inputs: str | Mapping[str, str] = "Je, 2 + 2 ni ngapi?",
    language: str = "sw",
    options: Mapping[str, Any] | None = None,
    replies: Iterable[str] = _REPLIES,
) -> None:
    """Check that the plans of `strategy` keep their promises, whatever the model replies.

    Each round is a tuple of prompts that name the strategy, the plan ends in an Answer within
    64 rounds, and the same replies lead to the same prompts and answer. Raises AssertionError.
    """
    for reply in replies:
        first = _run(strategy, task, inputs, language, dict(options or {}), reply)
        again = _run(strategy, task, inputs, language, dict(options or {}), reply)
        _require(first == again, f"the reply {reply[:60]!r} leads to another plan the second time")


def _run(
    strategy: Strategy,
    task: str,
    inputs: str | Mapping[str, str],
    language: str,
    options: dict[str, Any],
    reply: str,
) -> tuple[list[tuple[Prompt, ...]], Answer]:
    plan = strategy.plan(make_request(task, inputs, language=language), **options)
    rounds: list[tuple[Prompt, ...]] = []

    def send(prompts: tuple[Prompt, ...]) -> list[str]:
        _require(len(prompts) > 0, "a round must hold at least one prompt")
        for prompt in prompts:
            _require(isinstance(prompt, Prompt), f"a round holds a {type(prompt).__name__}")
            _require(prompt.strategy == strategy.name, "a prompt names another")
        rounds.append(prompts)
        _require(len(rounds) <= _MOST_ROUNDS, f"the plan does not end in {_MOST_ROUNDS} rounds")
        return [reply] * len(prompts)

    try:
        return rounds, drive(plan, send)
    except InputError as error:
        raise AssertionError(str(error)) from error


# Texts that a reply may be: empty, cut, in any script, broken, hostile.
HARD_REPLIES: tuple[str, ...] = (
    "",
    " \n\t",
    "Answer:",
    "Answer: \n\nAnswer:",
    "答案：",
    "**Answer:** `5`\r\n",
    "<think>Answer: 5",
    "Answer: 5</think>",
    "Re\u0301ponse : 5",
    "\ufeffAnswer: 5\u200f",
    "İ" * 50 + " Answer: 5",
    "Answer: \ud800",
    "Answer: \0",
    "Answer: " + "9" * 5000,
    "Answer: " + "e\u0301\u0323" * 2000,
    "[" * 20_000,
    "Answer: " * 5_000,
    "a" * 100_000,
)


def default_format(kind: str) -> AnswerFormat:
    """Return a plain English `AnswerFormat` for the kind, to check a parser with."""
    english = get_language("en")
    return AnswerFormat(kind, "answer", english, english)


def check_parser(
    parser: AnswerParser,
    asked: AnswerFormat | None = None,
    examples: Iterable[tuple[str, object]] = (),
) -> None:
    """Check that `parser` keeps the promises of a parser of `xlt.answers`.

    A parser takes a `CleanReply` and an `AnswerFormat` and returns an `Answer`; it never raises
    on a text, answers the same text in the same way, says "none" when it has no value, and gives
    the place of its answer in the raw reply. `examples` are replies and the values they hold
    (None: not found). Raises AssertionError that names the reply.
    """
    asked = asked or default_format("third_party")
    for reply in HARD_REPLIES:
        _checked(parser, reply, asked)
    for reply, value in examples:
        answer = _checked(parser, reply, asked)
        _holds(answer.value == value, reply, f"read {answer.value!r}, not {value!r}")


def _checked(parser: AnswerParser, reply: str, asked: AnswerFormat) -> Answer:
    view = clean(reply)
    answer = parser(view, asked)
    _holds(isinstance(answer, Answer), reply, f"gave a {type(answer).__name__}, not an Answer")
    _holds(parser(view, replace(asked)) == answer, reply, "gave another answer the second time")
    known = answer.status in ("anchored", "fallback", "none")
    _holds(known, reply, f"gave the status {answer.status!r}")
    none = answer.status == "none"
    _holds((answer.value is None) == none, reply, "has a value exactly if the status is not none")
    _holds(answer.reply == reply, reply, "does not keep the raw reply: use reply.answer(...)")
    if answer.span is not None:
        start, end = answer.span
        _holds(reply[start:end] == answer.text, reply, f"text is not at its span {answer.span}")
    _holds(pickle.loads(pickle.dumps(answer)) == answer, reply, "gave an answer that cannot pickle")
    return answer


def _holds(holds: bool, reply: str, what: str) -> None:
    _require(holds, f"on the reply {shown(reply)} the parser {what}")


_TEXTS = (
    "The children are playing in the garden.",
    "孩子们正在花园里玩耍。",
    "يلعب الأطفال في الحديقة",
    "เด็ก ๆ กำลังเล่นในสวน",
    "Watoto wanacheza bustanini.",
    "xqzt vvkp",
    "ab \0 \u202e \ufeff",
)


def check_detector(detector: Detector) -> None:
    """Check that `detector` keeps the promises of an entry point of `xlt.detectors`.

    It returns pairs of a tag and a probability from 0 to 1, the same ones every time, for texts
    of every script, with and without languages to choose from. Raises AssertionError.
    """
    for text in _TEXTS:
        for languages in (None, ("en", "zh", "sw")):
            found = list(detector(text, languages))
            _require(
                found == list(detector(text, languages)), f"{text!r}: another ranking each time"
            )
            for tag, probability in found:
                _require(isinstance(tag, str), f"{text!r}: the tag {tag!r} is not a text")
                _require(0 <= probability <= 1, f"{text!r}: {probability} is not a probability")
