"""Many calls at a time in bounded memory: workers that share one stream of inputs."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Sequence,
    Sized,
)
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar, cast

from langchain_core.runnables.config import RunnableConfig, get_executor_for_config

Output = TypeVar("Output")
Configs = RunnableConfig | Sequence[RunnableConfig] | None
Inputs = Iterable[Any] | AsyncIterable[Any]

# How many calls run side by side over a stream of unknown length, unless told otherwise.
STREAM_CONCURRENCY = 64


def config_of(configs: Configs, index: int) -> RunnableConfig | None:
    """Return the config of one input of a batch; a run id holds for the first one only."""
    if configs is None or isinstance(configs, dict):
        if index and configs and configs.get("run_id") is not None:
            others = {name: value for name, value in configs.items() if name != "run_id"}
            return cast(RunnableConfig, others)
        return configs
    return configs[index]


def check_configs(configs: Configs, inputs: Inputs) -> None:
    """Raise ValueError, as LangChain does, for a list of configs of another length."""
    if isinstance(configs, Sequence) and (
        not isinstance(inputs, Sized) or len(configs) != len(inputs)
    ):
        count = len(inputs) if isinstance(inputs, Sized) else "a stream of"
        raise ValueError(
            "config must be a list of the same length as inputs, "
            f"but got {len(configs)} configs for {count} inputs"
        )


def concurrency(configs: Configs, inputs: Inputs) -> int:
    """Return how many calls may run side by side: max_concurrency, else all at once.

    A stream of inputs, which has no length, gets 64.
    """
    first = config_of(configs, 0) if not isinstance(configs, Sequence) or configs else None
    limit = (first or {}).get("max_concurrency")
    if limit is not None:
        return max(1, limit)
    return max(1, len(inputs)) if isinstance(inputs, Sized) else STREAM_CONCURRENCY


async def as_completed_bounded(
    call: Callable[[int, Any], Awaitable[Output]], inputs: Inputs, limit: int
) -> AsyncGenerator[tuple[int, Output], None]:
    """Yield (index, output) as calls end; inputs are read only when a worker is free.

    At most `limit` calls and `limit` unread outputs are held at any time.
    """
    ready: asyncio.Queue[tuple[int, Any] | None] = asyncio.Queue(maxsize=limit)
    source, turn = _numbered(inputs), asyncio.Lock()

    async def work() -> None:
        while True:
            async with turn:  # an async generator cannot be asked twice at a time
                found = await anext(source, None)
            if found is None:
                return
            await ready.put((found[0], await call(*found)))

    if isinstance(inputs, Sized):
        limit = min(limit, len(inputs))
    workers = [asyncio.ensure_future(work()) for _ in range(limit)]

    async def close() -> None:
        try:
            await asyncio.gather(*workers)
        finally:
            await ready.put(None)

    closer = asyncio.ensure_future(close())
    try:
        while (pair := await ready.get()) is not None:
            yield pair
        await closer
    finally:
        await _stop([*workers, closer])
        await source.aclose()


def as_completed_in_threads(
    call: Callable[[int, Any], Output], inputs: Iterable[Any], config: RunnableConfig, limit: int
) -> Iterator[tuple[int, Output]]:
    """Yield (index, output) as calls in threads end; at most `limit` are under way."""
    waiting: dict[Future[Output], int] = {}
    source = enumerate(inputs)
    with get_executor_for_config(config) as executor:
        try:
            while True:
                while len(waiting) < limit and (pair := next(source, None)) is not None:
                    waiting[executor.submit(call, *pair)] = pair[0]
                if not waiting:
                    return
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        finally:
            for future in waiting:
                future.cancel()


async def _numbered(inputs: Inputs) -> AsyncGenerator[tuple[int, Any], None]:
    if isinstance(inputs, AsyncIterable):
        index = 0
        async for item in inputs:
            yield index, item
            index += 1
    else:
        for pair in enumerate(inputs):
            yield pair


async def _stop(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
