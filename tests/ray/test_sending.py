"""A sender without a cluster: what it keeps, and what it does when calls fail."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from xlt.backends.choosing import Choice
from xlt.backends.errors import (
    AuthenticationFailed,
    BackendError,
    ConnectionFailed,
    MalformedReply,
    QuotaExceeded,
    RateLimited,
    Refused,
    RequestRejected,
)
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.replay import Scripted
from xlt.backends.retrying import Retries
from xlt.errors import DataFileError, MissingExtra, UnknownName, XLTError
from xlt.prompt import Prompt
from xlt.ray.output import KeptIds, Parts
from xlt.ray.pacing import Pacer, RateLimit
from xlt.ray.row_format import RowFormat
from xlt.ray.sending import Caller, RowUsage, Sender, Work
from xlt.reply import Reply, Usage

PROBLEM = "小明有 3 个苹果，又买了 4 个。他现在有几个？"


class Handle:
    """A pacer in this process, asked as Ray's handle is."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer, self.asked = pacer, []

    def __getattr__(self, name: str) -> Any:
        def remote(*values: Any) -> Awaitable[Any]:
            self.asked.append((name, *values))
            done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            done.set_result(getattr(self.pacer, name)(*values))
            return done

        return type("Method", (), {"remote": staticmethod(remote)})


@pytest.fixture
def handle() -> Handle:
    pacer = Pacer(RateLimit(), clock=lambda: 0.0)
    pacer.join("run", RateLimit())
    return Handle(pacer)


@pytest.fixture
def sender(tmp_path: Path, handle: Handle) -> Callable[..., Sender]:
    def make(*lines: Any, kept: tuple[str, ...] = (), **more: Any) -> Sender:
        settings = {"strategy": "xlt", "language": "zh", **more.pop("settings", {})}
        work = Work(
            run="run",
            rows=RowFormat("mgsm", **settings),
            id_column="id",
            model=Scripted(lines),
            folder=str(tmp_path),
            limit=RateLimit(),
            concurrency=1,
            give_up_after=100,
        )
        return Sender(replace(work, **more), KeptIds.of(kept), handle)

    return make


def table(*ids: str) -> pyarrow.Table:
    return pyarrow.table({"id": list(ids), "problem": [PROBLEM] * len(ids)})


def send(sender: Sender, *ids: str) -> dict[str, Any]:
    told = asdict(asyncio.run(sender.send(table(*ids))))
    return {name: value for name, value in told.items() if value}


def rows_of(path: Path) -> dict[str, dict[str, Any]]:
    parts = Parts(str(path))
    found = [row for name in parts.names() for row in parts.read(name).to_pylist()]
    assert len({row["id"] for row in found}) == len(found)
    return {row["id"]: row for row in found}


def test_rows_in_the_output_are_not_sent(sender: Callable[..., Sender], tmp_path: Path):
    told = send(sender("Answer: 7", "Answer: 8", kept=("b",)), "a", "b", "c")
    assert told == {"kept": 1, "answered": 2, "calls": 2}
    assert {name: row["xlt_answer"] for name, row in rows_of(tmp_path).items()} == {
        "a": "7",
        "c": "8",
    }
    assert send(sender(kept=("a",)), "a") == {"kept": 1}


def test_a_part_whose_sender_died_before_it_told_is_not_sent_again(
    sender: Callable[..., Sender], tmp_path: Path
):
    first = send(sender("Answer: 7", Refused("no")), "a", "b")
    assert send(sender(), "a", "b") == first
    assert first["answered"] == first["errored"] == 1
    assert first["errors"] == {"Refused": 1}


def test_what_fails_is_a_row(sender: Callable[..., Sender], tmp_path: Path):
    class Broken(Scripted):
        async def stream(self, prompt: Prompt) -> Any:
            raise ZeroDivisionError("a bug of a third party")
            yield ""

    lines = [Refused("will not"), Reply("Answer: 7", "length", usage=Usage(5)), "no number"]
    told = send(sender(*lines), "a", "b", "c")
    assert (told["answered"], told["unparsed"], told["errored"]) == (1, 1, 1)
    rows = rows_of(tmp_path)
    assert rows["a"]["xlt_error"] == "Refused"
    assert rows["a"]["xlt_message"] == "A content filter stopped the reply: 'will not'."
    assert rows["a"]["xlt_signature"].startswith("task:arithmetic_reasoning|lang:zh|")
    assert (rows["b"]["xlt_truncated"], rows["b"]["xlt_input_tokens"]) == (True, 5)
    assert (rows["c"]["xlt_reply"], rows["c"]["xlt_status"]) == ("no number", "none")
    send(sender(model=Broken([])), "d")
    assert rows_of(tmp_path)["d"]["xlt_error"] == "ZeroDivisionError"


def test_a_guess_in_a_reply_cut_short_is_no_answer(sender: Callable[..., Sender], tmp_path: Path):
    told = send(sender(Reply("3 + 4 is 7", "length"), "3 + 4 is 7"), "a", "b")
    assert (told["answered"], told["unparsed"]) == (1, 1)
    rows = rows_of(tmp_path)
    assert (rows["a"]["xlt_status"], rows["a"]["xlt_flags"]) == ("none", ["truncated"])
    assert (rows["b"]["xlt_status"], rows["b"]["xlt_flags"]) == ("fallback", [])


def test_the_answer_in_a_reply_cut_short_is_flagged(sender: Callable[..., Sender], tmp_path: Path):
    cut = Reply("Answer: 7", "length")
    send(sender(cut), "a")
    send(
        sender(
            cut, cut, cut, cut, settings={"strategy": "clsp", "options": {"pivots": ("en", "zh")}}
        ),
        "b",
    )
    rows = rows_of(tmp_path)
    assert [(rows[name]["xlt_truncated"], rows[name]["xlt_flags"]) for name in "ab"] == [
        (True, ["truncated"]),
        (True, ["truncated"]),  # as at every door: the reply that won the vote was cut
    ]


def test_a_lone_surrogate_of_a_third_party_is_no_end_of_the_run(
    sender: Callable[..., Sender], tmp_path: Path
):
    send(sender("Answer: 7 \ud83d", Refused("\udc80")), "a", "b")
    rows = rows_of(tmp_path)
    assert rows["a"]["xlt_reply"] == "Answer: 7 \ufffd"
    assert rows["b"]["xlt_message"] == "A content filter stopped the reply: '\\udc80'."


def test_a_column_that_only_the_senders_can_miss(
    sender: Callable[..., Sender], handle: Handle, tmp_path: Path
):
    """A dataset that is not read yet does not tell its columns to the driver."""
    send(sender(settings={"columns": {"problem": "question"}}), "a")
    assert str(handle.pacer.stopped("run")).startswith("No column named 'question'.")
    assert rows_of(tmp_path) == {}


def test_a_call_that_has_waited_waits_on_for_a_pause_that_came_meanwhile(
    sender: Callable[..., Sender], handle: Handle, monkeypatch: pytest.MonkeyPatch
):
    held = iter([0.001, 0.0, 0.001, None])
    monkeypatch.setattr(handle.pacer, "take", lambda run, tokens: 0.001)
    monkeypatch.setattr(handle.pacer, "held", lambda run: next(held))
    told = send(sender("Answer: 7", limit=RateLimit(requests_per_minute=1e9)), "a", "b")
    assert (told["answered"], told["left"]) == (1, 1)
    assert next(held, "none") == "none"


@pytest.mark.parametrize(
    "error",
    [
        MissingExtra("The model 'openai:x'", "openai"),
        UnknownName("column", "q", ["question"]),
        DataFileError("not a Parquet file", "out", 3),
        RateLimited("slow", status=429, retry_after=2.0),
        MalformedReply("cut", partial="Answ"),
    ],
)
def test_an_error_of_a_sender_reaches_the_driver_as_it_is(error: XLTError):
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))


def test_a_strategy_of_several_calls(sender: Callable[..., Sender], tmp_path: Path):
    told = send(sender("A retelling.", "Answer: 7", settings={"strategy": "clp"}), "a")
    assert (told["answered"], told["calls"]) == (1, 2)
    assert rows_of(tmp_path)["a"]["xlt_reply"] == "Answer: 7"


@pytest.mark.parametrize("error", [AuthenticationFailed("no key"), QuotaExceeded("no money")])
def test_what_hits_every_call_stops_the_run_and_keeps_what_came(
    sender: Callable[..., Sender], handle: Handle, tmp_path: Path, error: BackendError
):
    made = sender("Answer: 7", error, "Answer: 9")
    told = send(made, "a", "b", "c")
    assert told == {"answered": 1, "left": 2, "calls": 1}
    assert handle.pacer.stopped("run") is error
    assert set(rows_of(tmp_path)) == {"a"}
    assert send(made, "d") == {"left": 1}
    assert set(rows_of(tmp_path)) == {"a"}


def test_a_server_that_is_gone_ends_the_run(sender: Callable[..., Sender], handle: Handle):
    gone = [ConnectionFailed("nobody there"), RequestRejected("no such model"), MalformedReply("")]
    told = send(sender(*gone[:2], "Answer: 1", *gone, give_up_after=3), *"abcdefgh")
    assert (told["answered"], told["errored"], told["left"]) == (1, 5, 2)
    assert handle.pacer.stopped("run") is gone[-1]


def test_a_row_of_its_own_failing_does_not_end_the_run(
    sender: Callable[..., Sender], handle: Handle
):
    told = send(sender(*[Refused("no")] * 5, give_up_after=2), *"abcde")
    assert told["errored"] == 5
    assert handle.pacer.stopped("run") is None


def test_retries_ask_the_pacer_and_a_429_pauses_all(handle: Handle, tmp_path: Path):
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    retries = Retries(limit=2, draw=lambda: 1.0, sleep=sleep)
    model = OpenAICompatible(url="http://127.0.0.1:1/v1", model="m", retries=retries)
    rows = RowFormat("mgsm", language="zh")
    limit = RateLimit(requests_per_minute=1e9)
    work = Work("run", rows, "id", model, str(tmp_path), limit, 1, 100)
    prompt = rows.prompt({"problem": PROBLEM})
    lines = [RateLimited("slow", retry_after=0.001), ConnectionFailed("reset"), "Answer: 7"]

    async def call() -> tuple[Reply, RowUsage]:
        caller, usage = Caller(work, handle), RowUsage()
        assert caller._backend.retries.limit == 0  # one layer of retries
        caller._backend = Scripted(lines)
        return await caller.call(prompt, usage), usage

    handle.pacer._clock = time.monotonic
    handle.pacer.join("run", limit)
    reply, usage = asyncio.run(call())
    assert (reply.text, usage.calls) == ("Answer: 7", 3)
    names = [name for name, *_ in handle.asked if name != "held"]
    assert names == ["take", "pause", "take", "take"]
    assert waits == [2.0]


def test_tokens_are_settled_by_what_the_server_tells(
    sender: Callable[..., Sender], handle: Handle, tmp_path: Path
):
    limit = RateLimit(tokens_per_minute=1e9, reply_tokens=100)
    reply = Reply("Answer: 7", usage=Usage(80, 20))
    send(sender(reply, "Answer: 8", limit=limit), "a", "b")
    (_, _, first), (_, _, second) = [one for one in handle.asked if one[0] == "take"]
    assert first == second > 100
    assert [one for one in handle.asked if one[0] == "settle"] == [("settle", 100 - first)]


def test_what_no_row_is_at_fault_for_stops_the_run(
    sender: Callable[..., Sender], handle: Handle, tmp_path: Path
):
    assert send(sender(), "a", "a") == {"left": 2}
    assert str(handle.pacer.stopped("run")) == "The id 'a' appears twice in the column 'id'."
    assert rows_of(tmp_path) == {}
    handle.pacer.join("run", RateLimit())
    assert send(sender(model=Choice()), "b") == {"left": 1}
    assert str(handle.pacer.stopped("run")).startswith("No model is chosen.")


def test_without_a_limit_the_pacer_is_not_asked_at_each_call(
    sender: Callable[..., Sender], handle: Handle
):
    ids = [f"{number:03}" for number in range(60)]
    send(sender(*["Answer: 7"] * 60), *ids)
    assert len([one for one in handle.asked if one[0] == "held"]) < 30
    assert [one for one in handle.asked if one[0] == "take"] == []


def test_a_pause_and_a_stop_are_heard_at_once_by_who_caused_them(
    sender: Callable[..., Sender], handle: Handle
):
    handle.pacer._clock = time.monotonic
    lines = ["Answer: 7", RateLimited("slow", retry_after=0.0), QuotaExceeded("no money")]
    told = send(sender(*lines), *"abcd")
    assert (told["answered"], told["errored"], told["left"]) == (1, 1, 2)


class Killed(BaseException):
    pass


def killed_after(count: int, folder: Path) -> Scripted:
    """Return a model that answers so many calls; with the next the process is killed.

    A call takes longer than writing what was answered before it, as a real one does.
    """

    class Deadly(Scripted):
        async def stream(self, prompt: Prompt) -> Any:
            while sum(one.is_file() for one in folder.rglob("*.parquet")) < self.answered // 16:
                await asyncio.sleep(0.001)
            if self.answered == count:
                raise Killed
            self.answered += 1
            yield Reply("Answer: 7")

    model = Deadly([])
    model.answered = 0
    return model


@pytest.mark.parametrize("answered", [0, 15, 16, 60, 99])
def test_a_kill_costs_few_calls(
    sender: Callable[..., Sender], handle: Handle, tmp_path: Path, answered: int
):
    ids = [f"{number:03}" for number in range(100)]
    with pytest.raises(Killed):
        asyncio.run(sender(model=killed_after(answered, tmp_path)).send(table(*ids)))
    assert rows_of(tmp_path) == {}  # no reader finds the half of a part
    told = send(sender(*["Answer: 8"] * 100), *ids)
    assert (told["answered"], told["calls"]) == (100, 100)
    rows = rows_of(tmp_path)
    assert list(rows) == ids
    kept = sum(row["xlt_answer"] == "7" for row in rows.values())
    assert answered - kept < 16
    assert Parts.at(tmp_path).unfinished() == []


def test_rows_begin_in_their_order_and_no_more_than_are_sent(
    sender: Callable[..., Sender], monkeypatch: pytest.MonkeyPatch
):
    begun: list[int] = []

    class Watching(Scripted):
        async def stream(self, prompt: Prompt) -> Any:
            begun.append(len(planned))
            yield Reply("Answer: 7")

    planned: list[Any] = []
    plan = RowFormat.plan
    monkeypatch.setattr(RowFormat, "plan", lambda *one: planned.append(one) or plan(*one))
    send(sender(model=Watching([]), concurrency=3), *[f"{number:02}" for number in range(30)])
    assert all(ahead <= place + 3 for place, ahead in enumerate(begun))
