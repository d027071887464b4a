"""Drivers: plain callables, coroutines, whole rounds; bounds, order and failures."""

import asyncio
import threading

import pytest

import xlt
from xlt import XLTError
from xlt.running import drive
from xlt.strategies.strategy import LastRound


def clsp():
    return xlt.plan("mgsm", "2 + 3?", language="sw", strategy="clsp")


class Message:
    def __init__(self, content):
        self.content = content


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: 5",
        Message("Answer: 5"),
        Message([{"type": "text", "text": "Answer: "}, "5", {"type": "image"}]),
        {"role": "assistant", "content": "Answer: 5"},
        xlt.Reply("Answer: 5"),
    ],
)
def test_a_reply_is_a_text_or_has_one(reply):
    assert xlt.run(clsp(), lambda prompt: reply).value == 5


@pytest.mark.parametrize("reply", [None, 5, {}, b"Answer: 5"])
def test_any_other_reply_is_an_error(reply):
    with pytest.raises(XLTError, match="A reply must be a text or an object"):
        xlt.run(clsp(), lambda prompt: reply)


class Meter:
    """An `ask` that counts the calls under way; each waits until `together` of them are."""

    def __init__(self, together):
        self.barrier = threading.Barrier(together)
        self.lock = threading.Lock()
        self.now = self.most = 0

    def __call__(self, prompt):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.barrier.wait(timeout=20)
        with self.lock:
            self.now -= 1
        return f"Answer: {dict(prompt.options)['pivot'] == 'en'}5"


def test_rounds_run_side_by_side_up_to_the_bound():
    plan = xlt.plan(
        "mgsm", "2 + 3?", language="sw", strategy="clsp", pivots=["en", "de", "es", "fr"]
    )
    meter = Meter(together=2)
    xlt.run(plan, meter, max_concurrency=2)
    assert meter.most == 2


def test_one_at_a_time_by_default():
    order = []
    xlt.run(clsp(), lambda prompt: order.append(dict(prompt.options)["pivot"]) or "Answer: 5")
    assert order == ["en", "de", "es", "fr", "ja", "ru", "zh"] * 2


@pytest.mark.parametrize("max_concurrency", [1, 3])
def test_an_exception_ends_the_run(max_concurrency):
    calls = []

    def ask(prompt):
        calls.append(prompt)
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"):
        xlt.run(clsp(), ask, max_concurrency=max_concurrency)
    assert len(calls) < 7 * 2


def test_the_bound_must_be_one_or_more():
    with pytest.raises(XLTError, match="max_concurrency is 0"):
        xlt.run(clsp(), lambda prompt: "Answer: 5", max_concurrency=0)


def test_coroutines_run_side_by_side_up_to_the_bound():
    under_way = most = 0

    async def ask(prompt):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return "Answer: 5"

    assert asyncio.run(xlt.arun(clsp(), ask, max_concurrency=3)).value == 5
    assert most == 3


def test_a_failed_coroutine_cancels_the_others():
    cancelled = []

    async def ask(prompt):
        if dict(prompt.options)["pivot"] == "de":
            raise ConnectionError("gone")
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append(prompt)
            raise

    async def asked():
        with pytest.raises(ConnectionError, match="gone"):
            await xlt.arun(clsp(), ask)
        return len(cancelled)  # before the loop ends, which cancels whatever still runs

    assert asyncio.run(asked()) == 6


def test_a_plain_callable_may_be_awaited_too():
    assert asyncio.run(xlt.arun(clsp(), lambda prompt: "Answer: 5")).value == 5


def test_whole_rounds():
    sizes = []

    def send(prompts):
        sizes.append(len(prompts))
        return ["Answer: 5"] * len(prompts)

    assert drive(clsp(), send).value == 5
    assert sizes == [7, 7]


def test_a_round_needs_all_its_replies():
    with pytest.raises(XLTError, match="A round of 7 prompts was given 6 replies"):
        drive(clsp(), lambda prompts: ["Answer: 5"] * 6)


def test_an_exception_among_the_replies_of_a_round_is_raised():
    gone = ConnectionError("gone")
    with pytest.raises(ConnectionError, match="gone"):
        drive(clsp(), lambda prompts: [gone, *["Answer: 5"] * 6])


def test_a_plan_that_yields_no_tuple_is_told():
    prompt = xlt.compose("mgsm", "2 + 3?", language="sw")

    def plan(first):
        (reply,) = yield first
        return prompt.parse(reply)

    for first in (prompt, [prompt]):
        with pytest.raises(XLTError, match=f"a tuple of prompts, not {type(first).__name__}"):
            xlt.run(plan(first), lambda prompt: "Answer: 5")


def test_a_plan_ends_after_its_last_round():
    prompt = xlt.compose("mgsm", "2 + 3?", language="sw")

    def plan():
        yield LastRound([prompt])
        yield (prompt,)

    with pytest.raises(XLTError, match="another round after its last one"):
        xlt.run(plan(), lambda prompt: "Answer: 4")


def test_a_callers_stop_iteration_is_no_end_of_the_plan():
    replies = iter(["It is five."])  # one too few for two turns
    plan = xlt.plan("mgsm", "2 + 3?", language="sw", strategy="clp")
    with pytest.raises(StopIteration):
        xlt.run(plan, lambda prompt: next(replies))
