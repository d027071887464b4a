"""`Backend`, what sends a prompt, and how to wait for the `xlt.Reply` that comes back."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, Protocol, Self, TypeVar

from xlt.backends.redaction import redacted
from xlt.backends.retrying import Retries
from xlt.errors import InputError
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.reply import Reply

Value = TypeVar("Value")


class Backend(Protocol):
    """Sends prompts to one model. Every failure of a call is a BackendError.

    To write one, derive from SimpleBackend: `name` and `stream` are all it needs.
    """

    @property
    def name(self) -> str:
        """The model's name, as records and messages show it."""
        ...

    @property
    def few_shot(self) -> bool:
        """Whether the model needs demonstrations to know the form of a reply."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What its replies depend on, as plain JSON (temperature, max_tokens); never a key."""
        ...

    @property
    def retries(self) -> Retries:
        """How it tries a call again."""
        ...

    def with_temperature(self, temperature: float) -> Backend:
        """Return the same model at another temperature; itself where it cannot be set."""
        ...

    def with_retries(self, retries: Retries) -> Backend:
        """Return the same model with other retries; itself where it tries nothing again."""
        ...

    def redact(self, value: Value) -> Value:
        """Return `value` with the backend's own key, and those of the environment, taken out.

        `value` is as `xlt.backends.redacted` takes it. Call it on what is kept or shown.
        """
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        """Yield the reply's text piece by piece, and at the end the Reply."""
        ...


class SimpleBackend:
    """The base of your own backend: all that one without a key and settings needs but `stream`.

    >>> class Parrot(SimpleBackend):
    ...     name = "parrot"
    ...
    ...     async def stream(self, prompt):
    ...         yield Reply(prompt.text.splitlines()[-1])
    """

    few_shot = False

    @property
    def settings(self) -> Mapping[str, Any]:
        return FrozenDict()

    @property
    def retries(self) -> Retries:
        return Retries(limit=0)

    def with_temperature(self, temperature: float) -> Self:
        return self

    def with_retries(self, retries: Retries) -> Self:
        return self

    def redact(self, value: Value) -> Value:
        return redacted(value)


async def send(backend: Backend, prompt: Prompt) -> Reply:
    """Return the whole reply of a backend."""
    return await follow(backend, prompt, lambda piece: None)


async def follow(backend: Backend, prompt: Prompt, show: Callable[[str], object]) -> Reply:
    """Return the whole reply, after `show` was called with each piece of its text."""
    reply: Reply | None = None
    async with aclosing(backend.stream(prompt)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Reply):
                reply = piece
            else:
                show(piece)
    if reply is None:
        raise TypeError(f"{backend.name} ended its stream without a Reply")
    return reply


def ask(backend: Backend, prompt: Prompt) -> Reply:
    """Return the whole reply, waiting for it; for callers without an event loop.

    Calls of one thread share its connections. Raises InputError where an event loop runs.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return wait_for(send(backend, prompt))
    raise InputError(
        "ask() waits for the reply, and an event loop runs here (a notebook, a web handler): "
        "write `await send(backend, prompt)`."
    )


def wait_for(call: Coroutine[Any, Any, Value]) -> Value:
    """Return what a coroutine does, run in the loop that this thread keeps for its calls."""
    held = getattr(_THREAD, "held", None)
    if held is None or held.process != os.getpid():  # a fork must not use its parent's connections
        held = _THREAD.held = _ThreadLoop()
    return held.runner.run(call, context=contextvars.copy_context())


class _ThreadLoop:
    """The loop of a thread, closed with the thread, or with the process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        weakref.finalize(self, _close, self.runner, self.process)


def _close(runner: asyncio.Runner, process: int) -> None:
    """Close a thread's loop: first its generators, of which one closes the connections."""
    loop = runner.get_loop()
    if loop.is_running() or process != os.getpid():
        return
    loop.run_until_complete(_settle())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _settle() -> None:
    """Let what the loop was told between two calls come to its end."""
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


_THREAD = threading.local()
