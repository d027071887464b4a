"""`Caller`: one call after another asks the cluster's pacer, is sent, and is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xlt.backends.backend import Backend, send
from xlt.backends.choosing import Choice, choose_backend
from xlt.backends.errors import (
    BackendError,
    ContextOverflow,
    EmptyReply,
    RateLimited,
    Refused,
    UnexpectedToolCall,
)
from xlt.backends.retrying import Retries
from xlt.prompt import Prompt
from xlt.ray.pacing import RateLimit
from xlt.ray.row_format import RowFormat
from xlt.reply import Reply
from xlt.reply import Usage as Tokens

Model = Choice | Backend | Callable[[], Backend]
# What a working server answers to a row of a kind; all else may be about the server.
_OF_THE_ROW = (ContextOverflow, EmptyReply, Refused, UnexpectedToolCall)


class Stopped(Exception):
    """The run was stopped; the row was not sent."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every sender of a run is given."""

    run: str
    rows: RowFormat
    id_column: str
    model: Model
    folder: str
    limit: RateLimit
    concurrency: int
    give_up_after: int


@dataclass(slots=True)
class Usage:
    """What the calls of one row came to.

    `truncated` says that a reply of the last round was cut, `last` is the last prompt.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    truncated: bool = False
    last: Prompt | None = None

    def count(self, reply: Reply) -> None:
        usage = reply.usage or Tokens()
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0


class Caller:
    """Up to `concurrency` calls at a time, each with the pacer's leave."""

    def __init__(self, work: Work, pacer: Any) -> None:
        self._work, self._pacer = work, pacer
        backend = make_backend(work.model)
        self._retries = backend.retries  # they ask the pacer too
        self._backend = backend.with_retries(Retries(limit=0))
        self._gate = asyncio.Semaphore(work.concurrency)
        self._failures = 0

    async def call(self, prompt: Prompt, usage: Usage) -> Reply:
        """Return the reply to a prompt; raises BackendError, or Stopped."""
        attempt = 0
        async with self._gate:
            while True:
                tokens = await self._permit(prompt)
                attempt, usage.calls = attempt + 1, usage.calls + 1
                try:
                    reply = await send(self._backend, prompt)
                except BackendError as error:
                    error.attempts = attempt
                    await self._after(error, attempt)
                else:
                    self._failures = 0
                    usage.count(reply)
                    self._settle(reply, tokens)
                    return reply

    async def _permit(self, prompt: Prompt) -> float:
        """Wait until a call may be sent; return the tokens it was taken for."""
        limit = self._work.limit
        tokens = 0.0
        if limit.tokens_per_minute is not None:
            tokens = prompt.count_tokens() + limit.reply_tokens
        seconds = await self._pacer.take.remote(self._work.run, tokens)
        while seconds:
            await asyncio.sleep(seconds)
            seconds = await self._pacer.held.remote(self._work.run)
        if seconds is None:
            raise Stopped
        return tokens

    async def _after(self, error: BackendError, attempt: int) -> None:
        """Wait before the next try, or raise: Stopped where the error would hit every call."""
        if error.final:
            await self._pacer.stop.remote(self._work.run, error)
            raise Stopped
        seconds = self._retries.wait(attempt, error.retry_after)
        if isinstance(error, RateLimited):
            await self._pacer.pause.remote(seconds)  # everyone waits, this call too
        if not error.retryable or attempt > self._retries.limit:
            await self._count_failure(error)
            raise error
        if not isinstance(error, RateLimited):
            await self._retries.sleep(seconds)

    async def _count_failure(self, error: BackendError) -> None:
        """Stop the run where no call has come through for long: the server is gone, or wrong."""
        self._failures = 0 if isinstance(error, _OF_THE_ROW) else self._failures + 1
        if self._failures >= self._work.give_up_after:
            await self._pacer.stop.remote(self._work.run, error)

    def _settle(self, reply: Reply, tokens: float) -> None:
        usage = reply.usage or Tokens()
        if self._work.limit.tokens_per_minute is None or usage.input_tokens is None:
            return
        used = usage.input_tokens + (usage.output_tokens or 0)
        self._pacer.settle.remote(used - tokens)


def make_backend(model: Model) -> Backend:
    """Return the backend itself, or the one that is chosen or made in this process."""
    if isinstance(model, Choice):
        return choose_backend(model)
    found: Any = model if hasattr(model, "stream") else model()
    backend: Backend = found
    return backend
