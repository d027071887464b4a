"""What the entry point `inspect_ai` offers to Inspect: every task, solver, scorer and metric."""

from xlt.evaluation.inspection.metrics import (
    by_language,
    corpus,
    democratized,
    status_rates,
    stderr_by_language,
)
from xlt.evaluation.inspection.scorers import correct, overlap, status, translation
from xlt.evaluation.inspection.solving import strategy
from xlt.evaluation.inspection.tasks import flores, mgsm, mkqa, own, pawsx, xcopa, xlsum, xnli

__all__ = [
    "by_language",
    "corpus",
    "correct",
    "democratized",
    "flores",
    "mgsm",
    "mkqa",
    "overlap",
    "own",
    "pawsx",
    "status",
    "status_rates",
    "stderr_by_language",
    "strategy",
    "translation",
    "xcopa",
    "xlsum",
    "xnli",
]
