"""Strategies of several rounds, some with calls side by side."""

import asyncio

import pytest

import xlt
from xlt.errors import InputError
from xlt.langchain import AnswerChunk, XLTPrompt, xlt_chain
from xlt.strategies.basic import STRATEGY as BASIC
from xlt.strategies.strategy import Strategy


def make_plan(request, *, voters=3):
    """Ask once, then `voters` prompts side by side; the answer is that of the last reply."""
    (first,) = yield (BASIC.compose(request),)
    problem = {"problem": f"{request.inputs['problem']} {first}"}
    prompt = xlt.compose(request.task, problem, language=request.language, strategy="basic")
    replies = yield (prompt,) * voters
    return prompt.parse(replies[-1])


@pytest.fixture
def rounds(monkeypatch):
    import xlt.langchain.settings as settings

    strategy = Strategy("rounds", "a test", make_plan)
    monkeypatch.setattr(settings, "get_strategy", lambda name: strategy)


@pytest.fixture
def model(scripted):
    return scripted(lambda text: "Answer: 7" if "+ 4" in text and "Hm" in text else "Hm")


@pytest.mark.usefixtures("rounds")
def test_every_round_is_asked_with_the_replies_before(model, notes):
    chain = xlt_chain(model, "mgsm", language="en", strategy="rounds", voters=2)
    assert chain.invoke("3 + 4?", {"callbacks": [notes]}).value == 7
    assert asyncio.run(chain.ainvoke("3 + 4?", {"callbacks": [notes]})).value == 7
    texts = [call["messages"][0].content for call in model.calls]
    assert texts == ["Request: 3 + 4?", *["Request: 3 + 4? Hm"] * 2] * 2
    assert [run["metadata"]["strategy"] for run in notes.chains] == ["rounds", "rounds"]
    parents = {child["parent_run_id"] for child in notes.models}
    assert parents == {run["run_id"] for run in notes.chains}


@pytest.mark.usefixtures("rounds")
def test_the_calls_of_a_lone_round_stream(model):
    chain = xlt_chain(model, "mgsm", language="en", strategy="rounds", voters=1)
    *pieces, answer = chain.stream("3 + 4?")
    assert "".join(piece.reply for piece in pieces) == "HmAnswer: 7"
    assert {type(piece) for piece in pieces} == {AnswerChunk}
    assert answer.value == 7

    async def collect():
        stream = xlt_chain(model, "mgsm", language="en", strategy="rounds").astream("3 + 4?")
        return [piece async for piece in stream]

    *pieces, answer = asyncio.run(collect())
    assert "".join(piece.reply for piece in pieces) == "Hm"
    assert answer.value == 7


@pytest.mark.usefixtures("rounds")
def test_a_prompt_template_is_one_call():
    with pytest.raises(InputError, match="takes more than one call: use xlt_chain"):
        XLTPrompt(task="mgsm", strategy="rounds")
