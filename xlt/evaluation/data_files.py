"""Reading files of samples: lines, JSON lines, TSV and Parquet rows, faults with their line."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlt.errors import DataFileError, MissingExtra
from xlt.files.safe import MAX_UNPACKED, open_regular, read_file

_BOM = b"\xef\xbb\xbf"


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file, gzipped if it ends in .gz.

    Lines end at a line feed alone (a carriage return before it goes); U+2028 and the like stay
    in the text. A byte-order mark goes. Raises DataFileError with the line that is not UTF-8.
    """
    return _lines_of(read_file(path), path)


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, row by column) of a .parquet, .jsonl (also .gz) or .tsv file."""
    if path.suffix == ".parquet":
        return read_parquet(path)
    return read_tsv(path) if path.suffix == ".tsv" else read_jsonl(path)


def read_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number from 1, row by column); raises DataFileError, MissingExtra."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtra("Reading Parquet", "eval") from error
    try:
        # Opened here, since pyarrow would take the "key=value" folders above it for columns.
        with os.fdopen(open_regular(path), "rb") as file:
            rows = parquet.read_table(file).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise DataFileError(f"not a Parquet file ({error})", path) from error
    yield from enumerate(rows, start=1)


def read_archived_jsonl(archive: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of the file of that name in a .tar.bz2, which is not unpacked."""
    place = archive / name
    try:
        with (
            os.fdopen(open_regular(archive), "rb") as packed,
            tarfile.open(fileobj=packed, mode="r:bz2") as files,
        ):
            found = next((one for one in files if Path(one.name).name == name), None)
            content = None if found is None else files.extractfile(found)
            if content is None:
                raise DataFileError("is not in the archive", place)
            data = content.read(MAX_UNPACKED + 1)
            if len(data) > MAX_UNPACKED:
                raise DataFileError(f"unpacks to more than {MAX_UNPACKED // 2**20} MB", place)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataFileError(f"not a whole .tar.bz2 ({error})", archive) from error
    return _objects(_lines_of(data, place), place)


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number, object) of a file of JSON objects; empty lines are passed over.

    Raises DataFileError for a line that is no JSON object.
    """
    return _objects(read_lines(path), path)


def read_tsv(
    path: Path, columns: tuple[str, ...] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, row by column) of a tab-separated file without quoting.

    `columns` names them where the file has no header. Raises DataFileError for a row with
    another number of cells.
    """
    lines = iter(enumerate(read_lines(path), start=1))
    if columns is None:
        columns = tuple(next(lines, (1, ""))[1].split("\t"))
    for number, line in lines:
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise DataFileError(f"{len(cells)} cells, not {len(columns)}", path, number)
        yield number, dict(zip(columns, cells, strict=True))


def text_of(row: dict[str, Any], column: str, path: Path, line: int) -> str:
    """Return the text of a column; raises DataFileError when it is missing or no text."""
    value = row.get(column)
    if not isinstance(value, str):
        columns = ", ".join(row)
        problem = "has no text" if column in row else f"is missing; the row has {columns}"
        raise DataFileError(f"the column {column!r} {problem}", path, line)
    return value


def hub_split(tag: str, split: str) -> str:
    """Return what the hub calls the Parquet file of a language and a split."""
    return f"{tag}/{'validation' if split == 'dev' else split}-00000-of-00001.parquet"


def first_existing(folder: Path, *names: str) -> Path:
    """Return the first of these files that exists; raises DataFileError naming them all."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataFileError(f"holds none of {', '.join(names)}", folder)


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.removesuffix(b"\r").decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataFileError(f"not UTF-8 (byte {error.start})", path, number) from error


def _lines_of(data: bytes, path: Path) -> list[str]:
    lines = data.removeprefix(_BOM).split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [_decoded(line, path, number) for number, line in enumerate(lines, start=1)]


def _objects(lines: list[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataFileError(f"not JSON ({error})", path, number) from error
        if not isinstance(row, dict):
            raise DataFileError("not a JSON object", path, number)
        yield number, row
