"""What `xlt preview` writes: a prompt with its steps in colour, or plain, or as JSON; warnings."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from itertools import cycle
from typing import TYPE_CHECKING, Any

from xlt.cli.terminal import (
    GAP,
    Row,
    emit,
    emit_json,
    emit_lines,
    is_terminal,
    make_console,
    margin_lines,
    remark,
    shown_percent,
)
from xlt.rendering.filters import first_upper

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from xlt.answers.answer import AnswerFormat
    from xlt.detection import Detection
    from xlt.images import Image
    from xlt.languages import Language
    from xlt.prompt import Prompt
    from xlt.task import Task
    from xlt.tokens import TokenCount


_COLOURS = ("magenta", "cyan", "yellow", "green", "blue", "bright_red")
_KINDS = {
    "number": "a number",
    "boolean": "yes or no",
    "short_text": "a short text",
    "long_text": "a text",
    "json": "a JSON value",
}

_MOST_WARNINGS = 10
DEFAULT_MODEL = "gpt-4o-mini"
_SHOWN = 2  # of the words a language has for "answer"; `xlt languages TAG` shows them all


def show_prompt(prompt: Prompt, detection: Detection | None, model: str | None) -> None:
    """Write a prompt, what it is for, its tokens, and what its parser will look for."""
    emit_lines(preview_lines(prompt, detection, model, make_console()))


def preview_lines(
    prompt: Prompt, detection: Detection | None, model: str | None, console: Console
) -> list[Text]:
    """Return the styled lines of the preview, none wider than the console."""
    heads = [_fact("task", prompt.task.name), _fact("language", _languages(prompt, detection))]
    heads.append(_fact("strategy", prompt.strategy))
    tails = [
        _fact("tokens", _tokens(prompt.count_tokens(model))),
        _fact("answer", _sought(prompt.answer_format)),
        _fact("signature", prompt.signature),
    ]
    if prompt.omitted is not None:
        tails.insert(1, _fact("left out", str(prompt.omitted)))
    blocks = [heads, _turns(prompt), [*_images(prompt.images, model), *_steps(prompt)], tails]
    rows = [row for block in blocks if block for row in (GAP, *block)]
    return margin_lines(rows[1:], console)


def _fact(name: str, value: str) -> Row:
    return Row(name, value, "dim")


def _turns(prompt: Prompt) -> list[Row]:
    rows = [Row("system", prompt.system, "dim", "dim")] if prompt.system else []
    for number, turn in enumerate(prompt.demonstrations, start=1):
        rows += [GAP] * bool(rows)
        rows += [Row("image", str(image), "dim", "dim") for image in turn.images]
        rows.append(Row(f"demonstration {number}", turn.prompt, "dim", "dim"))
        rows.append(Row("its reply", turn.reply, "dim", "dim italic"))
    rows += [GAP] * bool(rows and prompt.history)
    return rows + [Row(f"earlier: {one.role}", one.content, "dim", "dim") for one in prompt.history]


def _images(images: Sequence[Image], model: str | None) -> list[Row]:
    """Describe each picture, and what it costs by the rule of the model's provider."""
    from xlt.images import count_image_tokens
    from xlt.images.counting import rule_of

    rows = []
    for image in images:
        tokens, rule = count_image_tokens(image, model), rule_of(model)
        cost = "not counted"
        if tokens is not None and rule is not None:
            cost = f"~{tokens} tokens ({rule.name})"
        rows.append(Row("image", f"{image}; {cost}", "dim", "dim"))
    return rows


def _steps(prompt: Prompt) -> list[Row]:
    return [
        Row(shown_step(step.name), step.text, f"bold {colour}", colour)
        for step, colour in zip(prompt.steps, cycle(_COLOURS), strict=False)
    ]


def shown_step(name: str) -> str:
    """Return a step's name as the paper writes it: "CoT task solving"."""
    words = name.replace("_", " ")
    return words.replace("cot ", "CoT ").replace("cross lingual", "cross-lingual")


def _languages(prompt: Prompt, detection: Detection | None) -> str:
    text = _language(prompt.language)
    if detection is not None:
        text += f", detected with {shown_percent(detection.confidence)} confidence"
    if prompt.target_language != prompt.language:
        text += f"; answer in {_language(prompt.target_language)}"
    return text


def _language(language: Language) -> str:
    return f"{language.name} ({language.tag})"


def _tokens(count: TokenCount) -> str:
    if count.exact:
        return f"{int(count)} tokens ({count.encoding})"
    images = count.uncounted_images
    left = f", without {images} image{'s' * (images != 1)}: name a --model" if images else ""
    return f"~{int(count)} tokens (estimate{left})"


def _sought(asked: AnswerFormat) -> str:
    """Say what the parser looks for: the kind of answer, and the words that announce it."""
    words = [first_upper(asked.output_type), *asked.language.words.answer[:_SHOWN]]
    words += asked.target_language.words.answer[:_SHOWN]
    markers = [f"“{word}:”" for word in dict.fromkeys(words)]
    return f"{_kind(asked)} behind {' or '.join(markers)}"


def _kind(asked: AnswerFormat) -> str:
    if asked.kind == "choice":
        return f"one of {asked.option_count} choices, by number, letter or words,"
    if asked.kind == "label":
        return f"one of {', '.join(asked.labels)}"
    return _KINDS.get(asked.kind, asked.kind)


class Format(StrEnum):
    """What the preview writes."""

    rich = "rich"
    text = "text"
    messages = "messages"
    openai = "openai"
    json = "json"


def first_round(task: Task, inputs: str | Mapping[str, str], **options: Any) -> tuple[Prompt, ...]:
    """Return the prompts a strategy sends first: the prompt, for a strategy of one call."""
    from xlt.composing import plan

    rounds = plan(task, inputs, **options)
    prompts = next(rounds)
    rounds.close()
    return prompts


def show_round(
    prompts: tuple[Prompt, ...], detection: Detection | None, model: str | None, form: Format | None
) -> None:
    form = form or (Format.rich if is_terminal() else Format.text)
    for number, prompt in enumerate(prompts):
        if form is Format.rich:
            show_prompt(prompt, detection, model)
        elif form is Format.text:
            emit(str(prompt))
        elif form is Format.messages:
            emit_json(prompt.messages)
        elif form is Format.openai:
            emit_json(openai_body(prompt, model))
        else:
            emit_json(prompt_json(prompt, detection, model))
        if number + 1 < len(prompts):
            emit("")
    if prompts[0].omitted is not None and form is not Format.rich:
        sys.stdout.flush()
        remark(f"Left out: {prompts[0].omitted}.")
    if _has_more_rounds(prompts[0].strategy):
        sys.stdout.flush()
        remark(f"The first round of {prompts[0].strategy}; what follows depends on the replies.")


def warn_of(task: Task, inputs: str | Mapping[str, str], prompt: Prompt) -> None:
    """Write a line for each thing in the inputs that may be read as part of the prompt.

    Of the language and its letters composing has warned.
    """
    from xlt.request_inspection import inspect_request

    sys.stdout.flush()
    found = inspect_request(
        task, inputs, language=prompt.language, target_language=prompt.target_language
    )
    warnings = [one for one in found if one.kind != "language"]
    for warning in warnings[:_MOST_WARNINGS]:
        remark(f"Warning: {warning}.")
    if len(warnings) > _MOST_WARNINGS:
        remark(f"Warning: {len(warnings) - _MOST_WARNINGS} more places of this kind.")


def _has_more_rounds(strategy: str) -> bool:
    from xlt.strategies.strategy import get_strategy

    return get_strategy(strategy).compose_prompt is None


def openai_body(prompt: Prompt, model: str | None) -> dict[str, Any]:
    """Return the body of a chat completions request, greedy as in the paper."""
    return {"model": model or DEFAULT_MODEL, "messages": prompt.messages, "temperature": 0}


def prompt_json(prompt: Prompt, detection: Detection | None, model: str | None) -> dict[str, Any]:
    """Return everything there is to say about a prompt."""
    from xlt.images import Image

    tokens = prompt.count_tokens(model)
    asked = prompt.answer_format
    return {
        "task": prompt.task.name,
        "strategy": prompt.strategy,
        "language": _language_json(prompt.language),
        "target_language": _language_json(prompt.target_language),
        "detection": detection
        and {"confidence": round(detection.confidence, 4), "detector": detection.detector},
        "inputs": {
            name: value.to_json() if isinstance(value, Image) else value
            for name, value in prompt.inputs.items()
        },
        "steps": [{"name": step.name, "text": step.text} for step in prompt.steps],
        "demonstrations": len(prompt.demonstrations),
        "omitted": prompt.omitted and asdict(prompt.omitted),
        "messages": prompt.messages,
        "text": None if prompt.all_images else prompt.text,
        "tokens": {
            "count": int(tokens),
            "exact": tokens.exact,
            "encoding": tokens.encoding,
            **({"uncounted_images": tokens.uncounted_images} if prompt.all_images else {}),
        },
        "answer_format": {
            "kind": asked.kind,
            "output_type": asked.output_type,
            "options": list(asked.options),
            "labels": list(asked.labels),
        },
        "signature": prompt.signature,
    }


def _language_json(language: Language) -> dict[str, str]:
    return {"tag": language.tag, "name": language.name, "native_name": language.native_name}
