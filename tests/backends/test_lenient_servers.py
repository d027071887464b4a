"""Servers that differ from OpenAI's in small things are understood, and calls share connections."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import threading
from typing import Any

import pytest
from misbehaving_server import EVENTS, Script, completion, delta, events, serving
from pydantic import SecretStr

import xlt
from xlt.backends import errors
from xlt.backends.backend import Backend, SimpleBackend, ask, send
from xlt.backends.choosing import Choice, choose_backend
from xlt.backends.langchain_chat import LangChainChat
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.replay import Recorder, Scripted
from xlt.backends.retrying import Retries
from xlt.errors import InputError

pytestmark = pytest.mark.real_server

PROMPT = xlt.compose("mgsm", "2 + 2?", language="en")
ANSWER = "Answer: 4"
KEY = "sk-canary-0123456789abcdef"


def backend(url: str, **options: Any) -> OpenAICompatible:
    options = {"timeout": 20.0, "retries": Retries(limit=0), **options}
    return OpenAICompatible(url, "fake", **options)


def raw(text: str, kind: str = EVENTS, **more: Any) -> Script:
    return Script([text.encode()], kind=kind, **more)


def chosen(content: str, index: Any, finish: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": {"content": content}, "finish_reason": finish}


WHOLE = f"data: {delta('Answer: ')}\n\ndata: {delta('4', 'stop')}\n\ndata: [DONE]\n\n"
SAID = {
    "an empty keepalive": raw("data:\n\ndata: \n\n" + WHOLE),
    "a remark first": raw(":\n\n: ping\n\n" + WHOLE),
    "a blank behind the end": raw(WHOLE.replace("[DONE]", "[DONE] ")),
    "a media type in capitals": raw(WHOLE, "Text/Event-Stream; charset=utf-8"),
    "events as plain text": raw(WHOLE, "text/plain"),
    "events in small chunks": Script([bytes([one]) for one in WHOLE.encode()], kind="text/plain"),
    "events without a type": raw(WHOLE, ""),
    "a named event": raw("event: message\n" + WHOLE),
    "201": Script(completion().body, 201),
    "201 and events": raw(WHOLE, status=201),
    "a body labelled as events": Script(completion().body, kind=EVENTS),
    "two choices in two events": events(
        json.dumps({"choices": [chosen("Answer: ", 0)]}),
        json.dumps({"choices": [chosen("No", 1)]}),
        json.dumps({"choices": [chosen("4", 0, "stop")]}),
        json.dumps({"choices": [chosen("!", 1, "stop")]}),
        "[DONE]",
    ),
    "two choices in one event": events(
        json.dumps({"choices": [chosen("No", 1), chosen(ANSWER, 0, "stop")]}), "[DONE]"
    ),
    "a whole message as an event": events(completion().body.decode(), "[DONE]"),  # type: ignore[union-attr]
    "an index that is no number": events(
        json.dumps({"choices": [chosen(ANSWER, None, "stop")]}), "[DONE]"
    ),
}


@pytest.mark.parametrize("way", SAID)
def test_a_stream_in_any_dress_is_read(way: str) -> None:
    with serving(SAID[way]) as server:
        assert ask(backend(server.url), PROMPT).text == ANSWER


def test_of_several_choices_the_one_numbered_0_is_read() -> None:
    several = [
        {"index": 1, "message": {"content": "No"}, "finish_reason": "stop"},
        {"index": 0, "message": {"content": ANSWER}, "finish_reason": "stop"},
    ]
    with serving(Script(json.dumps({"choices": several}).encode())) as server:
        assert ask(backend(server.url, streamed=False), PROMPT).text == ANSWER


def test_an_error_labelled_as_events_is_that_error() -> None:
    body = json.dumps({"error": {"message": "busy", "code": 400}}).encode()
    with serving(Script(body, kind=EVENTS)) as server, pytest.raises(errors.RequestRejected):
        ask(backend(server.url), PROMPT)


NOT_FOUND = Script(b'{"detail":"Not Found"}', 404)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("/v1", ["/v1/chat/completions"]),
        ("/v1/", ["/v1/chat/completions"]),
        ("", ["/v1/chat/completions"]),
        ("/", ["/v1/chat/completions"]),
        ("/v1/chat/completions", ["/v1/chat/completions"]),
        ("/v1/completions", ["/v1/chat/completions"]),
        ("/chat/completions", ["/chat/completions"]),
        ("/v1beta/openai", ["/v1beta/openai/chat/completions"]),
        ("/openai/deployments/a?api-version=1",
         ["/openai/deployments/a/chat/completions?api-version=1"]),
    ],
)  # fmt: skip
def test_a_base_url_in_any_form(given: str, asked: list[str]) -> None:
    with serving(completion()) as server:
        origin = server.url.removesuffix("/v1")
        assert ask(backend(origin + given), PROMPT).text == ANSWER
    assert server.paths == asked


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("", ["/v1/chat/completions", "/chat/completions", "/chat/completions"]),
        ("/api", ["/api/chat/completions", "/api/v1/chat/completions", "/api/v1/chat/completions"]),
    ],
)
def test_where_a_server_answers_is_found_once(given: str, asked: list[str]) -> None:
    with serving(NOT_FOUND, completion()) as server:
        made = backend(server.url.removesuffix("/v1") + given)
        ask(made, PROMPT)
        ask(made.with_temperature(1.0), PROMPT)
    assert server.paths == asked


def test_an_address_without_a_server_behind_it_gets_a_hint() -> None:
    with serving(NOT_FOUND) as server, pytest.raises(errors.RequestRejected) as caught:
        ask(backend(server.url.removesuffix("/v1")), PROMPT)
    assert len(server.paths) == 2
    assert "/v1/chat/completions answered 404: Not Found. Is the server's base URL right?" in str(
        caught.value
    )


def mistrals(field: str) -> Script:
    detail = [{"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not ok"}]
    return Script(json.dumps({"detail": detail}).encode(), 422)


def openais(message: str) -> Script:
    return Script(json.dumps({"error": {"message": message}}).encode(), 400)


@pytest.mark.parametrize(
    ("rejection", "missing", "instead"),
    [
        (mistrals("stream_options"), "stream_options", None),
        (openais("Bad Request"), "stream_options", None),
        (Script(b"", 422), "stream_options", None),
        (openais("Unsupported value: 'temperature' does not support 0 with this model."),
         "temperature", None),
        (openais("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                 "'max_completion_tokens' instead."), "max_tokens", "max_completion_tokens"),
    ],
)  # fmt: skip
def test_an_optional_field_is_left_out_where_a_server_does_not_take_it(
    rejection: Script, missing: str, instead: str | None
) -> None:
    with serving(rejection, completion()) as server:
        made = backend(server.url, max_tokens=9)
        ask(made, PROMPT)
        ask(made.with_temperature(0.5), PROMPT)
    first, *others = server.requests
    assert missing in first
    assert len(others) == 2  # asked again once, and remembered
    assert not any(missing in one for one in others)
    assert instead is None or all(one[instead] == 9 for one in others)


def test_two_fields_one_after_the_other() -> None:
    with serving(mistrals("stream_options"), mistrals("temperature"), completion()) as server:
        ask(backend(server.url), PROMPT)
    assert set(server.requests[-1]) == {"model", "stream", "messages"}


@pytest.mark.parametrize(
    "message",
    [
        "temperature must be between 0 and 1, got 2",
        "messages must not be empty",
        "max_tokens is too large: 20000. This model supports at most 16384 completion tokens.",
    ],
)
def test_a_wrong_value_is_not_left_out(message: str) -> None:
    with serving(completion(), openais(message)) as server:
        made = backend(server.url, temperature=2.0, max_tokens=20_000)
        ask(made, PROMPT)
        with pytest.raises(errors.RequestRejected):
            ask(made, PROMPT)
    assert len(server.requests) == 2


def test_a_field_of_the_users_own_is_never_left_out() -> None:
    with serving(mistrals("temperature"), completion()) as server:
        made = backend(server.url, streamed=False, extra={"temperature": 0.3})
        with pytest.raises(errors.RequestRejected):
            ask(made, PROMPT)
    assert len(server.requests) == 1


@pytest.mark.parametrize("script", [completion(), raw(WHOLE), Script(raw(WHOLE).body, 201)])
def test_calls_one_after_the_other_share_one_connection(script: Script) -> None:
    with serving(script, keep_alive=True) as server:
        made = backend(server.url)
        for _ in range(101):
            assert ask(made, PROMPT).text == ANSWER
    assert (len(server.requests), server.connections) == (101, 1)


def test_a_failed_call_does_not_cost_the_connection() -> None:
    busy = Script(b"{}", 429, headers={"retry-after": "0"})
    with serving(busy, completion(), keep_alive=True) as server:
        made = backend(server.url, retries=Retries(limit=1, base=0.0))
        assert ask(made, PROMPT).attempts == 2
    assert server.connections == 1


def test_a_loop_closes_its_connections_when_it_ends() -> None:
    async def twice(made: OpenAICompatible) -> None:
        await send(made, PROMPT)
        await send(made.with_temperature(1.0), PROMPT)

    with serving(completion(), keep_alive=True) as server:
        made = backend(server.url)
        asyncio.run(twice(made))
        asyncio.run(twice(made))
    assert (len(server.requests), server.connections) == (4, 2)


def test_each_thread_has_its_own_connection() -> None:
    with serving(completion(), keep_alive=True) as server:
        made = backend(server.url)

        def twice() -> None:
            ask(made, PROMPT)
            ask(made, PROMPT)

        threads = [threading.Thread(target=twice) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(server.requests), server.connections) == (6, 3)


def test_a_cookie_of_one_call_is_not_sent_with_the_next() -> None:
    script = Script(completion().body, headers={"set-cookie": "who=me"})
    with serving(script, keep_alive=True) as server:
        made = backend(server.url)
        ask(made, PROMPT)
        ask(made, PROMPT)
    assert "cookie" not in server.headers[1]


def test_ask_says_what_to_write_where_a_loop_runs() -> None:
    async def cell() -> None:
        ask(Scripted([ANSWER]), PROMPT)

    with pytest.raises(InputError, match="await send"):
        asyncio.run(cell())


def test_a_backend_can_be_sent_to_another_process() -> None:
    with serving(NOT_FOUND, completion(), completion()) as server:
        made = backend(server.url.removesuffix("/v1"), key=SecretStr(KEY))
        ask(made, PROMPT)
        assert ask(pickle.loads(pickle.dumps(made)), PROMPT).text == ANSWER


OUTSIDE = "http://192.0.2.1/v1"
ENVIRONMENTS = [
    ({"ALL_PROXY": "socks5://127.0.0.1:7890"}, OUTSIDE, 'ALL_PROXY .* "httpx\\[socks\\]"'),
    ({"all_proxy": "socks5h://127.0.0.1:7890"}, OUTSIDE, "all_proxy names a SOCKS proxy"),
    ({"ALL_PROXY": "socks://127.0.0.1:7890"}, OUTSIDE, "ALL_PROXY of the environment"),
    ({"HTTP_PROXY": "foo://x"}, OUTSIDE, "HTTP_PROXY of the environment"),
    ({"HTTPS_PROXY": "http://u:hunter22@:bad"}, OUTSIDE, "HTTPS_PROXY of the environment"),
    ({"HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "[::1]"}, OUTSIDE, "NO_PROXY of the env"),
    ({"SSL_CERT_FILE": "/nowhere.pem"}, "https://192.0.2.1", "SSL_CERT_FILE='/nowhere.pem'"),
    ({"SSL_CERT_FILE": "/etc/hostname"}, "https://127.0.0.1", "SSL_CERT_FILE='/etc/hostname'"),
]


@pytest.mark.parametrize(("environment", "url", "words"), ENVIRONMENTS)
def test_a_bad_environment_is_one_line_before_any_call(
    environment: dict[str, str], url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=words) as caught:
        choose_backend(Choice("fake", base_url=url))
    with pytest.raises(InputError, match=words):
        ask(backend(url), PROMPT)
    assert "\n" not in str(caught.value)
    assert "hunter22" not in f"{caught.value!r} {caught.value.__cause__}"


def test_a_proxy_of_the_environment_is_asked_for_what_is_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(completion(), keep_alive=True) as proxy, serving(completion()) as here:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        for url in (OUTSIDE, OUTSIDE, here.url):
            assert ask(backend(url), PROMPT).text == ANSWER
    assert proxy.paths == [f"{OUTSIDE}/chat/completions"] * 2
    assert (proxy.connections, proxy.headers[0]["accept-encoding"]) == (1, "identity")
    assert here.paths == ["/v1/chat/completions"]


def test_a_proxy_that_is_not_there_is_a_connection_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(errors.ConnectionFailed, match="Cannot connect to http://192.0.2.1/v1"):
        ask(backend(OUTSIDE), PROMPT)


@pytest.mark.parametrize("environment", [one[0] for one in ENVIRONMENTS])
def test_a_bad_environment_does_not_matter_for_a_server_here(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with serving(completion()) as server:
        assert ask(backend(server.url), PROMPT).text == ANSWER


def test_a_provider_whose_client_finds_no_socks_is_not_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:7890")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(InputError, match=r"httpx\[socks\]"):
        LangChainChat.of_name("openai:gpt-4o-mini")


def test_the_log_tells_waits_and_fallbacks_without_prompt_and_key(
    caplog: pytest.LogCaptureFixture,
) -> None:
    echo = json.dumps({"error": {"message": f"slow, {PROMPT.text} {KEY}"}}).encode()
    caplog.set_level(logging.DEBUG, logger="xlt")
    scripts = [NOT_FOUND, mistrals("stream_options"), Script(echo, 429), completion()]
    with serving(*scripts) as server:
        made = backend(
            server.url.removesuffix("/v1"),
            key=SecretStr(KEY),
            retries=Retries(limit=1, base=0.0),
        )
        ask(made, PROMPT)
    told = [one.getMessage() for one in caplog.records if one.name.startswith("xlt")]
    assert told == [
        "127.0.0.1 answered 404: trying /chat/completions",
        "127.0.0.1 does not take stream_options: asking without",
        "RateLimited (429): try 2 of 2 in 0.0 s",
    ]
    assert {one.levelno for one in caplog.records if one.name.startswith("xlt")} == {logging.INFO}


def test_every_backend_has_all_that_callers_ask_for(tmp_path: Any) -> None:
    class Parrot(SimpleBackend):
        name = "parrot"

        async def stream(self, prompt: xlt.Prompt) -> Any:
            yield xlt.Reply(ANSWER)

    server = OpenAICompatible("http://127.0.0.1:1", "fake", SecretStr(KEY), extra={"seed": 7})
    every: list[Backend] = [Parrot(), Scripted([]), server, Recorder(server, tmp_path / "calls")]
    for one in every:
        assert one.with_temperature(0.5).name == one.name
        assert one.with_retries(Retries(limit=1)).redact(["x"]) == ["x"]
        assert isinstance(one.retries, Retries)
    assert server.settings == {"temperature": 0.0, "max_tokens": None, "seed": 7}
    changed = Recorder(server, tmp_path).with_temperature(0.5).with_retries(Retries(limit=9))
    assert (changed.settings["temperature"], changed.retries.limit) == (0.5, 9)
    assert changed.redact({"a": (f"<{KEY}>",)}) == {"a": ("<[key]>",)}
    assert ask(Parrot(), PROMPT).text == ANSWER


def test_a_field_that_is_left_out_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    refused = mistrals("temperature")
    with serving(refused, Script(b"{}", 409), refused, completion()) as server:
        made = backend(server.url)
        with pytest.raises(errors.RequestRejected):
            ask(made, PROMPT)
        assert ask(made, PROMPT).text == ANSWER
    assert [one.getMessage() for one in caplog.records] == [
        "127.0.0.1 does not take temperature: asking without"
    ]
