"""Scores: how sure one is, whether two strategies really differ, and how even languages are."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlt.errors import InputError
from xlt.version import __version__

RESAMPLES = 2000
SEED = 12345
_EXACT = 12
"""Up to so many differences every combination of signs is tried (4,096)."""


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one metric over some samples.

    `value` is in percent (0 to 100); `per_sample` holds each sample's own score from 0 to 1, in
    the order of the samples, and is empty for a corpus score (BLEU, chrF), which no mean of
    sentence scores gives. `signature` pins metric, normalisation and versions, as sacreBLEU's.
    """

    metric: str
    value: float
    count: int
    signature: str
    per_sample: tuple[float, ...] = ()

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.metric}, n={self.count})"


def mean_score(metric: str, per_sample: Iterable[float], **settings: str) -> Score:
    """Return the mean of scores from 0 to 1 as a Score; raises InputError when there is none."""
    scores = tuple(map(float, per_sample))
    if not scores:
        raise InputError(f"The metric {metric} needs at least one sample.")
    value = 100 * math.fsum(scores) / len(scores)
    return Score(metric, value, len(scores), sign(metric, **settings), scores)


def sign(metric: str, **settings: str) -> str:
    """Return the signature of a metric: `metric:accuracy|...|version:0.1.0`."""
    parts = {"metric": metric, **settings, "version": __version__}
    return "|".join(f"{key}:{value}" for key, value in parts.items())


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval of a mean, in percent, and how it was found."""

    value: float
    low: float
    high: float
    confidence: float
    signature: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much better the second of two strategies is on the same samples.

    `difference`, `low` and `high` are in percentage points (second minus first), with the
    confidence given; `p_value` is two-sided, for the hypothesis that they do not differ.
    """

    difference: float
    low: float
    high: float
    p_value: float
    count: int
    signature: str


def bootstrap_interval(
    scores: Sequence[float],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """Return the percentile bootstrap interval of the mean of scores from 0 to 1.

    The same arguments give the same interval on every machine. Raises InputError for no scores,
    a confidence outside 0 to 1, or no resamples.
    """
    _check(scores, confidence, resamples)
    means = _resampled_means(scores, resamples, seed)
    low, high = _percentiles(means, confidence)
    value = math.fsum(scores) / len(scores)
    settings = {"resamples": str(resamples), "seed": str(seed), "confidence": f"{confidence:g}"}
    return Interval(100 * value, 100 * low, 100 * high, confidence, sign("bootstrap", **settings))


def paired_bootstrap(
    first: Sequence[float],
    second: Sequence[float],
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare two strategies by resampling the differences sample by sample (Koehn 2004).

    Both list the scores (0 to 1) of the same samples in the same order. Errors as for
    `bootstrap_interval`, and InputError when the lengths differ.
    """
    differences = _differences(first, second)
    _check(differences, confidence, resamples)
    means = _resampled_means(differences, resamples, seed)
    low, high = _percentiles(means, confidence)
    # One is added to each count: no finite number of resamples proves a probability of zero.
    against = min(sum(mean <= 0 for mean in means), sum(mean >= 0 for mean in means))
    p_value = min(1.0, 2 * (against + 1) / (resamples + 1))
    settings = {"resamples": str(resamples), "seed": str(seed), "confidence": f"{confidence:g}"}
    return Comparison(
        difference=100 * math.fsum(differences) / len(differences),
        low=100 * low,
        high=100 * high,
        p_value=p_value,
        count=len(differences),
        signature=sign("paired-bootstrap", **settings),
    )


def mcnemar_exact(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Return the two-sided p-value of McNemar's exact test on right and wrong answers.

    Only samples that one strategy has right and the other wrong count; with none of them it is
    1. Raises InputError for no samples, lengths that differ, or scores between 0 and 1.
    """
    if any(score not in (0, 1) for score in (*first, *second)):
        raise InputError("McNemar's test needs right or wrong (1 or 0) for each sample.")
    differences = _differences(first, second)
    gains, losses = differences.count(1), differences.count(-1)
    total = gains + losses
    tail = ways = 1
    for k in range(min(gains, losses)):
        ways = ways * (total - k) // (k + 1)  # from C(total, k) to the next
        tail += ways
    p_value: float = 2 * tail / 2**total  # whole numbers: exact, however large
    return min(1.0, p_value)


def _differences(first: Sequence[float], second: Sequence[float]) -> list[float]:
    if len(first) != len(second):
        raise InputError(f"{len(first)} samples cannot be paired with {len(second)}.")
    if not first:
        raise InputError("A comparison needs at least one sample.")
    return [float(b) - float(a) for a, b in zip(first, second, strict=True)]


def _check(scores: Sequence[float], confidence: float, resamples: int) -> None:
    if not scores:
        raise InputError("A bootstrap interval needs at least one score.")
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, not be {confidence}.")
    if resamples < 1:
        raise InputError(f"resamples must be at least 1, not {resamples}.")


def _resampled_means(scores: Sequence[float], resamples: int, seed: int) -> list[float]:
    draw, count = random.Random(seed), len(scores)
    means = [math.fsum(draw.choices(scores, k=count)) / count for _ in range(resamples)]
    return sorted(means)


def _percentiles(ordered: list[float], confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    last = len(ordered) - 1
    return ordered[round(tail * last)], ordered[round((1 - tail) * last)]


def sign_flip_test(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of a mean difference, for "either side could have won each".

    Each difference keeps or turns its sign by chance; the p-value is how often the mean is then
    as far from zero as it is (Fisher's randomisation test). Exact up to 12 that are not zero,
    else from 2,000 draws by a fixed seed. No other test of six questions is honest: here the
    smallest p-value is 2 / 2**6. For ones and minus ones it is McNemar's exact test.
    """
    sizes = [abs(float(one)) for one in differences if one]
    # Sums in another order differ in their last digits: what is equal must count.
    observed = abs(math.fsum(differences)) - 1e-9
    if len(sizes) <= _EXACT:
        drawn = itertools.product((1, -1), repeat=len(sizes))
        sums = [sum(map(float.__mul__, sizes, map(float, signs))) for signs in drawn]
        return sum(abs(one) >= observed for one in sums) / len(sums)
    draw = random.Random(SEED)
    signs = (draw.choices((1.0, -1.0), k=len(sizes)) for _ in range(RESAMPLES))
    extreme = sum(abs(sum(map(float.__mul__, sizes, some))) >= observed for some in signs)
    return (extreme + 1) / (RESAMPLES + 1)


def democratization(scores: Mapping[str, float]) -> float:
    """Return mean(scores) / max(scores) * 100, in percent (XLT, equation 1).

    `scores` maps a language tag to that language's score; English counts where the task has it.
    Raises InputError when empty, when a score is negative or no number, or when all are zero.
    """
    if not scores:
        raise InputError("The democratization score needs the score of at least one language.")
    for language, score in scores.items():
        if not math.isfinite(score) or score < 0:
            raise InputError(f"The score of {language} must be a number of 0 or more, not {score}.")
    best = max(scores.values())
    if best == 0:
        raise InputError("The democratization score is undefined: every language scores zero.")
    return 100 * math.fsum(scores.values()) / len(scores) / best
