"""Every door gives the same Answer, or the same typed error, for the same reply.

A door is whatever sends prompts and gives an answer back. To add one, write a function of a plan's
arguments and a Reply (or the exception that a call ends in) into DOORS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda

import xlt
from xlt import Answer, Reply, SavedPlan
from xlt.backends.errors import ServerFailed
from xlt.backends.replies import checked
from xlt.cli.ask import ask_plan, shower
from xlt.errors import ReplyFailed
from xlt.langchain import xlt_chain
from xlt.reply import ToolCall
from xlt.running import adrive, drive

PROBLEM = "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?"

# Kind of reply: what the model said; value, status and flags of the answer.
KINDS: dict[str, tuple[Reply, Any, str, set[str]]] = {
    "plain": (Reply("16 - 3 = 13\nAnswer: 13", "stop"), 13, "anchored", set()),
    "cut behind a marker": (Reply("Answer: 13\nSo", "length"), 13, "anchored", {"truncated"}),
    "cut before it": (Reply("16 - 3 = 13", "MAX_TOKENS"), None, "none", {"truncated"}),
    "refused": (Reply("", "stop", refusal="I cannot help."), None, "none", {"refused"}),
    "refused half way": (Reply("Answer: 13", "refusal"), None, "none", {"refused"}),
    "filtered": (Reply("Answer: 13", "content_filter"), None, "none", {"filtered"}),
    "recited": (Reply("Answer: 13", "RECITATION"), None, "none", {"filtered"}),
    "guarded": (Reply("Answer: 13", "guardrail_intervened"), None, "none", {"filtered"}),
    "empty": (Reply("", "stop"), None, "none", {"empty"}),
    "empty and cut": (Reply(" ", "length"), None, "none", {"empty", "truncated"}),
    "text and a tool call": (
        Reply("Answer: 13", "stop", tool_calls=(ToolCall("add", {"a": 1}, "1"),)),
        13,
        "anchored",
        {"tool_call"},
    ),
    "tool call": (
        Reply("", "tool_calls", tool_calls=(ToolCall("add", {"a": 1}, "1"),)),
        None,
        "none",
        {"tool_call"},
    ),
}
FAILED = Reply("Answer: 1", "error")


def message(reply: Reply) -> AIMessage:
    """Return a reply as a provider's message in LangChain: blocks of content, and the rest."""
    extra = {"refusal": reply.refusal} if reply.refusal else {}
    return AIMessage(
        [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": reply.text}]
        if reply.text.strip()
        else reply.text,
        response_metadata={"finish_reason": reply.finish_reason},
        additional_kwargs=extra,
        tool_calls=[
            {"name": one.name, "args": one.arguments, "id": one.id} for one in reply.tool_calls
        ],
    )


def model(reply: Reply) -> Any:
    return RunnableLambda(lambda prompt: message(reply))


class Backend:
    """A backend that reads each reply as those of servers do, which may raise."""

    name, few_shot = "server", False

    def __init__(self, said: Callable[[Any], Reply | Exception]) -> None:
        self.said = said

    async def stream(self, prompt: Any) -> Any:
        said = self.said(prompt)
        if isinstance(said, Exception):
            raise said
        yield said.text
        yield checked(said, "server")


def by_saved_plan(given: dict[str, Any], reply: Reply) -> Answer:
    saved = SavedPlan.start("mgsm", PROBLEM, **given)
    while (position := saved.position()).answer is None:
        saved = SavedPlan.from_json(saved.answered([reply] * len(position.prompts)).to_json())
    return position.answer


def by_ask(given: dict[str, Any], reply: Reply) -> Answer:
    plan = xlt.plan("mgsm", PROBLEM, **given)
    asked = ask_plan(Backend(lambda prompt: reply), plan, shower(quiet=True))
    return asyncio.run(asked).answer


async def _same(value: Any) -> Any:
    return value


async def _all(pieces: Any) -> list[Any]:
    return [piece async for piece in pieces]


def _plan(given: dict[str, Any]) -> Any:
    return xlt.plan("mgsm", PROBLEM, **given)


def _chain(given: dict[str, Any], reply: Reply) -> Any:
    return xlt_chain(model(reply), "mgsm", **given)


DOORS: dict[str, Callable[[dict[str, Any], Reply], Answer]] = {
    "prompt.parse": lambda given, reply: xlt.compose("mgsm", PROBLEM, **given).parse(reply),
    "parse of a message": lambda given, reply: xlt.compose("mgsm", PROBLEM, **given).parse(
        message(reply)
    ),
    "xlt.parse": lambda given, reply: xlt.parse("mgsm", reply, language="sw", inputs=PROBLEM),
    "xlt.run": lambda given, reply: xlt.run(_plan(given), lambda prompt: reply),
    "xlt.run, threads": lambda given, reply: xlt.run(
        _plan(given), lambda prompt: message(reply), max_concurrency=4
    ),
    "xlt.arun": lambda given, reply: asyncio.run(
        xlt.arun(_plan(given), lambda prompt: _same(message(reply)))
    ),
    "drive": lambda given, reply: drive(_plan(given), lambda prompts: [reply] * len(prompts)),
    "adrive": lambda given, reply: asyncio.run(
        adrive(_plan(given), lambda prompts: _same([reply] * len(prompts)))
    ),
    "chain.invoke": lambda given, reply: _chain(given, reply).invoke(PROBLEM),
    "chain.ainvoke": lambda given, reply: asyncio.run(_chain(given, reply).ainvoke(PROBLEM)),
    "chain.batch": lambda given, reply: _chain(given, reply).batch([PROBLEM] * 2)[1],
    "chain.abatch": lambda given, reply: asyncio.run(_chain(given, reply).abatch([PROBLEM] * 2))[1],
    "chain.batch_as_completed": lambda given, reply: next(
        iter(_chain(given, reply).batch_as_completed([PROBLEM]))
    )[1],
    "chain.abatch_as_completed": lambda given, reply: asyncio.run(
        _all(_chain(given, reply).abatch_as_completed([PROBLEM]))
    )[0][1],
    "chain.stream": lambda given, reply: [*_chain(given, reply).stream(PROBLEM)][-1],
    "chain.astream": lambda given, reply: asyncio.run(_all(_chain(given, reply).astream(PROBLEM)))[
        -1
    ],
    "xlt ask": by_ask,
    "SavedPlan": by_saved_plan,
}
ONE_CALL = ("prompt.parse", "parse of a message", "xlt.parse")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", DOORS)
def test_all_doors_give_the_same_answer(door, kind):
    reply, value, status, flags = KINDS[kind]
    answer = DOORS[door]({"language": "sw"}, reply)
    assert (answer.value, answer.status, answer.flags) == (value, status, flags)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", [name for name in DOORS if name not in ONE_CALL])
def test_so_they_do_with_a_strategy_of_several_calls(door, kind):
    reply, value, status, flags = KINDS[kind]
    given = {"language": "sw", "strategy": "clsp", "pivots": ["en", "de"]}
    answer = DOORS[door](given, reply)
    assert (answer.value, answer.status, answer.flags) == (value, status, flags)


@pytest.mark.parametrize("door", DOORS)
def test_a_reply_that_an_error_broke_off_is_that_error(door):
    with pytest.raises(ReplyFailed, match="'error'"):
        DOORS[door]({"language": "sw"}, FAILED)


def failing(prompt: Any) -> Any:
    """Answer in every pivot but German, whose call fails, and French, whose reply is refused."""
    pivot = dict(prompt.options)["pivot"]
    if pivot == "de":
        return ServerFailed("500")
    return Reply("", refusal="Non.") if pivot == "fr" else Reply("Answer: 13")


def raising(prompt: Any) -> Any:
    said = failing(getattr(prompt, "prompt", prompt))
    if isinstance(said, Exception):
        raise said
    return message(said)


QUORUM = {
    "language": "sw",
    "strategy": "clsp",
    "pivots": ["en", "de", "fr", "zh"],
    "quorum": 2,
}
VOTES = {
    "xlt.run": lambda: xlt.run(_plan(QUORUM), raising),
    "xlt.run, threads": lambda: xlt.run(_plan(QUORUM), raising, max_concurrency=4),
    "xlt.arun": lambda: asyncio.run(xlt.arun(_plan(QUORUM), raising)),
    "drive": lambda: drive(_plan(QUORUM), lambda prompts: [failing(one) for one in prompts]),
    "chain.invoke": lambda: xlt_chain(raising, "mgsm", **QUORUM).invoke(PROBLEM),
    "chain.ainvoke": lambda: asyncio.run(xlt_chain(raising, "mgsm", **QUORUM).ainvoke(PROBLEM)),
    "chain.stream": lambda: [*xlt_chain(raising, "mgsm", **QUORUM).stream(PROBLEM)][-1],
    "xlt ask": lambda: (
        asyncio.run(ask_plan(Backend(failing), _plan(QUORUM), shower(quiet=True))).answer
    ),
}


@pytest.mark.parametrize("door", VOTES)
def test_a_quorum_goes_on_without_failed_and_refused_calls(door):
    answer = VOTES[door]()
    assert (answer.value, answer.status) == (13, "anchored")
    assert answer.usage is not None
    assert answer.usage.calls == 6  # four first turns, two second ones


@pytest.mark.parametrize("door", ["xlt.run", "chain.invoke", "xlt ask"])
def test_usage_is_the_sum_over_all_calls(door):
    given = {"language": "sw", "strategy": "clsp", "pivots": ["en", "de"]}
    answer = DOORS[door](given, Reply("Answer: 13", usage=xlt.Usage(10, 2)))
    assert answer.usage.calls == 4
