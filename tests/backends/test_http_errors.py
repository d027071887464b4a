"""Each way a server can misbehave is its own error or state, never an empty answer."""

from __future__ import annotations

import json
import logging
import socket
import ssl
from typing import Any
from unittest.mock import Mock

import httpcore
import pytest
from misbehaving_server import EVENTS, Script, completion, delta, events, serving
from pydantic import SecretStr

import xlt
from xlt.backends import errors
from xlt.backends.backend import ask
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.backends.retrying import Retries
from xlt.errors import InputError

pytestmark = pytest.mark.real_server

CANARY = "sk-canary-0123456789abcdef"
PROMPT = xlt.compose("mgsm", "2 + 2?", language="en")


class Pauses(list[float]):
    """Stands for the clock: notes the seconds instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def backend(url: str, pauses: Pauses | None = None, **options: Any) -> OpenAICompatible:
    retries = Retries(limit=2, draw=lambda: 0.5, sleep=Pauses() if pauses is None else pauses)
    options = {"key": SecretStr(CANARY), "timeout": 10.0, "retries": retries, **options}
    return OpenAICompatible(url, "fake", **options)


def fault(message: str, **more: Any) -> bytes:
    return json.dumps({"error": {"message": message, **more}}).encode()


BODIES = [
    ("null content", completion(None), errors.EmptyReply, "without any text"),
    ("empty content", completion("  "), errors.EmptyReply, "without any text"),
    ("cut before a text", completion(None, "length"), errors.EmptyReply, "token limit"),
    ("refusal", completion(None, refusal="I cannot help."), errors.Refused, "cannot help"),
    ("filter", completion("Ans", "content_filter"), errors.Refused, "content_filter"),
    ("tool call", completion(None, "tool_calls", tool_calls=[{"id": "1"}]),
     errors.UnexpectedToolCall, "tool"),
    ("no choices", Script(b'{"choices": []}'), errors.MalformedReply, "any choice"),
    ("no object", Script(b"[1]"), errors.MalformedReply, "not an object"),
    ("HTML in a 200", Script(b"<html>Sign in to the hotel</html>", kind="text/html"),
     errors.MalformedReply, "not JSON"),
    ("invalid UTF-8", Script(b'{"choices": [{"message": {"content": "\xff"}}]}'),
     errors.MalformedReply, "not UTF-8"),
    ("deep JSON", Script(b"[" * 100_000), errors.MalformedReply, "not JSON"),
    ("error in a 200", Script(fault("The model is busy", code=400)),
     errors.RequestRejected, "busy"),
    ("broken gzip", Script(b"no gzip", headers={"content-encoding": "gzip"}),
     errors.MalformedReply, "compression"),
    ("401", Script(fault("bad key " + CANARY), 401), errors.AuthenticationFailed, "bad key"),
    ("401 in entities", Script(b"<b>no " + CANARY.replace("-", "&#45;").encode() + b"</b>", 401),
     errors.AuthenticationFailed, "401: no [key]"),
    ("403", Script(b"", 403), errors.AuthenticationFailed, "403"),
    ("402", Script(fault("Pay first"), 402), errors.QuotaExceeded, "Pay"),
    ("quota", Script(fault("You exceeded your quota", code="insufficient_quota"), 429),
     errors.QuotaExceeded, "quota"),
    ("not active", Script(fault("please check your billing details"), 429),
     errors.QuotaExceeded, "billing"),
    ("no error in it", Script(b'{"error": null, "detail": "No such path"}', 404),
     errors.RequestRejected, "No such path"),
    ("overflow", Script(fault("maximum context length is 8192"), 400),
     errors.ContextOverflow, "8192"),
    ("llama.cpp overflow", Script(fault("too long", type="exceed_context_size_error"), 400),
     errors.ContextOverflow, "too long"),
    ("filter in front", Script(fault("The prompt was filtered", code="content_filter"), 400),
     errors.Refused, "filtered"),
    ("404", Script(fault("no such model"), 404), errors.RequestRejected, "no such model"),
    ("404 of an address", Script(b"404 page not found", 404), errors.RequestRejected,
     "It is like http://127.0.0.1:8080/v1."),
    ("Gemini's bad key", Script(b"[%s]" % fault("API key not valid. Please pass a valid one.",
     code=400, status="INVALID_ARGUMENT"), 400), errors.AuthenticationFailed, "not valid"),
    ("Gemini's quota", Script(b"[%s]" % fault("check your plan and billing details", code=429,
     status="RESOURCE_EXHAUSTED"), 429), errors.QuotaExceeded, "your plan"),
    ("Gemini's error in a 200", Script(b"[%s]" % fault("no such field", code=400)),
     errors.RequestRejected, "no such field"),
    ("moderation", Script(fault("Your input was flagged by moderation"), 403), errors.Refused,
     "flagged"),
    ("redirect", Script(b"", 302, headers={"location": "http://example.org/v1?a=b"}),
     errors.RequestRejected, "302: it redirects to http://example.org/v1, and redirects are not"),
    ("redirect within", Script(b"", 308, headers={"location": "/v2"}), errors.RequestRejected,
     "/v2, and"),
    ("redirect to nowhere", Script(b"", 307, headers={"location": "http://a:x/"}),
     errors.RequestRejected, "redirects to nowhere"),
    ("Cloudflare's list", Script(b'{"success": false, "errors": [{"message": "no route"}]}', 409),
     errors.RequestRejected, "no route"),
    ("an error as the body", Script(b'{"object": "error", "message": "no model", "code": 404}'),
     errors.RequestRejected, "no model"),
]  # fmt: skip


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [case[1:] for case in BODIES],
    ids=[str(case[0]) for case in BODIES],
)
def test_bad_body_is_a_typed_error_without_retry(
    script: Script, kind: type[errors.BackendError], words: str, streamed: bool
):
    with serving(script) as server, pytest.raises(errors.BackendError) as caught:
        ask(backend(server.url, streamed=streamed), PROMPT)
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "no such\\nmodel", "code": 7}}', "no such model"),
        (b'{"error": {"code": "gone"}}', "gone"),
        (b'{"error": "no such model"}', "no such model"),
        (b'"no such model"', '"no such model"'),
        (b"<h1>Not <b>here</b></h1>", "Not here"),
        (b"<style>\nb {color: red}</style><b>Off &amp; on</b><script>x", "Off & on"),
        (b"", "without a reason"),
    ],
)
def test_an_error_says_what_the_server_said(body: bytes, message: str):
    with serving(Script(body, 409)) as server, pytest.raises(errors.RequestRejected) as caught:
        ask(backend(server.url), PROMPT)
    assert str(caught.value) == f"{server.url}/chat/completions answered 409: {message}"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.25), ("0.5", 0.75), ("nan", 0.5), ("inf", 0.5), ("-3", 0.25), ("soon", 0.5),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.25), ("99999", 30.0), ("", 0.5)],
)  # fmt: skip
def test_429_waits_as_asked_up_to_the_cap(header: str, seconds: float):
    pauses = Pauses()
    busy = Script(fault("slow down"), 429, headers={"retry-after": header})
    with serving(busy, completion()) as server:
        reply = ask(backend(server.url, pauses, timeout=60.0), PROMPT)
    assert pauses == [pytest.approx(seconds)]
    assert (reply.text, reply.attempts) == ("Answer: 4", 2)


@pytest.mark.parametrize(
    "message",
    [
        "Rate limit reached for gpt-x on requests per min. Limit: 3 / min. To raise it add a "
        "payment method: https://platform.openai.com/account/billing",
        "Check your plan and billing details: https://ai.google.dev/gemini-api/docs/rate-limits",
    ],
)
def test_a_429_that_names_billing_and_a_rate_limit_is_waited_out(message: str):
    with serving(Script(fault(message), 429), completion()) as server:
        assert ask(backend(server.url), PROMPT).attempts == 2


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "The input token count (1200000) exceeds the maximum number of tokens allowed (9)."),
        (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given:"),
        (422, "`inputs` must have less than 4095 tokens. Given: 5000"),
        (400, "Input is too long for requested model."),
        (400, "The input (5000 tokens) is longer than the model's context length (4096 tokens)."),
        (400, "Please reduce the length of the messages or completion."),
        (400, "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768"),
        (413, "prompt is too long: 210000 tokens > 200000 maximum"),
        (500, "the request exceeds the available context size"),
    ],
)
def test_a_prompt_too_long_in_any_servers_words(status: int, message: str):
    with serving(Script(fault(message), status)) as server, pytest.raises(errors.ContextOverflow):
        ask(backend(server.url), PROMPT)
    assert len(server.requests) == 1


def test_a_403_after_a_reply_is_about_its_prompt():
    with serving(Script(b"", 403), completion(), Script(b"Forbidden", 403)) as server:
        made = backend(server.url)
        with pytest.raises(errors.AuthenticationFailed) as caught:
            ask(made, PROMPT)
        assert caught.value.final
        ask(made, PROMPT)
        with pytest.raises(errors.RequestRejected) as caught:
            ask(made.with_temperature(0.5), PROMPT)
    assert not caught.value.final


def test_retries_end_and_their_number_is_told():
    pauses = Pauses()
    with serving(Script(b"", 503)) as server, pytest.raises(errors.ServerFailed) as caught:
        ask(backend(server.url, pauses), PROMPT)
    assert len(server.requests) == caught.value.attempts == 3
    assert pauses == [0.5, 1.0]


def test_no_wait_reaches_past_the_deadline():
    pauses = Pauses()
    busy = Script(b"", 429, headers={"retry-after": "20"})
    with serving(busy) as server, pytest.raises(errors.RateLimited) as caught:
        ask(backend(server.url, pauses, timeout=10.0), PROMPT)
    assert (pauses, caught.value.retry_after) == ([], 20.0)


def test_length_is_a_truncated_reply_and_flags_nothing_as_wrong():
    with serving(completion("Answer: 4", "length")) as server:
        reply = ask(backend(server.url), PROMPT)
    assert (reply.text, reply.truncated) == ("Answer: 4", True)


@pytest.mark.parametrize(
    "script",
    [
        Script(hang=True),
        Script([b"data: " + delta("Ans").encode() + b"\n\n"], kind=EVENTS, hang=True),
    ],
    ids=["silent", "silent after a piece"],
)
def test_total_deadline(script: Script):
    with serving(script) as server, pytest.raises(errors.DeadlineExceeded):
        ask(backend(server.url, timeout=0.4), PROMPT)


def test_a_port_where_nobody_listens_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"
    pauses = Pauses()
    with pytest.raises(errors.ConnectionFailed) as caught:
        ask(backend(f"{origin}/v1", pauses), PROMPT)
    assert str(caught.value) == f"There is no server at {origin}: is it running?"
    assert (caught.value.attempts, pauses) == (1, [])


def test_a_server_that_has_replied_may_be_on_its_way_back():
    pauses = Pauses()
    with serving(completion()) as server:
        made = backend(server.url, pauses)
        ask(made, PROMPT)
    with pytest.raises(errors.ConnectionFailed) as caught:
        ask(made, PROMPT)
    assert (caught.value.attempts, len(pauses)) == (3, 2)


def test_dropped_connections_are_tried_again():
    with serving(Script(drop=True), Script(b"{", length=99), completion()) as server:
        assert ask(backend(server.url), PROMPT).attempts == 3


STREAMS = [
    ("cut stream", events(delta("Answer: ")), errors.MalformedReply, "in the middle"),
    ("no choices", events('{"choices": []}', "[DONE]"), errors.MalformedReply, "any choice"),
    ("null content", events(delta(None, "stop"), "[DONE]"), errors.EmptyReply, "without any text"),
    ("refusal", events(delta(None, refusal="No."), delta(None, "stop")), errors.Refused, "No."),
    ("filter", events(delta("An", "content_filter"), "[DONE]"), errors.Refused, "content_filter"),
    ("tool call", events(delta(None, "tool_calls", tool_calls=[{}])),
     errors.UnexpectedToolCall, "tool"),
    ("error event", events('{"error": {"message": "out of memory", "code": 400}}'),
     errors.RequestRejected, "out of memory"),
    ("invalid UTF-8", Script([b"data: \xc3", b"\x28\n\n"], kind=EVENTS),
     errors.MalformedReply, "not UTF-8"),
    ("no JSON", events("hello"), errors.MalformedReply, "not JSON"),
    ("endless line", Script([b"data: " + b"a" * 1_100_000], kind=EVENTS),
     errors.MalformedReply, "million"),
    ("endless event", Script([b"data: " + b"a" * 1000 + b"\n"] * 1100, kind=EVENTS),
     errors.MalformedReply, "million"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [case[1:] for case in STREAMS],
    ids=[str(case[0]) for case in STREAMS],
)
def test_bad_stream_is_a_typed_error(script: Script, kind: type[Exception], words: str):
    with serving(script) as server, pytest.raises(errors.BackendError) as caught:
        ask(backend(server.url), PROMPT)
    assert type(caught.value) is kind
    assert words in str(caught.value)


def test_cut_stream_keeps_what_came_and_is_not_sent_again():
    with serving(events(delta("Answer: 1"))) as server, pytest.raises(errors.MalformedReply) as e:
        ask(backend(server.url), PROMPT)
    assert e.value.partial == "Answer: 1"
    assert len(server.requests) == 1


def test_stream_joins_characters_cut_anywhere():
    whole = "".join(
        f"data: {one}\r\n\r\n" for one in (delta("答案："), delta("五😀"), delta("!", "stop"))
    )
    data = json.dumps(json.loads(delta("x")), ensure_ascii=False)
    raw = whole.encode() + data.replace('"x"', '" 五😀"').join(["data: ", "\n\n"]).encode()
    pieces = [raw[i : i + 1] for i in range(len(raw))]
    with serving(Script([*pieces, b": ping\n\n", b"data: [DONE]\n\n"], kind=EVENTS)) as server:
        assert ask(backend(server.url), PROMPT).text == "答案：五😀! 五😀"


def test_a_stream_may_begin_with_a_byte_order_mark():
    first = b"\xef\xbb\xbfdata: " + delta("Answer: ").encode() + b"\n\n"
    rest = b"data: " + delta("4", "stop").encode() + b"\n\n"
    with serving(Script([first, rest], kind=EVENTS)) as server:
        assert ask(backend(server.url), PROMPT).text == "Answer: 4"


def test_lone_surrogates_around_the_text_are_replaced():
    choice = rb'{"message": {"content": "4"}, "finish_reason": "\udc80"}'
    with serving(Script(rb'{"model": "m\ud83d", "choices": [' + choice + b"]}")) as server:
        reply = ask(backend(server.url), PROMPT)
    assert (reply.model, reply.finish_reason) == ("m\ufffd", "\ufffd")


def test_surrogate_halves_in_two_events_are_one_character():
    half = [
        r'{"choices":[{"delta":{"content":"\ud83d"}}]}',
        r'{"choices":[{"delta":{"content":"\ude00"}}]}',
    ]
    lone = r'{"choices":[{"delta":{"content":"\ud83d"},"finish_reason":"stop"}]}'
    with serving(events(*half, lone, "[DONE]")) as server:
        assert ask(backend(server.url), PROMPT).text == "😀\ufffd"


def test_request_holds_the_prompt_and_temperature_0():
    with serving(completion()) as server:
        ask(backend(server.url, max_tokens=50), PROMPT)
    (request,) = server.requests
    assert request["messages"] == PROMPT.messages
    assert (request["temperature"], request["max_tokens"]) == (0.0, 50)
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"


@pytest.mark.parametrize("status", [200, 401, 429, 500])
def test_key_is_never_shown(status: int, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    echo = Script(fault(f"your key {CANARY} is bad"), status)
    with serving(echo) as server:
        made = backend(server.url)
        with pytest.raises(errors.BackendError) as caught:
            ask(made, PROMPT)
    shown = f"{made!r} {caught.value!s} {caught.value!r} {caplog.text}"
    assert "[key]" in str(caught.value)
    assert CANARY not in shown
    assert caught.value.__cause__ is None


def test_servers_have_to_show_a_certificate_for_their_name(monkeypatch: pytest.MonkeyPatch):
    made = Mock(wraps=httpcore.AsyncHTTPConnection)
    monkeypatch.setattr(httpcore, "AsyncHTTPConnection", made)
    with pytest.raises(errors.ConnectionFailed):
        ask(backend("https://127.0.0.1:9/v1", retries=Retries(limit=0)), PROMPT)
    context = made.call_args.args[1]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("key", ["", "sk-1\n", "clé", "a b"])
def test_key_that_no_header_can_hold_is_refused_without_being_shown(key: str):
    with pytest.raises(InputError) as caught:
        OpenAICompatible("http://127.0.0.1:1/v1", "fake", SecretStr(key))
    assert "sk-1" not in str(caught.value)


def test_password_in_a_url_is_refused_without_being_shown():
    with pytest.raises(InputError, match="environment") as caught:
        OpenAICompatible("http://user:hunter22@127.0.0.1/v1", "fake")
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://x/v1", "", "http://", "http://a:99999/v1"]
)
def test_url_that_is_none_is_refused(url: str):
    with pytest.raises(InputError, match="is not a URL"):
        OpenAICompatible(url, "fake")
