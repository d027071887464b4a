"""Files that are whole or not there, lines that end at a line feed alone, one writer at a time."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from xlt.errors import InputError, RunFolderError

LOCK = ".lock"
"""The file of a folder that is held by whoever works in it."""


def write_whole(
    path: Path, pieces: Iterable[bytes], check: Callable[[Path], object] | None = None
) -> None:
    """Write a file under another name, then rename it: a kill leaves the old one or the new one.

    A link stays a link, and the mode of an old file stays. `check` reads what was written before
    it takes its place. Raises InputError when it cannot be written (a full disk), or is a device
    or a pipe, whose name would afterwards be an ordinary file's.
    """
    with _draft_of(path) as (draft, target):
        with draft.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, draft)
        if check is not None:
            check(draft)
        os.replace(draft, target)
        _keep_name(target.parent)


def check_place(path: Path) -> None:
    """Raise InputError where `write_whole` could not write, before work is lost to that."""
    with _draft_of(path) as (draft, target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        draft.touch()


def write_if_changed(path: Path, data: bytes) -> None:
    """Write a file unless it holds these bytes already."""
    if not (path.is_file() and path.read_bytes() == data):
        write_whole(path, [data])


def to_line(value: Mapping[str, Any]) -> bytes:
    """Return a value as one line of JSON; a lone surrogate stays as its escape."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def read_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (number, line, whole?) of a file that a line feed alone divides; blank ones left out.

    A last line without its line feed is not whole. Raises InputError for a file that cannot be
    read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line, line.endswith(b"\n")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def to_object(line: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object on a line, None where it is none."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


@contextmanager
def only_writer(lock: Path, work: str) -> Iterator[None]:
    """Hold the file `lock` for this process; raises RunFolderError while another one does.

    `work` says in the error what is being worked on. The file is made where it is not there, and
    left as it is. The system frees it when the process ends, however it ends. Where the system
    has no such lock (Windows) nothing is held. Raises InputError for a file that cannot be used.
    """
    try:
        import fcntl
    except ModuleNotFoundError:
        yield
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(lock.open("ab"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunFolderError(
                f"Another process is working on {work}. Wait for its end, or take another place."
            ) from error
        except OSError as error:  # not to be opened, or on a disk that knows no locks
            raise InputError(f"{lock} cannot be used: {error.strerror}.") from error
        yield


@contextmanager
def _draft_of(path: Path) -> Iterator[tuple[Path, Path]]:
    """Lend the names of a file until it is whole and then; no draft stays, whatever happens."""
    if _is_special(path):
        raise InputError(f"{path} cannot be written: it is not a regular file.")
    target = Path(os.path.realpath(path))
    draft = target.parent / f".{target.name}.draft"
    try:
        yield draft, target
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):  # it is gone, or could not be made
            draft.unlink()


def _is_special(path: Path) -> bool:
    """Tell a device, a pipe, and a link to an open file (/dev/stdout); a folder fails by itself."""
    if path.is_symlink() and os.readlink(path).startswith("/proc/"):
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def _keep_name(folder: Path) -> None:
    """Let the new name survive a power cut too, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
