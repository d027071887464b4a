"""`run_design`: a design answered on a model, item by item, in a folder that survives kills."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlt.backends.errors import ConnectionFailed
from xlt.errors import InputError
from xlt.evaluation.cost import Price
from xlt.evaluation.runs.answering import Answering
from xlt.evaluation.runs.asking import Replies
from xlt.evaluation.runs.design import Design
from xlt.evaluation.runs.fingerprint import manifest_of
from xlt.evaluation.runs.folder import OpenFolder, open_folder
from xlt.evaluation.runs.grid import Grid, Item
from xlt.evaluation.runs.planning import plan_grid
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Result
from xlt.evaluation.runs.tally import CellSummary, Tally, summarize, tally_results

RUNS = Path("xlt-runs")
"""Where runs are kept that were given no folder."""
_PATIENCE = 5
"""The fewest samples that must find no server before a run gives up."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A run that came to its end: what it holds, its tally, and what was left out and why."""

    run: Run
    tally: Tally
    remarks: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[CellSummary, ...]:
        """The score, tally and tokens of each cell."""
        return summarize(self.run)


class Watcher:
    """Is told how a run goes; does nothing by itself."""

    def planned(self, grid: Grid, before: Mapping[str, Result]) -> None:
        """The grid, and the results that the folder already holds, by id."""

    def ended(self, result: Result) -> None:
        """A result, when it is in the folder."""


async def run_design(
    design: Design,
    replies: Replies,
    output: Path | None = None,
    *,
    max_concurrency: int = 8,
    price: Price | None = None,
    retry_errors: bool = True,
    force: bool = False,
    command: str = "",
    watcher: Watcher | None = None,
) -> Evaluated:
    """Plan a design, answer what the folder has no result for, and return the whole run.

    The folder is `output`, by default xlt-runs/MODEL-FINGERPRINT, the same for the same run.
    Raises as `aevaluate` does.
    """
    if max_concurrency < 1:
        raise InputError(f"max_concurrency is {max_concurrency}; it must be at least 1.")
    watcher = watcher or Watcher()
    grid = plan_grid(design, replies)
    manifest = manifest_of(design, grid, replies, price=price, command=command)
    planned = frozenset(item.id for item in grid.items)
    if output is None:
        output = RUNS / f"{_as_name(replies.name)}-{manifest.fingerprint[:8]}"
    with open_folder(output, manifest, planned, force=force) as folder:
        watcher.planned(grid, folder.results)
        waiting = [item for item in grid.items if _waits(folder, item, retry_errors)]
        gate = asyncio.Semaphore(max_concurrency)
        answering = Answering(replies, gate, folder.manifest.fingerprint, design.seed)
        await _answer_all(answering, waiting, folder, watcher, max_concurrency)
        run = Run(output, folder.manifest, tuple(folder.results.values()))
    tally = tally_results(folder.manifest.planned, run.results)
    if tally.open:
        raise AssertionError(f"the run ended with samples open: {tally}")
    return Evaluated(run, tally, grid.remarks)


def _as_name(text: str) -> str:
    """Return a model's name as that of a folder."""
    return re.sub(r"[^\w.]+", "-", text).strip("-.")[:60] or "model"


def _waits(folder: OpenFolder, item: Item, retry_errors: bool) -> bool:
    found = folder.results.get(item.id)
    return found is None or (retry_errors and found.outcome == "errored")


async def _answer_all(
    answering: Answering,
    items: Sequence[Item],
    folder: OpenFolder,
    watcher: Watcher,
    workers: int,
) -> None:
    """Answer the items, `workers` at a time; the first error of a worker ends them all."""
    waiting, workers = iter(items), min(workers, len(items))
    no_server = _NoServer(max(_PATIENCE, workers))

    async def work() -> None:
        for item in waiting:
            result = await answering.answer(item)
            folder.log.add(result)
            folder.results[result.id] = result
            watcher.ended(result)
            no_server.check(result)

    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class _NoServer:
    """Ends a run that finds no server: each of its samples would use up its retries.

    Once a reply has come, a lost connection is that of its sample: a server may be restarted
    while nobody looks.
    """

    patience: int
    failed: int = 0
    answered: bool = False

    def check(self, result: Result) -> None:
        """Raise ConnectionFailed after `patience` samples without a connection or any reply."""
        self.answered |= bool(result.calls)
        failure = result.failure
        if self.answered or failure is None or failure.kind != ConnectionFailed.__name__:
            return
        self.failed += 1
        if self.failed == self.patience:
            raise ConnectionFailed(
                f"{failure.message}\n{self.failed} samples ended so before any had a reply, and "
                "the run was stopped. Start the server, or correct its address, and run it again."
            )
