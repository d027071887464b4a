"""`xlt preview`: the prompt, without any model."""

from __future__ import annotations

from collections.abc import Mapping
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
from xlt.cli.preview_view import Format, first_round, show_round, warn_of
from xlt.cli.terminal import remark
from xlt.errors import InputError, LanguageNotDetected

if TYPE_CHECKING:
    from xlt.detection import Detection
    from xlt.languages import Language
    from xlt.prompt import Prompt
    from xlt.rows import Columns
    from xlt.task import Task


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
    prompts = first_round(
        found,
        inputs,
        language=spoken,
        target_language=wanted,
        strategy=strategy,
        templates=templates,
        **options,
    )
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
