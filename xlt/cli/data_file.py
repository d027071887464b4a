"""Reading one row of a data file as the inputs of a task."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xlt.cli.reading import decode, read_bytes, strip_line_end
from xlt.errors import InputError, shown
from xlt.languages import get_language
from xlt.languages.entries import normal_tag
from xlt.task import InputField, Task

Row = Mapping[str, Any]
# The CLDR distance up to which a variety stands for a language: zh_cn for zh, not es for gl.
_NEAR = 9


def read_row(path: Path, number: int, task: Task, language: str | None = None) -> dict[str, Any]:
    """Return the input fields of `task` in row `number` (from 0) of a data file, gzipped or not.

    JSON lines by key; CSV and TSV by the names in their first line; a TSV whose first line names
    no field (MGSM) and, for a task with one field, any other text file hold it in the first
    column. A column has the name of the field or one of its `columns`, other columns are left
    out; where it holds a text for each language (MKQA), `language` chooses. Raises InputError.
    """
    rows = _rows(path, task)
    if not 0 <= number < len(rows):
        count = f"it has {len(rows)} rows, 0 to {len(rows) - 1}" if rows else "it has no rows"
        raise InputError(f"{path} has no row {number}: {count}.")
    row = rows[number]
    found = json_row(path, row, number) if isinstance(row, str) else row
    inputs = {}
    for field in task.inputs:
        name = _column_of(field, found)
        if name is None:
            raise InputError(
                f"{path} has no column {' or '.join(map(repr, _column_names(field)))}, an input "
                f"field of {task.name}. It has: {', '.join(found) or 'none'}.",
                field=field.name,
            )
        value = found[name]
        is_by_language = isinstance(value, dict)
        inputs[field.name] = _in_language(value, name, path, language) if is_by_language else value
    return inputs


def read_rows(path: Path, task: Task) -> list[Row]:
    """Return every row of a data file with all its columns; a second unnamed one is `answer`.

    A column that has one of the `columns` of a field stands under the field's name, too.
    """
    found: list[Row] = []
    for number, row in enumerate(_rows(path, task)):
        whole = row if isinstance(row, Mapping) else json_row(path, str(row), number)
        named = {field.name: _column_of(field, whole) for field in task.inputs}
        found.append({**whole, **{to: whole[name] for to, name in named.items() if name}})
    return found


def json_row(path: Path, line: str, number: int) -> dict[str, Any]:
    """Return the object on a line of a JSON lines file."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise InputError(f"Row {number} of {path} is not JSON: {why}.") from error
    if not isinstance(value, dict):
        raise InputError(f"Row {number} of {path} is not a JSON object but {shown(line)}.")
    return value


def _column_names(field: InputField) -> tuple[str, ...]:
    return (field.name, *field.columns)


def _column_of(field: InputField, row: Row) -> str | None:
    return next((name for name in _column_names(field) if name in row), None)


def _in_language(texts: Mapping[str, Any], name: str, path: Path, language: str | None) -> Any:
    """Return the text of `language`, or of its nearest variety ("zh": "zh_cn")."""
    import langcodes

    tag = ""
    if language is not None:
        tags = [one for one in texts if normal_tag(one)]
        wanted = get_language(language).tag
        tag, _ = langcodes.closest_match(wanted, tags, max_distance=_NEAR)
    if tag not in texts:
        what = "choose one with -l" if language is None else f"none in {language}"
        raise InputError(
            f"{path} holds a text for each language in {name!r}, {what}: {', '.join(texts)}.",
            field="language",
        )
    return texts[tag]


def _rows(path: Path, task: Task) -> list[Row] | list[str]:
    text, kind = _content(path)
    if kind in (".jsonl", ".ndjson"):
        return [line for line in text.split("\n") if line.strip()]
    if kind == ".csv":
        return _by_head(_csv_rows(path, text), path)
    lines = [line.removesuffix("\r") for line in strip_line_end(text).split("\n")] if text else []
    if kind == ".tsv":
        cells = [line.split("\t") for line in lines]
        if cells and not _names_fields(cells[0], task):
            return _by_position(cells, path, task)
        return _by_head(cells, path)
    if kind == ".json":
        raise InputError(f"{path}: give JSON lines (.jsonl, an object a line), CSV or TSV.")
    return _by_position([[line] for line in lines], path, task)


def _content(path: Path) -> tuple[str, str]:
    """Return the text of a data file and the suffix that says what it is: "data.tsv.gz" is TSV."""
    data = read_bytes(path)
    if path.suffix.lower() == ".gz":
        try:
            data, path = gzip.decompress(data), path.with_suffix("")
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path} is not gzip: {error}.") from error
    return decode(data, str(path)), path.suffix.lower()


def _csv_rows(path: Path, text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise InputError(f"{path} is not CSV: {error}.") from error


def _names_fields(cells: list[str], task: Task) -> bool:
    names = {name for field in task.inputs for name in _column_names(field)}
    return any(cell.strip() in names for cell in cells)


def _by_head(rows: list[list[str]], path: Path) -> list[Row]:
    if not rows:
        return []
    head = [cell.strip() for cell in rows[0]]
    twice = {name for name in head if head.count(name) > 1}
    if twice:
        raise InputError(f"{path} has two columns called {sorted(twice)[0]!r}.")
    return [dict(zip(head, row, strict=False)) for row in rows[1:]]


def _by_position(rows: list[list[str]], path: Path, task: Task) -> list[Row]:
    if len(task.field_names) > 1:
        found = ", ".join(rows[0]) if rows else "none"
        raise InputError(
            f"The first line of {path} names no input field of {task.name} "
            f"({', '.join(task.field_names)}). It has: {shown(found, 200)}."
        )
    return [
        {task.field_names[0]: row[0], **({"answer": row[1]} if len(row) > 1 else {})}
        for row in rows
    ]
