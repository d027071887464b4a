"""`Report`: every number of a run's report, computed from the run alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from xlt.errors import InputError
from xlt.evaluation.cost import Usage
from xlt.evaluation.report.balance import Balance, balances
from xlt.evaluation.report.breakdown import Breakdown, breakdowns
from xlt.evaluation.report.cells import CellScore, results_by_cell, score_cell
from xlt.evaluation.report.examples import PER_CELL, Example, worst_examples
from xlt.evaluation.report.gains import (
    Gain,
    find_baseline,
    gains_by_benchmark,
    gains_by_language,
)
from xlt.evaluation.report.headline import (
    Finding,
    does_it_help,
    is_anyone_left_behind,
    what_does_it_cost,
)
from xlt.evaluation.report.published import Published, published_beside
from xlt.evaluation.report.reply_rates import (
    DataFault,
    FailureKind,
    ReplyRates,
    data_faults,
    failure_kinds,
    reply_rates,
)
from xlt.evaluation.report.spending import Spending, spend, usage_of
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Cell, Manifest, Result
from xlt.evaluation.runs.tally import Tally, price_of, tally_results

SUBJECT = "xlt"


@dataclass(frozen=True, slots=True)
class CellReport:
    """What a report says of one cell."""

    name: str
    score: CellScore
    rates: ReplyRates
    published: tuple[Published, ...]
    usage: Usage

    @property
    def cell(self) -> Cell:
        return self.score.cell


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of a run. `subject` is the strategy that the findings are about."""

    manifest: Manifest
    subject: str
    baseline: str
    totals: Tally
    findings: tuple[Finding, ...]
    cells: tuple[CellReport, ...]
    gains: tuple[Gain, ...]
    gains_by_benchmark: tuple[Gain, ...]
    balances: tuple[Balance, ...]
    spending: tuple[Spending, ...]
    faults: tuple[DataFault, ...]
    failures: tuple[FailureKind, ...]
    examples: tuple[Example, ...]
    breakdowns: tuple[Breakdown, ...]
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
    spending = spend(cells, results, price_of(run.manifest))
    return Report(
        manifest=run.manifest,
        subject=subject,
        baseline=compared,
        totals=tally_results(run.manifest.planned, chain(*results.values())),
        findings=(
            does_it_help(subject, overall),
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


def _subject(cells: tuple[Cell, ...], baseline: str) -> str:
    others = [cell.strategy for cell in cells if cell.strategy != baseline]
    if SUBJECT in others:
        return SUBJECT
    return others[0] if others else baseline
