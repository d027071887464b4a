"""`CellScore`: what became of one benchmark, language and strategy, and how sure its score is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Cell, Result
from xlt.evaluation.runs.tally import CORPUS_METRICS, Tally, cell_score, tally_results
from xlt.evaluation.statistics import Interval, bootstrap_interval

TEXT_METRICS = frozenset({"mkqa_f1", "mkqa_em", "squad_f1", "rouge1", *CORPUS_METRICS})
"""Metrics of answers that are words of a language, and not a number or a label."""


@dataclass(frozen=True, slots=True)
class CellScore:
    """One cell of the grid: its samples counted by their end, and its score in percent.

    The score is over scored and unparsed samples, the latter wrong; errored ones say nothing of
    the model's answers and are left out, which `notes` tell. No `interval` for corpus metrics.
    """

    cell: Cell
    tally: Tally
    score: float | None
    interval: Interval | None
    signature: str
    notes: tuple[str, ...]

    @property
    def answered(self) -> int:
        """How many samples the score is over."""
        return self.tally.scored + self.tally.unparsed


def results_by_cell(run: Run) -> Mapping[str, tuple[Result, ...]]:
    """Return the results of each cell of the manifest by its name, in the manifest's order."""
    found: defaultdict[str, list[Result]] = defaultdict(list)
    for result in run.results:
        found[result.cell].append(result)
    return {cell.name: tuple(found[cell.name]) for cell in run.manifest.cells}


def score_cell(cell: Cell, results: Sequence[Result]) -> CellScore:
    """Return the score of a cell over its results."""
    tally = tally_results(cell.planned, results)
    answered = [one for one in results if one.outcome != "errored"]
    notes = [f"{tally.errored} errored, left out of the score"] if tally.errored else []
    if tally.open:
        notes.append(f"{tally.open} not run yet")
    score, interval, signature = None, None, ""
    if not answered:
        notes.append("no answers to score")
    elif cell.metric in CORPUS_METRICS:
        score, signature, note = corpus_score(cell, answered)
        notes.append(note)
    else:
        found = cell_score(cell, answered)
        interval = bootstrap_interval(sample_scores(answered))
        score = found.value if found else None
        signature = f"{found.signature if found else ''}|{interval.signature}"
    return CellScore(
        cell=cell,
        tally=tally,
        score=score,
        interval=interval,
        signature=signature,
        notes=tuple(notes),
    )


def sample_scores(results: Iterable[Result]) -> list[float]:
    """Return a score (0 to 1) a sample: the mean of its repeats, which are not independent."""
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for result in results:
        if result.score is not None:
            scores[result.sample].append(result.score)
    if not scores:
        raise InputError("These results have no scores of single samples.")
    return [math.fsum(some) / len(some) for some in scores.values()]


def corpus_score(cell: Cell, results: Sequence[Result]) -> tuple[float | None, str, str]:
    """Return a corpus metric's score, its signature, and what to say of it."""
    try:
        found = cell_score(cell, results)
    except (MissingExtra, InputError, UnknownName) as error:
        return None, "", str(error)
    if found is None:
        return None, "", "no answers to score"
    return found.value, found.signature, "a corpus metric: no interval"
