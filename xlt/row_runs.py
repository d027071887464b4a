"""Rows of a data file answered by a model online, a call at a time or several, and resumed.

Each answer is kept in a journal beside the output at once; the output is written whole.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from xlt.answers.as_json import answer_json
from xlt.backends.backend import Backend, send
from xlt.composing import plan
from xlt.errors import InputError, RunFolderError, XLTError, counted
from xlt.files.safe import check_place, only_writer, read_lines, to_line, to_object, write_whole
from xlt.images.image import plain
from xlt.prompt import Prompt
from xlt.rows import TaskRow
from xlt.running import adrive, send_each
from xlt.task import Task

COLUMNS = ("value", "status", "language", "wrong_language", "faults", "flags", "tokens", "error")
"""What is added to each row."""
FORMATS = (".csv", ".tsv", ".jsonl")
_PREFIX = "xlt_"
_LONGEST_ERROR = 500

Progress = Callable[["AnsweredRow", int, int], object]
"""Told each row that ended, how many have, and how many there are."""


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """What came of a row: its answer as JSON, or the error that its calls ended in.

    `faults` are what the task's own checks found wrong with a text, separated by "; "; `flags`
    what the answer is flagged with (`Answer.flags`), separated by blanks.
    """

    key: str
    value: Any = None
    status: str = "none"
    language: str | None = None
    wrong_language: bool | None = None
    faults: str = ""
    flags: str = ""
    tokens: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RowTally:
    """How many rows were answered, hold no readable answer, and ended in an error."""

    rows: int
    answered: int
    unanswered: int
    errored: int
    first_error: str | None = None

    def __str__(self) -> str:
        return (
            f"{counted(self.rows, 'row')}: {self.answered} answered, {self.unanswered} without an "
            f"answer, {counted(self.errored, 'error')}"
        )


async def answer_rows(
    task: Task,
    rows: Iterable[TaskRow],
    backend: Backend,
    output: Path | str,
    *,
    strategy: str | None = None,
    max_concurrency: int = 8,
    progress: Progress | None = None,
    **options: Any,
) -> RowTally:
    """Answer rows with a model, and write them to `output` (.csv, .tsv or .jsonl) with `COLUMNS`.

    A column of the rows that is called as one of these stays; the new one is then `xlt_value`,
    and so on. Each answer is kept in `<output>.answers.jsonl` at once: run again, only rows
    without one, or whose calls ended in an error, are asked. The output is written when all rows
    have ended, and when the run is interrupted, with the rows so far.

    A row's error is written in its row. An error of the account (a wrong key) ends the run.
    Raises InputError for an output that cannot be written, or that is a file of the user's own,
    RunFolderError while another process writes it.
    """
    path = Path(output)
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"{path} is none of {', '.join(FORMATS)}.", field="output")
    check_place(path)
    listed = list(rows)
    journal = path.with_name(f"{path.name}.answers.jsonl")
    about = [task.model_dump(mode="json"), strategy, backend.name, options]
    keys = [_key(row, about) for row in listed]
    gate = asyncio.Semaphore(max_concurrency)
    with only_writer(path.with_name(f".{path.name}.lock"), str(path)):
        check_ours(path, journal)
        found = _read_journal(journal) if journal.exists() else {}
        waiting = {
            key: row
            for key, row in zip(keys, listed, strict=True)
            if key not in found or found[key].error is not None
        }
        done = len(keys) - len(waiting)

        async def answer(key: str, row: TaskRow, file: BinaryIO) -> None:
            nonlocal done
            async with gate:
                result = await _answered(key, task, row, backend, strategy, options)
            file.write(to_line(asdict(result)))
            file.flush()
            found[key] = result
            done += 1
            if progress is not None:
                progress(result, done, len(keys))

        try:
            with journal.open("ab") as file:
                await _side_by_side(answer(key, row, file) for key, row in waiting.items())
        except OSError as error:
            raise RunFolderError(f"{journal} cannot be written: {error.strerror}.") from error
        finally:
            results = [found.get(key, AnsweredRow(key, error="not asked")) for key in keys]
            write_whole(path, [_written(path.suffix.lower(), listed, results)])
    return _tally(results)


def check_ours(path: Path, kept: Path) -> None:
    """Raise InputError where a file is about to be written over that no earlier run wrote."""
    if path.exists() and not kept.exists():
        raise InputError(
            f"{path} already exists and was not written by xlt run; name another file, or move it "
            "away.",
            field="output",
        )


async def _side_by_side(calls: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Await all calls; the first that fails cancels the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(call)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _answered(
    key: str,
    task: Task,
    row: TaskRow,
    backend: Backend,
    strategy: str | None,
    options: Mapping[str, Any],
) -> AnsweredRow:
    language: str | None = row.language
    try:
        made = plan(
            task,
            row.inputs,
            language=row.language,
            target_language=row.target_language,
            strategy=strategy,
            **options,
        )

        async def call(index: int, prompt: Prompt) -> Any:
            nonlocal language
            language = prompt.language.tag
            return await send(backend, prompt)

        answer = await adrive(made, lambda prompts: send_each(prompts, call))
    except XLTError as error:
        if getattr(error, "final", False):
            raise
        words = " ".join(f"{type(error).__name__}: {error}".split())
        return AnsweredRow(key, language=language, error=words[:_LONGEST_ERROR])
    usage = answer.usage
    tokens = (usage.input_tokens, usage.output_tokens) if usage else (None, None)
    return AnsweredRow(
        key,
        answer_json(answer)["value"],
        answer.status,
        language,
        "wrong_language" in answer.flags or getattr(answer, "wrong_language", None),
        "; ".join(answer.faults),
        " ".join(sorted(answer.flags)),
        None if None in tokens else sum(one or 0 for one in tokens),
    )


def _key(row: TaskRow, about: Sequence[Any]) -> str:
    """Return what pins an answer: the request, the strategy and its options, and the model."""
    request = [dict(row.inputs), row.language, row.target_language, *about]
    text = json.dumps(request, ensure_ascii=False, sort_keys=True, default=plain)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _read_journal(path: Path) -> dict[str, AnsweredRow]:
    found: dict[str, AnsweredRow] = {}
    for _, line, _ in read_lines(path):
        kept = to_object(line)
        if kept is not None and {"key"} <= kept.keys() <= set(AnsweredRow.__slots__):
            found[str(kept["key"])] = AnsweredRow(**kept)
    return found


def _tally(results: Sequence[AnsweredRow]) -> RowTally:
    kinds = Counter(
        "error" if one.error is not None else "none" if one.value is None else "value"
        for one in results
    )
    first = next((one.error for one in results if one.error is not None), None)
    return RowTally(len(results), kinds["value"], kinds["none"], kinds["error"], first)


def _written(suffix: str, rows: Sequence[TaskRow], results: Sequence[AnsweredRow]) -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row.cells))
    added = {name: f"{_PREFIX}{name}" if name in columns else name for name in COLUMNS}
    lines = [
        {**row.cells, **{to: getattr(result, name) for name, to in added.items()}}
        for row, result in zip(rows, results, strict=True)
    ]
    if suffix == ".jsonl":
        return b"".join(map(to_line, lines))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n")
    heads = [*columns, *added.values()]
    writer.writerow(heads)
    writer.writerows([_cell(line.get(name)) for name in heads] for line in lines)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> str:
    """Return a cell as text; a carriage return alone would begin a row in a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.replace("\r\n", "\n").replace("\r", "\n")
