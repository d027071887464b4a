"""Who sends a run's batches, without a cluster: this process first, then the senders."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from xlt.ray.running import _send_all, _sending_here
from xlt.ray.sending import Summary


class Desk:
    """Notes who is given which table, and which of them were sent before the first by a sender."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.ended: list[int] = []
        self.ended_before: list[int] | None = None

    def here(self, table: Any) -> Future[Summary]:
        self.told.append(("here", table))
        sent = Future[Summary]()
        threading.Timer(0.02, self._end, (table, sent)).start()
        return sent

    def _end(self, table: int, sent: Future[Summary]) -> None:
        self.ended.append(table)
        sent.set_result(Summary(answered=1))

    def start(self) -> list[Any]:
        self.told.append(("start", 0))
        return [self._sender("one"), self._sender("two")]

    def _sender(self, name: str) -> Callable[[Any], Future[Summary]]:
        def send(table: Any) -> Future[Summary]:
            self.told.append((name, table))
            self.ended_before = self.ended_before or sorted(self.ended)
            sent = Future[Summary]()
            sent.set_result(Summary(answered=1))
            return sent

        return send


def tables(count: int) -> list[Any]:
    return [*range(count)]


def test_the_first_batches_are_sent_here_and_the_others_by_the_senders():
    desk = Desk()
    assert _send_all(tables(7), desk.here, desk.start).answered == 7
    assert desk.told == [
        *[("here", table) for table in range(4)],
        ("start", 0),
        *[("one", 4), ("two", 5), ("one", 6)],
    ]
    assert desk.ended_before == [0, 1, 2, 3]  # or more calls than asked for would be under way


def test_no_sender_starts_for_a_few_batches():
    desk = Desk()
    assert _send_all(tables(4), desk.here, desk.start).answered == 4
    assert ("start", 0) not in desk.told


def test_all_are_senders_where_this_process_may_not_send():
    desk = Desk()
    assert _send_all(tables(3), None, desk.start).answered == 3
    assert desk.told == [("start", 0), ("one", 0), ("two", 1), ("one", 2)]


def test_what_is_under_way_here_is_cancelled_when_the_run_is_broken_off():
    begun, cancelled = threading.Event(), threading.Event()

    class Waiting:
        async def send(self, table: int) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

    sender: Any = Waiting()
    with _sending_here(sender) as here:
        here(tables(1)[0])
        begun.wait()
    assert cancelled.is_set()
