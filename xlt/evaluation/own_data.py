"""Samples from a file of one's own: CSV, JSON lines or Parquet with a mapping of its columns."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from xlt.errors import DataFileError, InputError, UnknownName
from xlt.evaluation.data_files import read_jsonl, read_lines, read_parquet
from xlt.evaluation.samples import Gold, Loaded, Sample
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language
from xlt.registry import get_task
from xlt.task import AnswerKind, Task

_LONGEST_NUMBER = 1000
"""Digits of the largest gold number; 1e999999999 would fill the memory."""
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def load_file(
    path: Path | str,
    task: str | Task,
    language: str | Language,
    *,
    columns: Mapping[str, str] | None = None,
    gold: str = "answer",
    id_column: str | None = None,
    target_language: str | Language | None = None,
) -> Loaded:
    """Return the samples of a .csv, .jsonl (also .gz) or .parquet file.

    `columns` maps the task's input fields to columns (default: of the same name), `gold` is the
    column of the right answer: a number, a choice's number from 1, a label, yes or no, or a text
    (a list in JSON stands for several accepted ones). Cells are taken as they stand.
    Raises UnknownName for a field the task lacks, DataFileError with the line of a bad row,
    MissingExtra for Parquet without pyarrow.
    """
    path, found = Path(path), get_task(task)
    chosen = {field: field for field in found.field_names} | dict(columns or {})
    for field in chosen:
        if field not in found.field_names:
            raise UnknownName(f"input field of {found.name}", field, found.field_names)
    spoken = get_language(language).tag
    wanted = None if target_language is None else get_language(target_language).tag
    samples = []
    for line, row in _rows(path):
        _require(row, [*chosen.values(), gold, *([id_column] if id_column else [])], path, line)
        inputs = FrozenDict({field: _text(row[name]) for field, name in chosen.items()})
        name = _text(row[id_column]) if id_column else str(line)
        answer = gold_value(found.answer, row[gold], path, line)
        samples.append(Sample(name, inputs, answer, spoken, wanted))
    return Loaded(path.name, tuple(samples))


def gold_value(answer: AnswerKind, value: Any, path: Path, line: int) -> Gold:
    """Return the gold of a cell, as the parser of this kind of answer would read it.

    Raises DataFileError, also for a choice or label that no answer of the task can be.
    """
    if answer.kind == "number":
        return _number(value, path, line)
    if answer.kind == "choice":
        return _choice(value, len(answer.options), path, line)
    if answer.kind == "boolean":
        truth = _TRUTH.get(_text(value).strip().lower())
        if truth is None:
            raise DataFileError(f"{value!r} is neither yes nor no", path, line)
        return truth
    texts = tuple(map(_text, value if isinstance(value, list) else [value]))
    if answer.kind == "label" and answer.labels and not set(texts) <= set(answer.labels):
        raise DataFileError(f"{value!r} is none of {', '.join(answer.labels)}", path, line)
    return texts if isinstance(value, list) else texts[0]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    readers: dict[str, Callable[[Path], Iterator[tuple[int, dict[str, Any]]]]] = {
        ".csv": _csv_rows,
        ".jsonl": read_jsonl,
        ".parquet": read_parquet,
    }
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if suffix not in readers:
        raise InputError(f"{path} is none of {', '.join(readers)}.")
    return readers[suffix](path)


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    line = 0  # the reader's own count stands still where it fails

    def feed() -> Iterator[str]:
        nonlocal line
        for line, text in enumerate(read_lines(path), start=1):  # noqa: B007
            yield f"{text}\n"

    reader = csv.DictReader(feed(), strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataFileError(f"not CSV ({error})", path, line) from error
        if row is None:
            return
        if None in row or None in row.values():
            raise DataFileError("the row has another number of cells", path, line)
        yield line, row


def _require(row: Mapping[str, Any], names: list[str], path: Path, line: int) -> None:
    for name in names:
        if row.get(name) is None:
            columns = ", ".join(map(str, row))
            raise DataFileError(f"the column {name!r} is missing; it has {columns}", path, line)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _number(value: Any, path: Path, line: int) -> int | Decimal:
    try:
        number = Decimal(_text(value).strip())
    except InvalidOperation:
        raise DataFileError(f"{value!r} is not a number", path, line) from None
    if not number.is_finite() or number.adjusted() > _LONGEST_NUMBER:
        raise DataFileError(f"{value!r} is not a number", path, line)
    return int(number) if number == number.to_integral_value() else number


def _choice(value: Any, count: int, path: Path, line: int) -> int | Decimal:
    """Return a choice's number; `count` is 0 where the task does not say how many there are."""
    choice = _number(value, path, line)
    if choice < 1 or (count and choice > count):
        last = f" to {count}" if count else ""
        raise DataFileError(f"{value!r} is no choice: they count from 1{last}", path, line)
    return choice
