"""`Score`: a number, what it was computed from, and the signature of how."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from xlt.errors import InputError
from xlt.version import __version__


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
