"""An output folder: its Parquet parts, the ids in them, and what it was made with."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from xlt.backends.choosing import Choice
from xlt.batches.manifest import hash_templates
from xlt.demonstrations import Demonstration
from xlt.errors import DataFileError, InputError, shown
from xlt.files.safe import flush, open_regular, place_inside
from xlt.ray.row_format import ERROR, RowFormat

if TYPE_CHECKING:
    import numpy
    import pyarrow

    from xlt.ray.sending import Model

_NAME = re.compile(r"part-[0-9a-f]{32}\.parquet")
# Readers of Parquet folders pass over names that begin with a dot or an underscore.
_DRAFT, _UNFINISHED = ".draft-", ".unfinished"
_LONGEST_TEXT = 16 * 2**20
_LARGEST = 4 * 2**30  # bytes of a part in memory: a few kilobytes of Parquet can unpack to more


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts in a folder: a path, or a URI that pyarrow knows (s3://, gs://, hdfs://).

    Of a part that is not finished yet, the rows so far are kept in pieces: parts of a hidden
    folder, so that a kill costs few calls and no reader finds a row twice.
    """

    folder: str

    @classmethod
    def at(cls, place: str | Path) -> Parts:
        """Return the parts of a folder, which need not be there."""
        return cls(str(place) if "://" in str(place) else str(Path(place).resolve()))

    def make(self) -> None:
        """Make the folder if it is not there; raises InputError where it cannot be."""
        try:
            files, root = self._open()
            files.create_dir(root, recursive=True)
        except (OSError, ValueError) as error:
            raise InputError(f"{self.folder} cannot be made: {error}") from error

    def sweep(self) -> None:
        """Delete the drafts of the dead: for the one run that writes to the folder."""
        for name in self._names():
            if name.startswith(_DRAFT):
                self.delete(name)
        if not self.unfinished():
            self._delete_folder(self._inside(_UNFINISHED))

    def pieces(self, name: str) -> Parts:
        """Return the pieces of a part; the folder may not be there."""
        return self._inside(f"{_UNFINISHED}/{name}")

    def drop_pieces(self, name: str) -> None:
        self._delete_folder(self.pieces(name))

    def unfinished(self) -> list[str]:
        """Return the names of the parts of which there are pieces."""
        found = self._inside(_UNFINISHED)._names(folders=True)
        return sorted(name for name in found if _NAME.fullmatch(name))

    def rows(self, id_column: str) -> pyarrow.Table | None:
        """Return the rows of all parts that can be read, each id once; None without any."""
        tables = []
        for name in self.names():
            with suppress(DataFileError):  # cut, or not xlt's: its rows are sent again
                self.read(name, [id_column])
                tables.append(self.read(name))
        if not tables:
            return None
        table = self.join(tables)
        places = {one: place for place, one in enumerate(table[id_column].to_pylist())}
        return table.take([*places.values()])

    def join(self, tables: list[pyarrow.Table]) -> pyarrow.Table:
        """Return tables as one; raises DataFileError where their columns cannot be joined."""
        import pyarrow

        try:
            return pyarrow.concat_tables(tables, promote_options="permissive")
        except pyarrow.ArrowException as error:
            raise DataFileError(f"its parts do not fit together ({error})", self.folder) from error

    @property
    def local(self) -> Path | None:
        """The folder as a path, where it is one."""
        return None if "://" in self.folder else Path(self.folder)

    def names(self) -> list[str]:
        """Return the names of the whole parts, sorted."""
        return sorted(name for name in self._names() if _NAME.fullmatch(name))

    def has(self, name: str) -> bool:
        from pyarrow import fs

        files, root = self._open()
        found: bool = files.get_file_info(f"{root}/{name}").type != fs.FileType.NotFound
        return found

    def write(self, name: str, table: pyarrow.Table) -> None:
        """Write a part; raises InputError when it cannot be (a full disk)."""
        from pyarrow import parquet

        self._put(name, lambda files, draft: parquet.write_table(table, draft, filesystem=files))

    def read(self, name: str, columns: list[str] | None = None) -> pyarrow.Table:
        """Return a part, or some of its columns; raises DataFileError when it is not one."""
        import pyarrow

        try:
            with self._opened(name) as file:
                return _read_table(file, columns)
        except KeyError as error:
            raise DataFileError(f"lacks the column {error}", f"{self.folder}/{name}") from error
        except (pyarrow.ArrowException, OSError) as error:
            raise DataFileError(
                f"not a whole Parquet file; delete it to have its rows sent again ({error})",
                f"{self.folder}/{name}",
            ) from error

    def delete(self, name: str) -> None:
        files, root = self._open()
        files.delete_file(f"{root}/{name}")

    def read_text(self, name: str) -> str | None:
        """Return the text of a small file beside the parts, None where there is none."""
        if not self.has(name):
            return None
        try:
            with self._opened(name) as file:
                return bytes(file.read(_LONGEST_TEXT)).decode("utf-8")
        except (OSError, ValueError) as error:
            raise DataFileError(f"cannot be read ({error})", f"{self.folder}/{name}") from error

    def write_text(self, name: str, text: str) -> None:
        def write(files: Any, draft: str) -> None:
            with files.open_output_stream(draft) as file:
                file.write(text.encode())

        self._put(name, write)

    def _put(self, name: str, write: Callable[[Any, str], None]) -> None:
        """Write a file under another name, then rename it; a kill leaves no half of it."""
        files, root = self._open()
        draft = f"{root}/{_DRAFT}{uuid4().hex}"
        try:
            files.create_dir(root, recursive=True)
            write(files, draft)
            if self.local is not None:
                flush(Path(draft))
            files.move(draft, f"{root}/{name}")
        except OSError as error:
            raise InputError(f"{self.folder}/{name} cannot be written: {error}") from error

    def _opened(self, name: str) -> Any:
        """Open a file to read; on this machine a regular one inside the folder, and no other."""
        if self.local is not None:
            return os.fdopen(open_regular(self.local / name, inside=self.local), "rb")
        files, root = self._open()
        return files.open_input_file(f"{root}/{name}")

    def _inside(self, name: str) -> Parts:
        """Return a folder in this one; raises InputError where a link leads out of it."""
        if self.local is not None:
            try:
                place_inside(self.local / name, self.local)
            except OSError as error:
                place = self.local / name
                raise InputError(f"{place} cannot be used: {error.strerror}.") from error
        return Parts(f"{self.folder}/{name}")

    def _delete_folder(self, folder: Parts) -> None:
        from pyarrow import fs

        files, root = folder._open()
        if files.get_file_info(root).type == fs.FileType.Directory:
            files.delete_dir(root)

    def _names(self, *, folders: bool = False) -> list[str]:
        from pyarrow import fs

        try:
            files, root = self._open()
            found = files.get_file_info(fs.FileSelector(root, allow_not_found=True))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.folder} cannot be read: {error}") from error
        wanted = fs.FileType.Directory if folders else fs.FileType.File
        return [one.base_name for one in found if one.type == wanted]

    def _open(self) -> tuple[Any, str]:
        """Return the file system and the folder's path in it."""
        from pyarrow import fs

        if self.local is not None:
            return fs.LocalFileSystem(), self.folder
        files, root = fs.FileSystem.from_uri(self.folder)
        return files, root.rstrip("/")


def adopt_pieces(parts: Parts, id_column: str) -> None:
    """Turn the pieces that a killed run left into parts: their rows are paid for.

    Those of a part that was written before the kill are deleted, so a kill here loses nothing.
    """
    names = parts.unfinished()
    if not names:
        return
    kept = KeptIds.read(parts, id_column)
    for name in names:
        table = parts.pieces(name).rows(id_column)
        if table is not None:
            ids = id_texts(table[id_column].to_pylist(), id_column)
            there = kept.has(ids)
            new = [one for one, old in zip(ids, there, strict=True) if not old]
            if new:
                parts.write(part_name(new), table.filter([not one for one in there]))
        parts.drop_pieces(name)


def part_name(ids: Iterable[str]) -> str:
    """Return the name of the part of these rows: the same rows again make the same part."""
    digest = sha256()
    for one in ids:
        digest.update(f"{len(one)}:{one}".encode("utf-8", "surrogatepass"))
    return f"part-{digest.hexdigest()[:32]}.parquet"


def check_columns(table: pyarrow.Table) -> None:
    """Raise InputError now where a part with these columns could not be written later."""
    import pyarrow
    from pyarrow import parquet

    try:
        parquet.write_table(table.schema.empty_table(), pyarrow.BufferOutputStream())
    except pyarrow.ArrowException as error:
        raise InputError(f"Parquet cannot hold the columns; drop or cast one ({error})") from error


def _read_table(file: Any, columns: list[str] | None) -> pyarrow.Table:
    import pyarrow
    from pyarrow import parquet

    opened = parquet.ParquetFile(file)
    schema = opened.schema_arrow
    if columns is not None:
        schema = pyarrow.schema([schema.field(name) for name in columns])
    batches, size = [], 0
    for batch in opened.iter_batches(1024, columns=schema.names):
        size += sum(map(_size_of, batch.columns))
        if size > _LARGEST:
            raise OSError(f"it unpacks to more than {_LARGEST // 2**30} GB")
        batches.append(batch.select(schema.names))
    return pyarrow.Table.from_batches(batches, schema)


def _size_of(column: pyarrow.Array) -> int:
    """Return the bytes of a column once it is Python's: of a dictionary each use counts."""
    import pyarrow

    plain = column.dictionary_decode() if isinstance(column, pyarrow.DictionaryArray) else column
    size: int = plain.nbytes
    return size


_BYTES = 16


@dataclass(frozen=True, slots=True)
class KeptIds:
    """A sorted array of digests: Ray shares it between the processes of a machine."""

    digests: numpy.ndarray[Any, Any]

    @classmethod
    def of(cls, ids: Iterable[str]) -> KeptIds:
        import numpy

        return cls(numpy.unique(_digests(ids)))

    @classmethod
    def read(cls, parts: Parts, id_column: str, *, retry_failed: bool = False) -> KeptIds:
        """Return the ids in an output's parts.

        With `retry_failed` rows that failed are taken out of their parts: a part is replaced by
        one without them, so that a kill leaves either.
        """
        import numpy

        found = [_digests(())]
        for name in parts.names():
            table = parts.read(name, [id_column, ERROR])
            if retry_failed and table[ERROR].null_count < table.num_rows:
                whole = parts.read(name)
                table = whole.filter(whole[ERROR].is_null())
                if table.num_rows:
                    parts.write(name, table)
                else:
                    parts.delete(name)
            found.append(_digests(id_texts(table[id_column].to_pylist(), id_column)))
        return cls(numpy.unique(numpy.concatenate(found)))

    def __len__(self) -> int:
        return len(self.digests)

    def has(self, ids: Sequence[str]) -> list[bool]:
        """Return for each id whether it is kept."""
        import numpy

        if not len(self.digests):
            return [False] * len(ids)
        asked = _digests(ids)
        places = numpy.searchsorted(self.digests, asked) % len(self.digests)
        flags: list[bool] = (self.digests[places] == asked).tolist()
        return flags


def id_texts(ids: Sequence[Any], column: str) -> list[str]:
    """Return ids as texts; raises InputError where one is missing or there twice."""
    texts = []
    seen = set()
    for one in ids:
        if not isinstance(one, str | int) or isinstance(one, bool):
            raise InputError(
                f"The id column {column!r} must hold texts or whole numbers, not {one!r}."
            )
        text = str(one)
        if text in seen:
            raise InputError(f"The id {shown(text)} appears twice in the column {column!r}.")
        seen.add(text)
        texts.append(text)
    return texts


def _digests(ids: Iterable[str]) -> numpy.ndarray[Any, Any]:
    import numpy

    made = [
        blake2b(one.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest() for one in ids
    ]
    return numpy.array(made, dtype=f"S{_BYTES}")


NAME = "_xlt_run.json"
_FORMAT = 1


def check_record(parts: Parts, rows: RowFormat, model: Model, id_column: str, force: bool) -> None:
    """Keep what a run is made with, or compare it with what is kept.

    Raises InputError, unless forced, which names what differs.
    """
    record = _record(rows, model, id_column)
    kept = _read(parts)
    if kept is not None and not force:
        differing = [name for name in record if kept.get(name) != record[name]]
        if differing:
            raise InputError(
                f"{parts.folder} holds the rows of a run with other {', '.join(differing)}. "
                "Name another folder, or force it."
            )
    if kept != record:
        parts.write_text(NAME, json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def _record(rows: RowFormat, model: Model, id_column: str) -> dict[str, Any]:
    folder = rows.options.get("templates")
    return {
        "format": _FORMAT,
        "task": rows.task if isinstance(rows.task, str) else rows.task.name,
        "strategy": rows.strategy,
        "columns": {**rows.columns, "id": id_column},
        "language": [rows.language, rows.language_column],
        "target_language": [rows.target_language, rows.target_language_column],
        "options": {name: _told(one) for name, one in sorted(rows.options.items())},
        "model": _model(model),
        "templates": hash_templates(None if folder is None else str(folder)),
    }


def _model(model: Model) -> dict[str, Any]:
    if isinstance(model, Choice):
        names = ("model", "base_url", "temperature", "max_tokens")
        return {name: getattr(model, name) for name in names}
    if not hasattr(model, "stream"):
        return {"model": _told(model)}
    names = ("name", "url", "temperature", "max_tokens")
    return {"model": _told(type(model)), **{name: getattr(model, name, None) for name in names}}


def _told(value: Any) -> str:
    """Return a value as a text that is the same in every process, and holds no key.

    Of functions and foreign objects only the name is told: what they hold may be a secret.
    """
    if value is None or isinstance(value, str | int | float | Path | Demonstration):
        return repr(value)
    if isinstance(value, Mapping):
        return repr({str(name): _told(one) for name, one in value.items()})
    if isinstance(value, list | tuple):
        return repr([_told(one) for one in value])
    named = value.func if isinstance(value, partial) else value
    if not hasattr(named, "__qualname__"):
        named = type(named)
    return f"{getattr(named, '__module__', 'builtins')}.{named.__qualname__}"


def _read(parts: Parts) -> Mapping[str, Any] | None:
    text = parts.read_text(NAME)
    if text is None:
        if parts.names():
            raise InputError(
                f"{parts.folder} holds parts, but no {NAME}: xlt did not write it. Name another "
                "folder."
            )
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise DataFileError(
            f"not a record that xlt wrote ({error})", f"{parts.folder}/{NAME}"
        ) from error
    return found if isinstance(found, dict) else {}
