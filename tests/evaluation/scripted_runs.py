"""Runs without a model: replies made up from the prompt, the same at every call."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xlt.evaluation.runs.executing import Evaluated, aevaluate
from xlt.evaluation.runs.recordings import Place
from xlt.evaluation.runs.records import Result
from xlt.evaluation.runs.run_folder import Run, load_run
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.runs.tally import summarize
from xlt.evaluation.self_test import DATA
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage

# A module for `-m langchain:fake_model:answer`; it waits, so that a kill finds it at work.
FAKE_MODEL = """
import asyncio, os, zlib

async def answer(prompt):
    if os.environ.get("FAKE_DOWN"):
        raise ConnectionError("connection refused")
    await asyncio.sleep(float(os.environ.get("FAKE_SECONDS", "0.002")))
    number = zlib.crc32(prompt.text.encode())
    return "No idea." if number % 7 == 0 else f"Answer: {number % 30}"
"""


class Scripted:
    """Answers each prompt by what it says; `before` is called first and may raise.

    `counted` tells the tokens, as servers do.
    """

    name = "scripted"
    few_shot = False

    def __init__(
        self, before: Callable[[Prompt, Place], Any] | None = None, counted: bool = True
    ) -> None:
        self.before, self.counted = before, counted
        self.calls: list[tuple[Prompt, Place]] = []

    def holds(self, place: Place) -> bool:
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        self.calls.append((prompt, place))
        await asyncio.sleep(0)
        if self.before is not None:
            self.before(prompt, place)
        tokens = (5, 2) if self.counted else (None, None)
        return Reply(text_for(prompt), "stop", usage=Usage(*tokens), model=self.name)


def text_for(prompt: Prompt) -> str:
    number = zlib.crc32(prompt.text.encode())
    return "No idea." if number % 7 == 0 else f"Answer: {number % 30}"


def small(**changes: Any) -> RunSpec:
    """A grid of 2 languages, 2 strategies and 3 rows: 12 samples, 18 calls."""
    given: dict[str, Any] = {
        "benchmarks": ("mgsm",),
        "languages": ("zh", "sw"),
        "strategies": ("xlt", "clp"),
        "data": str(DATA),
        "limit": 3,
    }
    return RunSpec(**{**given, **changes})


def run_small(
    folder: Path, replies: Any = None, spec: RunSpec | None = None, watcher: Any = None, **more: Any
) -> Evaluated:
    changes = {"max_concurrency": 3, "output": folder} | more
    chosen = (spec or small()).model_copy(update=changes)
    return asyncio.run(aevaluate(chosen, replies or Scripted(), watcher=watcher))


def outcome(folder: Path | Run) -> tuple[Any, ...]:
    """What a run found: the end of every sample and the score of every cell."""
    run = folder if isinstance(folder, Run) else load_run(folder)
    ends = sorted(
        (one.id, one.outcome, one.score, str(one.reading), _untimed(one), one.failure)
        for one in run.results
    )
    return ends, {one.cell.name: one.score and one.score.value for one in summarize(run)}


def _untimed(result: Result) -> list[Any]:
    return [call.model_copy(update={"seconds": None}) for call in result.calls]
