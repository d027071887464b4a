"""Events come out of a stream the same wherever it is cut, in time linear in its length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from growth import grows_linearly
from hypothesis import given
from hypothesis import strategies as st

from xlt.backends.errors import MalformedReply
from xlt.backends.http import MAX_EVENT, read_events

STREAM = (
    "\ufeffdata: eins\r\ndata:zwei\r\rid: 7\ndata: 三\n\n: a remark\n\ndata: \u2028cut".encode()
)


def read(*chunks: bytes) -> list[str]:
    async def cut() -> AsyncGenerator[bytes, None]:
        for chunk in chunks:
            yield chunk

    async def collected() -> list[str]:
        return [event async for event in read_events(cut())]

    return asyncio.run(collected())


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_do_not_depend_on_where_chunks_end(cuts: list[int]):
    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[left:right] for left, right in zip(places, places[1:], strict=False)]
    assert read(*chunks) == ["eins\nzwei", "三", "\u2028cut"]


@pytest.mark.parametrize("line", [b"data: " + b"x" * MAX_EVENT, b"x" * (MAX_EVENT + 1)])
@pytest.mark.parametrize("size", [1_000, 2 * MAX_EVENT])
def test_an_event_without_end_is_refused(line: bytes, size: int):
    chunks = [line[place : place + size] for place in range(0, len(line), size)]
    with pytest.raises(MalformedReply, match="over a million characters"):
        read(*chunks)
    with pytest.raises(MalformedReply, match="over a million characters"):
        read(*[b"data: " + b"x" * 1_000 + b"\n"] * 1_001)


@pytest.mark.slow
def test_a_long_line_in_small_chunks_takes_linear_time():
    assert grows_linearly(lambda size: read(*[b"xxxx"] * (size // 4)), 800_000)
