"""The one retry layer: how often to retry, and how long to wait."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from xlt.backends.errors import (
    AuthenticationFailed,
    BackendError,
    ConnectionFailed,
    RateLimited,
    RequestRejected,
)

if TYPE_CHECKING:
    from xlt.reply import Reply

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Shared:
    """What the calls to one server know together.

    `until` is when they resume, on the monotonic clock; `replied` whether any had a reply.
    """

    until: float = 0.0
    replied: bool = False

    def hold(self, seconds: float) -> None:
        self.until = max(self.until, time.monotonic() + seconds)


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a failed call is tried again, and how long to wait before that.

    At most `limit` further tries. The wait before try n is random up to `base` * 2^n seconds (full
    jitter), at least what the server's Retry-After asks for, and never longer than `cap`.

    All calls under one Retries hold off together (`shared`) when the server asks one to wait.
    """

    limit: int = 4
    base: float = 0.5
    cap: float = 30.0
    draw: Callable[[], float] = field(default=random.random, repr=False)
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)
    shared: Shared = field(default_factory=Shared, repr=False, compare=False)

    async def stream(
        self,
        once: Callable[[float, int], AsyncGenerator[str | Reply, None]],
        timeout: float,
    ) -> AsyncGenerator[str | Reply, None]:
        """Yield what `once(deadline, attempt)` yields, tried again where it fails with nothing yet.

        A text once shown is not taken back. `timeout` is for all tries together, in seconds.
        """
        deadline = time.monotonic() + timeout
        attempt, begun = 0, False
        await self.ready(deadline)
        while True:
            attempt += 1
            try:
                async with aclosing(once(deadline, attempt)) as pieces:
                    async for piece in pieces:
                        begun = True
                        self.shared.replied |= not isinstance(piece, str)
                        yield piece
                return
            except BackendError as error:
                failure = self._understood(error)
                if begun:
                    failure.attempts = attempt
                    raise failure from None
                await self.pause(failure, attempt, deadline)

    async def ready(self, deadline: float) -> None:
        """Wait while all calls hold off, though not beyond `deadline`, on the monotonic clock."""
        now = time.monotonic()
        if self.shared.until > now:
            seconds = min(self._reopening(), deadline) - now
            _LOG.debug("the server asked to wait: this call waits %.1f s as well", seconds)
            await self._sleep(seconds, deadline)

    def wait(self, attempt: int, retry_after: float | None) -> float:
        """Return the seconds to wait after try number `attempt`, counted from 1."""
        jitter = self.draw() * min(self.cap, self.base * 2.0 ** min(attempt, 30))
        return min(self.cap, jitter if retry_after is None else retry_after + self.base * jitter)

    async def pause(self, error: BackendError, attempt: int, deadline: float) -> None:
        """Wait before the next try, or raise `error` where none is left or it cannot be in time.

        `deadline` is on the monotonic clock.
        """
        error.attempts = attempt
        now, seconds = time.monotonic(), self.wait(attempt, error.retry_after)
        held = self._reopening() - now if self.shared.until > now else 0.0
        if isinstance(error, RateLimited) or error.retry_after is not None:
            self.shared.hold(seconds)
        seconds = max(seconds, held)
        if not error.retryable or attempt > self.limit or now + seconds >= deadline:
            raise error
        # No message: a server's may quote the prompt.
        _LOG.info(
            "%s%s: try %d of %d in %.1f s",
            type(error).__name__,
            "" if error.status is None else f" ({error.status})",
            attempt + 1,
            self.limit + 1,
            seconds,
        )
        await self._sleep(seconds, deadline)

    def _understood(self, error: BackendError) -> BackendError:
        """Return what an error means after what the server has shown.

        One of this machine that never replied will not be there in a second either. A 403 to a
        key that was good before is about what it was sent with.
        """
        if self.shared.replied:
            if isinstance(error, AuthenticationFailed) and error.status == 403:
                return RequestRejected(str(error), status=error.status)
        elif isinstance(error, ConnectionFailed) and error.no_server:
            error.retryable = False
        return error

    def _reopening(self) -> float:
        """Return when a call may resume: all at the same moment would all be refused again."""
        return self.shared.until + self.draw() * self.base

    async def _sleep(self, seconds: float, deadline: float) -> None:
        """Sleep, and longer where another call was told meanwhile to wait longer."""
        until = time.monotonic() + seconds
        await self.sleep(seconds)
        while until < min(self.shared.until, deadline):
            until = min(self.shared.until, deadline)
            await self.sleep(max(0.0, until - time.monotonic()))


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds a Retry-After header asks for: a number or a date; None if neither.

    `now` is the time since the epoch, in seconds.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
