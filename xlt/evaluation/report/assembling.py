"""`Report`: every number of a run's report, computed from the run alone."""

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
    Gain,
    find_baseline,
    gains_by_benchmark,
    gains_by_language,
)
from xlt.evaluation.report.headlines import (
    Headline,
    does_it_help,
    is_anyone_left_behind,
    what_does_it_cost,
    which_is_best,
)
from xlt.evaluation.report.questions import (
    PER_CELL,
    ComparedSample,
    Example,
    all_questions,
    worst_examples,
)
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
