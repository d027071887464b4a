"""The Parquet files of an output folder: each is whole or not there, on any file system."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from xlt.errors import DataFileError, InputError
from xlt.files.safe import open_regular

if TYPE_CHECKING:
    import pyarrow

_NAME = re.compile(r"part-[0-9a-f]{32}\.parquet")
# Readers of Parquet folders pass over names that begin with a dot or an underscore.
_DRAFT = ".draft-"
_LONGEST_TEXT = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts in a folder: a path, or a URI that pyarrow knows (s3://, gs://, hdfs://)."""

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
        from pyarrow import parquet

        try:
            with self._opened(name) as file:
                return parquet.read_table(file, columns=columns)
        except (pyarrow.ArrowException, OSError) as error:
            raise DataFileError(f"not a Parquet file ({error})", f"{self.folder}/{name}") from error

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
            write(files, draft)
            if self.local is not None:
                _flush(Path(draft))
            files.move(draft, f"{root}/{name}")
        except OSError as error:
            raise InputError(f"{self.folder}/{name} cannot be written: {error}") from error

    def _opened(self, name: str) -> Any:
        """Open a file to read; on this machine a regular one inside the folder, and no other."""
        if self.local is not None:
            return os.fdopen(open_regular(self.local / name, inside=self.local), "rb")
        files, root = self._open()
        return files.open_input_file(f"{root}/{name}")

    def _names(self) -> list[str]:
        from pyarrow import fs

        try:
            files, root = self._open()
            found = files.get_file_info(fs.FileSelector(root, allow_not_found=True))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.folder} cannot be read: {error}") from error
        return [one.base_name for one in found if one.type == fs.FileType.File]

    def _open(self) -> tuple[Any, str]:
        """Return the file system and the folder's path in it."""
        from pyarrow import fs

        if self.local is not None:
            return fs.LocalFileSystem(), self.folder
        files, root = fs.FileSystem.from_uri(self.folder)
        return files, root.rstrip("/")


def part_name(ids: Iterable[str]) -> str:
    """Return the name of the part of these rows: the same rows again make the same part."""
    digest = sha256()
    for one in ids:
        digest.update(f"{len(one)}:{one}".encode("utf-8", "surrogatepass"))
    return f"part-{digest.hexdigest()[:32]}.parquet"


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
