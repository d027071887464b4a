"""`evaluate`: run a grid on one model, or go on with it where it stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlt.evaluation.cost import Price
from xlt.evaluation.runs.design import Design, OwnData
from xlt.evaluation.runs.executing import Evaluated, run_design
from xlt.evaluation.runs.models import as_replies
from xlt.frozen import FrozenDict


def evaluate(model: Any, **arguments: Any) -> Evaluated:
    """Run benchmarks x languages x strategies on a model; arguments as of `aevaluate`.

    It may be called inside a running event loop, as in a notebook.
    """
    return _wait(aevaluate(model, **arguments))


async def aevaluate(
    model: Any,
    *,
    languages: Sequence[str],
    strategies: Sequence[str] = ("basic", "xlt"),
    benchmarks: Sequence[str] = (),
    data: Path | str | None = None,
    own: OwnData | None = None,
    limit: int | None = None,
    mix: int | None = None,
    seed: int = 0,
    repeats: int = 1,
    shots: int | None = None,
    demonstrations: Path | str | None = None,
    options: Mapping[str, Mapping[str, Any]] = FrozenDict(),
    templates: Path | str | None = None,
    split: str = "test",
    max_concurrency: int = 8,
    price: Price | None = None,
    retry_errors: bool = True,
    force: bool = False,
    output: Path | str | None = None,
) -> Evaluated:
    """Run benchmarks x languages x strategies on a model, and return scores and tally.

    `model` is a name as `xlt eval -m` takes it, a backend, a LangChain model or runnable, a
    function of the prompt that returns the reply's text, or a recording. `output` is the run's
    folder, by default one named by model and fingerprint. The same call with the same folder
    goes on where a run stopped; samples that failed are tried again (`retry_errors`). For the
    other arguments see `Design`.

    Raises InputError where the folder holds another run (`force` goes on nonetheless),
    RunFolderError where it is in use or cannot be written, AuthenticationFailed or
    QuotaExceeded when the model's account refuses, ConnectionFailed when the first samples all
    find no server; what ended before is kept.
    """
    design = Design(
        languages=tuple(languages),
        strategies=tuple(strategies),
        benchmarks=tuple(benchmarks),
        data=None if data is None else Path(data),
        own=own,
        split=split,
        limit=limit,
        mix=mix,
        seed=seed,
        repeats=repeats,
        shots=shots,
        demonstrations=None if demonstrations is None else Path(demonstrations),
        options=options,
        templates=None if templates is None else Path(templates),
    )
    return await run_design(
        design,
        as_replies(model),
        None if output is None else Path(output),
        max_concurrency=max_concurrency,
        price=price,
        retry_errors=retry_errors,
        force=force,
    )


def _wait(running: Any) -> Evaluated:
    """Return what a coroutine returns, in a thread of its own where a loop runs here already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(running)  # type: ignore[no-any-return]
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(asyncio.run(running))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]  # type: ignore[no-any-return]
