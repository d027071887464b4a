"""The geometry of the charts, in the units of their SVG; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlt.evaluation.report.assembling import CellReport, Report
from xlt.evaluation.report.labels import own_name, pair_name, tier_name, tier_rank
from xlt.evaluation.report.pairing import Difference

WIDTH, ROW = 320, 26
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


def series_of(report: Report) -> dict[str, int]:
    """Return the number of each strategy's colour and pattern; the baseline's is 0."""
    names = dict.fromkeys(part.cell.strategy for part in report.cells)
    others = [name for name in names if name != report.baseline]
    return {name: number for number, name in enumerate((report.baseline, *others))}


def tier_charts(report: Report, benchmark: str) -> tuple[TierCharts, ...]:
    """Return the charts of a benchmark's languages by tier, the best resourced first."""
    parts = [part for part in report.cells if part.cell.benchmark == benchmark]
    top = scale_top(parts)
    series = series_of(report)
    groups: dict[str, list[CellReport]] = {}
    for part in parts:
        groups.setdefault(part.cell.pair, []).append(part)
    tiers: dict[str | None, list[LanguageChart]] = {}
    for group in groups.values():
        tiers.setdefault(group[0].cell.tier, []).append(_chart(group, series, top))
    return tuple(
        TierCharts(tier_name(tier), tuple(tiers[tier])) for tier in sorted(tiers, key=tier_rank)
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
