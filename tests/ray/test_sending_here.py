"""Who sends a run's batches, without a cluster: this process first, then the senders."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from socket import gethostname
from types import SimpleNamespace
from typing import Any

import pytest

from xlt.backends.choosing import Choice
from xlt.backends.replay import Scripted
from xlt.ray.running import _may_send, _send_all, _sending_here
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


SERVER = Choice("m", base_url="http://127.0.0.1:8080/v1")


@pytest.mark.parametrize(
    ("model", "about", "may"),
    [
        (SERVER, {}, True),
        (Scripted([]), {}, True),
        (lambda: Scripted([]), {}, False),
        (Choice("local"), {}, False),
        (SERVER, {"pid": os.getpid() + 1}, False),  # Ray was started by another process
        (SERVER, {"hosts": [gethostname(), "other"]}, False),
        (SERVER, {"hosts": ["other"]}, False),
        (SERVER, {"runtime_env": {"env_vars": {"XLT_API_KEY": "k"}}}, False),
    ],
)
def test_this_process_sends_where_it_reaches_what_the_senders_reach(
    model: Any, about: dict[str, Any], may: bool, monkeypatch: pytest.MonkeyPatch
):
    hosts = about.get("hosts", [gethostname()])
    dead = {"Alive": False, "NodeManagerHostname": "dead"}
    context = SimpleNamespace(
        get_session_name=lambda: f"session_2026-11-30_17-00-00_{about.get('pid', os.getpid())}",
        runtime_env=about.get("runtime_env", {}),
    )
    nodes = [{"Alive": True, "NodeManagerHostname": host} for host in hosts]
    fake = SimpleNamespace(get_runtime_context=lambda: context, nodes=lambda: [*nodes, dead])
    monkeypatch.setitem(sys.modules, "ray", fake)
    assert _may_send(model) is may
