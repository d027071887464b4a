"""Strategies of several rounds, some with calls side by side."""

import asyncio
import threading
import time

import pytest
from langchain_core.runnables import RunnableGenerator, RunnableLambda

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
    assert [pieces[0].call, pieces[-1].call] == [1, 2]
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


def test_max_concurrency_bounds_the_calls_of_all_rounds():
    under_way = most = 0

    async def ask(value):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return "Answer: 7"

    chain = xlt_chain(RunnableLambda(ask), "mgsm", language="sw", strategy="clsp")
    answers = asyncio.run(chain.abatch(["3 + 4?"] * 4, {"max_concurrency": 3}))
    assert [one.value for one in answers] == [7] * 4
    assert most == 3


@pytest.mark.parametrize("number", [1, 3])
def test_threads_are_bounded_too(number):
    lock, counts = threading.Lock(), {"now": 0, "most": 0}

    def ask(value):
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts["most"], counts["now"])
        time.sleep(0.001)
        with lock:
            counts["now"] -= 1
        return "Answer: 7"

    chain = xlt_chain(ask, "mgsm", language="sw", strategy="clsp")
    config = {"max_concurrency": 2}
    if number == 1:
        answers = [chain.invoke("3 + 4?", config)]
    else:
        answers = chain.batch(["3 + 4?"] * number, config)
    assert [one.value for one in answers] == [7] * number
    assert counts["most"] == 2


def test_a_failed_call_cancels_the_others_of_its_round():
    ended = []

    async def ask(value):
        if "German" in value.to_string():
            raise ConnectionError("gone")
        await asyncio.sleep(3600)
        ended.append(value)

    async def asked():
        with pytest.raises(ConnectionError, match="gone"):
            await xlt_chain(RunnableLambda(ask), "mgsm", language="sw", strategy="clsp").ainvoke(
                "3?"
            )
        return len(asyncio.all_tasks())

    assert asyncio.run(asked()) == 1
    assert not ended


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_translator_does_not_block_the_loop(model, kind):
    def plain(texts, source, target):
        assert threading.current_thread() is not threading.main_thread()
        return [text.upper() for text in texts]

    async def later(texts, source, target):
        assert threading.current_thread() is threading.main_thread()
        return [text.upper() for text in texts]

    translator = plain if kind == "plain" else later
    chain = xlt_chain(model, "mgsm", language="de", strategy="translate_en", translator=translator)
    asyncio.run(chain.ainvoke("wie viel?"))
    assert "WIE VIEL?" in model.calls[0]["messages"][0].content
    if kind == "async":
        with pytest.raises(InputError, match="use ainvoke"):
            chain.invoke("wie viel?")


def test_a_stream_without_an_end_is_left(monkeypatch):
    from xlt.backends.errors import MalformedReply
    from xlt.langchain import exchange

    monkeypatch.setattr(exchange, "MOST_CHARACTERS", 1000)

    def endless(prompts):
        while True:
            yield "Hm " * 10

    chain = xlt_chain(RunnableGenerator(endless), "mgsm", language="sw")
    with pytest.raises(MalformedReply, match="longer than 1000 characters"):
        list(chain.stream("3 + 4?"))


def test_a_lettered_answer_shows_while_it_streams():
    inputs = {"premise": "Ni saa tatu.", "hypothesis": "Ni asubuhi."}

    def said(prompts):
        yield "Hm.\nAnswer: (B)\n"
        yield "So it is."

    chain = xlt_chain(RunnableGenerator(said), "xnli", language="sw", strategy="clp")
    *pieces, answer = chain.stream(inputs)
    assert answer.value == "neutral"
    assert pieces[-1].value == "neutral"
