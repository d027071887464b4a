"""The scorers and metrics: xlt's parser reads the replies, the task's metric scores them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    NOANSWER,
    Metric,
    SampleScore,
    Score,
    Scorer,
    Target,
    Value,
    accuracy,
    mean,
    metric,
    scorer,
    stderr,
    value_to_float,
)
from inspect_ai.solver import TaskState

from xlt.answers.as_json import answer_json
from xlt.errors import InputError
from xlt.evaluation.inspection.solving import KEY, Described, described, from_target, read_record
from xlt.evaluation.runs.records import Cell, pair_of
from xlt.evaluation.runs.tally import CORPUS_METRICS, grouped
from xlt.evaluation.scoring import score_values
from xlt.evaluation.statistics import democratization
from xlt.evaluation.translation import chrf
from xlt.rows import Gold

UNREADABLE = "invalid_response_format"
"""Inspect's name for a reply whose answer cannot be read."""


def score_of(about: Described | Cell, reading: Mapping[str, Any], value: Any, gold: Gold) -> Score:
    """Return the score of an answer.

    Right and wrong are Inspect's C and I, and N where no answer was found (it counts as wrong);
    F1 and ROUGE lie between 0 and 1, and so does a translation's sentence chrF++, which is for
    reading through: its metric is that of the corpus. `reading` is the answer as JSON
    (`xlt.answers.as_json`), `value` the value itself.
    """
    number, metric, signature = _measured(about, value, gold)
    found: Any = number
    if metric == "accuracy":
        found = NOANSWER if value is None else CORRECT if number == 1 else INCORRECT
    return Score(
        value=found,
        answer=None if value is None else (reading["text"] or str(value)),
        explanation=_explanation(reading),
        reason=UNREADABLE if value is None else None,
        metadata={
            "status": reading["status"],
            "flags": list(reading["flags"]),
            "language": about.pair,
            "value": reading["value"],
            "span": None if reading["span"] is None else list(reading["span"]),
            "metric": signature,
        },
    )


def unscored(about: Described | Cell, failure: Mapping[str, str]) -> Score:
    """Return the score of a sample without a reply to read: it is left out, not wrong."""
    return Score.unscored(
        reason=failure.get("reason"),
        explanation=f"{failure['kind']}: {failure['message']}",
        metadata={"status": "errored", "flags": [], "language": about.pair},
    )


def status_of(score: Score) -> Score:
    """Return how the answer of a score was found, as a score of its own."""
    about = score.metadata or {}
    if about.get("status") == "errored":
        return Score.unscored(reason=score.reason, explanation=score.explanation, metadata=about)
    kept = {name: about.get(name) for name in ("language", "flags")}
    status = "none" if about["status"] == "withheld" else about["status"]
    return Score(value=status, explanation=score.explanation, metadata=kept)


def _measured(about: Described | Cell, value: Any, gold: Gold) -> tuple[float, str, str]:
    """Return a score from 0 to 1, the name of its metric and the metric's signature."""
    metric = about.metric
    if metric in CORPUS_METRICS:
        reference = gold[0] if isinstance(gold, tuple) else str(gold)
        found = chrf(["" if value is None else str(value)], [reference])
        return found.value / 100, metric, f"sentence {found.signature}"
    score = score_values(metric, [value], [gold], about.answer_language)
    return score.per_sample[0], metric, score.signature


def _explanation(reading: Mapping[str, Any]) -> str:
    flags = f" Flags: {', '.join(reading['flags'])}." if reading["flags"] else ""
    if reading["status"] == "none":
        return f"none: no answer was found in the reply.{flags}"
    if reading["status"] == "withheld":
        return f"withheld: the strategy does not trust the answer {reading['text']!r}.{flags}"
    how = {"anchored": "behind the marker asked for", "fallback": "by a rule, without the marker"}
    place = ""
    if reading["span"] is not None:
        start, end = reading["span"]
        place = f", characters {start} to {end} of the reply"
    return f"{reading['status']}: found {how[reading['status']]}{place}.{flags}"


Values = dict[str, float | None]
_STATUSES = ("anchored", "fallback", "none")
_CORPUS = {"bleu": "sacrebleu", "chrf++": "chrf++"}


@metric
def by_language() -> Metric:
    """The mean of each language (`zh`), where there are several."""

    def of(scores: list[SampleScore]) -> Value:
        return _by_language(scores)

    return of


@metric
def stderr_by_language() -> Metric:
    """The standard error of each language's mean (`stderr_zh`), where there are several."""

    def of(scores: list[SampleScore]) -> Value:
        several = _several(scores)
        return {f"stderr_{name}": _standard_error(one) for name, one in several.items()}

    return of


@metric
def democratized() -> Metric:
    """The democratization score in percent (XLT, equation 1), where there are several languages."""

    def of(scores: list[SampleScore]) -> Value:
        return _democratization(_by_language(scores))

    return of


@metric(scores="unreduced")
def status_rates() -> Metric:
    """How many answers were anchored, fallback or none (0 to 1), and by language where several."""

    def of(scores: list[SampleScore]) -> Value:
        rates: Values = {status: _share(scores, status) for status in _STATUSES}
        for name, one in _several(scores).items():
            rates |= {f"{status}_{name}": _share(one, status) for status in _STATUSES}
        return rates

    return of


@metric(scores="unreduced")
def corpus() -> Metric:
    """Corpus BLEU and chrF++ (0 to 100); of several language pairs their means, and each."""

    def of(scores: list[SampleScore]) -> Value:
        grouped = _grouped(scores)
        means: Values = {}
        pairs: Values = {}
        for name, official in _CORPUS.items():
            found = {pair: _corpus_score(official, one) for pair, one in grouped.items()}
            means[name] = _mean(found.values())
            if len(found) > 1:
                pairs |= {f"{name}_{pair}": value for pair, value in found.items()}
                if name == "bleu":
                    pairs |= _democratization(found)
        return {**means, **pairs}

    return of


def _corpus_score(official: str, scores: list[SampleScore]) -> float:
    about: Mapping[str, Any] = scores[0].sample_metadata or {}
    values = [(one.score.metadata or {}).get("value") for one in scores]
    golds = [_gold(one) for one in scores]
    language = about.get("target_language") or about["language"]
    return score_values(official, values, golds, language).value


def _gold(score: SampleScore) -> str:
    gold = (score.sample_metadata or {})["gold"]
    return str(gold if isinstance(gold, str) else gold[0])


def _grouped(scores: Iterable[SampleScore]) -> dict[str, list[SampleScore]]:
    """Return the scores by language, or by pair of languages, in the order they come."""

    def pair(score: SampleScore) -> str:
        about: Mapping[str, Any] = score.sample_metadata or {}
        return pair_of(about["language"], about.get("target_language"))

    return grouped(scores, pair)


def _several(scores: Iterable[SampleScore]) -> dict[str, list[SampleScore]]:
    """Return the scores by language, nothing where there is but one: it has the whole's."""
    grouped = _grouped(scores)
    return grouped if len(grouped) > 1 else {}


def _by_language(scores: Iterable[SampleScore]) -> dict[str, float]:
    return {name: _mean(_numbers(one)) for name, one in _several(scores).items()}


def _democratization(values: Mapping[str, float]) -> Values:
    try:
        return {"democratization": democratization(values)}
    except InputError:  # one language, or nothing right in any: it is not defined
        return {}


def _numbers(scores: Iterable[SampleScore]) -> list[float]:
    to_float = value_to_float()
    return [to_float(one.score.value) for one in scores]


def _mean(values: Iterable[float]) -> float:
    """Return the mean; of nothing it is not a number, as Inspect reports it."""
    numbers = list(values)
    if not numbers:
        return math.nan
    return math.fsum(numbers) / len(numbers)


def _standard_error(scores: Iterable[SampleScore]) -> float:
    """Return the standard error of the mean, by the sample's own deviation as Inspect's is."""
    numbers = _numbers(scores)
    if len(numbers) < 2:
        return 0.0
    mean = _mean(numbers)
    variance = math.fsum((one - mean) ** 2 for one in numbers) / (len(numbers) - 1)
    return math.sqrt(variance / len(numbers))


def _share(scores: Iterable[SampleScore], status: str) -> float:
    return _mean(float(one.score.value == status) for one in scores)


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
