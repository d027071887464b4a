"""Benchmarks, official metrics, runs that survive kills, and their report (extra `eval`)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlt.evaluation.batch_scores import score_batch, write_golds
    from xlt.evaluation.benchmark import (
        Benchmark,
        available_languages,
        benchmark_names,
        get_benchmark,
        load,
    )
    from xlt.evaluation.hub import load_from_hub
    from xlt.evaluation.inspection.logs import write_logs
    from xlt.evaluation.rates import language_consistency
    from xlt.evaluation.report.assembling import make_report
    from xlt.evaluation.report.comparing import compare_runs
    from xlt.evaluation.report.writing import write_report
    from xlt.evaluation.runs.executing import aevaluate, evaluate
    from xlt.evaluation.runs.records import Price
    from xlt.evaluation.runs.run_folder import load_run
    from xlt.evaluation.runs.sources import load_file
    from xlt.evaluation.runs.spec import RunSpec
    from xlt.evaluation.samples import balanced_counts, draw
    from xlt.evaluation.scoring import score_values

__all__ = [
    "Benchmark",
    "Price",
    "RunSpec",
    "aevaluate",
    "available_languages",
    "balanced_counts",
    "benchmark_names",
    "compare_runs",
    "draw",
    "evaluate",
    "get_benchmark",
    "language_consistency",
    "load",
    "load_file",
    "load_from_hub",
    "load_run",
    "make_report",
    "score_batch",
    "score_values",
    "write_golds",
    "write_logs",
    "write_report",
]

_HOMES = {
    "Price": "runs.records",
    "RunSpec": "runs.spec",
    "aevaluate": "runs.executing",
    "balanced_counts": "samples",
    "compare_runs": "report.comparing",
    "draw": "samples",
    "evaluate": "runs.executing",
    "language_consistency": "rates",
    "load_file": "runs.sources",
    "load_from_hub": "hub",
    "load_run": "runs.run_folder",
    "make_report": "report.assembling",
    "score_batch": "batch_scores",
    "score_values": "scoring",
    "write_golds": "batch_scores",
    "write_logs": "inspection",
    "write_report": "report.writing",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used: pydantic and a report's charts take a while."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'benchmark')}"), name)
