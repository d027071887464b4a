"""`xlt batch`: rows sent through a provider's batch service, in rounds of files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.inputs import check_file, check_text, data_source, find_task, read_bytes
from xlt.cli.options import (
    ColumnsOption,
    Json,
    LanguageOption,
    Shots,
    Strategy,
    TargetOption,
    TaskFile,
    Temperature,
    Templates,
    columns_of,
    complete_task,
    parse_temperature,
    refuse_unused,
)
from xlt.cli.terminal import emit_facts, remark
from xlt.errors import InputError, XLTError
from xlt.files.safe import write_whole

if TYPE_CHECKING:
    from xlt.batches.folder import Status
    from xlt.batches.importing import Imported
    from xlt.evaluation.batch_scores import BatchScores
    from xlt.rows import Columns, Gold

EXPORT_EPILOG = """\b
Examples:
  xlt batch export mgsm mgsm_sw.tsv -l sw -m gpt-4o-mini --gold answer -o run
  xlt batch export xcopa DIR -l it -m gpt-4o-mini -o run
  xlt batch export --task-file intents.yaml tickets.csv -m gpt-4o-mini -o run
  xlt batch export xcopa it.jsonl -l it --provider anthropic -m NAME --strategy clp -o run
Send the files, each as a batch, then: xlt batch import
"""
IMPORT_EPILOG = """\b
Examples:
  xlt batch import run output.jsonl errors.jsonl
  xlt batch import run --retry-failed
  xlt batch import run --missing-failed
Exit codes: 0 read, 1 the run ended and some rows have no reply, 2 wrong usage, \
4 another process in the folder.
"""
STATUS_EPILOG = "\b\nExamples:\n  xlt batch status run\n"

app = typer.Typer(
    help="Offline batches (OpenAI, Anthropic): export, import, status.",
    add_completion=False,
    no_args_is_help=True,
)
FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the run.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Continue even if templates or settings have changed.")
]


@app.command(epilog=EXPORT_EPILOG)
def export(
    context: typer.Context,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="MODEL", help="Its name.", callback=check_text)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to keep the run in.")
    ],
    task: Annotated[
        str | None,
        typer.Argument(metavar="TASK", help="A task or its alias.", autocompletion=complete_task),
    ] = None,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="Rows: CSV, TSV, JSON, JSON lines or Parquet, gzipped or not; - reads standard "
            "input. Or the folder of a benchmark's own files: TASK names it, -l the language.",
        ),
    ] = None,
    task_file: TaskFile = None,
    columns: ColumnsOption = None,
    gold: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of the right answers, to score at the end; a benchmark has its own.",
        ),
    ] = None,
    shots: Shots = None,
    provider: Annotated[str, typer.Option(metavar="NAME", help="openai or anthropic.")] = "openai",
    strategy: Strategy = None,
    language: LanguageOption = None,
    target: TargetOption = None,
    temperature: Temperature = "0",
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="The maximum number of tokens in a reply; Anthropic requires a limit, by default "
            "4096.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The first N rows only.")
    ] = None,
    per_file: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="The maximum number of requests per file, within the provider's limit.",
        ),
    ] = None,
    templates: Templates = None,
    force: ForceOption = False,
    json: Json = False,
) -> None:
    """Write the batch files of the first round, and the manifest that keeps the state.

    The columns `language` and `target_language` of a row are used where the options are not
    given; without either the language is detected. Running the command twice changes nothing.
    """
    from xlt.batches.exporting import export_batch
    from xlt.batches.services import Limits, find_provider

    if not model.strip():
        raise typer.BadParameter("Name the model: --model gpt-4o-mini.")
    found, place = find_task(task, data, task_file, templates)
    if place is None:
        raise InputError("Name the rows: TASK DATA, or --task-file FILE DATA.")
    most = find_provider(provider).limits
    if Path(place).is_dir():
        refuse_unused(context, "A benchmark has its own columns", ["gold", "columns"])
        rows, golds = _benchmark_rows(place, task or "", language, target, limit)
    else:
        where = columns_of(found, columns, language, target, templates, gold=gold)
        rows, golds = _file_rows(check_file(Path(place)), where, limit)
    options: dict[str, Any] = {}
    if shots is not None:
        from xlt.demonstrations import load_demonstrations

        options["demonstrations"] = load_demonstrations(shots, found)
    with _task_kept(output, task_file, found.name, templates) as folder:
        status = export_batch(
            output,
            found.name if task is None or task_file else task,
            rows,
            provider=provider,
            model=model,
            strategy=strategy or found.strategy,
            temperature=parse_temperature(temperature),
            max_tokens=max_tokens,
            limits=Limits(per_file or most.requests, most.bytes),
            templates=folder,
            force=force,
            **options,
        )
    if golds:
        from xlt.evaluation.batch_scores import write_golds

        write_golds(output, golds)
    _report(status, as_json=json)


@contextmanager
def _task_kept(
    output: Path, task_file: Path | None, name: str, templates: Path | None
) -> Iterator[Path | None]:
    """Give the template folder of the run: one in it, with a copy of the task, for a task file.

    The rounds that follow need the task again. The copy goes if the export fails.
    """
    if task_file is None:
        yield templates
        return
    if templates is not None:
        raise InputError(
            "Put the task's file into the folder tasks of --templates and name the task, or leave "
            "--templates out.",
            field="templates",
        )
    data = read_bytes(task_file)
    folder = output / f"templates-{sha256(data).hexdigest()[:8]}"  # another file is another folder
    was_there = folder.exists()
    try:
        (folder / "tasks").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output} cannot be made: {error.strerror}.") from error
    write_whole(folder / "tasks" / f"{name}.yaml", [data], inside=output)
    try:
        yield folder
    except XLTError:
        if not was_there:
            rmtree(folder)
            if not any(output.iterdir()):
                output.rmdir()
        raise


@app.command("import", epilog=IMPORT_EPILOG)
def import_(
    folder: FolderArgument,
    results: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RESULTS...", help="Result and error files of the provider, in any order."
        ),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Send failed requests again in the next files.")
    ] = False,
    missing_failed: Annotated[
        bool, typer.Option("--missing-failed", help="Count requests without a result as failed.")
    ] = False,
    force: ForceOption = False,
    json: Json = False,
) -> None:
    """Read results; when all are there, write the files of the next round, or the answers.

    Where the rows have gold answers, it prints the score of each language at the end.
    """
    from xlt.batches.importing import import_results

    imported = import_results(
        folder,
        results or (),
        retry_failed=retry_failed,
        missing_failed=missing_failed,
        force=force,
    )
    _remark_lines(imported)
    if imported.tally is None:
        _report(imported.status, as_json=json)
        return
    from xlt.evaluation.batch_scores import score_batch

    scores = score_batch(folder, force=force)
    _report(
        imported.status, str(imported.tally if scores is None else scores), scores, as_json=json
    )
    if imported.tally.errored:
        raise typer.Exit(1)


@app.command(epilog=STATUS_EPILOG)
def status(folder: FolderArgument, json: Json = False) -> None:
    """Show how far a run has got: the files to send, or its answers."""
    from xlt.batches.folder import read_status

    _report(read_status(folder), as_json=json)


def _file_rows(
    data: Path, columns: Columns, limit: int | None
) -> tuple[list[dict[str, Any]], list[Gold]]:
    from xlt.rows import read_task_rows

    rows = list(islice(read_task_rows(data_source(data), columns), limit))
    return [row.as_request() for row in rows], [row.gold for row in rows if row.gold is not None]


def _benchmark_rows(
    data: str, benchmark: str, language: str | None, target: str | None, limit: int | None
) -> tuple[list[dict[str, Any]], list[Gold]]:
    """Return the rows of a benchmark's original files in a language, and their gold answers."""
    from xlt.evaluation import load

    if language is None:
        raise InputError("A benchmark's rows need their language: --language.")
    samples = load(benchmark, language, data, target_language=target).samples[:limit]
    rows = [
        {
            "inputs": dict(one.inputs),
            "language": one.language,
            "target_language": one.target_language,
        }
        for one in samples
    ]
    return rows, [sample.gold for sample in samples]


def _report(
    status: Status,
    tally: str | None = None,
    scores: BatchScores | None = None,
    *,
    as_json: bool = False,
) -> None:
    """Write facts about the run: on a pipe name<TAB>value, the files to send a line each."""
    facts: list[tuple[str, Any]] = [("run", status.run), ("rows", status.planned)]
    facts += [("wave", status.wave), ("requests", status.requests)]
    facts += [("waiting", status.waiting), ("failed", status.failed)]
    if tally is not None:
        facts.append(("tally", tally))
    if scores is not None:
        facts += [(f"score {tag}", score) for tag, score in scores.scores.items()]
    if status.answers is not None:
        facts.append(("answers", status.answers))
    elif status.waiting:
        facts += [("send", path) for path in status.files]
    emit_facts([(name, str(value)) for name, value in facts], as_json=as_json)


def _remark_lines(imported: Imported) -> None:
    if imported.lines:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(imported.lines.items()))
        remark(f"Result lines: {counts}.")
    if imported.failures:
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(imported.failures.items()))
        remark(f"New failures: {kinds}. Send them again with --retry-failed.")
