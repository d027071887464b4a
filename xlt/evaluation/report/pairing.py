"""Two lists of results paired sample by sample, and the difference between them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlt.evaluation.report.cells import corpus_score
from xlt.evaluation.runs.records import Cell, Result
from xlt.evaluation.runs.tally import CORPUS_METRICS
from xlt.evaluation.statistics import mcnemar_exact, paired_bootstrap, sign_flip_test

FEW = 30
"""Under so many samples a bootstrap interval is rough: it knows no sample it has not seen."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One sample as the first and the second side ended it; `sample` names the question."""

    sample: tuple[str, str]
    first: Result
    second: Result


@dataclass(frozen=True, slots=True)
class Difference:
    """Second minus first in percentage points over `pairs` results of `samples` questions.

    `low` and `high` are its 95% interval and `p_value` two-sided for "no difference", by `test`;
    all are None for corpus metrics and where nothing could be compared.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    test: str = "none"
    pairs: int = 0
    samples: int = 0
    note: str = ""

    @property
    def verdict(self) -> str:
        """Return better, worse, or unclear: the interval leaves out zero, and p is under 0.05.

        Over few samples the two disagree: a bootstrap of ten is too sure of itself.
        """
        if self.low is None or self.high is None or self.p_value is None:
            return "unclear"
        if self.p_value >= 0.05 or self.low <= 0 <= self.high:
            return "unclear"
        return "better" if self.low > 0 else "worse"

    @property
    def is_rough(self) -> bool:
        """Whether it is over too few samples for its interval to be trusted."""
        return 0 < self.samples < FEW


def pair_results(first: Iterable[Result], second: Iterable[Result]) -> list[Pair]:
    """Pair results of the same benchmark, language, sample and repeat that both sides answered."""
    known = {_key(result): result for result in first if result.outcome != "errored"}
    return [
        Pair((result.benchmark, result.sample), known[_key(result)], result)
        for result in second
        if result.outcome != "errored" and _key(result) in known
    ]


def difference(cell: Cell, pairs: Sequence[Pair]) -> Difference:
    """Return how much better the second side is on the pairs of one cell, or of several.

    A question asked in several languages, or repeatedly, is one question: its differences are
    averaged before they are resampled, or many near-copies would feign certainty. Right and
    wrong answers of one cell are tested by McNemar's exact test, all else by the bootstrap, or
    under 30 questions by permutation.
    """
    if not pairs:
        return Difference(None, note="no sample that both answered")
    if cell.metric in CORPUS_METRICS:
        return _corpus_difference(cell, pairs)
    scores: defaultdict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for pair in pairs:
        scores[pair.sample].append((pair.first.score or 0.0, pair.second.score or 0.0))
    first = [math.fsum(one for one, _ in some) / len(some) for some in scores.values()]
    second = [math.fsum(two for _, two in some) / len(some) for some in scores.values()]
    found = paired_bootstrap(first, second)
    is_binary = len(scores) == len(pairs) and {*first, *second} <= {0.0, 1.0}
    if is_binary:
        test, p_value = "McNemar", mcnemar_exact(_right(first), _right(second))
    else:
        test, p_value = _test([b - a for a, b in zip(first, second, strict=True)], found.p_value)
    return Difference(
        value=found.difference,
        low=found.low,
        high=found.high,
        p_value=p_value,
        test=test,
        pairs=len(pairs),
        samples=len(scores),
        note=f"under {FEW} questions: rough" if len(scores) < FEW else "",
    )


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for how many there are (Holm 1979); None stays, and is not one."""
    tests = sorted(
        (p_value, place) for place, p_value in enumerate(p_values) if p_value is not None
    )
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p_value, place) in enumerate(tests):
        highest = max(highest, min(1.0, (len(tests) - rank) * p_value))
        corrected[place] = highest
    return corrected


def _corpus_difference(cell: Cell, pairs: Sequence[Pair]) -> Difference:
    first, _, note = corpus_score(cell, [pair.first for pair in pairs])
    second, _, _ = corpus_score(cell, [pair.second for pair in pairs])
    value = None if first is None or second is None else second - first
    samples = len({pair.sample for pair in pairs})
    return Difference(value, pairs=len(pairs), samples=samples, note=note)


def _test(differences: Sequence[float], by_bootstrap: float) -> tuple[str, float]:
    if len(differences) < FEW:
        return "permutation", sign_flip_test(differences)
    return "paired bootstrap", by_bootstrap


def _right(scores: Sequence[float]) -> list[bool]:
    return [score == 1 for score in scores]


def _key(result: Result) -> tuple[str, str, str | None, str, int]:
    target = result.target_language
    return result.benchmark, result.language, target, result.sample, result.repeat
