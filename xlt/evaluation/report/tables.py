"""The tables of a report as rows, for every format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import fmean

from xlt.errors import UnknownName
from xlt.evaluation.benchmark import get_benchmark
from xlt.evaluation.report.assembling import CellReport, Report
from xlt.evaluation.report.cells import Spending, best_strategy
from xlt.evaluation.report.charts import Strip, TierCharts, reach_of, scale_top, strip, tier_charts
from xlt.evaluation.report.gains import Gain
from xlt.evaluation.report.showing import (
    metric_name,
    own_name,
    pair_name,
    script_name,
    tier_name,
    tier_rank,
)
from xlt.evaluation.runs.tally import grouped

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
        return best_strategy(part.score for part in self.parts if part is not None)


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
    ordered = sorted(rows, key=lambda row: row.tier_rank)
    groups: dict[str, list[LanguageRow]] = grouped(ordered, attrgetter(field))
    if len(groups) < 2:
        return
    for name, some in groups.items():
        columns = zip(*(row.parts for row in some), strict=True)
        yield GroupMean(kind, name, len(some), tuple(map(_mean_score, columns)))


def _mean_score(parts: Sequence[CellReport | None]) -> float | None:
    found = [part.score.score for part in parts if part and part.score.score is not None]
    return fmean(found) if found else None


def _row(
    parts: list[CellReport], strategies: tuple[str, ...], paper: tuple[PaperColumn, ...]
) -> LanguageRow:
    cell = parts[0].cell
    by_strategy = {part.cell.strategy: part for part in parts}
    published = {
        PaperColumn(row.model, row.setting, row.method): row.score
        for part in parts
        for row in part.published
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
        paper=tuple(map(published.get, paper)),
    )


def _paper_columns(parts: list[CellReport]) -> tuple[PaperColumn, ...]:
    """Return the columns of the setting that the run's cells have, for both of its models."""
    found = {
        PaperColumn(row.model, row.setting, row.method)
        for part in parts
        for row in part.published
        if row.is_apt and row.model in PAPER_MODELS
    }
    return tuple(
        sorted(found, key=lambda one: (PAPER_MODELS.index(one.model), one.setting, one.method))
    )


def _notes(parts: list[CellReport]) -> tuple[str, ...]:
    found: dict[str, list[str]] = {}
    for part in parts:
        for note in part.score.notes:
            found.setdefault(note, []).append(f"{part.cell.pair}/{part.cell.strategy}")
    return tuple(
        f"{note} ({'every cell' if len(places) == len(parts) else ', '.join(places)})"
        for note, places in found.items()
    )
