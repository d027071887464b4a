"""Whether the languages fare alike: democratization, and the languages that fall behind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlt.errors import InputError
from xlt.evaluation.report.cells import CellScore
from xlt.evaluation.report.published import published_beside
from xlt.evaluation.statistics import democratization

COMPARABLE = frozenset({"accuracy", "math_verify", "mkqa_f1", "mkqa_em", "squad_f1"})
"""Metrics whose scores in different languages can be compared, as the paper's table 2 does.

A BLEU or ROUGE score depends on how the language is cut into words.
"""
MODEL = "gpt-3.5-turbo"


@dataclass(frozen=True, slots=True)
class Balance:
    """How even a strategy is over the languages of a benchmark.

    `democratization` is in percent (XLT, equation 1), over the `languages` that have a score;
    `published` is the paper's for the same languages, from its tables 7 to 11. `behind` are
    languages whose whole interval lies below the mean of the others; `fewest` is how many answers
    the smallest language has. `note` says why there is no number.
    """

    benchmark: str
    strategy: str
    languages: int
    democratization: float | None
    published: float | None
    mean: float | None
    best: str | None
    worst: str | None
    behind: tuple[str, ...]
    fewest: int
    note: str = ""


def balances(scores: Sequence[CellScore]) -> tuple[Balance, ...]:
    """Return the balance of each strategy on each benchmark."""
    groups: dict[tuple[str, str], list[CellScore]] = {}
    for score in scores:
        groups.setdefault((score.cell.benchmark, score.cell.strategy), []).append(score)
    return tuple(_balance(*key, group) for key, group in groups.items())


def _balance(benchmark: str, strategy: str, group: Sequence[CellScore]) -> Balance:
    values = {one.cell.pair: one.score for one in group if one.score is not None}
    mean = math.fsum(values.values()) / len(values) if values else None
    note = _why_none(group[0].cell.metric, len(values))
    value = None
    if not note:
        try:
            value = democratization(values)
        except InputError:
            note = "every language scores zero"
    return Balance(
        benchmark=benchmark,
        strategy=strategy,
        languages=len(values),
        democratization=value,
        published=None if note else _published(group),
        mean=mean,
        best=max(values, key=values.__getitem__) if value is not None else None,
        worst=min(values, key=values.__getitem__) if value is not None else None,
        behind=() if note else tuple(_behind(group)),
        fewest=min((one.answered for one in group if one.score is not None), default=0),
        note=note,
    )


def _why_none(metric: str, languages: int) -> str:
    if metric not in COMPARABLE:
        return f"{metric} scores of different languages cannot be compared"
    return "" if languages > 1 else "needs two languages"


def _published(group: Sequence[CellScore]) -> float | None:
    """Return the paper's democratization over the very same languages, if it has them all."""
    scores = {}
    for one in group:
        for row in published_beside(one.cell):
            if row.model == MODEL and row.is_apt and one.score is not None:
                scores[one.cell.pair] = row.score
    present = [one for one in group if one.score is not None]
    return democratization(scores) if scores and len(scores) == len(present) else None


def _behind(group: Sequence[CellScore]) -> Iterator[str]:
    for one in group:
        others = [two.score for two in group if two is not one and two.score is not None]
        if one.interval and others and one.interval.high < math.fsum(others) / len(others):
            yield one.cell.pair
