"""Benchmarks, official metrics, runs that survive kills, and their report (extra `eval`)."""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

if TYPE_CHECKING:
    from xlt.evaluation.batch_scores import score_batch, write_golds
    from xlt.evaluation.benchmark import (
        Benchmark,
        available_languages,
        benchmark_names,
        get_benchmark,
        load,
        load_from_hub,
    )
    from xlt.evaluation.inspection.logs import write_logs
    from xlt.evaluation.rates import language_consistency
    from xlt.evaluation.report.assembling import make_report
    from xlt.evaluation.report.comparing import compare_runs
    from xlt.evaluation.report.writing import write_report
    from xlt.evaluation.runs.executing import aevaluate, evaluate
    from xlt.evaluation.runs.records import Price
    from xlt.evaluation.runs.run_folder import load_run
    from xlt.evaluation.runs.sources import balanced_counts, draw, load_file
    from xlt.evaluation.runs.spec import RunSpec
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

_MODULES = {
    "batch_scores": "score_batch write_golds",
    "benchmark": "Benchmark available_languages benchmark_names get_benchmark load load_from_hub",
    "inspection": "write_logs",
    "rates": "language_consistency",
    "report.assembling": "make_report",
    "report.comparing": "compare_runs",
    "report.writing": "write_report",
    "runs.executing": "aevaluate evaluate",
    "runs.records": "Price",
    "runs.run_folder": "load_run",
    "runs.sources": "balanced_counts draw load_file",
    "runs.spec": "RunSpec",
    "scoring": "score_values",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
