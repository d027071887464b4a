"""Many calls at a time in bounded memory: workers that share one stream of inputs."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
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
_END = object()


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


class _Source:
    """Hands out the inputs of a batch one by one, numbered, to many workers."""

    def __init__(self, inputs: Inputs) -> None:
        self._count = -1
        self._lock = asyncio.Lock()  # an async generator cannot be asked twice at a time
        if isinstance(inputs, AsyncIterable):
            self._later: AsyncIterator[Any] | None = aiter(inputs)
            self._now: Iterator[Any] = iter(())
        else:
            self._later, self._now = None, iter(inputs)

    async def next(self) -> tuple[int, Any]:
        """Return the next input and its number; the input is _END after the last."""
        if self._later is None:
            item = next(self._now, _END)
            self._count += 1
            return self._count, item
        async with self._lock:
            item = await anext(self._later, _END)
            self._count += 1
            return self._count, item


async def as_completed_bounded(
    call: Callable[[int, Any], Awaitable[Output]], inputs: Inputs, limit: int
) -> AsyncGenerator[tuple[int, Output], None]:
    """Yield (index, output) as calls end; inputs are read only when a worker is free.

    At most `limit` calls and `limit` unread outputs are held at any time.
    """
    ready: asyncio.Queue[tuple[int, Any] | None] = asyncio.Queue(maxsize=limit)
    source = _Source(inputs)

    async def work() -> None:
        while True:
            index, item = await source.next()
            if item is _END:
                return
            await ready.put((index, await call(index, item)))

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


async def _stop(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
