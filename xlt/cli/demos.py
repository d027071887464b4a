"""`xlt demos`: demonstrations built from development rows, shown, and checked."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.groups import CallOptions, with_groups
from xlt.cli.inputs import check_file, find_rows, find_task
from xlt.cli.options import (
    ColumnsOption,
    GoldColumn,
    Json,
    LanguageOption,
    MaxConcurrency,
    Model,
    RowsArgument,
    TargetOption,
    TaskArgument,
    TaskFile,
    Templates,
    columns_of,
    complete_shots_format,
)
from xlt.cli.terminal import calls_to, emit, emit_facts, emit_json, remark
from xlt.errors import counted

if TYPE_CHECKING:
    from xlt.building.built import BuiltDemonstrations

EPILOG = """\b
Examples:
  xlt demos build mgsm mgsm_sw.tsv -l sw -m openai:gpt-4o-mini -o shots.yaml
  xlt demos build xcopa it.jsonl -l it --gold label --from-zero -m NAME --base-url URL -o it.yaml
  xlt demos show shots.yaml
  xlt demos check shots.yaml
  xlt preview mgsm "..." --shots shots.yaml
"""

SHOW_EPILOG = "\b\nExamples:\n  xlt demos show shots.yaml\n"
CHECK_EPILOG = "\b\nExamples:\n  xlt demos check shots.yaml\n"

app = typer.Typer(
    help="Build, show and check demonstrations (few-shot, the paper's figure 4).",
    epilog=EPILOG,
    add_completion=False,
    no_args_is_help=True,
)
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A YAML file of demonstrations.", callback=check_file)
]


@app.command(epilog=EPILOG)
@with_groups
def build(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write them.")
    ],
    task: TaskArgument = None,
    data: RowsArgument = None,
    model: Model = None,
    language: LanguageOption = None,
    target: TargetOption = None,
    gold: GoldColumn = "answer",
    columns: ColumnsOption = None,
    from_zero: Annotated[
        bool, typer.Option("--from-zero", help="The gold column numbers its choices from 0.")
    ] = False,
    shots: Annotated[int, typer.Option(min=1, metavar="N", help="How many to keep.")] = 5,
    format: Annotated[
        str,
        typer.Option(
            metavar="INPUT+OUTPUT",
            help="basic+basic, basic+xlt or xlt+xlt (the paper's table 4).",
            autocompletion=complete_shots_format,
        ),
    ] = "xlt+xlt",
    seed: Annotated[int, typer.Option(metavar="N", help="The seed that shuffles the rows.")] = 0,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="The maximum number of rows to ask. Default: ten per shot."
        ),
    ] = None,
    max_concurrency: MaxConcurrency = 1,
    calls: CallOptions,
    json: Json = False,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Send development rows zero-shot, and keep replies that agree with the gold answer.

    Run again after an interruption, it asks only the rows that have no reply yet. Exit code 1
    when fewer than --shots were kept, 4 while another process builds the same FILE.
    """
    from xlt.backends.backend import ask as send
    from xlt.building import build_demonstrations
    from xlt.cli.settings import open_backend
    from xlt.rows import read_task_rows

    found, rows_file = find_rows(task, data, task_file, templates)
    choice = calls.choice(model)
    where = columns_of(found, columns, language, target, templates, gold=gold, from_zero=from_zero)
    rows = [row.as_request() for row in read_task_rows(rows_file, where)]
    backend = open_backend(choice)
    kept = " The replies so far are kept; run the same command again to continue."
    with calls_to(None, kept):
        built = build_demonstrations(
            found,
            rows,
            lambda prompt: send(backend, prompt),
            shots=shots,
            format=format,
            seed=seed,
            limit=limit,
            max_concurrency=max_concurrency,
            progress=_progress(),
            output=output,
            model=choice.model or backend.name,
            date=date.today().isoformat(),
            templates=templates,
        )
    _report(built, output, as_json=json)


@app.command(epilog=SHOW_EPILOG)
def show(file: FileArgument, json: Json = False) -> None:
    """Show what made a file of demonstrations, and the demonstrations in it."""
    from xlt.demonstrations.demonstration import read_demonstration_file
    from xlt.task import texts_of

    found = read_demonstration_file(file)
    names = ("task", "model", "date", "format", "signature")
    about = {name: getattr(found, name) for name in names}
    if json:
        shown = [
            {
                "inputs": one.inputs if isinstance(one.inputs, str) else dict(one.inputs),
                "reply": one.reply,
                "answer": one.answer,
                "language": one.language,
            }
            for one in found.demonstrations
        ]
        emit_json({**about, "demonstrations": shown})
        return
    emit_facts([(name, value) for name, value in about.items() if value is not None])
    for number, one in enumerate(found.demonstrations, start=1):
        emit(f"\n--- {number} {one.language or ''}".rstrip())
        inputs = one.inputs if isinstance(one.inputs, str) else "\n".join(texts_of(one.inputs))
        emit(inputs)
        emit(f"\n{one.reply if one.reply is not None else one.answer}")


@app.command(epilog=CHECK_EPILOG)
def check(
    file: FileArgument,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="The task, where the file names none.")
    ] = None,
    json: Json = False,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Check that every reply gives the answer in the file and shows every step.

    A wrong or unreadable one is a fault (exit code 1); missing steps are only reported.
    """
    from xlt.building.built import check_demonstrations
    from xlt.demonstrations.demonstration import load_demonstrations, read_demonstration_file

    name = task or read_demonstration_file(file).task
    found, _ = find_task(name, None, task_file, templates)
    shown = load_demonstrations(file, found)
    findings = list(check_demonstrations(found, shown, templates=templates))
    faults = sum([one.is_fault for one in findings])
    if json:
        emit_json(
            [
                {"demonstration": one.number, "fault": one.is_fault, "message": one.message}
                for one in findings
            ]
        )
    for one in () if json else findings:
        emit(f"{file}: demonstration {one.number}: {one.message}")
    sys.stdout.flush()
    some = counted(len(shown), "demonstration")
    remark(f"{counted(faults, 'fault') if faults else 'No faults'} in {some}.")
    if faults:
        raise typer.Exit(1)


def _progress() -> Any:
    if not sys.stderr.isatty():
        return None
    return lambda done, most: remark(f"{done} of at most {most} rows")


def _report(built: BuiltDemonstrations, output: Path, *, as_json: bool) -> None:
    tally, kept = built.tally, len(built.demonstrations)
    if as_json:
        emit_json({"output": str(output), "demonstrations": kept, **asdict(tally)})
    elif kept:
        emit(f"{output}: {counted(kept, 'demonstration')}")
    sys.stdout.flush()
    if tally.asked:
        remark(
            f"{tally.asked} of {counted(tally.rows, 'row')} asked: {tally.complete} agree with "
            f"every step, {tally.partial} agree, {tally.disagreed} disagree, {tally.unread} have "
            "no answer behind the marker."
        )
    if built.advice:
        remark(built.advice)
        raise typer.Exit(1)
