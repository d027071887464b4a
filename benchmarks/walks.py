"""How far one request walks: the calls, files and depth of xlt's own code, counted.

    python benchmarks/walks.py

Counts, not times: they are the same on every machine. A call is a function of the package `xlt`
that is entered, after one walk to warm the caches: neither a comprehension, which newer Pythons
inline, nor a generator that goes on. The bars are those that the project holds itself to.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from inspect import CO_COROUTINE, CO_GENERATOR
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, NamedTuple

import xlt

ROOT = str(Path(xlt.__file__).parent)
PROBLEM = "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?"
REPLY = (
    "Juma has 16 eggs and eats 3. How many are left?\n"
    "Step-by-step answer:\n1. 16 - 3 = 13\nAnswer: 13"
)


class Walk(NamedTuple):
    """How many calls a request takes, in how many files, and how deep they nest."""

    calls: int
    files: int
    depth: int


BARS = {
    "prompt.parse, a number": Walk(45, 10, 0),
    "xlt_chain.invoke": Walk(80, 22, 0),
    "xlt eval, one item": Walk(110, 26, 0),
}


def walk(run: Callable[[], Any], names: list[str] | None = None) -> Walk:
    """Return how far a function walks the second time it is called."""
    run()
    calls, depth, deepest = 0, 0, 0
    files: set[str] = set()
    known: list[FrameType] = []

    def count(frame: FrameType, event: str, _: Any) -> None:
        nonlocal calls, depth, deepest
        code = frame.f_code
        if not code.co_filename.startswith(ROOT) or code.co_name.endswith(("comp>", "expr>")):
            return
        if event == "call":
            depth += 1
            if frame in known:  # a generator goes on
                return
            if code.co_flags & (CO_GENERATOR | CO_COROUTINE):
                known.append(frame)
            calls += 1
            deepest = max(deepest, depth)
            files.add(code.co_filename)
            if names is not None:
                place = code.co_filename.removeprefix(ROOT)
                names.append(f"{'  ' * depth}{code.co_qualname} {place}")
        elif event == "return":
            depth -= 1

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return Walk(calls, len(files), deepest)


def parsing() -> Callable[[], Any]:
    prompt = xlt.compose("mgsm", PROBLEM, language="sw")
    return lambda: prompt.parse(REPLY)


def chain() -> Callable[[], Any]:
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    from xlt.langchain import xlt_chain

    made = xlt_chain(FakeListChatModel(responses=[REPLY]), "mgsm", language="sw")
    return lambda: made.invoke(PROBLEM)


def eval_item() -> Callable[[], Any]:
    """Answer one planned item by a reply at hand, to the result that a run writes down."""
    from xlt import Reply, Usage
    from xlt.evaluation import RunSpec
    from xlt.evaluation.runs.executing import Answering
    from xlt.evaluation.runs.planning import plan_grid

    class Ready:
        name, few_shot, settings = "ready", False, {}

        def holds(self, place: Any) -> bool:
            return True

        async def reply(self, prompt: Any, place: Any) -> Reply:
            return Reply(REPLY, "stop", usage=Usage(100, 30), model="ready")

    with TemporaryDirectory() as folder:
        rows = Path(folder, "rows.jsonl")
        row = {"problem": PROBLEM, "answer": "13"}
        rows.write_text(json.dumps(row), encoding="utf-8")
        spec = RunSpec(task="mgsm", data=str(rows), languages="sw", strategies="xlt")
        item = next(iter(plan_grid(spec, Ready()).items))
    answering = Answering(Ready(), asyncio.Semaphore(1), "run", 0)
    return lambda: asyncio.run(answering.answer(item))


WALKS = {
    "prompt.parse, a number": parsing,
    "xlt_chain.invoke": chain,
    "xlt eval, one item": eval_item,
}


def main(wanted: list[str]) -> None:
    """Print each walk beside its bar; with names of walks, each of their calls."""
    print(f"{'':24}{'calls':>8}{'files':>8}{'depth':>8}   bar")
    for name, make in WALKS.items():
        names: list[str] = []
        found, bar = walk(make(), names), BARS[name]
        print(
            f"{name:24}{found.calls:>8}{found.files:>8}{found.depth:>8}   "
            f"{bar.calls} calls in {bar.files} files"
        )
        if any(part in name for part in wanted):
            print("\n".join(names))


if __name__ == "__main__":
    main(sys.argv[1:])
