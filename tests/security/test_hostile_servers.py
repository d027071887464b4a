"""What a server sends is bounded and checked at the door; the key it echoes goes no further."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from growth import grows_linearly
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from misbehaving_server import EVENTS, Script, completion, delta, events, serving
from pydantic import SecretStr
from typer.testing import CliRunner

import xlt
from xlt.backends import errors
from xlt.backends.backend import ask, follow
from xlt.backends.langchain_chat import LangChainChat
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.redaction import redacted, without
from xlt.backends.replay import Recorder, Replay
from xlt.backends.replies import ResponseReader
from xlt.backends.retrying import Retries
from xlt.cli.main import app

pytestmark = pytest.mark.real_server

MEGABYTE = 1024 * 1024
KEY = "sk-canary-7f3a9b2c4d5e6f708192a3b4"
PROMPT = xlt.compose("mgsm", "2 + 2?", language="en")


def backend(url: str, **options: Any) -> OpenAICompatible:
    options = {"timeout": 30.0, "retries": Retries(limit=0), "key": SecretStr(KEY), **options}
    return OpenAICompatible(url, "fake", **options)


@pytest.fixture
def _little_memory() -> Iterator[None]:
    """Fail what takes over 64 MB, of which the body may take 16 a few times over."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * MEGABYTE


@lru_cache
def bomb() -> bytes:
    """Return 100 MB of blanks in about 100 KB."""
    return gzip.compress(b" " * (100 * MEGABYTE), 9)


def coded(body: bytes, *codings: str, **more: Any) -> Script:
    return Script(body, headers={"content-encoding": ", ".join(codings)}, **more)


def text_of(script: Script) -> str:
    assert isinstance(script.body, bytes)
    return script.body.decode()


BOMBS = {
    "gzip": (coded(bomb(), "gzip"), "over 16 MB"),
    "gzip of events": (coded(bomb(), "gzip", kind=EVENTS), "over 16 MB"),
    "gzip in gzip": (coded(gzip.compress(bomb()), "gzip", "gzip"), "the compression 'gzip, gzip'"),
    "a header twice": (coded(b"x", "gzip", "identity", "br"), "the compression 'gzip, br'"),
    "zstd": (coded(b"\x28\xb5\x2f\xfd", "zstd"), "the compression 'zstd'"),
    "br": (coded(b"x", "br"), "the compression 'br'"),
    "deflate": (coded(zlib.compress(b"x"), "deflate"), "the compression 'deflate'"),
    "unknown": (coded(b"x", "x-mine"), "the compression 'x-mine'"),
    "broken": (coded(b"not gzip", "gzip"), "a broken compression"),
}


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize("way", BOMBS)
def test_a_small_body_does_not_grow_large(way: str) -> None:
    script, words = BOMBS[way]
    with serving(script) as server, pytest.raises(errors.MalformedReply, match=words):
        ask(backend(server.url), PROMPT)
    assert server.headers[0]["accept-encoding"] == "identity"


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize("codings", [("gzip",), ("gzip", "gzip"), ("zstd",)])
def test_the_body_of_an_error_does_not_grow_large(codings: tuple[str, ...]) -> None:
    script = coded(bomb(), *codings, status=503)
    with serving(script) as server, pytest.raises(errors.ServerFailed, match="answered 503"):
        ask(backend(server.url), PROMPT)


@pytest.mark.parametrize("script", [completion(), events(delta("Answer: 4", "stop"), "[DONE]")])
@pytest.mark.parametrize("coding", ["gzip", "X-GZIP", "identity, gzip"])
def test_gzip_that_nobody_asked_for_is_read(script: Script, coding: str) -> None:
    body = b"".join(script.body) if isinstance(script.body, list) else script.body
    with serving(coded(gzip.compress(body), coding, kind=script.kind)) as server:
        assert ask(backend(server.url), PROMPT).text == "Answer: 4"


def test_an_error_compressed_by_gzip_is_read() -> None:
    body = gzip.compress(json.dumps({"error": {"message": "no such model"}}).encode())
    script = coded(body, "gzip", status=404)
    with serving(script) as server, pytest.raises(errors.RequestRejected, match="no such model"):
        ask(backend(server.url), PROMPT)


EVENT = f"data: {delta('x' * 60_000)}\n\n".encode()
ENDLESS = {
    "long events": [EVENT] * 300,
    "short lines": [b"id: 7\n" * 10_000] * 300,
    "remarks": [b": ping\n\n" * 8_000] * 300,
    "a body": [b" " * 60_000] * 300,
}


@pytest.mark.parametrize("way", ENDLESS)
def test_a_stream_without_end_is_cut_off_at_16_mb(way: str) -> None:
    script = Script(ENDLESS[way], kind=EVENTS, hang=True)
    with serving(script) as server, pytest.raises(errors.MalformedReply, match="over 16 MB"):
        ask(backend(server.url, timeout=300.0), PROMPT)


def chat(*chunks: AIMessageChunk) -> LangChainChat:
    class Chat(GenericFakeChatModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
            for chunk in chunks:
                yield ChatGenerationChunk(message=chunk)

    return LangChainChat("fake:chat", Chat(messages=iter([])))


def test_a_providers_stream_without_end_is_cut_off_as_well() -> None:
    chunks = [AIMessageChunk("x" * MEGABYTE)] * 17
    with pytest.raises(errors.MalformedReply, match="over 16 MB"):
        ask(chat(*chunks), PROMPT)


@pytest.mark.slow
def test_a_providers_stream_is_joined_in_linear_time() -> None:
    chunk = AIMessageChunk("x" * 100)
    assert grows_linearly(lambda size: ask(chat(*[chunk] * size), PROMPT), 2_000)


@pytest.mark.slow
def test_a_refusal_in_pieces_is_joined_in_linear_time() -> None:
    piece = delta(None, refusal="no " * 30)

    def read(size: int) -> None:
        reader = ResponseReader("here")
        for _ in range(size):
            reader.take(piece)
        reader.take("[DONE]")
        with pytest.raises(errors.Refused):
            reader.reply()

    assert grows_linearly(read, 10_000)


NUMBERS = ["1e400", "-1", "9007199254740992", "NaN", "true", '"7"', "[]", "1" + "0" * 400, "0.5"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("streamed", [True, False])
def test_a_number_that_no_count_can_be_is_none(number: str, streamed: bool) -> None:
    usage = f'{{"prompt_tokens": {number}, "completion_tokens": 7}}'
    whole = f'{text_of(completion())[:-1]}, "usage": {usage}}}'
    with serving(events(whole, "[DONE]") if streamed else Script(whole.encode())) as server:
        reply = ask(backend(server.url), PROMPT)
    assert reply.usage == xlt.Usage(None, 7)


@pytest.mark.parametrize("number", ["-1", "9007199254740992", "1" + "0" * 400])
def test_nor_is_it_one_in_a_recording(number: str, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    line = {"messages": PROMPT.messages, "text": "Answer: 4", "prompt_tokens": "NUMBER"}
    path.write_text(json.dumps(line).replace('"NUMBER"', number), encoding="utf-8")
    assert ask(Replay.open(path), PROMPT).usage == xlt.Usage(None, None)


DEEP = "[" * 900 + "]" * 900
BLOCKS = ['{"type": "text", "text": [' * depth + "]}" * depth for depth in (100, 300, 480, 700)]
NESTED = {
    "model": f'{{"model": {DEEP}, "choices": [{{"message": {{"content": "Answer: 4"}}}}]}}',
    "error": f'{{"error": {DEEP}}}',
    "message of an error": f'{{"error": {{"message": {DEEP}, "code": {DEEP}}}}}',
    "finish reason": f'{{"choices": [{{"text": "Answer: 4", "finish_reason": {DEEP}}}]}}',
    **{
        f"blocks {len(one)}": f'{{"choices": [{{"message": {{"content": [{one}]}}}}]}}'
        for one in BLOCKS
    },
}


@pytest.mark.parametrize("way", NESTED)
def test_nesting_is_a_typed_error_or_nothing(way: str) -> None:
    for status in (200, 400):
        with serving(Script(NESTED[way].encode(), status)) as server:
            made = backend(server.url, streamed=False)
            if status == 200 and "Answer: 4" in NESTED[way]:
                assert ask(made, PROMPT).text == "Answer: 4"
                continue
            with pytest.raises(errors.BackendError) as caught:
                ask(made, PROMPT)
        assert len(str(caught.value)) < 1_000


def test_a_long_name_is_cut() -> None:
    named = json.loads(text_of(completion(finish="y" * 5_000))) | {"model": "m" * 5_000_000}
    with serving(Script(json.dumps(named).encode())) as server:
        reply = ask(backend(server.url), PROMPT)
    assert (reply.model, reply.finish_reason) == ("m" * 200, "y" * 200)


ECHOES = {
    "the text": completion(f"Answer: {KEY}"),
    "a stream": events(delta(f"Answer: {KEY}", "stop"), "[DONE]"),
    "a stream cut in the key": events(*[delta(one) for one in f"Answer: {KEY}"], "[DONE]"),
    "a stream that ends in the key": events(delta("Answer: 4"), delta(KEY[:20]), "[DONE]"),
    "escaped": Script(
        text_of(completion("Answer: KEY")).replace("KEY", KEY.replace("s", r"\u0073")).encode()
    ),
    "the finish reason": completion("Answer: 4", finish=f"stop {KEY}"),
    "the finish reason, cut": completion("Answer: 4", finish="y" * 190 + KEY),
    "the model": Script(
        json.dumps({"model": f"a {KEY}", **json.loads(text_of(completion()))}).encode()
    ),
    "with an ellipsis": completion(f"Answer: {KEY[:12]}…{KEY[-8:]} and {KEY[:6]}…"),
}


@pytest.mark.parametrize("way", ECHOES)
def test_a_reply_never_holds_the_key(way: str, tmp_path: Path) -> None:
    pieces: list[str] = []
    path = tmp_path / "calls.jsonl"
    with serving(ECHOES[way]) as server:
        recorder = Recorder.to(backend(server.url), path)
        reply = asyncio.run(follow(recorder, PROMPT, pieces.append))
    shown = f"{reply!r} {''.join(pieces)} {path.read_text(encoding='utf-8')}"
    assert KEY not in shown
    if way != "a stream that ends in the key":  # a part of it may be anything
        assert KEY[:8] not in shown
        assert KEY[-8:] not in shown


PADDED = " " * (4097 - len(KEY)) + KEY


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize(
    "body",
    [
        PADDED,
        json.dumps({"error": {"message": PADDED}}),
        json.dumps({"error": PADDED}),
        json.dumps({"error": {"code": PADDED}}),
        json.dumps([PADDED]),
        json.dumps({"error": {"message": f"bad {KEY[:12]}…{KEY[-8:]}"}}),
        "<p>" + "x" * (4093 - len(KEY)) + KEY + "</p>",
    ],
)
def test_a_key_at_the_edge_of_what_is_shown(body: str, status: int) -> None:
    script = Script(body.encode(), status)
    with serving(script) as server, pytest.raises(errors.BackendError) as caught:
        ask(backend(server.url), PROMPT)
    told = f"{caught.value} {caught.value!r} {caught.value.partial}"
    assert KEY[:8] not in told
    assert KEY[-8:] not in told


def test_a_key_of_any_name_is_kept_out_of_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYCRED", KEY)
    path = tmp_path / "calls.jsonl"
    given = ["-l", "en", "-m", "x", "--key-env", "MYCRED", "--record", str(path), "--json"]
    with serving(completion(f"Answer: {KEY}")) as server:
        result = CliRunner().invoke(app, ["ask", "mkqa", "Who?", *given, "--base-url", server.url])
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY[:8] not in result.output + path.read_text(encoding="utf-8")
    assert "[key]" in result.output


def test_one_walk_over_all_strings() -> None:
    kept = {
        f"a {KEY}": [xlt.Reply(f"{KEY}!", model=KEY), (KEY, 7, None)],
        "deep": {"b": [[[[KEY]]]]},
    }
    clean = without(kept, {"key": KEY})
    assert clean == {
        "a [key]": [xlt.Reply("[key]!", model="[key]"), ("[key]", 7, None)],
        "deep": {"b": [[[["[key]"]]]]},
    }
    assert without("ollama says test", {"key": "ollama", "other": "test"}) == "ollama says test"


def test_the_walk_does_not_fall_into_a_pit() -> None:
    nested: Any = KEY
    for _ in range(5_000):
        nested = [nested]
    found = redacted(nested, {"key": KEY})
    while isinstance(found, list):
        (found,) = found
    assert found == "[nested too deeply]"


@pytest.mark.slow
def test_a_text_of_ellipses_is_redacted_in_linear_time() -> None:
    text = f"{KEY[:30]}…{KEY[-30:]}"
    assert grows_linearly(lambda size: without(text * size, {"key": KEY}), 5_000)
