"""`xlt run`: every row of a data file answered by a model, with the answers as new columns.

`xlt run localization FILE --target sw,th -o DIR` writes a program's texts in other languages.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, TypeGuard

import typer

from xlt.cli.groups import AnswerOptions, CallOptions, with_groups
from xlt.cli.inputs import find_rows, read_text_file
from xlt.cli.options import (
    ColumnsOption,
    Json,
    LanguageOption,
    MaxConcurrency,
    Model,
    RowsArgument,
    Shots,
    Strategy,
    TaskFile,
    Templates,
    columns_of,
    complete_language,
    names_of,
)
from xlt.cli.terminal import (
    calls_to,
    emit,
    emit_json,
    make_console,
    remark,
)
from xlt.errors import InputError, XLTError

if TYPE_CHECKING:
    from xlt.backends import Choice
    from xlt.row_runs import Progress, RowTally
    from xlt.rows import TaskRow
    from xlt.task import Task

EPILOG = """\b
Examples:
  xlt run xnli rows.csv -o out.csv -m openai:gpt-4o-mini
  xlt run mgsm rows.jsonl -o out.jsonl -l sw -m local --max-concurrency 4
  xlt run --task-file intents.yaml tickets.csv -o out.csv -m local --columns text=message
  zcat rows.jsonl.gz | xlt run mkqa - -o out.csv -m ollama:qwen3
  xlt run localization en.json --target sw,th -o translated -m openai:gpt-4o-mini
Run the same command again to continue; rows with an error are tried again.
Exit codes: 0 all rows have ended, 1 some with an error or a text left out, 2 wrong usage, \
3 key or quota, 4 another process writes the same file, 130 interrupted.
"""

SUFFIXES = (".json", ".po", ".pot")
# What answers rows into a file of answers, and returns the tally.
Answering = Callable[[list["TaskRow"], Path], "RowTally"]


@with_groups
def run(
    *,
    task: Annotated[str | None, typer.Argument(metavar="TASK", help="A task or its alias.")] = None,
    data: RowsArgument = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write the rows: .csv, .tsv or .jsonl; for a program's texts, a folder.",
        ),
    ] = None,
    model: Model = None,
    language: LanguageOption = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="LANG",
            help="The language to answer in; translation needs it. For a program's texts, one or "
            "several.",
            autocompletion=complete_language,
        ),
    ] = None,
    glossary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Terms for a program's texts, one per line: term = translation. {target} in the "
            "name stands for the language.",
        ),
    ] = None,
    columns: ColumnsOption = None,
    strategy: Strategy = None,
    wording: AnswerOptions,
    shots: Shots = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The first N rows only.")
    ] = None,
    max_concurrency: MaxConcurrency = 8,
    calls: CallOptions,
    json: Json = False,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Ask a model for every row of a data file, and write the rows with the answers.

    New columns: value, status, language (given, or detected), wrong_language, faults, flags,
    tokens, error. A column language or target_language of the rows counts where the options are
    not given.
    The task localization also takes a program's texts (JSON, gettext) and writes them in other
    languages; a text whose placeholders or terms were lost is left out and named.
    """
    from xlt.rows import read_task_rows

    found, rows_file = find_rows(task, data, task_file, templates)
    if output is None:
        raise InputError("Name the file for the answers: -o out.csv, .tsv or .jsonl.")
    options = wording.given()
    if templates is not None:
        options["templates"] = str(templates)
    if shots is not None:
        from xlt.demonstrations import load_demonstrations

        options["demonstrations"] = load_demonstrations(shots, found)
    choice = calls.choice(model, max_concurrency=max_concurrency)

    def answer(rows: list[TaskRow], to: Path) -> RowTally:
        return _answer(found, rows, choice, to, options, strategy=strategy, templates=templates)

    if is_texts(rows_file, found, output):
        if columns is not None:
            raise InputError("The texts of a program have no columns: leave out --columns.")
        made = localize(rows_file, output, target, language, glossary, answer, limit)
        _tell_texts(made, as_json=json)
        return
    if glossary is not None:
        raise InputError("--glossary goes with the texts of a program: localization en.json.")
    where = columns_of(found, columns, language, target, templates)
    tally = answer(list(islice(read_task_rows(rows_file, where), limit)), output)
    if json:
        emit_json({"output": str(output), **asdict(tally)})
    else:
        emit(f"{output}: {tally}")
    if tally.first_error is not None:
        remark(f"The first error: {tally.first_error}")
    if tally.errored:
        raise typer.Exit(1)


def _tell_texts(made: list[dict[str, Any]], *, as_json: bool) -> None:
    """Say how many texts each file has, and which were left out; exit code 1 for any of those."""
    if as_json:
        emit_json(made)
    for one in made:
        if not as_json:
            emit(f"{one['output']}: {one['translated']} of {one['texts']} texts")
        for key, why in one["left_out"].items():
            remark(f"  {' '.join(key.split())}: {why}")
    if any(one["translated"] < one["texts"] for one in made):
        raise typer.Exit(1)


def _answer(
    task: Task,
    rows: list[TaskRow],
    choice: Choice,
    output: Path,
    options: dict[str, Any],
    *,
    strategy: str | None,
    templates: Path | None,
) -> RowTally:
    """Answer the rows into `output`; end the command if the account fails or the user stops it."""
    from xlt.cli.settings import open_backend
    from xlt.row_runs import answer_rows

    kept = " The answers so far are kept; run the same command again to continue."
    interrupted = "Interrupted. The answers are kept; run the same command again to continue."
    with calls_to(choice.model, kept, interrupted):
        backend = open_backend(choice)
        if backend.few_shot and "demonstrations" not in options:
            from xlt.demonstrations.demonstration import shipped_demonstrations

            options = {**options, "demonstrations": shipped_demonstrations(task, templates)}
        with _progress(len(rows)) as progress:
            return asyncio.run(
                answer_rows(
                    task,
                    rows,
                    backend,
                    output,
                    strategy=strategy,
                    max_concurrency=choice.max_concurrency,
                    progress=progress,
                    **options,
                )
            )


@contextmanager
def _progress(rows: int) -> Iterator[Progress]:
    """Yield the progress display of the rows: a bar on a terminal, a line a minute on a pipe."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns: list[Any] = [BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    columns.append(TextColumn("{task.fields[note]}", markup=False))
    with Progress(*columns, console=make_console(sys.stderr), transient=True) as bars:
        bar = bars.add_task("", total=rows, note="")
        errors = 0

        def tell(result: Any, done: int, total: int) -> None:
            nonlocal errors
            errors += result.error is not None
            bars.update(bar, completed=done, note=f"{errors} errors" if errors else "")

        yield tell


def _lines() -> Progress:
    last = monotonic()

    def tell(result: Any, done: int, total: int) -> None:
        nonlocal last
        if monotonic() - last >= 60:
            last = monotonic()
            remark(f"{done} of {total} rows")

    return tell


def is_texts(data: Any, task: Task, output: Path) -> TypeGuard[Path]:
    """Whether the data are a file of a program's texts, to be written as such."""
    from xlt.row_runs import FORMATS

    return (
        task.name == "localization"
        and isinstance(data, Path)
        and data.suffix in SUFFIXES
        and output.suffix.lower() not in FORMATS
    )


def localize(
    data: Path,
    output: Path,
    targets: str | None,
    language: str | None,
    glossary: Path | None,
    answer: Answering,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Write the file in every target language into the folder `output`; return what came of each.

    The answers are kept beside the files, so that the same command goes on with what is missing.
    """
    from xlt.localization import read_strings
    from xlt.row_runs import check_ours

    tags = names_of(targets)
    if not tags:
        raise InputError("Name the languages to translate into: --target sw,th.", field="target")
    source = _source_language(data, language)
    languages = [_tag(one) for one in tags]
    if source in languages:
        raise InputError(f"The texts are in {source} already; leave it out of --target.")
    terms = {tag: _terms(glossary, tag) for tag in languages}
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output} cannot be made: {error.strerror}.") from error
    made = []
    for tag in languages:
        strings = read_strings(data)
        kept = output / f"{tag}.jsonl"
        rows = strings.as_rows(source, tag, terms[tag])[:limit]
        name = _file_name(data, source, tag)
        check_ours(output / name, kept)
        tally = answer(rows, kept)
        left = strings.take_answers(kept)
        strings.write(output / name, tag)
        made.append(
            {
                "output": str(output / name),
                "translated": len(strings.translated),
                "texts": len(rows),
                "errored": tally.errored,
                "left_out": {**strings.skipped, **left},
            }
        )
    return made


def _tag(name: str) -> str:
    from xlt.languages import get_language

    return get_language(name).tag


def _source_language(data: Path, language: str | None) -> str:
    """Return the language of the texts: the one given, or the one that the file is named after."""
    if language is not None:
        return _tag(language)
    stem = data.stem.replace("_", "-")
    try:
        if len(stem.partition("-")[0]) == 2:  # app.po is no Apma
            return _tag(stem)
    except XLTError:
        pass
    raise InputError("Name the language of the texts: -l en.", field="language")


def _file_name(data: Path, source: str, target: str) -> str:
    """Return en.json as sw.json, and app.po as app.sw.po."""
    suffix = ".po" if data.suffix == ".pot" else data.suffix
    own = data.stem.replace("_", "-").lower() == source.lower()
    return f"{target}{suffix}" if own else f"{data.stem}.{target}{suffix}"


def _terms(glossary: Path | None, target: str) -> list[str]:
    if glossary is None:
        return []
    path = Path(str(glossary).replace("{target}", target))
    terms = [line.strip() for line in read_text_file(path).splitlines() if line.strip()]
    for one in terms:
        if not all(part.strip() for part in one.partition("=")):
            raise InputError(f"{path}: a term is 'term = translation', not {one!r}.")
    return terms
