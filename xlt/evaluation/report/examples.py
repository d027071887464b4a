"""The worst examples of a run: what was asked, what came back, and what was read in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from xlt.evaluation.runs.records import Cell, Result

PER_CELL = 1
MOST = 24


@dataclass(frozen=True, slots=True)
class Example:
    """One result worth reading, and the baseline's score of the same sample."""

    cell: str
    result: Result
    baseline: str
    baseline_score: float | None

    @property
    def is_regression(self) -> bool:
        """Whether the baseline did better."""
        score = self.result.score
        return None not in (score, self.baseline_score) and (self.baseline_score or 0) > (
            score or 0
        )


def worst_examples(
    cells: Sequence[Cell],
    results: Mapping[str, Sequence[Result]],
    baseline: str,
    per_cell: int = PER_CELL,
) -> tuple[Example, ...]:
    """Return up to `per_cell` examples of each cell that is not the baseline's, at most 24.

    Unreadable replies and low scores come first, and among them samples that the baseline had
    right. A run of the baseline alone shows its own. Right answers are no bad examples. Corpus
    metrics score no single sample: there only unreadable and cut-off replies can be found.
    """
    shown = [cell for cell in cells if cell.strategy != baseline] or list(cells)
    queues = []
    for cell in shown:
        bases = {
            (one.sample, one.repeat): one.score
            for base in cells
            if base.strategy == baseline and base.benchmark == cell.benchmark
            if base.pair == cell.pair
            for one in results[base.name]
        }
        found = [
            Example(cell.name, one, baseline, bases.get((one.sample, one.repeat)))
            for one in results[cell.name]
            if _is_bad(one)
        ]
        queues.append(sorted(found, key=_badness)[:per_cell])
    # One of each cell before a second of any, so that no language fills the list.
    in_turn = [one for round in zip_longest(*queues) for one in round if one is not None]
    return tuple(in_turn[:MOST])


def _is_bad(result: Result) -> bool:
    if result.outcome == "errored":
        return False
    is_cut = bool(result.calls) and result.calls[-1].finish_reason == "length"
    return result.outcome == "unparsed" or is_cut or (result.score is not None and result.score < 1)


def _badness(example: Example) -> tuple[float, float, bool, str, int]:
    result = example.result
    score = 1.0 if result.score is None else result.score
    base = -(example.baseline_score or 0.0)
    return score, base, result.outcome != "unparsed", result.sample, result.repeat
