"""The scorers: xlt's parser reads the replies, the task's metric scores what it found."""

from __future__ import annotations

from inspect_ai.scorer import Score, Scorer, Target, accuracy, mean, scorer, stderr
from inspect_ai.solver import TaskState

from xlt.answers.as_json import answer_json
from xlt.evaluation.inspection.describing import described, from_target
from xlt.evaluation.inspection.metrics import (
    by_language,
    corpus,
    democratized,
    status_rates,
    stderr_by_language,
)
from xlt.evaluation.inspection.record import KEY, read_record
from xlt.evaluation.inspection.scores import score_of, status_of, unscored

OF_METRIC = {
    **dict.fromkeys(("accuracy", "contained", "flair", "relaxed_accuracy"), "correct"),
    **dict.fromkeys(("sacrebleu", "chrf++", "cider"), "translation"),
}
"""The scorer of a task's metric; of all others `overlap`."""


_OF_MEANS = ("xlt/by_language", "xlt/stderr_by_language", "xlt/democratized")
METRICS = {
    "correct": ("inspect_ai/accuracy", "inspect_ai/stderr", *_OF_MEANS),
    "overlap": ("inspect_ai/mean", "inspect_ai/stderr", *_OF_MEANS),
    "translation": ("xlt/corpus",),
    "status": ("xlt/status_rates",),
}
"""The metrics of each scorer, by the names Inspect's logs keep."""


@scorer(metrics=[accuracy(), stderr(), by_language(), stderr_by_language(), democratized()])
def correct() -> Scorer:
    """Right or wrong: numbers, choices, labels, yes or no."""
    return _score


@scorer(metrics=[mean(), stderr(), by_language(), stderr_by_language(), democratized()])
def overlap() -> Scorer:
    """How much of the accepted texts an answer has, from 0 to 1: MKQA's F1, ROUGE-1."""
    return _score


@scorer(metrics=[corpus()])
def translation() -> Scorer:
    """Corpus BLEU and chrF++ (0 to 100) by language pair; a sample's value is its own chrF++."""
    return _score


@scorer(metrics=[status_rates()])
def status() -> Scorer:
    """How answers were found: anchored, fallback or none."""

    async def score(state: TaskState, target: Target) -> Score:
        return status_of(await _score(state, target))

    return score


async def _score(state: TaskState, target: Target) -> Score:
    about = described(state.metadata)
    kept = state.store.get(KEY) or {}
    if kept.get("failure"):
        return unscored(about, kept["failure"])
    output = state.output
    stop = str(output.stop_reason) if output.choices else None
    found = read_record(about, kept, output.completion, stop)
    gold = from_target(about.task.answer.kind, list(target))
    score = score_of(about, answer_json(found), found.value, gold)
    score.metadata = {**(score.metadata or {}), "signature": kept.get("signature", "")}
    return score
