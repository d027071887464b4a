"""What `xlt eval` shows: bars while a run goes, on a terminal; its table and tally at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.cli.terminal import emit, emit_facts, emit_table, make_console, remark
from xlt.evaluation.runs.executing import Evaluated, Watcher
from xlt.evaluation.runs.tally import CellSummary, price_of
from xlt.registry import get_task

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from xlt.evaluation.report.assembling import Report
    from xlt.evaluation.runs.planning import Grid
    from xlt.evaluation.runs.records import Result

NONE = "-"
_SHOWN = 12
"""The most cells that a line of progress names."""
_MESSAGE = 200
"""The most characters of an error's message."""


class Count(Watcher):
    """Counts how far a run is, how fast it goes, and how each cell scores so far."""

    def __init__(self) -> None:
        self.total = self.done = self._before = self._written = 0
        self._begun = time.monotonic()
        self.cells: dict[str, list[Result]] = {}
        self.planned_in: dict[str, int] = {}

    def planned(self, grid: Grid, before: Mapping[str, Result]) -> None:
        self.total = len(grid.items)
        self.planned_in = {cell.name: cell.planned for cell in grid.cells}
        self.cells = {name: [] for name in self.planned_in}
        for one in before.values():
            if one.outcome != "errored":
                self.cells[one.cell].append(one)
        self.done = self._before = sum(map(len, self.cells.values()))
        self._begun = time.monotonic()

    def ended(self, result: Result) -> None:
        self.done += 1
        self._written += result.completion_tokens
        self.cells[result.cell].append(result)

    def pace(self) -> str:
        """Return the rate, the time left and the tokens a second, as far as they are known."""
        seconds, done = time.monotonic() - self._begun, self.done - self._before
        if not done or seconds <= 0:
            return "no reply yet"
        left = (self.total - self.done) * seconds / done
        shown = f"{done / seconds:.2g} samples/s, {shown_seconds(left)} left"
        return f"{shown}, {self._written / seconds:.3g} tokens/s"

    def score(self, cell: str) -> str:
        """Return the score of a cell so far and its errors; corpus metrics have none yet."""
        results = self.cells[cell]
        scores = [one.score for one in results if one.score is not None]
        errored = sum(one.outcome == "errored" for one in results)
        found = f"{100 * sum(scores) / len(scores):.1f}" if scores else NONE
        return f"{found}, {errored} errored" if errored else found

    def __str__(self) -> str:
        return f"{self.done} of {self.total} samples are in the folder"


class Lines(Count):
    """Writes a line a minute, for a pipe or a log."""

    def __init__(self, every: float = 60.0) -> None:
        super().__init__()
        self._every, self._next = every, time.monotonic() + every
        self._changed: dict[str, None] = {}

    def ended(self, result: Result) -> None:
        super().ended(result)
        self._changed[result.cell] = None
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        scores = [f"{name} {self.score(name)}" for name in list(self._changed)[-_SHOWN:]]
        remark(f"{self.done} of {self.total} samples, {self.pace()}: {'; '.join(scores)}")
        self._changed.clear()


class Bars(Count):
    """A bar for each cell under way, with its score, and one for all, with the pace."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._all: TaskID | None = None
        self._bars: dict[str, TaskID] = {}

    def planned(self, grid: Grid, before: Mapping[str, Result]) -> None:
        super().planned(grid, before)
        for name, total in self.planned_in.items():
            self._bars[name] = self._progress.add_task(
                name, total=total, completed=len(self.cells[name]), visible=False, note=""
            )
        self._all = self._progress.add_task("all", total=self.total, completed=self.done, note="")

    def ended(self, result: Result) -> None:
        super().ended(result)
        name = result.cell
        under_way = len(self.cells[name]) < self.planned_in[name]
        note = self.score(name)
        self._progress.update(self._bars[name], advance=1, visible=under_way, note=note)
        if self._all is not None:
            self._progress.update(self._all, advance=1, note=self.pace())


def shown_seconds(seconds: float) -> str:
    """Return a duration in its two largest units: "2 h 5 min", "40 s"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def watching() -> Iterator[Count]:
    """Yield the progress display of a run: bars where standard error is a terminal, else lines."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns: list[Any] = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    ]
    with Progress(*columns, console=make_console(sys.stderr), transient=True) as progress:
        yield Bars(progress)


def emit_evaluated(evaluated: Evaluated, report: Report | None = None) -> None:
    """Write the scores by language and strategy, then tally, tokens, cost and folder.

    With a report it is that instead, in JSON.
    """
    for line in evaluated.remarks:
        remark(line)
    if report is not None:
        from xlt.evaluation.report.writing import render_json

        emit(render_json(report).rstrip())
        return
    cells = evaluated.cells
    emit_table(*_table(cells))
    emit("")
    emit_facts(_facts(evaluated, cells))


def emit_benchmarks(data: str | None, *, as_json: bool) -> None:
    """Write every benchmark, and which of its languages are in the folder `data`."""
    from xlt.evaluation import available_languages, benchmark_names, get_benchmark

    rows = []
    for name in benchmark_names():
        found = get_benchmark(name)
        here = NONE if data is None else ",".join(available_languages(name, Path(data))) or "none"
        metric = found.metric or get_task(found.task).metric
        tags = ",".join(found.languages)
        rows.append([name, found.title, tags, str(found.count), metric, found.licence, here])
    heads = ["benchmark", "what", "languages", "rows a language", "metric", "licence", "on disk"]
    emit_table(heads, rows, as_json=as_json)


def _table(cells: Sequence[CellSummary]) -> tuple[list[str], list[list[str]]]:
    strategies = list(dict.fromkeys(one.cell.strategy for one in cells))
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for one in cells:
        row = rows.setdefault((one.cell.benchmark, one.cell.pair, one.cell.metric), {})
        row[one.cell.strategy] = NONE if one.score is None else f"{one.score.value:.1f}"
    heads = ["benchmark", "language", "metric", *strategies]
    return heads, [
        [*key, *[row.get(name, NONE) for name in strategies]] for key, row in rows.items()
    ]


def _facts(evaluated: Evaluated, cells: Sequence[CellSummary]) -> list[tuple[str, str]]:
    tally = evaluated.tally
    facts = [("samples", str(tally))]
    if tally.kinds:
        facts.append(("errors", ", ".join(f"{count} {kind}" for kind, count in tally.kinds)))
        failures = (one.failure for one in evaluated.run.results)
        first = next((one for one in failures if one is not None), None)
        if first is not None:
            message = " ".join(first.message.split())[:_MESSAGE]
            facts.append(("the first", f"{first.kind}: {message}"))
    if tally.truncated:
        facts.append(("truncated", f"{tally.truncated} replies were cut at the token limit"))
    for name in dict.fromkeys(one.cell.strategy for one in cells):
        own = [one for one in cells if one.cell.strategy == name]
        calls = sum(one.usage.calls for one in own)
        about = " (estimated)" if any(one.estimated for one in own) else ""
        read = sum(one.usage.input_tokens for one in own)
        written = sum(one.usage.output_tokens for one in own)
        facts.append((f"tokens, {name}", f"{read} in, {written} out, {calls} calls{about}"))
    price = price_of(evaluated.run.manifest)
    if price is not None:
        cost = sum(price.of(one.usage) for one in cells)
        facts.append(("cost", f"{cost:.4f} {price.currency}"))
    return [*facts, ("folder", str(evaluated.run.folder))]
