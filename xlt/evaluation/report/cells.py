"""What became of each cell: its score, how its replies were read, what it cost, how even it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from xlt.answers.cleaning.thoughts import thought_spans
from xlt.answers.reply_language import Part
from xlt.errors import InputError, MissingExtra, UnknownName, XLTError
from xlt.evaluation.paper import published_beside
from xlt.evaluation.rates import (
    LanguageConsistency,
    StatusRates,
    language_consistency,
    status_rates,
)
from xlt.evaluation.runs.records import Call, Cell, Price, Reading, Result, Spent
from xlt.evaluation.runs.tally import (
    CORPUS_METRICS,
    RunTally,
    cell_score,
    grouped,
    tally_results,
    usage_of,
)
from xlt.evaluation.statistics import Interval, bootstrap_interval, democratization
from xlt.frozen import FrozenDict
from xlt.registry import get_task
from xlt.task import AnswerKind

_TEXT = "language_consistency m_ifeval mkqa_f1 mkqa_em squad_f1 rouge1"
TEXT_METRICS = CORPUS_METRICS.union(_TEXT.split())
"""Metrics of answers that are words of a language, and not a number or a label."""


@dataclass(frozen=True, slots=True)
class CellScore:
    """One cell of the grid: its samples counted by their end, and its score in percent.

    The score is over scored and unparsed samples, the latter wrong; errored ones say nothing of
    the model's answers and are left out, which `notes` tell. No `interval` for corpus metrics.
    """

    cell: Cell
    tally: RunTally
    score: float | None
    interval: Interval | None
    signature: str
    notes: tuple[str, ...]

    @property
    def answered(self) -> int:
        """How many samples the score is over."""
        return self.tally.scored + self.tally.unparsed


def score_cell(cell: Cell, results: Sequence[Result]) -> CellScore:
    """Return the score of a cell over its results."""
    tally = tally_results(cell.planned, results)
    answered = [one for one in results if one.outcome != "errored"]
    notes = [f"{tally.errored} errored, left out of the score"] if tally.errored else []
    if tally.open:
        notes.append(f"{tally.open} not run yet")
    again = sum("asked_again" in one.reading.flags for one in answered if one.reading)
    if again:
        notes.append(f"{again} asked a second time")
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


def best_strategy(scores: Iterable[CellScore]) -> str:
    """Return the strategy with the highest score, "" where several have it or there is but one."""
    found = {one.cell.strategy: one.score for one in scores if one.score is not None}
    top = [name for name, score in found.items() if score == max(found.values())]
    return top[0] if len(top) == 1 < len(found) else ""


def sample_scores(results: Iterable[Result]) -> list[float]:
    """Return a score (0 to 1) a sample: the mean of its repeats, which are not independent."""
    scored = [one for one in results if one.score is not None]
    if not scored:
        raise InputError("These results have no scores of single samples.")
    repeats = grouped(scored, lambda one: one.sample).values()
    return [fmean(one.score or 0.0 for one in some) for some in repeats]


def corpus_score(cell: Cell, results: Sequence[Result]) -> tuple[float | None, str, str]:
    """Return a corpus metric's score, its signature, and what to say of it."""
    try:
        found = cell_score(cell, results)
    except (MissingExtra, InputError, UnknownName) as error:
        return None, "", str(error)
    if found is None:
        return None, "", "no answers to score"
    return found.value, found.signature, "a corpus metric: no interval"


@dataclass(frozen=True, slots=True)
class ReplyRates:
    """How the replies of one cell were read.

    `statuses` is None where no reply came. `consistency` is that of the answers that are texts,
    else of the replies, against the language asked for, None where none can be judged; `thoughts`
    is that of the thoughts in replies, against the language of the request, None
    where none shows any. `ends` counts what servers gave as the reason a last reply ended
    ("length": cut off).
    `right` and `wrong` are percentages of the replies, None for corpus metrics; `wrong_language`
    counts replies, None where none could tell. `checks` are the shares of answers that keep
    placeholders and terms, or cite passages that there are, where the task asks for it.
    """

    cell: str
    statuses: StatusRates | None
    consistency: LanguageConsistency | None
    thoughts: LanguageConsistency | None
    ends: FrozenDict[str, int]
    right: float | None
    wrong: float | None
    wrong_language: int | None
    checks: FrozenDict[str, float]


@dataclass(frozen=True, slots=True)
class FailureKind:
    """Errored samples with one kind of error: how many, where, and the first message."""

    kind: str
    count: int
    cells: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class DataFault:
    """A known fault of the data, by benchmark and language."""

    benchmark: str
    language: str
    fault: str
    count: int
    action: str


def reply_rates(cell: Cell, results: Sequence[Result]) -> ReplyRates:
    """Return the rates of one cell; errored samples have no reply to rate."""
    readings = [one.reading for one in results if one.reading is not None]
    ends = Counter(one.calls[-1].finish_reason for one in results if one.calls)
    scores = [one.score for one in results if one.outcome == "scored" and one.score is not None]
    right = sum(score == 1 for score in scores)
    told = [one.wrong_language for one in readings if one.wrong_language is not None]
    return ReplyRates(
        cell=cell.name,
        statuses=status_rates(readings) if readings else None,
        consistency=_consistency(cell, results, readings),
        thoughts=_thoughts(cell, results),
        checks=_checks(cell, readings),
        ends=FrozenDict(sorted(ends.items())),
        right=100 * right / len(readings) if scores else None,
        wrong=100 * (len(scores) - right) / len(readings) if scores else None,
        wrong_language=sum(told) if told else None,
    )


def failure_kinds(results: Mapping[str, Sequence[Result]]) -> tuple[FailureKind, ...]:
    """Return the errored samples by kind of error, the most frequent first."""
    found = ((cell, one.failure) for cell, some in results.items() for one in some)
    failed = [(cell, failure) for cell, failure in found if failure is not None]
    kinds = [
        FailureKind(
            kind=kind,
            count=len(places),
            cells=tuple(dict.fromkeys(cell for cell, _ in places)),
            message=places[0][1].message,
        )
        for kind, places in grouped(failed, lambda one: one[1].kind).items()
    ]
    return tuple(sorted(kinds, key=lambda one: (-one.count, one.kind)))


def data_faults(cells: Sequence[Cell]) -> tuple[DataFault, ...]:
    """Return the known faults of the data once for each benchmark and language."""
    found = (
        DataFault(cell.benchmark, cell.pair, one.fault, one.count, one.action)
        for cell in cells
        for one in cell.faults
    )
    return tuple(dict.fromkeys(found))


def answer_kind(cell: Cell) -> AnswerKind | None:
    """Return what a cell's task says of its answer; None for one whose file is not here."""
    try:
        return get_task(cell.task).answer
    except XLTError:
        return None


def _checks(cell: Cell, readings: Sequence[Reading]) -> FrozenDict[str, float]:
    """Return the share of answers that pass each check of the task's texts, in percent."""
    asked = answer_kind(cell)
    if asked is None:
        return FrozenDict()
    texts = [one for one in readings if isinstance(one.value, str)]
    checks = [
        ("placeholders kept", asked.keeps, "placeholders_changed"),
        ("glossary kept", asked.glossary, "glossary_missed"),
        ("citations right", asked.cites, "wrong_citation"),
    ]
    return FrozenDict(
        {
            name: 100 * sum(flag not in one.flags for one in texts) / len(texts)
            for name, is_asked, flag in checks
            if is_asked and texts
        }
    )


def _consistency(
    cell: Cell, results: Sequence[Result], readings: Sequence[Reading]
) -> LanguageConsistency | None:
    """Return the language of answers that are texts, else that of whole replies."""
    if cell.metric in TEXT_METRICS:
        texts = [one.text or str(one.value) for one in readings if one.value is not None]
    else:
        texts = [_deciding(one).reply for one in results if one.calls]
    found = _consistency_of(texts, cell.target_language or cell.language)
    return found if found is not None and found.judged else None


def _deciding(result: Result) -> Call:
    """Return the last call whose reply has the answer where it was read, else the last one."""
    read = result.reading
    if read is not None and read.span is not None:
        for call in reversed(result.calls):
            if call.reply[slice(*read.span)] == read.text:
                return call
    return result.calls[-1]


def _thoughts(cell: Cell, results: Sequence[Result]) -> LanguageConsistency | None:
    last = [_deciding(one) for one in results if one.calls]
    told = [f"<think>{one.reasoning}</think>" if one.reasoning else one.reply for one in last]
    shown = [reply for reply in told if thought_spans(reply) != []]
    return _consistency_of(shown, cell.language, "thought") if shown else None


def _consistency_of(
    texts: Sequence[str], language: str, part: Part = "answer"
) -> LanguageConsistency | None:
    try:
        return language_consistency(texts, language, part=part)
    except XLTError:  # a language of the user's own that the detector does not know
        return None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the calls of one strategy took, in one language or (None) in all.

    Every call counts, those of errored samples too. `money` is None where no price was given;
    `estimated` counts the calls whose tokens are xlt's estimate.
    """

    strategy: str
    language: str | None
    samples: int
    usage: Spent
    estimated: int
    money: float | None
    currency: str | None = None

    @property
    def tokens_per_sample(self) -> float | None:
        tokens = self.usage.input_tokens + self.usage.output_tokens
        return tokens / self.samples if self.samples else None


def spend(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]], price: Price | None
) -> tuple[Spending, ...]:
    """Return the spending of each strategy, in all its languages and then in each."""
    found = []
    for strategy, own in grouped(cells, lambda cell: cell.strategy).items():
        by_language = {
            pair: [one for cell in some for one in results[cell.name]]
            for pair, some in grouped(own, lambda cell: cell.pair).items()
        }
        everything = [one for some in by_language.values() for one in some]
        found.append(_sum(strategy, None, everything, price))
        found += [_sum(strategy, tag, some, price) for tag, some in by_language.items()]
    return tuple(found)


def _sum(
    strategy: str, language: str | None, results: Sequence[Result], price: Price | None
) -> Spending:
    usage = usage_of(results)
    return Spending(
        strategy=strategy,
        language=language,
        samples=len(results),
        usage=usage,
        estimated=sum(call.estimated for one in results for call in one.calls),
        money=None if price is None else price.of(usage),
        currency=None if price is None else price.currency,
    )


COMPARABLE = frozenset({"accuracy", "math_verify", "mkqa_f1", "mkqa_em", "squad_f1"})
"""Metrics whose scores in different languages can be compared, as the paper's table 2 does.

A BLEU or ROUGE score depends on how the language is cut into words.
"""
MODEL = "gpt-3.5-turbo"


@dataclass(frozen=True, slots=True)
class Balance:
    """How even a strategy is over the languages of a benchmark.

    `democratization` is in percent (XLT, equation 1), over the `languages` that have a score;
    `published` is the paper's for the same languages, from its tables 7 to 11. `behind` are
    languages whose whole interval lies below the mean of the others; `fewest` is how many answers
    the smallest language has. `note` says why there is no number.
    """

    benchmark: str
    strategy: str
    languages: int
    democratization: float | None
    published: float | None
    mean: float | None
    best: str | None
    worst: str | None
    behind: tuple[str, ...]
    fewest: int
    note: str = ""


def balances(scores: Sequence[CellScore]) -> tuple[Balance, ...]:
    """Return the balance of each strategy on each benchmark."""
    groups = grouped(scores, lambda one: (one.cell.benchmark, one.cell.strategy))
    return tuple(_balance(*key, group) for key, group in groups.items())


def _balance(benchmark: str, strategy: str, group: Sequence[CellScore]) -> Balance:
    values = {one.cell.pair: one.score for one in group if one.score is not None}
    mean = fmean(values.values()) if values else None
    note = _why_none(group[0].cell.metric, len(values))
    value = None
    if not note:
        try:
            value = democratization(values)
        except InputError:
            note = "every language scores zero"
    return Balance(
        benchmark=benchmark,
        strategy=strategy,
        languages=len(values),
        democratization=value,
        published=None if note else _published(group),
        mean=mean,
        best=max(values, key=values.__getitem__) if value is not None else None,
        worst=min(values, key=values.__getitem__) if value is not None else None,
        behind=() if note else tuple(_behind(group)),
        fewest=min((one.answered for one in group if one.score is not None), default=0),
        note=note,
    )


def _why_none(metric: str, languages: int) -> str:
    if metric not in COMPARABLE:
        return f"{metric} scores of different languages cannot be compared"
    return "" if languages > 1 else "needs two languages"


def _published(group: Sequence[CellScore]) -> float | None:
    """Return the paper's democratization over the very same languages, if it has them all."""
    scores = {}
    for one in group:
        for row in published_beside(one.cell):
            if row.model == MODEL and row.is_apt and one.score is not None:
                scores[one.cell.pair] = row.score
    present = [one for one in group if one.score is not None]
    return democratization(scores) if scores and len(scores) == len(present) else None


def _behind(group: Sequence[CellScore]) -> Iterator[str]:
    for one in group:
        others = [two.score for two in group if two is not one and two.score is not None]
        if one.interval and others and one.interval.high < fmean(others):
            yield one.cell.pair
