"""Rows of CSV, TSV, JSON, JSON lines, Parquet and plain text, gzipped or not, by their columns."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from xlt.errors import DataFileError, MissingExtra, shown
from xlt.rows.opening import MAX_DOCUMENT, MAX_LINE, DataStream, Lines, Source, open_data

Rows = Iterator[tuple[int, dict[str, Any]]]
"""The line a row begins on, from 1, and its cells by column.

In Parquet and in a JSON list it is the row's number instead."""

FORMATS = "CSV, TSV, JSON, JSON lines or Parquet"
_LINES = (".jsonl", ".ndjson")
_JSON = (".json", *_LINES)
_TABS = (".tsv", ".tab")
_DELIMITERS = ",;\t|^~\x1f"
_SAMPLE = 1024 * 1024  # characters from which a TSV's quoting is told
_BATCH = 1024  # rows of Parquet at a time
# A cell that only a writer of quoted cells makes: in quotes, its own quotes doubled.
_DOUBLED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"')


def read_rows(
    source: Source,
    *,
    columns: Sequence[str] = (),
    known: Collection[str] = (),
    positions: Sequence[str] = (),
) -> Rows:
    """Yield (line, cells by column) of a data file, or of a stream such as standard input.

    The suffix tells the format (`.gz` behind it is unpacked), of a stream its first bytes. CSV
    takes any usual delimiter and quoted line ends; TSV is read unquoted unless it shows that its
    writer quoted. A JSON file holds a list of objects, JSON lines one object a line. A file with
    any other suffix is plain text, a row a line.

    `columns` names the cells of a table that has no header, read without quoting. `known` are
    names that tell a header: a tab-separated or plain file whose first line holds none of them is
    data, its cells named by `positions`. Files are read as a stream; MAX_LINE bounds a row.

    Raises DataFileError with file and line, MissingExtra for Parquet without pyarrow.

    >>> import io
    >>> list(read_rows(io.BytesIO(b"problem;answer\\n1 + 1?;2\\n")))
    [(2, {'problem': '1 + 1?', 'answer': '2'})]
    """
    with open_data(source) as data:
        if data.suffix == ".parquet" or (not data.suffix and data.peek(4) == b"PAR1"):
            yield from _parquet_rows(data)
        elif data.suffix in _JSON or (not data.suffix and data.first() in ("{", "[")):
            yield from _json_rows(data)
        elif columns:
            yield from _by_column(_split(data.lines()), columns, data.name)
        else:
            yield from _table_rows(data, {name.casefold() for name in known}, positions)


def read_lines(source: Source) -> list[str]:
    """Return the lines of a UTF-8 text file, gzipped or not; a line feed alone ends one."""
    with open_data(source) as data:
        return [line for _, line in data.lines()]


def _table_rows(data: DataStream, known: set[str], positions: Sequence[str]) -> Rows:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE))  # Python's is 128 KB
    lines = data.lines()
    first = next(lines, None)
    if first is None:
        return
    if "\0" in first[1]:
        raise DataFileError(f"is not text; save it as {FORMATS}", data.name)
    if first[1].startswith("sep=") and len(first[1]) == 5:  # a line that Excel writes
        delimiter, first = first[1][4], next(lines, (2, ""))
    else:
        delimiter = _delimiter(data, first[1], known)
    cells = _cells(first[1], delimiter or "\0")
    has_header = not positions or any(_plain(cell) in known for cell in cells)
    rest = chain([first], lines)
    if not delimiter:
        whole = ((number, [line]) for number, line in rest)
        yield from _by_column(whole, positions[:1] or ("text",), data.name)
        return
    if delimiter == "\t" and not has_header:
        others = map(str, range(len(positions) + 1, len(cells) + 1))
        yield from _by_column(_split(rest), [*positions, *others][: len(cells)], data.name)
        return
    if delimiter == "\t":
        sample = _sample(rest)
        more = next(rest, None)
        quoted = _is_quoted([line for _, line in sample], is_cut=more is not None)
        rest = chain(sample, [more] if more else [], rest)
        records = _quoted(rest, delimiter, data.name) if quoted else _split(rest)
    else:
        records = _quoted(rest, delimiter, data.name)
    yield from _by_column(records, None, data.name)


def _delimiter(data: DataStream, head: str, known: set[str]) -> str:
    """Return what divides the cells, "" for plain text."""
    if data.suffix in _TABS:
        return "\t"
    scores = {one: _score(head, one, known) for one in _DELIMITERS}
    best = max(scores, key=lambda one: scores[one])
    if data.suffix == ".csv":
        return best
    if not data.suffix and (scores[best][0] or (not known and scores[best][1] > 1)):
        return best
    return "\t" if not data.suffix and "\t" in head else ""


def _score(head: str, delimiter: str, known: set[str]) -> tuple[int, int]:
    cells = _cells(head, delimiter)
    return sum(_plain(cell) in known for cell in cells), len(cells)


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line; what cannot be divided is one, and told when rows are read."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def _plain(name: str) -> str:
    return name.strip().casefold()


def _sample(lines: Lines) -> list[tuple[int, str]]:
    sample, size = [], 0
    for number, line in lines:
        sample.append((number, line))
        size += len(line)
        if size > _SAMPLE:
            break
    return sample


def _is_quoted(lines: Sequence[str], is_cut: bool) -> bool:
    """Tell whether a TSV was written with quoted cells: published ones mostly are not."""
    read = _strictly_read(lines, is_cut)
    rows = [line.split("\t") for line in lines if line]
    if not read or not rows or any(len(row) != len(read[0]) for row in read):
        return False
    head = rows[0]
    return (
        any(len(row) != len(head) for row in rows)
        or all(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in head)
        or any(_DOUBLED.fullmatch(cell) for row in rows for cell in row)
    )


def _strictly_read(lines: Sequence[str], is_cut: bool) -> list[list[str]]:
    """Return the records of quoted cells, [] where these lines are none."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter="\t", strict=True)
    found: list[list[str]] = []
    try:
        found.extend(row for row in reader if row)
    except csv.Error:
        ended = reader.line_num >= len(lines)
        return found if is_cut and ended else []
    return found


def _split(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    return ((number, line.split("\t")) for number, line in lines)


def _quoted(lines: Lines, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line it begins on, cells) of records whose cells may be quoted and hold line ends."""
    line = 0

    def feed() -> Iterator[str]:
        nonlocal line
        for line, text in lines:  # noqa: B007
            yield f"{text}\n"

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        start = line + 1 if line else 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            why = "a carriage return within a line" if "new-line" in str(error) else error
            raise DataFileError(f"not CSV ({why})", name, start or line) from error
        if cells is None:
            return
        yield start or line, cells


def _by_column(
    records: Iterable[tuple[int, list[str]]], columns: Sequence[str] | None, name: str
) -> Rows:
    """Yield each record by `columns`, or by the first record; plain text keeps its blank lines."""
    records = iter(records)
    keep_blank = columns is not None and len(columns) == 1
    if columns is None:
        _, head = next(records, (1, []))
        columns = [cell.strip() for cell in head]
        for column, count in Counter(columns).items():
            if column and count > 1:
                raise DataFileError(f"has two columns called {column!r}", name, 1)
    for line, cells in records:
        if len(cells) == 1 and not cells[0] and not keep_blank:
            continue
        if len(cells) == len(columns):
            yield line, dict(zip(columns, cells, strict=True))
        elif cells:
            raise DataFileError(f"{len(cells)} cells, not {len(columns)}", name, line)


def _json_rows(data: DataStream) -> Rows:
    """Yield the objects of JSON lines, or of a document: a list, or an object that holds one."""
    lines = data.lines()
    taken: list[tuple[int, str]] = []
    begun: list[str] = []
    while len(begun) < 2 and (pair := next(lines, None)):
        taken.append(pair)
        begun += [pair[1]] * bool(pair[1].strip())
    if not begun:
        return
    whole = begun[0].lstrip().startswith("[")
    if data.suffix not in _LINES and not whole:
        whole = len(begun) == 1 or not isinstance(_json(begun[0]), dict)
    lines = chain(taken, lines)
    if whole:
        yield from _document_rows(lines, data.name)
        return
    for number, line in lines:
        if line.strip():
            yield number, _object(line, data.name, number)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _object(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"not JSON ({_why(error)})", name, number) from error
    if not isinstance(row, dict):
        raise DataFileError(f"not a JSON object but {shown(line)}", name, number)
    return row


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "nested too deeply"


def _document_rows(lines: Lines, name: str) -> Rows:
    text = _joined(lines, name)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise DataFileError(f"not JSON ({_why(error)})", name, at) from error
    if isinstance(found, dict):
        lists = [one for one in found.values() if _is_table(one)]
        found = lists[0] if len(lists) == 1 else [found]
    for number, row in enumerate(found if isinstance(found, list) else [found], start=1):
        if not isinstance(row, dict):
            raise DataFileError(f"not a JSON object but {shown(str(row))}", name, number)
        yield number, row


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _joined(lines: Lines, name: str) -> str:
    found, size = [], 0
    for _, line in lines:
        found.append(line)
        size += len(line) + 1
        if size > MAX_DOCUMENT:
            raise DataFileError(f"larger than {MAX_DOCUMENT // 1024**2} MB; use JSON lines", name)
    return "\n".join(found)


def _parquet_rows(data: DataStream) -> Rows:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtra("Reading Parquet", "eval") from error
    try:
        # By its content, since pyarrow would take the "key=value" folders above it for columns.
        table = parquet.ParquetFile(data.seekable())
        rows = chain.from_iterable(one.to_pylist() for one in table.iter_batches(_BATCH))
        yield from enumerate(rows, start=1)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataFileError(f"not a Parquet file ({error})", data.name) from error
