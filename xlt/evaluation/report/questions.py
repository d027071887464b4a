"""The samples of a run: the worst of each cell, and all with their strategies side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from xlt.evaluation.runs.records import Cell, Result

PER_CELL = 1
MOST = 24
MOST_CHARACTERS = 3_000_000
"""How much text the page shows of all samples; results.jsonl holds the others."""
Mark = Literal["right", "wrong", "partly", "none", "errored", "unscored"]


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
        own, base = self.result.score, self.baseline_score
        return own is not None and base is not None and base > own


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one strategy made of a sample; `change` is against the baseline."""

    strategy: str
    result: Result
    mark: Mark
    change: Literal["", "fixed", "broken"]


@dataclass(frozen=True, slots=True)
class ComparedSample:
    """One sample in one language, with the attempts of all strategies in the run's order."""

    benchmark: str
    pair: str
    language: str
    sample: str
    repeat: int
    inputs: Mapping[str, Any]
    gold: Any
    attempts: tuple[Attempt, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """What the filter of the page finds it by: "wrong xlt", "broken xlt", "wrong"."""
        found = [
            (word, one.strategy) for one in self.attempts for word in (one.mark, one.change) if word
        ]
        words = [word for word, _ in found]
        return tuple(dict.fromkeys([*words, *map(" ".join, found)]))

    @property
    def length(self) -> int:
        texts = [call.reply for one in self.attempts for call in one.result.calls[-1:]]
        return sum(map(len, texts)) + sum(len(str(value)) for value in self.inputs.values())


def all_questions(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]], baseline: str
) -> tuple[ComparedSample, ...]:
    """Return every sample with a result, in the order of the baseline's cells."""
    found: dict[tuple[str, str, str, int], list[Result]] = {}
    for cell in cells:
        for one in results[cell.name]:
            found.setdefault((cell.benchmark, cell.pair, one.sample, one.repeat), []).append(one)
    return tuple(
        ComparedSample(
            *key[:2],
            language=some[0].language,
            sample=key[2],
            repeat=key[3],
            inputs=some[0].inputs,
            gold=some[0].gold,
            attempts=tuple(_attempts(some, baseline)),
        )
        for key, some in found.items()
    )


def first_questions(questions: Sequence[ComparedSample]) -> tuple[ComparedSample, ...]:
    """Return as many of the questions as one page can hold."""
    left, shown = MOST_CHARACTERS, []
    for one in questions:
        left -= one.length + 500
        if left < 0:
            break
        shown.append(one)
    return tuple(shown)


def _attempts(results: Sequence[Result], baseline: str) -> Iterator[Attempt]:
    base = next((one.score for one in results if one.strategy == baseline), None)
    for one in results:
        change: Literal["", "fixed", "broken"] = ""
        if None not in (base, one.score) and (base == 1) != (one.score == 1):
            change = "fixed" if one.score == 1 else "broken"
        yield Attempt(one.strategy, one, _mark(one), change)


def _mark(result: Result) -> Mark:
    if result.outcome == "errored":
        return "errored"
    if result.outcome == "unparsed":
        return "none"
    if result.score is None:
        return "unscored"
    return "right" if result.score == 1 else "partly" if result.score else "wrong"


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
            for one in results.get(f"{cell.benchmark}/{cell.pair}/{baseline}", ())
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
