"""`Report`: every number of a run's report, computed from the run alone."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median

from xlt.errors import InputError, XLTError
from xlt.evaluation.paper import Published, published_beside
from xlt.evaluation.rates import macro_f1
from xlt.evaluation.report.cells import (
    Balance,
    CellScore,
    DataFault,
    FailureKind,
    ReplyRates,
    Spending,
    balances,
    data_faults,
    failure_kinds,
    reply_rates,
    score_cell,
    spend,
)
from xlt.evaluation.report.comparing import (
    FEW,
    Gain,
    find_baseline,
    gains_by_benchmark,
    gains_by_language,
)
from xlt.evaluation.report.questions import (
    PER_CELL,
    Example,
    Question,
    all_questions,
    worst_examples,
)
from xlt.evaluation.report.showing import (
    language_name,
    short_metric,
    shown_p,
    shown_range,
    signed,
)
from xlt.evaluation.runs.records import Cell, Manifest, Price, Result, Spent
from xlt.evaluation.runs.run_folder import Run
from xlt.evaluation.runs.tally import RunTally, price_of, results_by_cell, tally_results, usage_of
from xlt.registry import get_task

_WORDS = {"better": "Yes", "worse": "No", "unclear": "Not clear"}
_ROUGH_WORDS = {"better": "Perhaps", "worse": "Perhaps not", "unclear": "Not clear"}


@dataclass(frozen=True, slots=True)
class Headline:
    """A question, its answer in a word or two, and the sentences that support it."""

    question: str
    answer: str
    sentences: tuple[str, ...]
    tone: str = "neutral"


def does_it_help(subject: str, gains: Sequence[Gain]) -> Headline:
    """Answer from the gains over all languages, a sentence a benchmark."""
    question = f"Does {subject} help?"
    own = [gain for gain in gains if gain.strategy == subject]
    if not own:
        sentence = "The run has no second strategy on the same samples."
        return Headline(question, "Cannot tell", (sentence,))
    verdicts = {gain.verdict for gain in own}
    verdict = verdicts.pop() if len(verdicts) == 1 else "mixed"
    sentences = [_gain_sentence(gain) for gain in own]
    is_rough = min(gain.difference.samples for gain in own) < FEW
    if is_rough:
        sentences.append(f"Fewer than {FEW} questions: a hint, not a result.")
    word = (_ROUGH_WORDS if is_rough else _WORDS).get(verdict, "On some benchmarks")
    values = [gain.difference.value for gain in own if gain.difference.value is not None]
    if len(own) == 1 and values:
        word = f"{word}: {signed(values[0])} points"
    return Headline(question, word, tuple(sentences), verdict)


def which_is_best(judged: Sequence[Judged]) -> tuple[Headline, ...]:
    """Name the best strategy of each benchmark, where more than two were run."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        if one.mean is not None:
            groups.setdefault(one.benchmark, []).append(one)
    sentences, names = [], []
    for benchmark, group in groups.items():
        if len(group) < 3:
            continue
        first, *others = sorted(group, key=lambda one: -(one.mean or 0.0))
        names.append(first.strategy)
        listed = ", ".join(f"{one.strategy} {one.mean:.1f}" for one in others)
        sentences.append(
            f"{benchmark}: {first.strategy} {first.mean:.1f}, then {listed} (means over languages)."
            f" {_how_sure(first)}"
        )
    if not names:
        return ()
    answer = names[0] if len(set(names)) == 1 else "It depends on the benchmark"
    return (Headline("Which strategy scores highest?", answer, tuple(sentences)),)


def _how_sure(first: Judged) -> str:
    gain = first.gain
    if gain is None:
        return "It is the baseline itself."
    if gain.corrected is None:
        return "Whether that is chance cannot be told."
    is_sure = "clear" if gain.verdict == "better" else "not clear"
    return f"Its lead over {gain.baseline} is {is_sure} (corrected {shown_p(gain.corrected)})."


def what_does_it_cost(subject: str, baseline: str, spending: Sequence[Spending]) -> Headline:
    """Answer from all calls of the two strategies, a sample each."""
    totals = {one.strategy: one for one in spending if one.language is None}
    own, base = totals.get(subject), totals.get(baseline)
    question = f"What does {subject} cost?"
    if own is None or not own.samples:
        return Headline(question, "Nothing yet", ("No sample of it has run.",))
    sentences = [_tokens_sentence(own)]
    answer = f"{own.tokens_per_sample or 0:,.0f} tokens a sample"
    if base is not None and base is not own and base.tokens_per_sample:
        ratio = (own.tokens_per_sample or 0) / base.tokens_per_sample
        answer = f"{ratio:.1f}× the tokens"
        sentences.append(_tokens_sentence(base))
    if own.estimated or (base is not None and base.estimated):
        sentences.append("Where the server gave no counts, they are estimated.")
    if own.money is None:
        sentences.append("No price was given, so no cost is shown.")
    return Headline(question, answer, tuple(sentences))


def is_anyone_left_behind(subject: str, balances: Sequence[Balance]) -> Headline:
    """Answer from the balance of the strategy on each benchmark."""
    question = "Is a language left behind?"
    own = [one for one in balances if one.strategy == subject and one.democratization is not None]
    if not own:
        notes = {one.note for one in balances if one.strategy == subject and one.note}
        sentence = "; ".join(sorted(notes)) or "no scores yet"
        return Headline(question, "Cannot tell", (f"{sentence[0].upper()}{sentence[1:]}.",))
    behind = list(dict.fromkeys(tag for one in own for tag in one.behind))
    names = ", ".join(language_name(tag) for tag in behind[:3])
    more = f" and {len(behind) - 3} more" if len(behind) > 3 else ""
    answer = f"Yes: {names}{more}" if behind else "None clearly"
    sentences = [_balance_sentence(one) for one in own]
    if min(one.fewest for one in own) < FEW:
        sentences.append(f"Fewer than {FEW} answers per language: only a wide gap would show.")
    return Headline(question, answer, tuple(sentences), "worse" if behind else "unclear")


def _gain_sentence(gain: Gain) -> str:
    found = gain.difference
    if found.value is None:
        return f"{gain.benchmark}: {found.note}."
    languages = "1 language" if gain.languages == 1 else f"{gain.languages} languages"
    how_sure = (
        f"95% interval {shown_range(found)}, {shown_p(found.p_value)}"
        if found.p_value is not None
        else "without an interval, so it may be chance"
    )
    return (
        f"{gain.benchmark}: {signed(found.value)} points of {short_metric(gain.metric)} over "
        f"{gain.baseline} ({how_sure}; {found.samples} questions, {languages})."
    )


def _tokens_sentence(spending: Spending) -> str:
    usage, samples = spending.usage, spending.samples
    read, written = usage.input_tokens / samples, usage.output_tokens / samples
    calls = usage.calls / samples
    money = "" if spending.money is None else f", {spending.money:,.4f} {spending.currency} in all"
    how_often = "1 call" if 0.95 <= calls < 1.05 else f"{calls:.1f} calls"
    return (
        f"{spending.strategy}: {read:,.0f} tokens read and {written:,.0f} written a sample, "
        f"{how_often}{money}."
    )


def _balance_sentence(balance: Balance) -> str:
    behind = ", ".join(language_name(tag) for tag in balance.behind)
    verdict = f"clearly below the others: {behind}" if behind else "none clearly below the others"
    return (
        f"{balance.benchmark}: democratization {balance.democratization:.1f}% over "
        f"{balance.languages} languages; best {language_name(balance.best or '')}, lowest "
        f"{language_name(balance.worst or '')}; {verdict}."
    )


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The score, in percent, over the rows of one group ("culturally sensitive", "top")."""

    group: str
    score: float
    count: int
    weight: float


@dataclass(frozen=True, slots=True)
class OptionPlace:
    """How often an option's place was chosen, and how often it was the right one, in percent."""

    letter: str
    chosen: float
    right: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """How often `gold` was the right label and `value` was answered, None for no answer."""

    gold: str
    value: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One strategy on one benchmark, all languages together.

    `weighted` is the mean of the groups by the weight of their rows (PolyMath's official score),
    None where all weigh the same. `macro_f1` is the mean of the labels' F1, in percent. `passes`
    maps k to pass@k in percent (Chen et al. 2021, arXiv 2107.03374), of runs with repeats.
    `places` is empty where answers are no choices.
    """

    benchmark: str
    strategy: str
    groups: tuple[GroupScore, ...]
    weighted: float | None
    passes: Mapping[int, float]
    places: tuple[OptionPlace, ...]
    labels: tuple[Mistake, ...]
    macro_f1: float | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.groups or self.passes or self.places or self.labels)

    @property
    def place_bias(self) -> float | None:
        """The largest gap, in points, between how often a place is chosen and is right."""
        return max((abs(one.chosen - one.right) for one in self.places), default=None)


def breakdowns(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]]
) -> tuple[Breakdown, ...]:
    """Return the breakdown of each benchmark and strategy, in the run's order."""
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.benchmark, cell.strategy), []).append(cell)
    return tuple(_breakdown(group, results) for group in groups.values())


def pass_at(count: int, right: int, k: int) -> float:
    """Return the chance that one of `k` drawn out of `count` answers is right (0 to 1)."""
    return 1 - math.comb(count - right, k) / math.comb(count, k)


def _breakdown(cells: Sequence[Cell], results: Mapping[str, Sequence[Result]]) -> Breakdown:
    scored = [one for cell in cells for one in results[cell.name] if one.outcome != "errored"]
    kind = _answer_kind(cells[0])
    groups = tuple(_groups(scored))
    labels = tuple(_labels(scored)) if kind in ("label", "boolean") else ()
    weights = {one.weight for one in groups}
    return Breakdown(
        benchmark=cells[0].benchmark,
        strategy=cells[0].strategy,
        groups=groups if len(groups) > 1 else (),
        weighted=_weighted(groups) if len(weights) > 1 else None,
        passes=_passes(scored),
        places=tuple(_places(scored)) if kind == "choice" else (),
        labels=labels,
        macro_f1=macro_f1([(one.gold, one.value, one.count) for one in labels]),
    )


def _answer_kind(cell: Cell) -> str:
    try:
        return get_task(cell.task).answer.kind
    except XLTError:  # a task of the user's own, whose file is not here
        return ""


def _groups(results: Sequence[Result]) -> Iterator[GroupScore]:
    found: defaultdict[str, list[Result]] = defaultdict(list)
    for one in results:
        if one.score is not None and one.metadata.get("group"):
            found[one.metadata["group"]].append(one)
    for group, some in found.items():
        mean = math.fsum(one.score or 0.0 for one in some) / len(some)
        yield GroupScore(group, 100 * mean, len(some), float(some[0].metadata.get("weight", 1)))


def _weighted(groups: Sequence[GroupScore]) -> float:
    total = math.fsum(one.weight for one in groups)
    return math.fsum(one.weight * one.score for one in groups) / total


def _passes(results: Sequence[Result]) -> Mapping[int, float]:
    """Return pass@k for k of 1, 2, 4 ... and all repeats, where scores are right or wrong."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in results:
        if one.score not in (0.0, 1.0):
            return {}
        found[one.cell, one.sample].append(one.score or 0.0)
    repeats = min(map(len, found.values()), default=0)
    if repeats < 2:
        return {}
    powers = [2**power for power in range(10) if 2**power < repeats]
    return {
        k: 100 * math.fsum(pass_at(len(some), int(sum(some)), k) for some in found.values())
        / len(found)
        for k in (*powers, repeats)
    }  # fmt: skip


def _places(results: Sequence[Result]) -> Iterator[OptionPlace]:
    chosen = Counter(one.reading.value for one in results if one.reading)
    right = Counter(one.gold for one in results)
    numbers = sorted(one for one in {*chosen, *right} if type(one) is int)
    answered = sum(chosen[one] for one in numbers)
    for one in numbers:
        share = 100 * chosen[one] / answered if answered else 0.0
        yield OptionPlace(chr(ord("A") + one - 1), share, 100 * right[one] / len(results))


def _labels(results: Sequence[Result]) -> Iterator[Mistake]:
    found = Counter(
        (str(one.gold), None if one.reading is None else one.reading.value) for one in results
    )
    for (gold, value), count in sorted(found.items(), key=lambda one: (one[0][0], -one[1])):
        yield Mistake(gold, None if value is None else str(value), count)


SUBJECT = "xlt"


@dataclass(frozen=True, slots=True)
class CellReport:
    """What a report says of one cell."""

    name: str
    score: CellScore
    rates: ReplyRates
    published: tuple[Published, ...]
    usage: Spent

    @property
    def cell(self) -> Cell:
        return self.score.cell


@dataclass(frozen=True, slots=True)
class Judged:
    """One strategy on one benchmark, over all languages.

    `mean` is the mean of the languages' scores in percent, `best_in` the languages where no other
    strategy scores as high. `gain` is None for the baseline. `seconds` is the median time of a
    sample's calls, None for recorded replies.
    """

    benchmark: str
    strategy: str
    mean: float | None
    languages: int
    best_in: tuple[str, ...]
    gain: Gain | None
    tokens: float | None
    seconds: float | None
    money: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of a run. `subject` is the strategy that the findings are about.

    `questions` are all samples with their strategies side by side; report.json leaves them out,
    since results.jsonl holds them.
    """

    manifest: Manifest
    subject: str
    baseline: str
    totals: RunTally
    findings: tuple[Headline, ...]
    cells: tuple[CellReport, ...]
    gains: tuple[Gain, ...]
    gains_by_benchmark: tuple[Gain, ...]
    balances: tuple[Balance, ...]
    spending: tuple[Spending, ...]
    faults: tuple[DataFault, ...]
    failures: tuple[FailureKind, ...]
    examples: tuple[Example, ...]
    breakdowns: tuple[Breakdown, ...]
    judged: tuple[Judged, ...]
    questions: tuple[Question, ...]
    strays: int

    @property
    def origin(self) -> str:
        """Where the replies are from: live, replayed, or invented (the self-test)."""
        settings = self.manifest.settings
        return str(settings.get("origin", "replayed" if "recording" in settings else "live"))


def make_report(run: Run, *, baseline: str | None = None, examples: int = PER_CELL) -> Report:
    """Return the report of a run, finished or under way.

    `baseline` names the strategy the others are compared with (basic, else the run's first);
    `examples` is how many bad ones a cell shows. Raises InputError for a run without cells,
    UnknownName for a baseline that the run does not have.
    """
    cells = run.manifest.cells
    if not cells:
        raise InputError(f"The run in {run.folder} has no cells to report on.")
    results = results_by_cell(run)
    compared = find_baseline(cells, baseline)
    subject = _subject(cells, compared)
    parts = tuple(_cell_report(cell, results[cell.name]) for cell in cells)
    scores = [part.score for part in parts]
    overall = gains_by_benchmark(cells, results, compared)
    evenness = balances(scores)
    price = price_of(run.manifest)
    spending = spend(cells, results, price)
    judged = tuple(_judge(scores, results, overall, price))
    return Report(
        manifest=run.manifest,
        subject=subject,
        baseline=compared,
        totals=tally_results(run.manifest.planned, chain(*results.values())),
        findings=(
            does_it_help(subject, overall),
            *which_is_best(judged),
            what_does_it_cost(subject, compared, spending),
            is_anyone_left_behind(subject, evenness),
        ),
        cells=parts,
        gains=gains_by_language(cells, results, compared),
        gains_by_benchmark=overall,
        balances=evenness,
        spending=spending,
        faults=data_faults(cells),
        failures=failure_kinds(results),
        examples=worst_examples(cells, results, compared, examples),
        breakdowns=breakdowns(cells, results),
        judged=judged,
        questions=all_questions(cells, results, compared),
        strays=len(run.results) - sum(len(some) for some in results.values()),
    )


def _cell_report(cell: Cell, results: tuple[Result, ...]) -> CellReport:
    return CellReport(
        name=cell.name,
        score=score_cell(cell, results),
        rates=reply_rates(cell, results),
        published=published_beside(cell),
        usage=usage_of(results),
    )


def _judge(
    scores: Sequence[CellScore],
    results: Mapping[str, Sequence[Result]],
    gains: Sequence[Gain],
    price: Price | None,
) -> Iterator[Judged]:
    """Yield what became of every strategy on every benchmark, in the run's order."""
    top: dict[tuple[str, str], list[tuple[float, str]]] = {}
    groups: dict[tuple[str, str], list[CellScore]] = {}
    for one in scores:
        cell = one.cell
        groups.setdefault((cell.benchmark, cell.strategy), []).append(one)
        if one.score is not None:
            top.setdefault((cell.benchmark, cell.pair), []).append((one.score, cell.strategy))
    by_name = {(one.benchmark, one.strategy): one for one in gains}
    for (benchmark, strategy), group in groups.items():
        found = [one.score for one in group if one.score is not None]
        own = [result for one in group for result in results[one.cell.name]]
        usage = usage_of(own)
        times = [sum(call.seconds or 0 for call in one.calls) for one in own if _is_timed(one)]
        total = usage.input_tokens + usage.output_tokens
        yield Judged(
            benchmark=benchmark,
            strategy=strategy,
            mean=math.fsum(found) / len(found) if found else None,
            languages=len(found),
            best_in=tuple(
                one.cell.pair
                for one in group
                if _is_best(top.get((benchmark, one.cell.pair), []), strategy)
            ),
            gain=by_name.get((benchmark, strategy)),
            tokens=total / len(own) if own else None,
            seconds=median(times) if times else None,
            money=None if price is None or not own else price.of(usage) / len(own),
        )


def _is_timed(result: Result) -> bool:
    return bool(result.calls) and all(call.seconds is not None for call in result.calls)


def _is_best(found: Sequence[tuple[float, str]], strategy: str) -> bool:
    best = [name for score, name in found if score == max(found)[0]]
    return len(found) > 1 and best == [strategy]


def _subject(cells: tuple[Cell, ...], baseline: str) -> str:
    others = [cell.strategy for cell in cells if cell.strategy != baseline]
    if SUBJECT in others:
        return SUBJECT
    return others[0] if others else baseline
