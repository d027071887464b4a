"""Two runs compared, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xlt.errors import XLTError
from xlt.evaluation.report.gains import Difference, Pair, difference, holm, over_cells, pair_results
from xlt.evaluation.runs.records import PRICES, Cell, Manifest
from xlt.evaluation.runs.run_folder import Run
from xlt.evaluation.runs.tally import results_by_cell

_FACTS = ("model", "templates", "version", "seed", "repeats", "limit", *PRICES)


@dataclass(frozen=True, slots=True)
class Change:
    """A fact of the manifest in which the runs differ; None where one of them lacks it."""

    name: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """The second run against the first in one cell; `language` None stands for all of them."""

    benchmark: str
    metric: str
    language: str | None
    strategies: tuple[str, str]
    difference: Difference
    corrected: float | None = None

    @property
    def name(self) -> str:
        first, second = self.strategies
        strategy = first if first == second else f"{first}→{second}"
        return f"{self.benchmark}/{self.language or 'all'}/{strategy}"


@dataclass(frozen=True, slots=True)
class ComparedRuns:
    """Second minus first, by cell and over the languages of each benchmark and strategy.

    `unpaired` counts results of either run without a partner, errored ones among them; `altered`
    those whose partner has other inputs or another gold answer under the same id.
    """

    first: Manifest
    second: Manifest
    changes: tuple[Change, ...]
    overall: tuple[ComparedCell, ...]
    cells: tuple[ComparedCell, ...]
    unpaired: tuple[int, int]
    altered: int


def compare_runs(first: Run, second: Run) -> ComparedRuns:
    """Compare two runs, paired by benchmark, language, sample and repeat.

    The same strategies are compared; of runs that share none and have one each, the two.
    Raises XLTError where no sample can be paired.
    """
    groups: list[tuple[Cell, Cell, list[Pair]]] = []
    altered = 0
    results, others = results_by_cell(first), results_by_cell(second)
    for cell, other in _matched(first.manifest.cells, second.manifest.cells):
        pairs = pair_results(results[cell.name], others[other.name])
        same = [pair for pair in pairs if _is_same(pair)]
        altered += len(pairs) - len(same)
        if same:
            groups.append((cell, other, same))
    if not groups:
        raise XLTError(_why_not(first.manifest, second.manifest, altered))
    cells = [_compared(*group) for group in groups]
    corrected = holm([one.difference.p_value for one in cells])
    paired = sum(len(pairs) for _, _, pairs in groups)
    return ComparedRuns(
        first=first.manifest,
        second=second.manifest,
        changes=tuple(_changes(first.manifest, second.manifest)),
        overall=tuple(_overall(groups)),
        cells=tuple(replace(one, corrected=p) for one, p in zip(cells, corrected, strict=True)),
        unpaired=(len(first.results) - paired, len(second.results) - paired),
        altered=altered,
    )


def _matched(first: Sequence[Cell], second: Sequence[Cell]) -> Iterator[tuple[Cell, Cell]]:
    names = {cell.strategy for cell in first}, {cell.strategy for cell in second}
    across = not names[0] & names[1] and len(names[0]) == len(names[1]) == 1
    known = {_key(cell, across): cell for cell in second}
    for cell in first:
        other = known.get(_key(cell, across))
        if other is not None:
            yield cell, other


def _key(cell: Cell, across: bool) -> tuple[str, str, str, str]:
    return cell.benchmark, cell.pair, cell.metric, "" if across else cell.strategy


def _is_same(pair: Pair) -> bool:
    """Whether both runs asked the same: a row's number may name another row of other data."""
    return pair.first.inputs == pair.second.inputs and pair.first.gold == pair.second.gold


def _compared(cell: Cell, other: Cell, pairs: Sequence[Pair]) -> ComparedCell:
    return ComparedCell(
        benchmark=cell.benchmark,
        metric=cell.metric,
        language=cell.pair,
        strategies=(cell.strategy, other.strategy),
        difference=difference(cell, pairs),
    )


def _overall(groups: Sequence[tuple[Cell, Cell, list[Pair]]]) -> Iterator[ComparedCell]:
    joined: dict[tuple[str, str, str], list[tuple[Cell, Sequence[Pair]]]] = {}
    for cell, other, pairs in groups:
        joined.setdefault((cell.benchmark, cell.strategy, other.strategy), []).append((cell, pairs))
    for (benchmark, strategy, other_strategy), group in joined.items():
        metric = group[0][0].metric
        names = (strategy, other_strategy)
        yield ComparedCell(benchmark, metric, None, names, over_cells(group))


def _changes(first: Manifest, second: Manifest) -> Iterator[Change]:
    one = {name: getattr(first, name) for name in _FACTS} | _settings(first)
    two = {name: getattr(second, name) for name in _FACTS} | _settings(second)
    for name in dict.fromkeys((*one, *two)):
        if one.get(name) != two.get(name):
            yield Change(name, one.get(name), two.get(name))


def _settings(manifest: Manifest) -> dict[str, Any]:
    return {f"settings.{name}": value for name, value in manifest.settings.items()}


def _why_not(first: Manifest, second: Manifest, altered: int) -> str:
    if altered:
        return (
            f"The runs cannot be compared: all {altered} samples with the same id have other "
            "inputs or another right answer. Were they run on the same data?"
        )
    names = [", ".join(dict.fromkeys(cell.name for cell in one.cells)) for one in (first, second)]
    return (
        "The runs cannot be compared: no sample of a cell was answered in both. "
        f"The first has {names[0]}; the second has {names[1]}."
    )
