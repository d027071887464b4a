"""`check_parser`: whether a parser of replies keeps the promises of `xlt.answers`."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import replace

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import clean
from xlt.answers.reading import AnswerParser
from xlt.errors import shown
from xlt.languages import get_language
from xlt.testing.requirement import require

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
        _require(answer.value == value, reply, f"read {answer.value!r}, not {value!r}")


def _checked(parser: AnswerParser, reply: str, asked: AnswerFormat) -> Answer:
    view = clean(reply)
    answer = parser(view, asked)
    _require(isinstance(answer, Answer), reply, f"gave a {type(answer).__name__}, not an Answer")
    _require(parser(view, replace(asked)) == answer, reply, "gave another answer the second time")
    known = answer.status in ("anchored", "fallback", "none")
    _require(known, reply, f"gave the status {answer.status!r}")
    none = answer.status == "none"
    _require((answer.value is None) == none, reply, "has a value exactly if the status is not none")
    _require(answer.reply == reply, reply, "does not keep the raw reply: use reply.answer(...)")
    if answer.span is not None:
        start, end = answer.span
        _require(reply[start:end] == answer.text, reply, f"text is not at its span {answer.span}")
    _require(
        pickle.loads(pickle.dumps(answer)) == answer, reply, "gave an answer that cannot pickle"
    )
    return answer


def _require(holds: bool, reply: str, what: str) -> None:
    require(holds, f"on the reply {shown(reply)} the parser {what}")
