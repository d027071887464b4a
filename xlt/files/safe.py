"""Files that are whole or not there, lines that end at a line feed alone, one writer at a time.

Whoever made a folder or a file is a stranger: only regular files are opened, no pipe is waited
for, what is unpacked is bounded, and nothing is written through a link that leaves its folder.
"""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from xlt.errors import DataFileError, InputError, RunFolderError

LOCK = ".lock"
"""The file of a folder that is held by whoever works in it."""
MAX_LINE = 256 * 2**20
"""The most bytes of a line that are read: far more than a reply of 16 MB comes to."""
MAX_UNPACKED = 2**30
"""The most bytes that a compressed file may unpack to."""

Draft = tuple[Path, Path]


def write_whole(
    path: Path,
    pieces: Iterable[bytes],
    check: Callable[[Path], object] | None = None,
    *,
    inside: Path | None = None,
) -> None:
    """Write a file under another name, then rename it: a kill leaves the old one or the new one.

    A link stays a link, and the mode of an old file stays. `check` reads what was written before
    it takes its place. A file of a folder that anybody may have made is written `inside` it: a
    link that leaves the folder is an error. Raises InputError when it cannot be written (a full
    disk), or is a device or a pipe, whose name would afterwards be an ordinary file's.
    """
    with _draft_of(path, inside) as (draft, target):
        made = _write_draft(draft, pieces)
        if target.exists():
            os.chmod(draft, stat.S_IMODE(target.stat().st_mode) & 0o777)
        if check is not None:
            check(draft)
        _take_place(draft, target, made)
        if os.name == "posix":
            flush(target.parent)  # the new name survives a power cut too, where the system can


def write_together(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write the files of a folder, all of them or none; return their paths.

    Raises InputError as `write_whole` does.
    """
    with ExitStack() as stack:
        drafts = [stack.enter_context(_draft_of(folder / name, folder)) for name in files]
        made = [
            _write_draft(draft, [data])
            for (draft, _), data in zip(drafts, files.values(), strict=True)
        ]
        for (draft, target), state in zip(drafts, made, strict=True):
            _take_place(draft, target, state)
    return tuple([folder / name for name in files])


def check_place(path: Path) -> None:
    """Raise InputError now where `write_whole` would fail later, before any work is lost."""
    with _draft_of(path) as (draft, target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        _write_draft(draft, [])


def write_if_changed(path: Path, data: bytes, *, inside: Path | None = None) -> None:
    """Write a file unless it holds these bytes already."""
    if not (path.is_file() and path.read_bytes() == data):
        write_whole(path, [data], inside=inside)


def open_regular(path: Path, flags: int = os.O_RDONLY, *, inside: Path | None = None) -> int:
    """Open a regular file and return its descriptor; a pipe or a device would never end.

    With `inside`, a link may not lead out of that folder. Raises OSError.
    """
    if inside is not None:
        path = place_inside(path, inside)
        flags |= getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o644)
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "Not a regular file")
    except OSError:
        os.close(handle)
        raise
    return handle


def place_inside(path: Path, folder: Path) -> Path:
    """Return where a path really is; raises OSError where a link leads out of its folder."""
    place = Path(os.path.realpath(path))
    if not place.is_relative_to(os.path.realpath(folder)):
        raise OSError(errno.ELOOP, "It is a link that leads out of its folder; remove the link")
    return place


def read_file(path: Path, *, inside: Path | None = None) -> bytes:
    """Return what a regular file holds, unpacked where its name ends in .gz.

    Raises DataFileError, also where it unpacks to more than 1 GB.
    """
    try:
        with os.fdopen(open_regular(path, inside=inside), "rb") as file:
            return _unpacked(file, path) if path.suffix == ".gz" else file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataFileError(f"not a whole gzip file ({error})", path) from error
    except OSError as error:
        raise DataFileError(f"cannot be read ({error.strerror})", path) from error


def read_lines(path: Path, *, inside: Path | None = None) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (number, line, whole?) of a file that a line feed alone divides; blank ones left out.

    A last line without its line feed is not whole. Of a line over `MAX_LINE` bytes only the start
    is given, so that whoever reads it finds it broken. Raises InputError for a file that cannot
    be read.
    """
    try:
        with os.fdopen(open_regular(path, inside=inside), "rb") as file:
            for number, (line, whole) in enumerate(_bounded_lines(file), start=1):
                if line.strip():
                    yield number, line, whole
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error


def to_line(value: Mapping[str, Any]) -> bytes:
    """Return a value as one line of JSON; a lone surrogate stays as its escape."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def to_object(line: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object on a line, or None where there is none."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


@contextmanager
def only_writer(lock: Path, work: str) -> Iterator[None]:
    """Hold the file `lock` for this process.

    Raises RunFolderError while another process holds it, or where the file cannot be used; `work`
    says in the error what is being worked on. The file is made where it is missing, and is
    nothing but a lock: what it holds may be lost. The system frees it when the process ends,
    however it ends.
    """
    from filelock import FileLock, Timeout  # not needed to compose a prompt

    with ExitStack() as stack:
        try:
            place = place_inside(lock, lock.parent)
            stack.enter_context(FileLock(place, timeout=0, fallback_to_soft=False))
        except Timeout as error:
            raise RunFolderError(
                f"Another process is working on {work}. Wait for its end, or use another folder."
            ) from error
        except OSError as error:  # it cannot be opened, or its disk knows no locks
            raise RunFolderError(f"{lock} cannot be used: {error.strerror}.") from error
        yield


@contextmanager
def _draft_of(path: Path, inside: Path | None = None) -> Iterator[Draft]:
    """Lend the names of a file until it is whole and then; no draft stays, whatever happens."""
    if _is_special(path):
        raise InputError(f"{path} cannot be written: it is not a regular file.")
    draft: Path | None = None
    try:
        target = place_inside(path, inside) if inside else Path(os.path.realpath(path))
        draft = target.parent / f".{target.name}.draft"
        yield draft, target
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        if draft is not None:
            with suppress(OSError):  # it is gone, or could not be made
                draft.unlink()


def _write_draft(draft: Path, pieces: Iterable[bytes]) -> os.stat_result:
    """Write a new file in the place of what a killed process, or a stranger, left there."""
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(draft, flags | getattr(os, "O_NOFOLLOW", 0), 0o666), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        return os.fstat(file.fileno())


def _take_place(draft: Path, target: Path, made: os.stat_result) -> None:
    if not os.path.samestat(made, os.lstat(draft)):
        raise OSError(errno.EBUSY, "Another process is writing the same file")
    os.replace(draft, target)


def _is_special(path: Path) -> bool:
    """Whether it is a device, a pipe or a link to an open file; a folder fails by itself."""
    if path.is_symlink() and os.readlink(path).startswith("/proc/"):
        return True
    return path.exists() and not (path.is_file() or path.is_dir())


def flush(path: Path) -> None:
    """Wait until a file, or the names of a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unpacked(file: IO[bytes], path: Path) -> bytes:
    with gzip.GzipFile(fileobj=file) as packed:
        data = packed.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        raise DataFileError(f"unpacks to more than {MAX_UNPACKED // 2**20} MB", path)
    return data


def _bounded_lines(file: IO[bytes]) -> Iterator[tuple[bytes, bool]]:
    while line := file.readline(MAX_LINE):
        last = line
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            line = line[:100]
            while (last := file.readline(2**20)) and not last.endswith(b"\n"):
                pass
        yield line, last.endswith(b"\n")


def cache_folder() -> Path:
    """Return the folder of what can be fetched or made again: XLT_CACHE_DIR, or the platform's.

    It need not exist. Raises RuntimeError where there is no home folder.
    """
    given = os.environ.get("XLT_CACHE_DIR")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "xlt"
