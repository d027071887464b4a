"""`evaluate`: a run answered on a model, item by item, in a folder that survives kills."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.backends.errors import ConnectionFailed, DeadlineExceeded
from xlt.evaluation.runs.answering import Answering
from xlt.evaluation.runs.fingerprint import manifest_of
from xlt.evaluation.runs.folder import OpenFolder, open_folder
from xlt.evaluation.runs.grid import Grid, Item
from xlt.evaluation.runs.models import as_replies, replies_of
from xlt.evaluation.runs.planning import plan_grid
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Result
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.runs.tally import CellSummary, Tally, summarize, tally_results

RUNS = Path("xlt-runs")
"""Where runs are kept that were given no folder."""
_PATIENCE = 5
"""The fewest samples that must find no server, or none in time, before a run gives up."""


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


def evaluate(spec: RunSpec, model: Any = None, *, watcher: Watcher | None = None) -> Evaluated:
    """Run benchmarks x languages x strategies on a model, or go on with it where it stopped.

    As `aevaluate`; it may be called inside a running event loop, as in a notebook.

    >>> from xlt.evaluation.self_test import DATA
    >>> spec = RunSpec(benchmarks="mgsm", languages="sw", data=str(DATA), limit=6, output="mine")
    >>> print(evaluate(spec, lambda prompt: "Answer: 19").tally)
    12 planned = 12 scored + 0 unparsed + 0 errored
    """
    return _wait(aevaluate(spec, model, watcher=watcher))


async def aevaluate(
    spec: RunSpec, model: Any = None, *, watcher: Watcher | None = None, command: str = ""
) -> Evaluated:
    """Plan a run, answer what its folder has no result for, and return the whole run.

    `model` is a name as `xlt eval -m` takes it, a backend, a LangChain model or runnable, a
    function of the prompt that returns the reply's text, or a recording; where None, the spec's
    own `model` or `replay`. The same call with the same folder goes on where a run stopped;
    samples that failed are tried again (`RunSpec.retry_errors`). The folder is `RunSpec.output`,
    by default xlt-runs/MODEL-FINGERPRINT, the same for the same run.

    Raises InputError where the folder holds another run (`RunSpec.force` goes on nonetheless),
    RunFolderError where it is in use or cannot be written, AuthenticationFailed or
    QuotaExceeded when the model's account refuses, ConnectionFailed when the first samples all
    find no server; what ended before is kept.
    """
    replies = replies_of(spec) if model is None else as_replies(model)
    watcher = watcher or Watcher()
    grid = plan_grid(spec, replies)
    manifest = manifest_of(spec, grid, replies, command)
    planned = frozenset(item.id for item in grid.items)
    output = spec.output or RUNS / f"{_as_name(replies.name)}-{manifest.fingerprint[:8]}"
    with open_folder(output, manifest, planned, force=spec.force) as folder:
        watcher.planned(grid, folder.results)
        waiting = [item for item in grid.items if _waits(folder, item, spec.retry_errors)]
        gate = asyncio.Semaphore(spec.max_concurrency)
        answering = Answering(replies, gate, folder.manifest.fingerprint, spec.seed)
        await _answer_all(answering, waiting, folder, watcher, spec.max_concurrency)
        run = Run(output, folder.manifest, tuple(folder.results.values()))
    tally = tally_results(folder.manifest.planned, run.results)
    if tally.open:
        raise AssertionError(f"the run ended with samples open: {tally}")
    return Evaluated(run, tally, grid.remarks)


def _wait(running: Coroutine[Any, Any, Evaluated]) -> Evaluated:
    """Return what a coroutine returns, in another thread where a loop runs here already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(running)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, running).result()


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
    """Ends a run whose first samples all find no server, or none that answers in time.

    Each further sample would use up its retries, or its deadline. Once a reply has come, a lost
    connection is that of its sample: a server may be restarted while nobody looks.
    """

    patience: int
    failed: Counter[str] = field(default_factory=Counter)
    answered: bool = False

    def check(self, result: Result) -> None:
        """Raise the error of `patience` samples that ended so before any had a reply."""
        self.answered |= bool(result.calls)
        failure = result.failure
        if self.answered or failure is None:
            return
        self.failed[failure.kind] += 1
        count = self.failed[failure.kind]
        if count < self.patience:
            return
        stopped = f"{failure.message}\n{count} samples ended so before any had a reply, and the run"
        if failure.kind == ConnectionFailed.__name__:
            raise ConnectionFailed(
                f"{stopped} was stopped. "
                "Start the server, or correct its address, and run it again."
            )
        if failure.kind == DeadlineExceeded.__name__:
            raise DeadlineExceeded(
                f"{stopped} was stopped: the server is too slow for this. Give each call more time "
                "(--timeout), shorter replies (--max-tokens), or fewer calls at a time "
                "(--max-concurrency 1)."
            )
