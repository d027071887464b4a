"""What each strategy gains over the baseline, by language and over all languages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xlt.errors import UnknownName
from xlt.evaluation.report.pairing import Difference, Pair, difference, holm, pair_results
from xlt.evaluation.runs.records import Cell, Result
from xlt.evaluation.runs.tally import CORPUS_METRICS

BASELINE = "basic"


@dataclass(frozen=True, slots=True)
class Gain:
    """A strategy against the baseline on one benchmark; `language` None stands for all of them.

    `corrected` is the p-value by Holm's method over all languages and strategies of the run.
    """

    benchmark: str
    metric: str
    language: str | None
    strategy: str
    baseline: str
    languages: int
    difference: Difference
    corrected: float | None = None

    @property
    def verdict(self) -> str:
        """Return better, worse or unclear, as `Difference.verdict`, by the corrected p-value."""
        if self.corrected is not None and self.corrected >= 0.05:
            return "unclear"
        return self.difference.verdict


def find_baseline(cells: Iterable[Cell], wanted: str | None = None) -> str:
    """Return what strategies are compared with: the one wanted, basic, or the first of the run."""
    strategies = list(dict.fromkeys(cell.strategy for cell in cells))
    if wanted is not None and wanted not in strategies:
        raise UnknownName("strategy in this run", wanted, strategies)
    if wanted is not None:
        return wanted
    return BASELINE if BASELINE in strategies else strategies[0]


def gains_by_language(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]], baseline: str
) -> tuple[Gain, ...]:
    """Return the gain in every cell that has a baseline beside it."""
    found = [
        Gain(
            benchmark=cell.benchmark,
            metric=cell.metric,
            language=cell.pair,
            strategy=cell.strategy,
            baseline=baseline,
            languages=1,
            difference=difference(cell, pair_results(results[base.name], results[cell.name])),
        )
        for cell, base in _beside(cells, baseline)
    ]
    corrected = holm([one.difference.p_value for one in found])
    return tuple(replace(one, corrected=p) for one, p in zip(found, corrected, strict=True))


def gains_by_benchmark(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]], baseline: str
) -> tuple[Gain, ...]:
    """Return the gain of each strategy on each benchmark over all languages that have both."""
    groups: dict[tuple[str, str], list[tuple[Cell, list[Pair]]]] = {}
    for cell, base in _beside(cells, baseline):
        pairs = pair_results(results[base.name], results[cell.name])
        if pairs:
            groups.setdefault((cell.benchmark, cell.strategy), []).append((cell, pairs))
    return tuple(
        Gain(
            benchmark=benchmark,
            metric=group[0][0].metric,
            language=None,
            strategy=strategy,
            baseline=baseline,
            languages=len(group),
            difference=over_cells(group),
        )
        for (benchmark, strategy), group in groups.items()
    )


def over_cells(group: Sequence[tuple[Cell, Sequence[Pair]]]) -> Difference:
    """Return the difference over several cells of one metric.

    Over all samples, but for corpus metrics, where it is the mean of the cells' differences.
    """
    cell = group[0][0]
    pairs = [pair for _, some in group for pair in some]
    if cell.metric not in CORPUS_METRICS:
        return difference(cell, pairs)
    found = [difference(one, some).value for one, some in group]
    values = [value for value in found if value is not None]
    mean = math.fsum(values) / len(values) if values else None
    samples = len({pair.sample for pair in pairs})
    note = "mean over languages of a corpus metric: no interval"
    return Difference(mean, pairs=len(pairs), samples=samples, note=note)


def _beside(cells: Sequence[Cell], baseline: str) -> Iterator[tuple[Cell, Cell]]:
    """Yield each cell of another strategy with the baseline's."""
    bases = {(one.benchmark, one.pair): one for one in cells if one.strategy == baseline}
    for cell in cells:
        base = bases.get((cell.benchmark, cell.pair))
        if base is not None and cell.strategy != baseline:
            yield cell, base
