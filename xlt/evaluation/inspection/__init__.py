"""xlt in Inspect AI: benchmarks as tasks, strategies as a solver, parsers as scorers, and logs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from xlt.errors import MissingExtra
from xlt.evaluation.benchmark import benchmark_names

_SCORERS = ("correct", "overlap", "status", "translation")
_PLACES = {"strategy": "solving", "write_logs": "logs"} | dict.fromkeys(_SCORERS, "scorers")


def __getattr__(name: str) -> Any:
    """Return a task, the solver, a scorer or `write_logs`; raises MissingExtra without Inspect."""
    place = _PLACES.get(name) or "registered"
    if place == "registered" and name not in (*benchmark_names(), "own"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import inspect_ai  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtra("Inspect AI", "eval") from error
    return getattr(import_module(f"{__name__}.{place}"), name)
