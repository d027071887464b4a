"""`xlt preview`: the prompt, without any model: its steps in colour, or plain, or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.groups import PromptOptions, with_groups
from xlt.cli.inputs import check_file, data_source, find_task, read_inputs
from xlt.cli.options import (
    ColumnsOption,
    Fields,
    LanguageOption,
    Shots,
    Strategy,
    TargetOption,
    TaskArgument,
    TaskFile,
    Templates,
    TextArgument,
    chosen_steps,
    columns_of,
    complete_shots_format,
    complete_step,
    complete_steps,
    refuse_unused,
)
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
from xlt.errors import InputError, LanguageNotDetected, counted
from xlt.rendering.filters import first_upper

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from xlt.answers.answer import AnswerFormat
    from xlt.detection import Detection
    from xlt.images import Image
    from xlt.languages import Language
    from xlt.prompt import Prompt
    from xlt.rows import Columns
    from xlt.task import Task
    from xlt.tokens import TokenCount


EPILOG = """\b
Examples:
  xlt preview mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？"
  xlt preview mgsm --data mgsm_zh.tsv --row 7 -l zh
  xlt preview xcopa -l it -i premise="Piove." -i question=effect \\
      -i choice1="La strada è bagnata." -i choice2="Il sole scotta."
  xlt preview flores "Habari ya asubuhi" -l sw --target Chinese
  xlt preview mgsm "..." -l th --without cross_lingual_thinking
  cat article.txt | xlt preview xlsum - --format openai > request.json
"""

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


class Format(StrEnum):
    """What the preview writes."""

    rich = "rich"
    text = "text"
    messages = "messages"
    openai = "openai"
    json = "json"


@with_groups
def preview(
    context: typer.Context,
    *,
    task: TaskArgument = None,
    text: TextArgument = None,
    fields: Fields = None,
    language: LanguageOption = None,
    target: TargetOption = None,
    strategy: Strategy = None,
    wording: PromptOptions,
    without: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel="The prompt",
            metavar="STEP",
            help="Leave out one of the six steps; may be repeated.",
            autocompletion=complete_step,
        ),
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(
            rich_help_panel="The prompt",
            metavar="STEP,STEP...",
            help="The steps to take, in this order.",
            autocompletion=complete_steps,
        ),
    ] = None,
    rephrase: Annotated[
        str | None,
        typer.Option(
            rich_help_panel="The prompt",
            metavar="WORD",
            help="The rephrasing word: retell, repeat, translate.",
        ),
    ] = None,
    shots: Shots = None,
    shots_format: Annotated[
        str | None,
        typer.Option(
            rich_help_panel="The prompt",
            metavar="INPUT+OUTPUT",
            help="The form of the demonstrations: basic+basic, basic+xlt, xlt+xlt (the paper's "
            "table 4).",
            autocompletion=complete_shots_format,
        ),
    ] = None,
    fit: Annotated[
        int | None,
        typer.Option(
            rich_help_panel="The prompt",
            metavar="N",
            help="The token limit of the prompt: demonstrations are dropped first, then words of "
            "the longest input.",
        ),
    ] = None,
    reduce: Annotated[
        str,
        typer.Option(
            rich_help_panel="The prompt",
            metavar="WAY",
            help="How to shorten it: head, head+tail, truncate, random, block, frequency, syntax.",
        ),
    ] = "head",
    data: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel="Rows",
            metavar="DATA",
            help="Take the inputs from a row of this file: CSV, TSV, JSON, JSON lines, Parquet or "
            "plain lines, gzipped or not.",
            callback=check_file,
        ),
    ] = None,
    columns: ColumnsOption = None,
    row: Annotated[
        int | None,
        typer.Option(
            rich_help_panel="Rows", metavar="N", help="The row of --data, from 0 (the default)."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="The model to count tokens for, and to name in --format openai.",
        ),
    ] = None,
    format: Annotated[
        Format | None,
        typer.Option(
            metavar="FORMAT",
            help="rich: coloured, with names in the margin; text: the prompt alone; messages: its "
            "chat messages; openai: a request body; json: everything. "
            "Default: rich on a terminal, text on a pipe.",
        ),
    ] = None,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Show the prompt for a task and a text, step by step, without any model.

    On a pipe the output is the prompt alone, to the letter.
    """
    from xlt.composing import plan

    if fit is None:
        refuse_unused(context, "Without --fit nothing is left out", ["reduce"])
    if shots is None:
        refuse_unused(context, "Without --shots there are no demonstrations", ["shots_format"])
    if data is None:
        refuse_unused(context, "Without --data there are no rows", ["row", "columns"])
    found, text = find_task(task, text, task_file, templates)
    given = read_inputs(found, text, fields or ())
    inputs: str | Mapping[str, Any] = {} if given is None else given
    spoken: str | Language | None = language
    wanted: str | Language | None = target
    if data is not None:
        if given is not None:
            raise InputError("Give the inputs on the command line or by --data, not both.")
        where = columns_of(found, columns, language, target, templates)
        inputs, spoken, wanted = _row(data, row or 0, where)
    options: dict[str, Any] = {
        "rephrase": rephrase,
        "steps": chosen_steps(steps, without or (), templates),
        "demonstration_format": shots_format,
    }
    options = {name: given for name, given in options.items() if given is not None}
    options |= wording.given()
    candidates = options.pop("candidates", None)
    default_language = options.pop("default_language", None)
    if shots is not None:
        from xlt.demonstrations import load_demonstrations

        options["demonstrations"] = load_demonstrations(shots, found)
    if fit is not None:
        from xlt.budget import Budget

        options["max_tokens"] = Budget(fit, reduce, model)
    detection = None
    if spoken is None:
        detection, spoken = _detect(found, inputs, candidates, default_language)
    rounds = plan(
        found,
        inputs,
        language=spoken,
        target_language=wanted,
        strategy=strategy,
        templates=templates,
        **options,
    )
    prompts = next(rounds)  # the prompt, for a strategy of one call
    rounds.close()
    show_round(prompts, detection, model, format)
    if strategy is None and found.strategy == "auto":
        _say_why(prompts[0], templates)
    warn_of(prompts[0].task, inputs, prompts[0])


def _say_why(prompt: Prompt, templates: Path | None) -> None:
    from xlt.strategies.auto import explain

    languages = prompt.language.tag, prompt.target_language.tag
    why = explain(
        prompt.task,
        languages[0],
        target_language=languages[1],
        templates=None if templates is None else str(templates),
    )
    remark(f"Strategy {why.strategy}: {why.reason}")


def _row(
    data: Path, number: int, columns: Columns
) -> tuple[Mapping[str, Any], str | None, str | None]:
    """Return the inputs of a row, their language and that of the answer."""
    from xlt.rows import read_task_row

    found = read_task_row(data_source(data), number, columns)
    return found.inputs, found.language, found.target_language


def _detect(
    task: Task,
    inputs: str | Mapping[str, Any],
    candidates: list[str] | None,
    default: str | None,
) -> tuple[Detection | None, str | Language]:
    """Return the language of the inputs, and how it was told; the default one was not told."""
    from xlt.detection import detect
    from xlt.request import check_inputs, deciding_text

    try:
        found = detect(deciding_text(task, check_inputs(task, inputs)), candidates)
    except LanguageNotDetected:
        if default is None:
            raise
        return None, default
    return found, found.language


def show_round(
    prompts: tuple[Prompt, ...], detection: Detection | None, model: str | None, form: Format | None
) -> None:
    from xlt.strategies.strategy import get_strategy

    form = form or (Format.rich if is_terminal() else Format.text)
    for number, prompt in enumerate(prompts):
        if form is Format.rich:
            emit_lines(preview_lines(prompt, detection, model, make_console()))
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
    if get_strategy(prompts[0].strategy).compose_prompt is None:  # a strategy of several calls
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
    left = f", without {counted(images, 'image')}: name a --model" if images else ""
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
