"""The tables and charts of a report as rows, for every format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from xlt.errors import UnknownName
from xlt.evaluation.benchmark import get_benchmark
from xlt.evaluation.report.assembling import CellReport, Judged, Report
from xlt.evaluation.report.cells import Spending
from xlt.evaluation.report.comparing import Difference, Gain
from xlt.evaluation.report.showing import (
    metric_name,
    own_name,
    pair_name,
    script_name,
    tier_name,
    tier_rank,
)

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
    groups: dict[str, list[Judged]] = {}
    for one in report.judged:
        if one.mean is not None and one.tokens:
            groups.setdefault(one.benchmark, []).append(one)
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


PAPER_MODELS = ("gpt-3.5-turbo", "text-davinci-003")


@dataclass(frozen=True, slots=True)
class PaperColumn:
    """A column of the paper's numbers."""

    model: str
    setting: str
    method: str

    @property
    def label(self) -> str:
        return f"{self.method}, {self.model}, {self.setting}"


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """One language: its cell for each strategy (None where not run), and the paper's scores."""

    name: str
    own_name: str
    tag: str
    pair: str
    tier: str
    tier_rank: int
    script: str
    parts: tuple[CellReport | None, ...]
    paper: tuple[float | None, ...]

    @property
    def best(self) -> str:
        """The strategy with the highest score, empty where several have it or there is but one."""
        scores = {
            part.cell.strategy: part.score.score
            for part in self.parts
            if part is not None and part.score.score is not None
        }
        top = [name for name, score in scores.items() if score == max(scores.values())]
        return top[0] if len(top) == 1 < len(scores) else ""


@dataclass(frozen=True, slots=True)
class GroupMean:
    """The mean score of each strategy over the languages of one level or script."""

    kind: str
    name: str
    languages: int
    means: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """One benchmark: languages down, strategies and the paper's columns across.

    `notes` are what the cells say of themselves, each with the languages it is about.
    """

    benchmark: str
    metric: str
    strategies: tuple[str, ...]
    paper: tuple[PaperColumn, ...]
    rows: tuple[LanguageRow, ...]
    tiers: tuple[TierCharts, ...]
    notes: tuple[str, ...]
    top: float
    has_paper_marks: bool
    licence: str
    groups: tuple[GroupMean, ...]


@dataclass(frozen=True, slots=True)
class GainRow:
    """A gain with its language's name and its strip, all strips of a benchmark to one scale."""

    gain: Gain
    name: str
    strip: Strip | None


def benchmark_tables(report: Report) -> tuple[BenchmarkTable, ...]:
    """Return a table for each benchmark, in the run's order."""
    names = dict.fromkeys(part.cell.benchmark for part in report.cells)
    return tuple(_benchmark_table(report, name) for name in names)


def gain_rows(report: Report) -> tuple[GainRow, ...]:
    """Return the gains by benchmark: over all languages first, then each language."""
    names = {part.cell.pair: pair_name(part.cell) for part in report.cells}
    rows = []
    for benchmark in dict.fromkeys(part.cell.benchmark for part in report.cells):
        everything = [one for one in report.gains_by_benchmark if one.benchmark == benchmark]
        each = [one for one in report.gains if one.benchmark == benchmark]
        reach = reach_of([one.difference for one in (*everything, *each)])
        for gain in (*everything, *each):
            name = "all languages" if gain.language is None else names[gain.language]
            rows.append(GainRow(gain, name, strip(gain.difference, reach)))
    return tuple(rows)


def spending_rows(report: Report) -> tuple[tuple[str, Spending], ...]:
    """Return the spending with the name of its language."""
    names = {part.cell.pair: pair_name(part.cell) for part in report.cells}
    return tuple(
        ("all languages" if one.language is None else names[one.language], one)
        for one in report.spending
    )


def _benchmark_table(report: Report, benchmark: str) -> BenchmarkTable:
    parts = [part for part in report.cells if part.cell.benchmark == benchmark]
    strategies = tuple(dict.fromkeys(part.cell.strategy for part in parts))
    paper = _paper_columns(parts)
    tags = dict.fromkeys(part.cell.pair for part in parts)
    rows = [
        _row([part for part in parts if part.cell.pair == tag], strategies, paper) for tag in tags
    ]
    tiers = tier_charts(report, benchmark)
    return BenchmarkTable(
        benchmark=benchmark,
        metric=metric_name(parts[0].cell.metric),
        strategies=strategies,
        paper=paper,
        rows=tuple(sorted(rows, key=lambda row: row.tier_rank)),
        tiers=tiers,
        notes=_notes(parts),
        top=scale_top(parts),
        has_paper_marks=any(
            bar.published is not None
            for tier in tiers
            for chart in tier.charts
            for bar in chart.bars
        ),
        licence=_licence(benchmark),
        groups=(*_groups("level", rows, "tier"), *_groups("script", rows, "script")),
    )


def _licence(benchmark: str) -> str:
    """Return the licence of a benchmark's data, empty for a file of the user's own."""
    try:
        return get_benchmark(benchmark).licence
    except UnknownName:
        return ""


def _groups(kind: str, rows: Sequence[LanguageRow], field: str) -> Iterator[GroupMean]:
    """Yield the mean over the languages of each group, where there are several groups."""
    groups: dict[str, list[LanguageRow]] = {}
    for row in sorted(rows, key=lambda row: row.tier_rank):
        groups.setdefault(getattr(row, field), []).append(row)
    if len(groups) < 2:
        return
    for name, some in groups.items():
        columns = zip(*(row.parts for row in some), strict=True)
        yield GroupMean(kind, name, len(some), tuple(map(_mean_score, columns)))


def _mean_score(parts: Sequence[CellReport | None]) -> float | None:
    found = [part.score.score for part in parts if part and part.score.score is not None]
    return math.fsum(found) / len(found) if found else None


def _row(
    parts: list[CellReport], strategies: tuple[str, ...], paper: tuple[PaperColumn, ...]
) -> LanguageRow:
    cell = parts[0].cell
    by_strategy = {part.cell.strategy: part for part in parts}
    published = {
        (row.model, row.setting, row.method): row.score for part in parts for row in part.published
    }
    return LanguageRow(
        name=pair_name(cell),
        own_name="" if cell.target_language else own_name(cell.language),
        tag=cell.language,
        pair=cell.pair,
        tier=tier_name(cell.tier),
        tier_rank=tier_rank(cell.tier),
        script=script_name(cell.language),
        parts=tuple(by_strategy.get(name) for name in strategies),
        paper=tuple(published.get((one.model, one.setting, one.method)) for one in paper),
    )


def _paper_columns(parts: list[CellReport]) -> tuple[PaperColumn, ...]:
    """Return the columns of the setting that the run's cells have, for both of its models."""
    found = {
        (row.model, row.setting, row.method)
        for part in parts
        for row in part.published
        if row.is_apt and row.model in PAPER_MODELS
    }
    return tuple(PaperColumn(*one) for one in sorted(found, key=_column_order))


def _column_order(column: tuple[str, str, str]) -> tuple[int, str, str]:
    model, setting, method = column
    return PAPER_MODELS.index(model), setting, method


def _notes(parts: list[CellReport]) -> tuple[str, ...]:
    found: dict[str, list[str]] = {}
    for part in parts:
        for note in part.score.notes:
            found.setdefault(note, []).append(f"{part.cell.pair}/{part.cell.strategy}")
    return tuple(
        f"{note} ({'every cell' if len(places) == len(parts) else ', '.join(places)})"
        for note, places in found.items()
    )
