"""What `xlt eval` shows: bars while a run goes, on a terminal; its table and tally at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.evaluation.runs.executing import Evaluated, Watcher
from xlt.evaluation.runs.tally import CellSummary, price_of

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from xlt.evaluation.runs.grid import Grid
    from xlt.evaluation.runs.records import Result

NONE = "-"


class Count(Watcher):
    """Counts how far a run is, for the message when it stops early."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def planned(self, grid: Grid, before: Mapping[str, Result]) -> None:
        self.total = len(grid.items)
        self.done = sum(one.outcome != "errored" for one in before.values())

    def ended(self, result: Result) -> None:
        self.done += 1

    def __str__(self) -> str:
        return f"{self.done} of {self.total} samples are in the folder"


class Bars(Count):
    """A bar for each cell under way, and one for all."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._all: TaskID | None = None
        self._cells: dict[str, TaskID] = {}
        self._errored: Counter[str] = Counter()

    def planned(self, grid: Grid, before: Mapping[str, Result]) -> None:
        super().planned(grid, before)
        ended = Counter(one.cell for one in before.values() if one.outcome != "errored")
        for cell in grid.cells:
            name, total = cell.name, cell.planned
            self._cells[name] = self._progress.add_task(
                name, total=total, completed=ended[name], visible=False, note=""
            )
        self._all = self._progress.add_task("all", total=self.total, completed=self.done, note="")

    def ended(self, result: Result) -> None:
        super().ended(result)
        name = result.cell
        self._errored[name] += result.outcome == "errored"
        task = self._cells[name]
        self._progress.update(task, advance=1, visible=True, note=_note(self._errored[name]))
        shown = next(one for one in self._progress.tasks if one.id == task)
        if shown.finished:
            self._progress.update(task, visible=False)
        if self._all is not None:
            note = _note(self._errored.total())
            self._progress.update(self._all, advance=1, note=note)


@contextmanager
def watching() -> Iterator[Count]:
    """Give what is told of a run: bars where standard error is a terminal, else a mere count."""
    import sys

    if not sys.stderr.isatty():
        yield Count()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns: list[Any] = [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Remaining(),
        TextColumn("{task.fields[note]}", markup=False),
    ]
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)


def emit_evaluated(evaluated: Evaluated) -> None:
    """Write the scores by language and strategy, then tally, tokens, cost and folder."""
    from xlt.cli.terminal import emit, emit_facts, emit_table, remark

    for line in evaluated.remarks:
        remark(line)
    cells = evaluated.cells
    emit_table(*_table(cells))
    emit("")
    emit_facts(_facts(evaluated, cells))


def emit_benchmarks(data: str | None) -> None:
    """Write every benchmark, and which of its languages are in the folder `data`."""
    from xlt.cli.terminal import emit_table
    from xlt.evaluation import available_languages, benchmark_names, get_benchmark
    from xlt.registry import get_task

    rows = []
    for name in benchmark_names():
        found = get_benchmark(name)
        here = NONE if data is None else ",".join(available_languages(name, Path(data))) or "none"
        metric = found.metric or get_task(found.task).metric
        tags = ",".join(found.languages)
        rows.append([name, found.title, tags, str(found.count), metric, found.licence, here])
    heads = ["benchmark", "what", "languages", "rows a language", "metric", "licence", "on disk"]
    emit_table(heads, rows)


def _table(cells: Sequence[CellSummary]) -> tuple[list[str], list[list[str]]]:
    strategies = list(dict.fromkeys(one.cell.strategy for one in cells))
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for one in cells:
        pair = "-".join(filter(None, (one.cell.language, one.cell.target_language)))
        row = rows.setdefault((one.cell.benchmark, pair, one.cell.metric), {})
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


def _note(errored: int) -> str:
    return f"{errored} errored" if errored else ""
