"""`RateLimit`, the bucket that holds it, and the one actor of a cluster that all senders ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xlt.errors import InputError
from xlt.frozen import FrozenDict

PACER_OPTIONS: Mapping[str, Any] = FrozenDict(
    namespace="xlt", num_cpus=0, max_restarts=-1, max_task_retries=-1
)
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What an account may send in a minute, over all machines and runs that use this `name`.

    None is no limit. `burst` is how many seconds' worth may go at once; `reply_tokens` what a
    reply is taken for until the server tells its length.
    """

    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    name: str = "default"
    burst: float = 1.0
    reply_tokens: int = 400

    @property
    def is_open(self) -> bool:
        """Whether nothing is limited, so that no call needs permission."""
        return self.requests_per_minute is None and self.tokens_per_minute is None

    def __post_init__(self) -> None:
        for limit in (self.requests_per_minute, self.tokens_per_minute):
            if limit is not None and not limit > 0:
                raise InputError(f"A rate limit must be more than 0, or None; it is {limit}.")
        if self.burst < 0 or self.reply_tokens < 0:
            raise InputError("The burst and the tokens of a reply must not be negative.")


@dataclass(slots=True)
class Bucket:
    """When the next one may go, on the caller's clock in seconds.

    It keeps the time up to which all that was taken is paid (the generic cell rate algorithm of
    ATM's traffic control): one number a limit, and callers go in the order in which they asked.
    """

    limit: RateLimit
    _paid: dict[str, float] = field(default_factory=dict)
    _closed: float = 0.0

    def take(self, tokens: float, now: float) -> float:
        """Take one request of so many tokens; return the seconds to wait before it is sent."""
        waits = [
            self._take("requests", 1, self.limit.requests_per_minute, now),
            self._take("tokens", tokens, self.limit.tokens_per_minute, now),
            self.closed(now),
        ]
        return max(waits)

    def settle(self, tokens: float) -> None:
        """Take `tokens` more than first assumed; negative ones are given back."""
        if "tokens" in self._paid and self.limit.tokens_per_minute:
            self._paid["tokens"] += tokens * _MINUTE / self.limit.tokens_per_minute

    def closed(self, now: float) -> float:
        """Return the seconds left of a pause."""
        return max(0.0, self._closed - now)

    def pause(self, seconds: float, now: float) -> None:
        """Hold all calls for so long, as a server's Retry-After asks."""
        self._closed = max(self._closed, now + seconds)

    def _take(self, name: str, amount: float, per_minute: float | None, now: float) -> float:
        if per_minute is None:
            return 0.0
        paid = max(now, self._paid.get(name, now))
        self._paid[name] = paid + amount * _MINUTE / per_minute
        return paid - now - self.limit.burst


class Pacer:
    """The actor around a bucket; it also tells every sender of a run to stop."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self._bucket, self._clock = Bucket(limit), clock
        self._runs: dict[str, Exception | None] = {}
        self._told = {"requests": 0.0, "tokens": 0.0}

    def join(self, run: str, limit: RateLimit) -> None:
        """Begin a run; the limits are from now on those of the run that came last."""
        self._runs[run] = None
        self._bucket.limit = limit

    def leave(self, run: str) -> None:
        """End a run."""
        self._runs.pop(run, None)

    def stop(self, run: str, error: Exception) -> None:
        """Keep all senders of a run from beginning another call; the first reason is kept."""
        self._runs[run] = self._runs.get(run) or error

    def stopped(self, run: str) -> Exception | None:
        return self._runs.get(run)

    def take(self, run: str, tokens: float) -> float | None:
        """Return the seconds to wait before a call, or None where the run is stopped."""
        if self._runs.get(run) is not None:
            return None
        self._told["requests"] += 1
        self._told["tokens"] += tokens
        return self._bucket.take(tokens, self._clock())

    def held(self, run: str) -> float | None:
        """Return how many seconds a call that has waited must go on waiting; None: the run stopped.

        It must where a pause began in the meantime.
        """
        return None if self._runs.get(run) is not None else self._bucket.closed(self._clock())

    def told(self) -> dict[str, float]:
        """Return the requests and tokens taken so far, by all runs."""
        return dict(self._told)

    def settle(self, tokens: float) -> None:
        """Charge a call for more tokens than it was first charged as."""
        self._told["tokens"] += tokens
        self._bucket.settle(tokens)

    def pause(self, seconds: float) -> None:
        self._bucket.pause(seconds, self._clock())


def find_pacer(limit: RateLimit) -> Any:
    """Return the handle of the cluster's pacer of this name, which is started if it is not there.

    It outlives the run that started it, for another may be using it; idle it takes no CPU.
    """
    import ray

    actor = ray.remote(Pacer).options(
        **PACER_OPTIONS, name=f"xlt-rate-{limit.name}", get_if_exists=True, lifetime="detached"
    )
    return actor.remote(limit)
