"""Metrics over all samples of a log: by language, democratization, statuses, BLEU and chrF++."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from inspect_ai.scorer import Metric, SampleScore, Value, metric, value_to_float

from xlt.errors import InputError
from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.scoring import score_values
from xlt.evaluation.statistics import democratization

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
    groups: defaultdict[str, list[SampleScore]] = defaultdict(list)
    for score in scores:
        about: Mapping[str, Any] = score.sample_metadata or {}
        groups[pair_of(about["language"], about.get("target_language"))].append(score)
    return dict(groups)


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
