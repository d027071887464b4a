"""All calls of one server hold off together, on a clock that only their waits move."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from xlt.backends.errors import ConnectionFailed, RateLimited
from xlt.backends.retrying import Retries, Shared


class Clock:
    def __init__(self) -> None:
        self.now, self.waits = 1000.0, list[float]()

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    fake = SimpleNamespace(monotonic=lambda: clock.now)
    monkeypatch.setattr("xlt.backends.retrying.time", fake)
    return clock


@pytest.fixture
def retries(clock: Clock) -> Retries:
    return Retries(draw=lambda: 0.5, sleep=clock.sleep, shared=Shared())


def test_a_call_begins_when_the_server_takes_calls_again(clock: Clock, retries: Retries):
    retries.shared.hold(10)
    asyncio.run(retries.ready(deadline=2000))
    assert clock.waits == [10.25]  # and not all calls at the very same moment
    asyncio.run(retries.ready(deadline=2000))
    assert clock.waits == [10.25]


def test_a_call_waits_for_no_longer_than_it_may_take(clock: Clock, retries: Retries):
    retries.shared.hold(10)
    asyncio.run(retries.ready(deadline=1004))
    assert clock.waits == [4]


def test_a_lost_connection_waits_as_long_as_the_others_were_told_to(clock: Clock, retries: Retries):
    retries.shared.hold(10)
    asyncio.run(retries.pause(ConnectionFailed("lost"), 1, deadline=2000))
    assert clock.waits == [10.25]


def test_a_lost_connection_holds_off_no_one_else(clock: Clock, retries: Retries):
    asyncio.run(retries.pause(ConnectionFailed("lost"), 1, deadline=2000))
    assert clock.waits == [0.5]
    assert retries.shared.until == 0


def test_a_wait_is_longer_where_another_call_was_told_to_wait_longer(
    clock: Clock, retries: Retries
):
    async def told_meanwhile(seconds: float) -> None:
        if not clock.waits:
            retries.shared.hold(20)
        await clock.sleep(seconds)

    told = replace(retries, sleep=told_meanwhile)
    asyncio.run(told.pause(RateLimited("slow down", retry_after=7), 1, deadline=2000))
    assert clock.waits == [7.25, 12.75]
    assert clock.now == 1020


def test_the_last_try_and_what_no_waiting_cures_are_raised(clock: Clock, retries: Retries):
    for error, attempt in ((ConnectionFailed("lost"), 5), (ConnectionFailed("late"), 1)):
        with pytest.raises(ConnectionFailed) as caught:
            asyncio.run(retries.pause(error, attempt, deadline=1000.5))
        assert caught.value.attempts == attempt
    assert clock.waits == []
