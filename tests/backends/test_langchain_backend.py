"""Provider models through LangChain: their replies and their errors become ours."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from misbehaving_server import Script, completion, delta, events, serving

import xlt
from xlt.backends import errors
from xlt.backends.backend import ask
from xlt.backends.choosing import Choice, choose_backend
from xlt.backends.langchain_chat import LangChainChat, check_provider, translated
from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.langchain import xlt_chain

PROMPT = xlt.compose("mgsm", "2 + 2?", language="en")
CANARY = "sk-canary-0123456789abcdef"


def fake(message: AIMessage) -> LangChainChat:
    return LangChainChat("fake:model", GenericFakeChatModel(messages=iter([message])))


def test_text_comes_in_pieces_and_then_whole():
    async def pieces() -> list[Any]:
        return [piece async for piece in fake(AIMessage("2 + 2\nAnswer: 4")).stream(PROMPT)]

    *texts, reply = asyncio.run(pieces())
    assert len(texts) > 2
    assert "".join(texts) == reply.text == "2 + 2\nAnswer: 4"


@pytest.mark.parametrize(
    "told",
    [
        {"finish_reason": "MAX_TOKENS"},
        {"done_reason": "length"},
        {"stopReason": "max_tokens"},
        {"stop_reason": "model_context_window_exceeded"},
        {"incomplete_details": {"reason": "max_output_tokens"}},
    ],
)
def test_a_reply_cut_short_in_any_providers_words(told: dict[str, Any]):
    chunk = AIMessageChunk("Answer: 4", response_metadata=told)

    class Chat(GenericFakeChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
            yield ChatGenerationChunk(message=chunk)

    assert ask(LangChainChat("fake:cut", Chat(messages=iter([]))), PROMPT).truncated


def test_nothing_is_an_empty_reply():
    with pytest.raises(errors.BackendError):
        ask(fake(AIMessage("")), PROMPT)


class Stuck(GenericFakeChatModel):
    """Never says anything."""

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        await asyncio.sleep(60)
        yield  # pragma: no cover


def test_deadline():
    with pytest.raises(errors.DeadlineExceeded):
        ask(LangChainChat("fake:stuck", Stuck(messages=iter([])), timeout=0.05), PROMPT)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"status_code": 401}, errors.AuthenticationFailed),
        ({"status_code": 429}, errors.RateLimited),
        ({"code": 503}, errors.ServerFailed),
        ({"code": "invalid"}, errors.BackendError),
    ],
)
def test_providers_exceptions_by_status(
    fields: dict[str, Any], kind: type[Exception], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SOME_API_KEY", CANARY)
    error = RuntimeError(f"no: {CANARY}")
    error.__dict__.update(fields)
    found = translated("some:model", error)
    assert type(found) is kind
    assert CANARY not in str(found)
    assert "[SOME_API_KEY]" in str(found)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), errors.DeadlineExceeded),
        (OSError("reset"), errors.ConnectionFailed),
        (httpx.RemoteProtocolError("cut"), errors.ConnectionFailed),
        (httpx.ReadTimeout("slow"), errors.DeadlineExceeded),
    ],
)
def test_providers_exceptions_by_class(error: Exception, kind: type[Exception]):
    assert type(translated("some:model", error)) is kind


@pytest.mark.real_server
def test_openai_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    refused = Script(json.dumps({"error": {"message": f"bad {CANARY}"}}).encode(), 401)
    with serving(refused) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        backend = choose_backend(Choice("openai:gpt-4o-mini"))
        with pytest.raises(errors.AuthenticationFailed) as caught:
            ask(backend, PROMPT)
    assert server.requests[0]["temperature"] == 0
    assert CANARY not in f"{backend!r} {caught.value} {caught.value.__cause__}"


@pytest.mark.real_server
def test_openai_refusal_is_typed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with serving(completion("x", "content_filter")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        with pytest.raises(errors.BackendError):
            ask(choose_backend(Choice("openai:gpt-4o-mini")), PROMPT)


def test_missing_key_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(errors.AuthenticationFailed, match="OPENAI_API_KEY"):
        choose_backend(Choice("openai:gpt-4o-mini"))


@pytest.mark.parametrize(
    ("model", "package", "command"),
    [
        ("openai:gpt-4o-mini", "langchain.chat_models", 'pip install "xlt[openai]"'),
        ("anthropic:claude", "langchain_anthropic", 'pip install "xlt[anthropic]"'),
        ("google_genai:gemini", "langchain_google_genai", 'pip install "xlt[google]"'),
    ],
)
def test_missing_package_names_the_pip_install(
    model: str, package: str, command: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra) as caught:
        choose_backend(Choice(model))
    assert command in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"), [("opnai:gpt-4o", "openai"), ("antropic:claude", "anthropic")]
)
def test_no_package_is_recommended_for_a_misspelt_provider(name: str, meant: str):
    for made in (lambda: choose_backend(Choice(name)), lambda: xlt_chain(name, "mgsm")):
        with pytest.raises(
            UnknownName, match=f"No provider named .* Did you mean {meant!r}"
        ) as said:
            made()
        assert "pip install" not in str(said.value)
    check_provider("azure_openai:gpt-4o")
    check_provider("google_vertexai:gemini")


def test_the_name_of_an_ollama_model_by_itself_is_told_what_it_lacks():
    pytest.importorskip("langchain.chat_models")
    with pytest.raises(InputError, match="no provider 'qwen3'. .* 'ollama:qwen3:8b'") as said:
        choose_backend(Choice("qwen3:8b"))
    assert "model_provider" not in str(said.value)


@pytest.mark.real_server
def test_a_provider_is_asked_again_from_any_loop_and_thread(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("langchain_openai")

    def once(_: object) -> object:
        return xlt.ask("mgsm", "2 + 2?", language="en", model="openai:gpt-4o-mini").value

    async def within() -> list[object]:  # as in a notebook, whose loop runs
        return [once(turn) for turn in range(2)]

    async def awaited() -> object:
        asked = xlt.aask("mgsm", "2 + 2?", language="en", model="openai:gpt-4o-mini")
        return (await asked).value

    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    said = events(delta("Answer: 4", "stop", role="assistant"), "[DONE]")
    with serving(said, keep_alive=True) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        found = [once(turn) for turn in range(2)] + asyncio.run(within())
        found += [asyncio.run(awaited()) for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            found += pool.map(once, range(4))
    assert found == [4] * 10


def test_a_thread_that_is_no_longer_listened_to_stops_reading():
    read: list[int] = []
    more, done = threading.Event(), threading.Event()

    class Chat(GenericFakeChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
            try:
                for number in range(9):
                    read.append(number)
                    yield ChatGenerationChunk(message=AIMessageChunk("piece"))
                    more.wait(10)
            finally:
                done.set()

    async def first() -> Any:
        chat = LangChainChat("fake:endless", Chat(messages=iter([])), threaded=True)
        async with aclosing(chat.stream(PROMPT)) as pieces:
            return await anext(pieces)

    assert asyncio.run(first()) == "piece"
    more.set()
    assert done.wait(10)
    assert read == [0, 1]


def test_a_threaded_model_has_a_deadline_and_typed_errors():
    over = threading.Event()

    class Chat(GenericFakeChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
            if self.name != "stuck":
                raise httpx.RemoteProtocolError("cut")
            over.wait(10)
            yield ChatGenerationChunk(message=AIMessageChunk("late"))

    stuck = Chat(messages=iter([]), name="stuck")
    with pytest.raises(errors.DeadlineExceeded):
        ask(LangChainChat("fake:stuck", stuck, timeout=0.05, threaded=True), PROMPT)
    over.set()
    with pytest.raises(errors.ConnectionFailed):
        ask(LangChainChat("fake:cut", Chat(messages=iter([])), threaded=True), PROMPT)
