"""What xlt ships, compiled: its YAML and what is derived from it, in one file of JSON lines.

The build puts the file into the wheel. A checkout makes it at first use, in the cache folder, and
anew when a file of it changes. Where there is none and none can be made, YAML is read as it is.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from xlt.errors import XLTError
from xlt.files.safe import cache_folder, open_regular, write_whole
from xlt.files.templates import TemplateFiles, shipped_folder

FILE = "compiled.jsonl"
_DERIVED = {
    "languages": "xlt.languages.language:facts_of_shipped",
    "scripts": "xlt.detection.scripts:scripts_of_shipped",
    "tasks": "xlt.registry:index_of_shipped",
    "templates": "xlt.files.templates:hash_of_shipped",
}
"""Parts that are no file: who makes each, as "module:function"."""
_PATIENCE = 30
"""Seconds to wait for another process that compiles, which takes it about one."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_compiling: ContextVar[bool] = ContextVar("compiling", default=False)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """The lines of a compiled file, and where in them each part is."""

    lines: bytes
    places: Mapping[str, tuple[int, int]]
    stamp: str

    def part(self, name: str) -> Any:
        start, end = self.places[name]
        return json.loads(self.lines[start:end])


def template_data(files: TemplateFiles, name: str) -> Any:
    """Return what a YAML file of the templates holds: xlt's as compiled, a user's own checked."""
    if not files.is_own(name):
        return shipped_data(name)
    from xlt.files.yaml import load_yaml  # takes longer than all that is compiled

    return load_yaml(files.find(name))


def shipped_data(name: str) -> Any:
    """Return what a YAML file that xlt ships holds ("tasks/chat.yaml"), new at each call."""
    compiled = _compiled()
    if compiled is not None and name in compiled.places:
        return compiled.part(name)
    from xlt.files.yaml import read_shipped_yaml

    return read_shipped_yaml(TemplateFiles.at(None).find(name))


def derived_data(name: str) -> Any:
    """Return what was derived from the shipped files, None where nothing is compiled."""
    return None if _compiled() is None else _derived(name)


def compile_shipped(stamp: str = "") -> bytes:
    """Return the compiled file: a hash of what follows, the places of the parts, the parts."""
    token = _compiling.set(True)
    try:
        parts = dict(_parts())
    finally:
        _compiling.reset(token)
    lines, places = b"", {}
    for name, part in parts.items():
        line = json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        places[name] = (len(lines), len(lines) + len(line))
        lines += line
    body = json.dumps({"stamp": stamp, "places": places}).encode() + b"\n" + lines
    return sha256(body).hexdigest().encode() + b"\n" + body


def _parts() -> Iterator[tuple[str, Any]]:
    for name in TemplateFiles.at(None).names(suffix=".yaml"):
        yield name, shipped_data(name)
    for name, maker in _DERIVED.items():
        module, _, function = maker.partition(":")
        yield name, getattr(import_module(module), function)()


@lru_cache(maxsize=16)
def _derived(name: str) -> Any:
    compiled = _found()
    return None if compiled is None else compiled.part(name)


def _compiled() -> _Compiled | None:
    return None if _compiling.get() else _found()


@lru_cache(maxsize=1)
def _found() -> _Compiled | None:
    folder = shipped_folder()
    built = folder / FILE
    if folder.parent == Path(__file__).resolve().parents[1]:  # installed, not a checkout
        with suppress(OSError, ValueError):
            return _read(built)
    with suppress(OSError, RuntimeError, XLTError):  # RuntimeError: there is no home folder
        return _kept(folder)
    return None


def _kept(folder: Path) -> _Compiled:
    """Return the file of the cache folder; one that is missing, old or damaged is made anew.

    Processes that start together wait for the one that makes it.
    """
    key = sha256(os.fsencode(folder)).hexdigest()[:16]
    path, stamp = cache_folder() / "compiled" / f"{key}.jsonl", _stamp(folder)
    found = _current(path, stamp)
    if found is None:
        from filelock import FileLock  # only where there is something to make

        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), timeout=_PATIENCE, fallback_to_soft=False):
            found = _current(path, stamp)
            if found is None:
                data = compile_shipped(stamp)
                write_whole(path, [data], lambda draft: draft.chmod(0o600), inside=path.parent)
                found = _parsed(data)
    return found


def _current(path: Path, stamp: str) -> _Compiled | None:
    with suppress(FileNotFoundError, ValueError):
        found = _read(path, private=True)
        return found if found.stamp == stamp else None
    return None


def _read(path: Path, *, private: bool = False) -> _Compiled:
    """Return a compiled file; ValueError where it is damaged, PermissionError for a stranger's."""
    with os.fdopen(open_regular(path), "rb") as file:
        facts = os.fstat(file.fileno())
        if private and (facts.st_uid != _user() or facts.st_mode & _OTHERS_MAY_WRITE):
            raise PermissionError("somebody else could have written it")
        return _parsed(file.read())


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0  # Windows says 0 of every file


def _parsed(data: bytes) -> _Compiled:
    digest, _, body = data.partition(b"\n")
    if digest.decode("ascii") != sha256(body).hexdigest():
        raise ValueError("the file is damaged")
    head, _, lines = body.partition(b"\n")
    return _Compiled(lines, **json.loads(head))


def _stamp(folder: Path) -> str:
    """Return what changes with the shipped files, xlt's code, or what CLDR's names come from."""
    package = Path(__file__).resolve().parents[1]
    facts = [*_facts(folder), *_facts(package / "files"), *_facts(package / "languages")]
    facts += [*_facts(package / "detection"), *_facts(package / "rendering")]
    facts += [_fact(package / name) for name in ("registry.py", "task.py", "task_checks.py")]
    for name in ("langcodes", "language_data"):
        spec = find_spec(name)
        facts += list(_facts(Path(spec.origin).parent, deep=False)) if spec and spec.origin else []
    return sha256(json.dumps(sorted(facts)).encode()).hexdigest()


def _facts(folder: Path, *, deep: bool = True) -> Iterator[tuple[str, int, int]]:
    """Yield path, time and size of every file below that is part of what is compiled."""
    with os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith((".yaml", ".j2", ".py")):
                fact = entry.stat()
                yield entry.path, fact.st_mtime_ns, fact.st_size
            elif deep and entry.is_dir(follow_symlinks=False):
                yield from _facts(Path(entry.path))


def _fact(path: Path) -> tuple[str, int, int]:
    fact = path.stat()
    return str(path), fact.st_mtime_ns, fact.st_size
