"""What a run may ask: names, LangChain and Inspect models, functions; a pool that waits as one."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableLambda
from misbehaving_server import Script, completion, serving
from scripted_runs import outcome, run_small, small, text_for

import xlt
from xlt.backends import errors
from xlt.backends.backend import send
from xlt.backends.langchain_chat import LangChainChat
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.replay import Scripted as ScriptedBackend
from xlt.backends.retrying import Retries
from xlt.errors import InputError
from xlt.evaluation import RunSpec, aevaluate, evaluate
from xlt.evaluation.runs.models import InspectModel, Live, as_replies, replies_of
from xlt.reply import Reply, Usage

PROMPT = xlt.compose("mgsm", "2 + 2?", language="en")
PLACE: Any = None

MODULE = """
from langchain_core.language_models import FakeListChatModel
from langchain_core.runnables import RunnableLambda

chat = FakeListChatModel(responses=["Answer: 4"])
chain = RunnableLambda(lambda messages: f"Answer: {len(messages)}")
def function(prompt): return "Answer: 6"
async def coroutine(prompt): return "Answer: 7"
number = 5
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_models.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "my_models", raising=False)


def reply_of(name: str) -> Reply:
    replies = replies_of(small(model=name))
    return asyncio.run(replies.reply(PROMPT, PLACE))


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("attribute", "text"),
    [("chat", "Answer: 4"), ("chain", "Answer: 1"), ("function", "Answer: 6"),
     ("coroutine", "Answer: 7")],
)  # fmt: skip
def test_objects_of_a_module(attribute: str, text: str):
    path = list(sys.path)
    assert reply_of(f"langchain:my_models:{attribute}").text == text
    assert sys.path == path


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("langchain:my_models", "Write langchain:provider:name"),
        ("langchain:my_models:number", "is int; a model is a name"),
        ("langchain:my_models:chta", "No module my_models with a chta is here, nor a provider"),
        ("nonsense", "is neither 'local' nor of the form provider:name"),
        ("", "No model is chosen"),
    ],
)
def test_names_that_are_no_model(name: str, message: str):
    with pytest.raises(InputError, match=message):
        replies_of(small(model=name))


def test_a_module_that_breaks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "broken_models.py").write_text("1/0\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="cannot be imported: ZeroDivisionError"):
        replies_of(small(model="langchain:broken_models:chat"))


@pytest.mark.parametrize("name", ["openai:gpt-4o-mini", "langchain:openai:gpt-4o-mini"])
def test_a_providers_model_is_tried_again_by_xlt_alone(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    replies = replies_of(small(model=name, max_tokens=9))
    assert isinstance(replies, Live)
    backend: Any = replies.backend
    assert backend.model.max_retries == 0
    assert backend.retries.limit > 0
    assert replies.settings == {"temperature": 0.0, "max_tokens": 9, "sampling": "paper"}


class Async:
    async def __call__(self, prompt: Any) -> str:
        return "Answer: 8"


def test_models_of_one_kind_have_names_of_their_own():
    class Chat(GenericFakeChatModel):
        model_name: str

    def other(prompt: Any) -> str:
        return "Answer: 6"

    chats = [Chat(messages=iter([]), model_name=name) for name in ("small", "large")]
    assert [as_replies(one).name for one in chats] == ["small", "large"]
    assert as_replies(text_for).name == "scripted_runs.text_for"
    assert as_replies(other).name.endswith("own.<locals>.other")


def test_models_as_objects():
    chat = GenericFakeChatModel(messages=iter([AIMessage("Answer: 4")]))
    chain = RunnableLambda(lambda messages: AIMessage("Answer: 5"))
    for model, text in (
        (chat, "Answer: 4"),
        (chain, "Answer: 5"),
        (lambda prompt: "Answer: 6", "Answer: 6"),
        (ScriptedBackend(["Answer: 7"]), "Answer: 7"),
        (Async(), "Answer: 8"),
    ):
        assert asyncio.run(as_replies(model).reply(PROMPT, PLACE)).text == text
    with pytest.raises(InputError, match="is int; a model is"):
        as_replies(5)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (TimeoutError(), errors.DeadlineExceeded),
        (ZeroDivisionError("x"), errors.BackendError),
        (errors.RateLimited("slow"), errors.RateLimited),
    ],
)
def test_what_a_function_raises_is_a_backend_error(raised: Exception, kind: type[Exception]):
    def broken(prompt: Any) -> str:
        raise raised

    with pytest.raises(kind):
        asyncio.run(as_replies(broken).reply(PROMPT, PLACE))


def test_a_function_that_says_nothing_is_an_empty_reply():
    assert asyncio.run(as_replies(lambda prompt: " ").reply(PROMPT, PLACE)).flags == {"empty"}


@pytest.mark.parametrize(
    ("text", "stop", "ends"),
    [
        ("Answer: 4", "stop", ("Answer: 4", "stop", 3, 2)),
        ("Answer: 4", "max_tokens", ("Answer: 4", "length", 3, 2)),
        ("", "stop", errors.EmptyReply),
        ("", "tool_calls", errors.UnexpectedToolCall),
        ("Answ", "content_filter", errors.Refused),
    ],
)
def test_inspects_models(text: str, stop: Any, ends: Any):
    inspect_model = pytest.importorskip("inspect_ai.model")
    output = inspect_model.ModelOutput.from_content("mockllm/model", text, stop)
    output.usage = inspect_model.ModelUsage(input_tokens=3, output_tokens=2, total_tokens=5)
    model = inspect_model.get_model("mockllm/model", custom_outputs=[output], memoize=False)
    replies = InspectModel("mockllm/model", model, {})
    if isinstance(ends, type):
        with pytest.raises(ends):
            asyncio.run(replies.reply(PROMPT, PLACE))
        return
    got = asyncio.run(replies.reply(PROMPT, PLACE))
    assert got == Reply(*ends[:2], usage=Usage(*ends[2:]), model="mockllm/model")


def test_inspects_names_have_a_slash():
    pytest.importorskip("inspect_ai")
    replies = replies_of(small(model="mockllm/model", max_tokens=9))
    assert isinstance(replies, InspectModel)
    assert replies.settings == {"temperature": 0.0, "max_tokens": 9, "sampling": "paper"}
    with pytest.raises(InputError, match="The model nobody/model cannot be created"):
        replies_of(small(model="nobody/model"))


def test_a_server_is_pinned_by_its_address_not_by_a_key_in_it():
    addresses = ("http://one.test/v1", "http://one.test/v1/?key=a", "http://two.test/v1")
    chosen = [replies_of(small(model="m", base_url=one)) for one in addresses]
    pins = [one.settings["server"] for one in chosen if isinstance(one, Live)]
    assert pins[0] == pins[1] != pins[2]
    assert "one.test" not in str(pins)


def test_evaluate_in_a_script_and_in_a_notebook(tmp_path: Path):
    def spec(name: str) -> RunSpec:
        return small(languages="zh", strategies="xlt", output=tmp_path / name)

    in_script = evaluate(spec("a"), text_for)

    async def notebook() -> Any:
        return evaluate(spec("b"), text_for)

    async def service() -> Any:
        return await aevaluate(spec("c"), text_for)

    for ended in (asyncio.run(notebook()), asyncio.run(service())):
        assert outcome(ended.run) == outcome(in_script.run)
    assert [one.cell.name for one in in_script.cells] == ["mgsm/zh/xlt"]
    assert in_script.tally.planned == 3


def test_a_temperature_that_was_not_set_is_the_papers(tmp_path: Path):
    class Chat(GenericFakeChatModel):
        temperature: float = 0.0
        drawn: list[float] = []

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            self.drawn.append(self.temperature)
            return super()._stream(*args, **kwargs)

    model = Chat(messages=iter([AIMessage("Answer: 4")] * 3))
    run_small(tmp_path, as_replies(model), small(limit=1, languages=("zh",)), max_concurrency=1)
    assert model.drawn == [0.0, 1.0, 0.2]


class Naps(list[float]):
    """Stands for the clock: notes the seconds instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


@pytest.mark.real_server
def test_the_pool_pauses_together():
    """One call is told to wait; a call that comes after it waits, too, before it is sent."""
    naps = Naps()
    busy = Script(json.dumps({"error": "slow"}).encode(), 429, headers={"retry-after": "7"})
    with serving(busy, completion("Answer: 4")) as server:
        retries = Retries(limit=2, draw=lambda: 0.0, sleep=naps)
        backend = OpenAICompatible(server.url, "fake", retries=retries, timeout=60)

        async def both() -> None:
            await send(backend, PROMPT)
            assert naps == [pytest.approx(7)]
            await send(backend.with_temperature(1.0), PROMPT)

        asyncio.run(both())
    assert len(server.requests) == 3
    assert len(naps) == 2
    assert 0 < naps[1] <= 7


def test_a_call_that_waits_goes_on_waiting_when_another_is_told_to_wait_longer():
    naps: list[float] = []
    retries = Retries(limit=1, draw=lambda: 0.0)

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 1:
            retries.shared.hold(20)

    retries = Retries(limit=1, draw=lambda: 0.0, sleep=nap)
    asyncio.run(retries.pause(errors.RateLimited("slow", retry_after=5), 1, float("inf")))
    assert naps == [5, pytest.approx(20, abs=1)]


def test_a_call_that_fails_by_itself_waits_while_the_pool_does():
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        retries.shared.hold(90)

    retries = Retries(limit=1, draw=lambda: 0.0, sleep=nap)
    retries.shared.hold(20)
    late = time.monotonic() + 50
    asyncio.run(retries.pause(errors.ServerFailed("down"), 1, late))
    # the clock stands still: 50 is the deadline
    assert naps == [pytest.approx(20, abs=1), pytest.approx(50, abs=1)]  # not to 90
    with pytest.raises(errors.ServerFailed):
        asyncio.run(retries.pause(errors.ServerFailed("down"), 1, late))


def test_a_langchain_model_is_tried_again_where_its_own_retries_are_off():
    class Busy(Exception):
        status_code = 429

    class Chat(GenericFakeChatModel):
        tries: list[int] = []

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            self.tries.append(1)
            if len(self.tries) < 3:
                raise Busy("slow down")
            async for chunk in super()._astream(*args, **kwargs):
                yield chunk

    chat = Chat(messages=iter([AIMessage("Answer: 4")]))
    naps = Naps()
    backend = LangChainChat("fake:chat", chat, retries=Retries(4, draw=lambda: 0.5, sleep=naps))
    assert asyncio.run(send(backend, PROMPT)).attempts == 3
    assert len(naps) == 2
    chat.tries.clear()
    with pytest.raises(errors.RateLimited):
        asyncio.run(send(LangChainChat("fake:chat", chat), PROMPT))
    assert len(chat.tries) == 1
