"""The count of a run, `planned = scored + unparsed + errored`, and the score of each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from xlt.errors import InputError
from xlt.evaluation.runs.records import Cell, Manifest, Price, Result, Spent
from xlt.evaluation.runs.run_folder import Run
from xlt.evaluation.scoring import score_values
from xlt.evaluation.statistics import Score, mean_score

One = TypeVar("One")
Key = TypeVar("Key")
CORPUS_METRICS = frozenset({"sacrebleu", "chrf++", "cider"})


@dataclass(frozen=True, slots=True)
class RunTally:
    """How the samples of a run ended; `open` ones have no result yet.

    `planned` = `scored` + `unparsed` + `errored` + `open`, and a run that came to its end has
    no open ones.
    """

    planned: int
    scored: int = 0
    unparsed: int = 0
    errored: int = 0
    truncated: int = 0
    kinds: tuple[tuple[str, int], ...] = ()

    @property
    def ended(self) -> int:
        return self.scored + self.unparsed + self.errored

    @property
    def open(self) -> int:
        return self.planned - self.ended

    def __str__(self) -> str:
        parts = f"{self.scored} scored + {self.unparsed} unparsed + {self.errored} errored"
        return f"{self.planned} planned = {parts}" + (f" + {self.open} open" * (self.open > 0))


@dataclass(frozen=True, slots=True)
class CellSummary:
    """What came of a cell: its score in percent, None without results to score."""

    cell: Cell
    tally: RunTally
    score: Score | None
    usage: Spent
    estimated: bool = False


def tally_results(planned: int, results: Iterable[Result]) -> RunTally:
    """Return the tally of results, each id once, among `planned` samples.

    Raises InputError where there are more results than were planned.
    """
    outcomes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    truncated = 0
    for result in results:
        outcomes[result.outcome] += 1
        if result.failure is not None:
            kinds[result.failure.kind] += 1
        truncated += result.reading is not None and "truncated" in result.reading.flags
    tally = RunTally(
        planned=planned,
        scored=outcomes["scored"],
        unparsed=outcomes["unparsed"],
        errored=outcomes["errored"],
        truncated=truncated,
        kinds=tuple(kinds.most_common()),
    )
    if tally.open < 0:
        raise InputError(
            f"There are more results than samples: {tally}. Lines of another run were added; "
            "remove them, or run the same command in a new folder."
        )
    return tally


def summarize(run: Run) -> tuple[CellSummary, ...]:
    """Return what came of each cell, in the order they were planned.

    An unparsed answer scores as a wrong one; an errored sample is not scored at all.
    """
    results = results_by_cell(run)
    return tuple([_summary(cell, results[cell.name]) for cell in run.manifest.cells])


def price_of(manifest: Manifest) -> Price | None:
    """Return the price a run was given, None where it was not."""
    if manifest.input_price is None or manifest.output_price is None:
        return None
    return Price(manifest.input_price, manifest.output_price, manifest.currency)


def cell_score(cell: Cell, results: Iterable[Result]) -> Score | None:
    """Return the metric's score over the results that are not errored, None without any."""
    read = [result for result in results if result.outcome != "errored"]
    if not read:
        return None
    if cell.metric not in CORPUS_METRICS:
        return mean_score(cell.metric, [result.score or 0.0 for result in read])
    values = [None if one.reading is None else one.reading.value for one in read]
    # JSON has lists for tuples.
    golds = [tuple(one.gold) if isinstance(one.gold, list) else one.gold for one in read]
    return score_values(cell.metric, values, golds, cell.answer_language)


def results_by_cell(run: Run) -> Mapping[str, tuple[Result, ...]]:
    """Return the results of each cell of the manifest by its name, in the manifest's order."""
    found = grouped(run.results, lambda one: one.cell)
    return {cell.name: tuple(found.get(cell.name, ())) for cell in run.manifest.cells}


def grouped(items: Iterable[One], key: Callable[[One], Key]) -> dict[Key, list[One]]:
    """Return the items by their keys, groups and items in the order they come."""
    groups: dict[Key, list[One]] = {}
    for one in items:
        groups.setdefault(key(one), []).append(one)
    return groups


def usage_of(results: Sequence[Result]) -> Spent:
    return Spent(
        input_tokens=sum(one.prompt_tokens for one in results),
        output_tokens=sum(one.completion_tokens for one in results),
        calls=sum(len(one.calls) for one in results),
    )


def _summary(cell: Cell, results: Sequence[Result]) -> CellSummary:
    return CellSummary(
        cell,
        tally_results(cell.planned, results),
        cell_score(cell, results),
        usage_of(results),
        any(call.estimated for result in results for call in result.calls),
    )
