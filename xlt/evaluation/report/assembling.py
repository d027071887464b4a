"""`Report`: every number of a run's report, computed from the run alone, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean, median

from xlt.errors import InputError
from xlt.evaluation.paper import Published, published_beside
from xlt.evaluation.report.breakdown import Breakdown, breakdowns
from xlt.evaluation.report.cells import (
    Balance,
    CellScore,
    DataFault,
    FailureKind,
    ReplyRates,
    Spending,
    balances,
    best_strategy,
    data_faults,
    failure_kinds,
    reply_rates,
    score_cell,
    spend,
)
from xlt.evaluation.report.gains import (
    FEW,
    Gain,
    find_baseline,
    gains_by_benchmark,
    gains_by_language,
)
from xlt.evaluation.report.questions import (
    PER_CELL,
    ComparedSample,
    Example,
    all_questions,
    worst_examples,
)
from xlt.evaluation.report.showing import language_name, short_metric, shown_p, shown_range, signed
from xlt.evaluation.runs.records import Cell, Manifest, Price, Result, Spent
from xlt.evaluation.runs.run_folder import Run
from xlt.evaluation.runs.tally import (
    RunTally,
    grouped,
    price_of,
    results_by_cell,
    tally_results,
    usage_of,
)

SUBJECT = "xlt"
_WORDS = {"better": "Yes", "worse": "No", "unclear": "Not clear"}
_ROUGH_WORDS = {"better": "Perhaps", "worse": "Perhaps not", "unclear": "Not clear"}


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
class Headline:
    """A question, its answer in a word or two, and the sentences that support it."""

    question: str
    answer: str
    sentences: tuple[str, ...]
    tone: str = "neutral"


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
    questions: tuple[ComparedSample, ...]
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
    parts = tuple(
        CellReport(
            name=cell.name,
            score=score_cell(cell, results[cell.name]),
            rates=reply_rates(cell, results[cell.name]),
            published=published_beside(cell),
            usage=usage_of(results[cell.name]),
        )
        for cell in cells
    )
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


def _judge(
    scores: Sequence[CellScore],
    results: Mapping[str, Sequence[Result]],
    gains: Sequence[Gain],
    price: Price | None,
) -> Iterator[Judged]:
    """Yield what became of every strategy on every benchmark, in the run's order."""
    rivals = grouped(scores, lambda one: (one.cell.benchmark, one.cell.pair))
    groups = grouped(scores, lambda one: (one.cell.benchmark, one.cell.strategy))
    by_name = {(one.benchmark, one.strategy): one for one in gains}
    for (benchmark, strategy), group in groups.items():
        found = [one.score for one in group if one.score is not None]
        own = [result for one in group for result in results[one.cell.name]]
        usage = usage_of(own)
        seconds = [[call.seconds for call in one.calls] for one in own if one.calls]
        times = [sum(one or 0 for one in each) for each in seconds if None not in each]
        total = usage.input_tokens + usage.output_tokens
        yield Judged(
            benchmark=benchmark,
            strategy=strategy,
            mean=fmean(found) if found else None,
            languages=len(found),
            best_in=tuple(
                one.cell.pair
                for one in group
                if best_strategy(rivals[benchmark, one.cell.pair]) == strategy
            ),
            gain=by_name.get((benchmark, strategy)),
            tokens=total / len(own) if own else None,
            seconds=median(times) if times else None,
            money=None if price is None or not own else price.of(usage) / len(own),
        )


def _subject(cells: tuple[Cell, ...], baseline: str) -> str:
    others = [cell.strategy for cell in cells if cell.strategy != baseline]
    if SUBJECT in others:
        return SUBJECT
    return others[0] if others else baseline


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
    sentences, names = [], []
    scored = (one for one in judged if one.mean is not None)
    for benchmark, group in grouped(scored, lambda one: one.benchmark).items():
        if len(group) < 3:
            continue
        first, *others = sorted(group, key=lambda one: -(one.mean or 0.0))
        equal = [one.strategy for one in group if one.mean == first.mean]
        names.append(" and ".join(equal) if len(equal) < 3 else "Several alike")
        listed = ", ".join(f"{one.strategy} {one.mean:.1f}" for one in others)
        sentences.append(
            f"{benchmark}: {first.strategy} {first.mean:.1f}, then {listed} (means over languages)."
            f" {_how_sure(first) if len(equal) == 1 else 'The first are equal.'}"
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
        return "This may be chance."
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
    answer = f"{own.tokens_per_sample or 0:,.0f} tokens per sample"
    if not own.tokens_per_sample:
        answer = "Cannot tell"
    elif base is not None and base is not own and base.tokens_per_sample:
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
        f"{spending.strategy}: {read:,.0f} tokens read and {written:,.0f} written per sample, "
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
