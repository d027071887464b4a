"""A prompt in a terminal: its steps in their colours, their names in the margin."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from xlt.cli.terminal import GAP, Row, emit_lines, make_console, margin_lines, shown_percent
from xlt.rendering.punctuation import first_upper

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from xlt.answers.answer import AnswerFormat
    from xlt.detection import Detection
    from xlt.languages import Language
    from xlt.prompt import Prompt
    from xlt.tokens import TokenCount

_COLOURS = ("magenta", "cyan", "yellow", "green", "blue", "bright_red")
_KINDS = {
    "number": "a number",
    "boolean": "yes or no",
    "short_text": "a short text",
    "long_text": "a text",
    "json": "a JSON value",
}

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
    blocks = [heads, _turns(prompt), _steps(prompt), tails]
    rows = [row for block in blocks if block for row in (GAP, *block)]
    return margin_lines(rows[1:], console)


def _fact(name: str, value: str) -> Row:
    return Row(name, value, "dim")


def _turns(prompt: Prompt) -> list[Row]:
    rows = [Row("system", prompt.system, "dim", "dim")] if prompt.system else []
    for number, turn in enumerate(prompt.demonstrations, start=1):
        rows += [GAP] * bool(rows)
        rows.append(Row(f"demonstration {number}", turn.prompt, "dim", "dim"))
        rows.append(Row("its reply", turn.reply, "dim", "dim italic"))
    rows += [GAP] * bool(rows and prompt.history)
    return rows + [Row(f"earlier: {one.role}", one.content, "dim", "dim") for one in prompt.history]


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
    return f"~{int(count)} tokens (estimate)"


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
