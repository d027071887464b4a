"""`Meter`: what `/metrics` tells, in the text format of Prometheus; never a text or a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Meter:
    """Counts of one server."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._calls = Counter(
            "xlt_calls",
            "Calls by task (none: passed through) and status.",
            ["task", "code"],
            registry=registry,
        )
        self._answers = Counter(
            "xlt_answers",
            "Answers by task and status.",
            ["task", "status"],
            registry=registry,
        )
        self._tokens = Counter(
            "xlt_tokens",
            "Tokens of wrapped calls, as upstreams count.",
            ["kind"],
            registry=registry,
        )
        self._seconds = Histogram(
            "xlt_call_seconds", "Time of calls.", buckets=_SECONDS, registry=registry
        )
        self._active = Gauge("xlt_calls_under_way", "Calls under way.", registry=registry)

    def count(self, task: str, code: int, about: Mapping[str, Any] | None = None) -> None:
        """Count a call that has ended; `about` is the object `xlt` of its response."""
        self._calls.labels(task, code).inc()
        if about is not None:
            self._answers.labels(task, about["status"]).inc()
            usage = about["usage"] or {}
            self._tokens.labels("input").inc(usage.get("input_tokens") or 0)
            self._tokens.labels("output").inc(usage.get("output_tokens") or 0)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure a call, and count it among those under way."""
        with self._active.track_inprogress(), self._seconds.time():
            yield

    def text(self) -> bytes:
        """Return all counts."""
        return generate_latest(self._registry)
