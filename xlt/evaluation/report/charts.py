"""The charts of a report as numbers: bars, strips, cost against score, confusions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlt.evaluation.report.assembling import CellReport, Judged, Report
from xlt.evaluation.report.gains import Difference
from xlt.evaluation.report.showing import (
    own_name,
    pair_name,
    tier_name,
    tier_rank,
)
from xlt.evaluation.runs.tally import grouped

ROW = 26
_LEFT, _RIGHT = 92, 270
STRIP = 160


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `series` numbers its strategy; lengths are in SVG units, None where unknown."""

    label: str
    series: int
    y: int
    width: float
    value: str
    low: float | None
    high: float | None
    published: float | None


@dataclass(frozen=True, slots=True)
class LanguageChart:
    """The bars of one language; `description` says in words what they show."""

    name: str
    own_name: str
    tag: str
    tier: str
    height: int
    bars: tuple[Bar, ...]
    description: str


@dataclass(frozen=True, slots=True)
class TierCharts:
    """The languages of one resource tier."""

    tier: str
    charts: tuple[LanguageChart, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """A difference with its interval on a line whose middle is zero, `STRIP` units wide."""

    value: float
    low: float | None
    high: float | None


# A strategy has the same colour in every report; one without its own takes a free one.
_COLOURS = {
    name: number
    for number, name in enumerate(("basic", "xlt", "en_cot", "native_cot", "clp", "translate_en"))
}
COLOURS = 8


def series_of(report: Report) -> dict[str, int]:
    """Return the number of each strategy's colour and pattern, the same in every report."""
    names = dict.fromkeys(part.cell.strategy for part in report.cells)
    taken = {_COLOURS[name] for name in names if name in _COLOURS}
    free = [number for number in reversed(range(COLOURS)) if number not in taken]
    found = {}
    for place, name in enumerate(names):
        own = _COLOURS.get(name)
        found[name] = own if own is not None else free.pop() if free else place % COLOURS
    return found


@dataclass(frozen=True, slots=True)
class CostPoint:
    """A strategy in the chart of cost and score: its place, its colour, and where its name goes."""

    strategy: str
    series: int
    x: float
    y: float
    label_y: float


@dataclass(frozen=True, slots=True)
class CostChart:
    """Tokens a sample (across) against the mean score (up); ticks are places with their text."""

    benchmark: str
    points: tuple[CostPoint, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    description: str


def cost_charts(report: Report) -> tuple[CostChart, ...]:
    """Return a chart for each benchmark on which two strategies have a score and tokens."""
    series = series_of(report)
    shown = (one for one in report.judged if one.mean is not None and one.tokens)
    groups = grouped(shown, lambda one: one.benchmark)
    return tuple(_cost_chart(*each, series) for each in groups.items() if len(each[1]) > 1)


def _cost_chart(benchmark: str, group: Sequence[Judged], series: dict[str, int]) -> CostChart:
    most = _round_up(max(one.tokens or 0.0 for one in group))
    top = min(100.0, max(20.0, 20 * math.ceil(max(one.mean or 0.0 for one in group) / 20)))
    ordered = sorted(group, key=lambda one: -(one.mean or 0.0))
    points: list[CostPoint] = []
    for one in ordered:
        x = round(40 + 210 * (one.tokens or 0.0) / most, 1)
        y = round(170 - 150 * (one.mean or 0.0) / top, 1)
        label = max([y, *(point.label_y + 14 for point in points)])  # names do not overlap
        points.append(CostPoint(one.strategy, series[one.strategy], x, y, label))
    parts = [f"{one.strategy} {one.mean:.1f} at {one.tokens:,.0f} tokens" for one in ordered]
    return CostChart(
        benchmark=benchmark,
        points=tuple(points),
        across=tuple((40 + 210 * share, f"{most * share:,.0f}") for share in (0, 0.5, 1)),
        up=tuple((170 - 150 * share, f"{top * share:.0f}") for share in (0, 0.5, 1)),
        description="; ".join(parts),
    )


def _round_up(value: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power: float = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if value <= step * power)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each label was right (down) and answered (across) by one strategy."""

    benchmark: str
    strategy: str
    labels: tuple[str, ...]
    answers: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    macro_f1: float | None


def confusions(report: Report) -> tuple[Confusion, ...]:
    """Return a confusion matrix for each strategy on each benchmark of labels."""
    found = []
    for one in report.breakdowns:
        counts = {(each.gold, each.value): each.count for each in one.labels}
        labels = sorted({gold for gold, _ in counts})
        others = sorted({str(value) for _, value in counts if value is not None} - {*labels})
        answers: list[str | None] = [*labels, *others, None]
        rows = [tuple(counts.get((gold, value), 0) for value in answers) for gold in labels]
        if labels:
            heads = tuple("nothing" if value is None else value for value in answers)
            found.append(
                Confusion(
                    one.benchmark, one.strategy, tuple(labels), heads, tuple(rows), one.macro_f1
                )
            )
    return tuple(found)


def tier_charts(report: Report, benchmark: str) -> tuple[TierCharts, ...]:
    """Return the charts of a benchmark's languages by tier, the best resourced first."""
    parts = [part for part in report.cells if part.cell.benchmark == benchmark]
    top = scale_top(parts)
    series = series_of(report)
    languages = grouped(parts, lambda part: part.cell.pair).values()
    tiers = grouped(languages, lambda group: group[0].cell.tier)
    return tuple(
        TierCharts(tier_name(tier), tuple(_chart(group, series, top) for group in tiers[tier]))
        for tier in sorted(tiers, key=tier_rank)
    )


def scale_top(parts: Iterable[CellReport]) -> float:
    """Return where the scale of a benchmark ends: 100, or less where every score is far below."""
    ends = [0.0]
    for part in parts:
        interval = part.score.interval
        ends.append(interval.high if interval else part.score.score or 0.0)
        ends += [row.score for row in part.published if row.is_apt]
    return min(100.0, max(20.0, 20 * math.ceil(max(ends) / 20)))


def strip(difference: Difference, reach: float) -> Strip | None:
    """Return a difference as a strip; `reach` is the percentage points at either end."""
    if difference.value is None:
        return None

    def place(value: float) -> float:
        share = max(-1.0, min(1.0, value / reach)) if reach else 0.0
        return round(STRIP / 2 + share * (STRIP / 2 - 6), 1)

    low, high = difference.low, difference.high
    return Strip(
        place(difference.value),
        None if low is None else place(low),
        None if high is None else place(high),
    )


def reach_of(differences: Sequence[Difference]) -> float:
    """Return the largest distance from zero that any of them or their intervals has."""
    found = [abs(one) for each in differences for one in (each.value, each.low, each.high) if one]
    return max(found, default=1.0)


def _chart(group: Sequence[CellReport], series: dict[str, int], top: float) -> LanguageChart:
    cell = group[0].cell
    ordered = sorted(group, key=lambda part: series[part.cell.strategy])
    bars = tuple(
        _bar(part, number, series[part.cell.strategy], top) for number, part in enumerate(ordered)
    )
    parts = [f"{bar.label} {bar.value}" for bar in bars]
    return LanguageChart(
        name=pair_name(cell),
        own_name="" if cell.target_language else own_name(cell.language),
        tag=cell.language,
        tier=tier_name(cell.tier),
        height=ROW * len(bars) + 4,
        bars=bars,
        description="; ".join(parts),
    )


def _bar(part: CellReport, number: int, series: int, top: float) -> Bar:
    score, interval = part.score, part.score.interval
    published = next(
        (row.score for row in part.published if row.is_apt and row.model == "gpt-3.5-turbo"), None
    )

    def place(value: float) -> float:
        return round(_LEFT + value / top * (_RIGHT - _LEFT), 1)

    return Bar(
        label=part.cell.strategy,
        series=series,
        y=number * ROW + 4,
        width=0 if score.score is None else place(score.score) - _LEFT,
        value="none" if score.score is None else f"{score.score:.1f}",
        low=place(interval.low) if interval else None,
        high=place(interval.high) if interval else None,
        published=None if published is None else place(published),
    )
