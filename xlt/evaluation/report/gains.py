"""What a strategy gains over another on the same samples, with intervals and paired tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from xlt.errors import UnknownName
from xlt.evaluation.report.cells import corpus_score
from xlt.evaluation.runs.records import Cell, Result
from xlt.evaluation.runs.tally import CORPUS_METRICS, grouped
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
    all are None for corpus metrics and where nothing could be compared. `fixed` counts the
    results that the second side has right and the first has not, `broken` the reverse.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    test: str = "none"
    pairs: int = 0
    samples: int = 0
    note: str = ""
    fixed: int = 0
    broken: int = 0

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
    known = {_partner(result): result for result in first if result.outcome != "errored"}
    return [
        Pair((result.benchmark, result.sample), known[_partner(result)], result)
        for result in second
        if result.outcome != "errored" and _partner(result) in known
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
    scores = grouped(pairs, lambda pair: pair.sample)
    first = [fmean(one.first.score or 0.0 for one in some) for some in scores.values()]
    second = [fmean(one.second.score or 0.0 for one in some) for some in scores.values()]
    found = paired_bootstrap(first, second)
    is_binary = len(scores) == len(pairs) and {*first, *second} <= {0.0, 1.0}
    if is_binary:
        test, p_value = "McNemar", mcnemar_exact(_right(first), _right(second))
    elif len(scores) < FEW:
        changes = [b - a for a, b in zip(first, second, strict=True)]
        test, p_value = "permutation", sign_flip_test(changes)
    else:
        test, p_value = "paired bootstrap", found.p_value
    return Difference(
        value=found.difference,
        low=found.low,
        high=found.high,
        p_value=p_value,
        test=test,
        pairs=len(pairs),
        samples=len(scores),
        note=f"under {FEW} questions: rough" if len(scores) < FEW else "",
        fixed=sum(one.first.score != 1 and one.second.score == 1 for one in pairs),
        broken=sum(one.first.score == 1 and one.second.score != 1 for one in pairs),
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


def _right(scores: Sequence[float]) -> list[bool]:
    return [score == 1 for score in scores]


def _partner(result: Result) -> tuple[str, str, str | None, str, int]:
    target = result.target_language
    return result.benchmark, result.language, target, result.sample, result.repeat


BASELINE = "basic"


@dataclass(frozen=True, slots=True)
class Gain:
    """A strategy against the baseline on one benchmark; `language` None stands for all of them.

    `corrected` is the p-value by Holm's method: of single languages over all languages and
    strategies of the run, of all languages together over its benchmarks and strategies.
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
    return _corrected(found)


def _corrected(gains: Sequence[Gain]) -> tuple[Gain, ...]:
    corrected = holm([one.difference.p_value for one in gains])
    return tuple(replace(one, corrected=p) for one, p in zip(gains, corrected, strict=True))


def gains_by_benchmark(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]], baseline: str
) -> tuple[Gain, ...]:
    """Return the gain of each strategy on each benchmark over all languages that have both."""
    groups: dict[tuple[str, str], list[tuple[Cell, list[Pair]]]] = {}
    for cell, base in _beside(cells, baseline):
        pairs = pair_results(results[base.name], results[cell.name])
        if pairs:
            groups.setdefault((cell.benchmark, cell.strategy), []).append((cell, pairs))
    return _corrected(
        [
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
        ]
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
    mean = fmean(values) if values else None
    samples = len({pair.sample for pair in pairs})
    note = "mean over languages of a corpus metric: no interval"
    return Difference(mean, pairs=len(pairs), samples=samples, note=note)


def _beside(cells: Sequence[Cell], baseline: str) -> Iterator[tuple[Cell, Cell]]:
    bases = {(one.benchmark, one.pair): one for one in cells if one.strategy == baseline}
    for cell in cells:
        base = bases.get((cell.benchmark, cell.pair))
        if base is not None and cell.strategy != baseline:
            yield cell, base
