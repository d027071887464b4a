"""`ResultLog`: a file of results, a line a result, whole whatever kills the process."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from xlt.errors import RunFolderError
from xlt.evaluation.runs.records import Result
from xlt.files.safe import open_regular

SYNC_SECONDS = 1.0
"""How long a result may wait to be forced to the disk."""


@dataclass(slots=True)
class ResultLog:
    """The open end of a file of results.

    Each line is handed to the system in one call, so that a killed process loses none that was
    added. The disk is synced at most every `SYNC_SECONDS` and at the end: a power cut may take
    the results of the last second, which are then asked again.
    """

    path: Path
    _handle: int
    _end: int
    _synced: float = 0.0
    _waiting: bool = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file, cutting off a last line that a kill left unfinished."""
        try:
            handle = open_regular(path, os.O_RDWR | os.O_CREAT, inside=path.parent)
            try:
                end = _whole_length(handle)
                os.ftruncate(handle, end)
                os.lseek(handle, end, os.SEEK_SET)
            except BaseException:
                os.close(handle)
                raise
        except OSError as error:
            raise _unwritable(path, error) from error
        return cls(path, handle, end)

    def add(self, result: Result) -> None:
        """Append a result; raises RunFolderError, with nothing half written, where it cannot."""
        line = as_line(result)
        try:
            left = line
            while left:
                left = left[os.write(self._handle, left) :]
            self._waiting = True
            if time.monotonic() - self._synced > SYNC_SECONDS:
                self._sync()
        except OSError as error:
            self._take_back()
            raise _unwritable(self.path, error) from error
        self._end += len(line)

    def close(self) -> None:
        try:
            self._sync()
        except OSError as error:
            raise _unwritable(self.path, error) from error
        finally:
            os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def _sync(self) -> None:
        if self._waiting:
            os.fsync(self._handle)
            self._synced, self._waiting = time.monotonic(), False

    def _take_back(self) -> None:
        """Cut off what was written of the last line; a resume would, too."""
        try:
            os.ftruncate(self._handle, self._end)
            os.lseek(self._handle, self._end, os.SEEK_SET)
        except OSError:
            pass


def as_line(result: Result) -> bytes:
    return result.model_dump_json().encode() + b"\n"


def _whole_length(handle: int) -> int:
    """Return the length up to the last line feed."""
    end = os.lseek(handle, 0, os.SEEK_END)
    while end:
        start = max(0, end - 65536)
        os.lseek(handle, start, os.SEEK_SET)
        found = os.read(handle, end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    return RunFolderError(
        f"{path} cannot be written: {error.strerror or error}. What it holds is whole; make "
        "room and run the same command again to go on."
    )
