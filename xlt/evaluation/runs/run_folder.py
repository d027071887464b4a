"""A run's folder: `load_run` reads it, `open_folder` holds it for one runner."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ValidationError

from xlt.errors import DataFileError, InputError, RunFolderError
from xlt.evaluation.runs.records import PRICES, Manifest, Result, differences
from xlt.files.safe import LOCK, only_writer, open_regular, read_file, read_lines, write_whole
from xlt.files.validated import first_fault

Record = TypeVar("Record", bound=BaseModel)

MANIFEST = "run.json"
RESULTS = "results.jsonl"


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder keeps it; `results` are in the order they ended, each id once."""

    folder: Path
    manifest: Manifest
    results: tuple[Result, ...]


def load_run(folder: Path | str) -> Run:
    """Return what a run's folder holds; the run may still be under way.

    A last line cut short by a kill is left out. Of two lines about one id the first counts,
    unless it is errored: then the sample was tried again, and the later one counts.
    Raises DataFileError, with the line at fault, InputError for a file that cannot be read.
    """
    folder = Path(folder)
    manifest = load_manifest(folder)
    results: dict[str, Result] = {}
    for result in _results(folder / RESULTS):
        if result.id not in results or results[result.id].outcome == "errored":
            results[result.id] = result
    return Run(folder, manifest, tuple(results.values()))


def load_manifest(folder: Path) -> Manifest:
    """Return the plan of a run; raises DataFileError where the folder holds none."""
    path = folder / MANIFEST
    try:
        data = read_file(path, inside=folder)
    except DataFileError as error:
        raise DataFileError(
            f"{error.message}; a run's folder is one that xlt eval -o made", path
        ) from error
    return _checked(Manifest, data, path, None)


def _results(path: Path) -> Iterator[Result]:
    if path.exists():
        for number, line, whole in read_lines(path, inside=path.parent):
            if whole:  # else a kill cut it
                yield _checked(Result, line, path, number)


def _checked(kind: type[Record], data: bytes, path: Path, line: int | None) -> Record:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise DataFileError(first_fault(error), path, line) from None


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
        f"{path} cannot be written: {error.strerror or error}. What it already holds is intact; "
        "free some space and run the same command again to continue."
    )


SET_ASIDE = "set-aside.jsonl"
"""Where a forced run keeps the results that it no longer plans."""
_SHOWN = 8
"""The most differences that a refusal lists."""


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder this process holds: its manifest, the results so far by id, the log to add to."""

    path: Path
    manifest: Manifest
    results: dict[str, Result]
    log: ResultLog


@contextmanager
def open_folder(
    path: Path, manifest: Manifest, planned: frozenset[str], *, force: bool = False
) -> Iterator[OpenFolder]:
    """Hold a run's folder, made where it is not there, until the end of the block.

    An existing run is continued. Raises InputError where it was a different run, naming what
    differs; with `force` it is continued anyway, and results of ids that are no longer
    `planned` are set aside. RunFolderError while another process holds the folder, or where it
    cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written: {error.strerror}.") from error
    with only_writer(path / LOCK, f"the run in {path}"):
        manifest = _agreed(path, manifest, force=force)
        results = _results_so_far(path, planned)
        with closing(ResultLog.open(path / RESULTS)) as log:
            yield OpenFolder(path, manifest, results, log)


def _agreed(path: Path, manifest: Manifest, *, force: bool) -> Manifest:
    """Return the manifest to continue with; it is in the folder before the first result."""
    if not (path / MANIFEST).is_file():
        if (path / RESULTS).is_file():  # whose plan would be lost
            raise InputError(f"{path} holds {RESULTS} without {MANIFEST}; use another folder.")
        return _written(path, manifest)
    old = load_manifest(path)
    if not (found := differences(old, manifest)):
        return _priced(path, old, manifest)
    if not force:
        listed = "\n  ".join(found[:_SHOWN] + ["..."] * (len(found) > _SHOWN))
        raise InputError(
            f"{path} holds another run:\n  {listed}\n"
            "Run it unchanged, use another folder, or continue anyway with --force."
        )
    forced = [*old.settings.get("forced", []), *found]
    return _written(
        path, manifest.model_copy(update={"settings": {**manifest.settings, "forced": forced}})
    )


def _priced(path: Path, old: Manifest, new: Manifest) -> Manifest:
    """Return the manifest there is at the price given last."""
    given = {name: getattr(new, name) for name in PRICES}
    if new.input_price is None or given == {name: getattr(old, name) for name in PRICES}:
        return old
    return _written(path, old.model_copy(update=given))


def _written(path: Path, manifest: Manifest) -> Manifest:
    _write(path / MANIFEST, [manifest.model_dump_json(indent=1).encode(), b"\n"])
    return manifest


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    try:
        write_whole(path, pieces, inside=path.parent)
    except InputError as error:
        raise RunFolderError(str(error)) from error


def _results_so_far(path: Path, planned: frozenset[str]) -> dict[str, Result]:
    """Return the results by id, after those no longer planned were set aside."""
    try:
        results = {one.id: one for one in load_run(path).results}
    except DataFileError as error:
        raise DataFileError(
            f"{error.message}; the line is damaged: repair or remove it", error.path, error.line
        ) from error
    kept = {name: one for name, one in results.items() if name in planned}
    if len(kept) < len(results):
        with closing(ResultLog.open(path / SET_ASIDE)) as aside:
            for name, one in results.items():
                if name not in kept:
                    aside.add(one)
        _write(path / RESULTS, map(as_line, kept.values()))
    return kept
