"""A data file as a bounded stream of bytes: regular files only, unpacked as it is read."""

from __future__ import annotations

import errno
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from xlt.errors import DataFileError
from xlt.files.safe import open_regular

Source = Path | str | BinaryIO
"""A file by its path, or a stream of bytes such as standard input."""
Lines = Iterator[tuple[int, str]]
"""Line number from 1, and the line without its line end."""

STREAM = "standard input"
MAX_LINE = 16 * 1024 * 1024
"""Bytes of the longest line, and so of the longest row."""
MAX_DOCUMENT = 256 * 1024 * 1024
"""Bytes of a file that can only be read whole: a JSON list, a gzipped Parquet file."""
MAX_RATIO = 200
"""How many times its size a gzip file may unpack to; text rarely reaches 30, a bomb 1,000."""
_FREE = 64 * 1024 * 1024  # bytes unpacked before the ratio counts
_GZIP = b"\x1f\x8b"
_PIECE = 1024 * 1024


class DataStream:
    """The bytes of a data file, read forwards; `name` is what errors call it."""

    def __init__(self, raw: BinaryIO, name: str, suffix: str, size: int | None) -> None:
        self.name, self.suffix = name, suffix
        self._raw: Any = raw if hasattr(raw, "peek") else io.BufferedReader(cast(Any, raw))
        self._is_file = size is not None
        self._packed, self._taken = size, 0
        if suffix == ".gz" or (not suffix and self.peek(2) == _GZIP):
            self._raw = io.BufferedReader(gzip.GzipFile(fileobj=self._raw))
            self._is_file = False
            self.suffix = Path(Path(name).stem).suffix.lower() if suffix else ""
        else:
            self._packed = None

    def peek(self, count: int) -> bytes:
        """Return the first bytes that come next, without taking them."""
        with self._faults():
            return bytes(self._raw.peek(count)[:count])

    def first(self) -> str:
        """Return the first character that is not blank, "" where there is none near."""
        return self.peek(64).decode("utf-8-sig", "ignore").lstrip()[:1]

    def lines(self, start: int = 1) -> Lines:
        """Yield the lines as text; a line feed alone ends one, and a byte-order mark is dropped."""
        for number, data in enumerate(iter(self._line, b""), start=start):
            line = data.removesuffix(b"\n").removesuffix(b"\r")
            yield number, self._decoded(line, number)

    def seekable(self) -> BinaryIO:
        """Return the bytes for a reader that moves back and forth, held in memory if unpacked."""
        return self._raw if self._is_file else io.BytesIO(self._whole())

    def _whole(self) -> bytes:
        data = bytearray()
        with self._faults():
            while piece := self._raw.read(_PIECE):
                data += piece
                self._count(len(piece))
                if len(data) > MAX_DOCUMENT:
                    megabytes = MAX_DOCUMENT // 1024**2
                    raise DataFileError(f"unpacks to more than {megabytes} MB", self.name)
        return bytes(data)

    def _line(self) -> bytes:
        with self._faults():
            data: bytes = self._raw.readline(MAX_LINE + 1)
        if len(data) > MAX_LINE:
            raise DataFileError(f"a line is longer than {MAX_LINE // 1024**2} MB", self.name)
        self._count(len(data))
        return data

    def _decoded(self, line: bytes, number: int) -> str:
        if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise DataFileError("is UTF-16; save it as UTF-8", self.name)
        try:
            return line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            what = f"byte 0x{line[error.start]:02x} at position {error.start}"
            raise DataFileError(f"not UTF-8 ({what})", self.name, number) from error

    def _count(self, taken: int) -> None:
        self._taken += taken
        if self._packed is not None and self._taken > max(_FREE, MAX_RATIO * self._packed):
            raise DataFileError(f"unpacks to more than {MAX_RATIO} times its size", self.name)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataFileError(f"not a whole gzip file ({error})", self.name) from error
        except OSError as error:
            raise DataFileError(f"cannot be read ({error.strerror})", self.name) from error


@contextmanager
def open_data(source: Source) -> Iterator[DataStream]:
    """Open a data file or take a stream; raises DataFileError for what is not a regular file.

    A device or a named pipe would never end; a pipe is read as standard input.
    """
    if not isinstance(source, Path | str):
        yield DataStream(source, STREAM, "", None)
        return
    path = Path(source)
    try:
        file = os.fdopen(open_regular(path), "rb")
    except OSError as error:
        hint = "; pipe it in and name it -" if error.errno == errno.EINVAL else ""
        raise DataFileError(f"cannot be read ({error.strerror}){hint}", path) from error
    except ValueError as error:  # NUL in the name
        raise DataFileError(f"cannot be read ({error})", path) from error
    with file:
        size = os.fstat(file.fileno()).st_size
        yield DataStream(file, str(path), path.suffix.lower(), size)
