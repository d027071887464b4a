"""What stands behind a score: groups of rows, repeats, places of options, labels mixed up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from xlt.evaluation.rates import macro_f1
from xlt.evaluation.report.cells import answer_kind
from xlt.evaluation.runs.records import Cell, Result
from xlt.evaluation.runs.tally import grouped


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The score, in percent, over the rows of one group ("culturally sensitive", "top")."""

    group: str
    score: float
    count: int
    weight: float


@dataclass(frozen=True, slots=True)
class OptionPlace:
    """How often an option's place was chosen, and how often it was the right one, in percent."""

    letter: str
    chosen: float
    right: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """How often `gold` was the right label and `value` was answered, None for no answer."""

    gold: str
    value: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One strategy on one benchmark, all languages together.

    `weighted` is the mean of the groups by the weight of their rows (PolyMath's official score),
    None where all weigh the same. `macro_f1` is the mean of the labels' F1, in percent. `passes`
    maps k to pass@k in percent (Chen et al. 2021, arXiv 2107.03374), of runs with repeats.
    `places` is empty where answers are no choices.
    """

    benchmark: str
    strategy: str
    groups: tuple[GroupScore, ...]
    weighted: float | None
    passes: Mapping[int, float]
    places: tuple[OptionPlace, ...]
    labels: tuple[Mistake, ...]
    macro_f1: float | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.groups or self.passes or self.places or self.labels)

    @property
    def place_bias(self) -> float | None:
        """The largest gap, in points, between how often a place is chosen and is right."""
        return max((abs(one.chosen - one.right) for one in self.places), default=None)


def breakdowns(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]]
) -> tuple[Breakdown, ...]:
    """Return the breakdown of each benchmark and strategy, in the run's order."""
    groups = grouped(cells, lambda cell: (cell.benchmark, cell.strategy))
    return tuple(_breakdown(group, results) for group in groups.values())


def pass_at(count: int, right: int, k: int) -> float:
    """Return the chance that one of `k` drawn out of `count` answers is right (0 to 1)."""
    return 1 - math.comb(count - right, k) / math.comb(count, k)


def _breakdown(cells: Sequence[Cell], results: Mapping[str, Sequence[Result]]) -> Breakdown:
    scored = [one for cell in cells for one in results[cell.name] if one.outcome != "errored"]
    asked = answer_kind(cells[0])
    kind = "" if asked is None else asked.kind
    groups = tuple(_groups(scored))
    labels = tuple(_labels(scored)) if kind in ("label", "boolean") else ()
    weights = {one.weight for one in groups}
    return Breakdown(
        benchmark=cells[0].benchmark,
        strategy=cells[0].strategy,
        groups=groups if len(groups) > 1 else (),
        weighted=_weighted(groups) if len(weights) > 1 else None,
        passes=_passes(scored),
        places=tuple(_places(scored)) if kind == "choice" else (),
        labels=labels,
        macro_f1=macro_f1([(one.gold, one.value, one.count) for one in labels]),
    )


def _groups(results: Sequence[Result]) -> Iterator[GroupScore]:
    found = (one for one in results if one.score is not None and one.metadata.get("group"))
    for group, some in grouped(found, lambda one: one.metadata["group"]).items():
        mean = fmean(one.score or 0.0 for one in some)
        yield GroupScore(group, 100 * mean, len(some), float(some[0].metadata.get("weight", 1)))


def _weighted(groups: Sequence[GroupScore]) -> float:
    total = math.fsum(one.weight for one in groups)
    return math.fsum(one.weight * one.score for one in groups) / total


def _passes(results: Sequence[Result]) -> Mapping[int, float]:
    """Return pass@k for k of 1, 2, 4 ... and all repeats, where scores are right or wrong."""
    if any(one.score not in (0.0, 1.0) for one in results):
        return {}
    found = grouped(results, lambda one: (one.cell, one.sample))
    rights = [(len(some), sum(one.score == 1 for one in some)) for some in found.values()]
    repeats = min(map(len, found.values()), default=0)
    if repeats < 2:
        return {}
    powers = [2**power for power in range(10) if 2**power < repeats]
    return {
        k: 100 * math.fsum(pass_at(count, right, k) for count, right in rights) / len(rights)
        for k in (*powers, repeats)
    }


def _places(results: Sequence[Result]) -> Iterator[OptionPlace]:
    chosen = Counter(one.reading.value for one in results if one.reading)
    right = Counter(one.gold for one in results)
    numbers = sorted(one for one in {*chosen, *right} if type(one) is int)
    answered = sum(chosen[one] for one in numbers)
    for one in numbers:
        share = 100 * chosen[one] / answered if answered else 0.0
        yield OptionPlace(chr(ord("A") + one - 1), share, 100 * right[one] / len(results))


def _labels(results: Sequence[Result]) -> Iterator[Mistake]:
    found = Counter(
        (str(one.gold), None if one.reading is None else one.reading.value) for one in results
    )
    for (gold, value), count in sorted(found.items(), key=lambda one: (one[0][0], -one[1])):
        yield Mistake(gold, None if value is None else str(value), count)
