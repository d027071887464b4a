"""Where template files are: the folder xlt ships, with a user's own folder in front of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from xlt.errors import DefinitionError, InputError, UnknownName, shown
from xlt.files.safe import open_regular

MAX_BYTES = 256 * 1024
_MARKER = "languages.yaml"
_NAME = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*\.(j2|yaml)")


@dataclass(frozen=True, eq=False)
class TemplateFiles:
    """The template files by name: a file of `own` replaces the shipped one of the same name.

    `at` gives one object a state of a folder, so that caches need not compare paths and what
    is edited is read again.
    """

    own: Path | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).at, (self.own,))

    @classmethod
    def at(cls, folder: Path | str | None) -> TemplateFiles:
        """Return the shipped files, or those with the user's `folder` in front."""
        if folder is None:
            return _shipped_files()
        try:
            path = Path(folder)
            if path.is_dir():
                own = path.resolve()
                return _files_with(own, _stamp(own))
        except (OSError, ValueError, TypeError):  # a name too long, or none at all
            pass
        raise InputError(f"The template folder {shown(str(folder), 200)} is not a directory.")

    @property
    def roots(self) -> tuple[Path, ...]:
        shipped = shipped_folder()
        return (self.own, shipped) if self.own else (shipped,)

    def find(self, name: str) -> Path:
        """Return the path of file `name` ("steps/role_assigning.j2"); it lies under its root."""
        if not _NAME.fullmatch(name):
            raise InputError(
                f"{name!r} is not the name of a template file: small letters, digits, _ and -, "
                "then .j2 or .yaml."
            )
        for root in self.roots:
            path = root / name
            if path.is_file():
                if not path.resolve().is_relative_to(root.resolve()):
                    raise DefinitionError("the file lies outside its template folder", path=path)
                return path
        raise UnknownName("template", name, self.names())

    def is_own(self, name: str) -> bool:
        """Tell whether file `name` comes from the user's own folder."""
        return self.own is not None and self.find(name).is_relative_to(self.own)

    def read(self, name: str) -> str:
        return read_text(self.find(name))

    def names(self, folder: str = "", suffix: str = "") -> list[str]:
        """Return the sorted names of all files in `folder` and below that end in `suffix`."""
        return sorted(
            {
                path.relative_to(root).as_posix()
                for root in self.roots
                for path in _walk(root, folder)
                if path.name.endswith(suffix)
            }
        )

    @cached_property
    def hash(self) -> str:
        """Return eight hex digits over the strategy and step templates in force."""
        from xlt.files.compiled import derived_data  # it reads these files, and keeps the hash

        kept = derived_data("templates") if self.own is None else None
        return str(kept or hash_files(self, ".j2")[:8])


def hash_of_shipped() -> str:
    """Return the hash of the templates that xlt ships, for `xlt.files.compiled`."""
    return hash_files(TemplateFiles.at(None), ".j2")[:8]


def hash_files(files: TemplateFiles, suffix: str = "") -> str:
    """Return the hex digits of a hash over the files in force that end in `suffix`."""
    digest = sha256()
    for name in files.names(suffix=suffix):
        digest.update(f"{name}\0{files.read(name)}\0".encode())
    return digest.hexdigest()


def read_text(path: Path) -> str:
    """Return the text of a definition file: UTF-8, at most 256 KB, LF line ends."""
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DefinitionError(f"cannot be read: {error.strerror}", path=path) from error
    except ValueError as error:  # NUL in the name
        raise DefinitionError(f"cannot be read: {error}", path=str(path)) from error
    if len(data) > MAX_BYTES:
        raise DefinitionError(f"is larger than {MAX_BYTES // 1024} KB", path=path)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DefinitionError(f"is not UTF-8 (byte {error.start})", path=path) from error


@lru_cache(maxsize=1)
def shipped_folder() -> Path:
    """Return the folder of the templates that xlt ships: in the wheel, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / _MARKER).is_file():
            return folder
    raise DefinitionError("xlt's own templates are missing; reinstall the package", path=package)


@lru_cache(maxsize=1)
def _shipped_files() -> TemplateFiles:
    return TemplateFiles()


@lru_cache(maxsize=64)
def _files_with(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> TemplateFiles:
    return TemplateFiles(folder)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a file of the folder is edited, added or removed."""
    facts = [
        (str(path), path.stat() if path.exists() else path.lstat()) for path in _walk(folder, "")
    ]
    return tuple(sorted((name, fact.st_mtime_ns, fact.st_size) for name, fact in facts))


def _walk(root: Path, folder: str) -> Iterator[Path]:
    """Yield the definition files below; raises DefinitionError at a link that leads outside."""
    top, start = root.resolve(), root / folder
    waiting, seen = [start], set[tuple[int, int]]()
    while waiting:
        here = waiting.pop()
        if not here.is_dir():
            continue
        is_suspect = here == start or here.is_symlink()
        if is_suspect and not here.resolve().is_relative_to(top):
            raise DefinitionError("the folder lies outside its template folder", path=here)
        facts = here.stat()
        place = (facts.st_dev, facts.st_ino)
        if place in seen:  # links may run in a circle
            continue
        seen.add(place)
        try:
            below = [(path, path.is_dir()) for path in here.iterdir()]
        except OSError as error:
            raise DefinitionError(f"cannot be read: {error.strerror}", path=here) from error
        waiting += [path for path, is_folder in below if is_folder]
        for path, is_folder in below:
            if not is_folder and path.suffix in {".j2", ".yaml"}:
                yield path
