"""Calls through the real server to a real one behind it, both on 127.0.0.1."""

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import openai
import pytest
from misbehaving_server import Script, completion, delta, events, serving
from pydantic import SecretStr
from running_app import PROBLEM, REPLY, served

from xlt.serving import Upstream

pytestmark = pytest.mark.real_server
SW = {"xlt": {"language": "sw"}}
ASKED = {"model": "xlt/mgsm@m", "messages": [{"role": "user", "content": PROBLEM}], **SW}
PLAIN = {"model": "m", "messages": [{"role": "user", "content": PROBLEM}]}
KEY = "sk-upstream-123456789"
STREAM = [delta("Retelling: 16 eggs, "), delta("3 eaten.\nAnswer: 13"), delta(None, "stop")]


@contextmanager
def both(*scripts, keep_alive=True, **settings):
    """Give the upstream, and a client whose base is xlt's server in front of it."""
    with (
        serving(*scripts, keep_alive=keep_alive) as upstream,
        served(upstream.url, **settings) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield upstream, client


def sdk(client, **more):
    return openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="xlt", max_retries=0, **more)


def ask(client, asked=ASKED, **more):
    return client.post("/v1/chat/completions", json=asked, **more)


def test_the_openai_sdk_gets_the_reply_and_the_answer():
    with both(completion(REPLY)) as (upstream, client), sdk(client) as openai_client:
        made = openai_client.chat.completions.create(
            **{**PLAIN, "model": "xlt/mgsm@m"}, extra_body=SW
        )
    assert made.choices[0].message.content == REPLY
    assert made.xlt["answer"] == 13
    assert upstream.requests[0]["messages"][0]["content"].startswith("I want you to act as")
    assert upstream.requests[0]["model"] == "m"


def test_the_openai_sdk_streams_pieces_as_they_come():
    with both(events(*STREAM, "[DONE]")) as (_, client), sdk(client) as openai_client:
        stream = openai_client.chat.completions.create(
            **{**PLAIN, "model": "xlt/mgsm@m"}, extra_body=SW, stream=True
        )
        chunks = list(stream)
    assert [one.choices[0].delta.content for one in chunks] == [
        "Retelling: 16 eggs, ",
        "3 eaten.\nAnswer: 13",
        None,
    ]
    assert chunks[-1].xlt["answer"] == 13


def test_the_answer_alone():
    with both(completion(REPLY)) as (_, client):
        made = ask(client, params={"answer": "only"}).json()
    assert made["choices"][0]["message"]["content"] == "13"


def test_the_async_sdk_and_the_answer_alone_in_a_stream():
    async def texts(url):
        async with openai.AsyncOpenAI(
            base_url=f"{url}/v1", api_key="xlt", default_query={"answer": "only"}
        ) as client:
            stream = await client.chat.completions.create(
                **{**PLAIN, "model": "xlt/mgsm@m"}, extra_body=SW, stream=True
            )
            return [one.choices[0].delta.content async for one in stream]

    with both(events(*STREAM, "[DONE]")) as (_, client):
        assert asyncio.run(texts(client.base_url)) == ["13"]


@pytest.mark.parametrize("path", ["chat/completions", "embeddings", "completions", "responses"])
def test_other_models_pass_through_untouched(path):
    body = b'{"model": "m",  "odd": [1.0, "\\u00e9"]}'
    said = b'{"choices" : [], "odd":1.50}'
    with both(Script(said, headers={"x-request-id": "7", "set-cookie": "a=b"})) as (up, client):
        made = client.post(
            f"/v1/{path}", content=body, headers={"content-type": "application/json"}
        )
    assert made.content == said
    assert made.headers["x-request-id"] == "7"
    assert "set-cookie" not in made.headers
    assert up.requests == [json.loads(body)]
    assert up.paths == [f"/v1/{path}"]


REFUSED = Script(b'{"error": {"message": "Unknown parameter: stream_options"}}', 400)


def test_an_upstream_without_stream_options_is_asked_again_without_them():
    own = {**ASKED, "stream": True, "stream_options": {"include_usage": True}}
    with both(REFUSED, events(*STREAM, "[DONE]")) as (upstream, client):
        made = [ask(client, {**ASKED, "stream": True}) for _ in range(2)]
    assert [one.status_code for one in made] == [200, 200]
    assert all('"answer": 13' in one.text for one in made)
    assert ["stream_options" in one for one in upstream.requests] == [True, False, False]
    with both(REFUSED) as (upstream, client):  # the client's own are not left out
        assert ask(client, own).status_code == 400
    assert len(upstream.requests) == 1


def test_an_error_that_is_the_event_itself_ends_the_stream():
    said = json.dumps({"object": "error", "message": "too long", "code": 400})
    with both(events(STREAM[0], said)) as (_, client):
        made = ask(client, {**ASKED, "stream": True})
    assert "The upstream broke off: too long" in made.text


def test_a_stream_passes_through_untouched():
    with both(events(*STREAM, "[DONE]")) as (_, client):
        made = ask(client, {**PLAIN, "stream": True})
    assert made.text == "".join(f"data: {one}\n\n" for one in [*STREAM, "[DONE]"])
    assert made.headers["content-type"] == "text/event-stream"


@pytest.mark.parametrize("asked", [ASKED, PLAIN])
def test_an_upstreams_refusal_comes_as_it_is(asked):
    said = b'{"error": {"message": "slow down", "code": 7}}'
    script = Script(said, status=429, headers={"retry-after": "3"})
    with both(script) as (_, client):
        made = ask(client, asked)
    assert (made.status_code, made.content, made.headers["retry-after"]) == (429, said, "3")


@pytest.mark.parametrize(
    ("sent", "settings", "received"),
    [
        ("Bearer own-key-of-the-caller", {}, "Bearer own-key-of-the-caller"),
        ("Bearer own-key-of-the-caller", {"key": KEY}, "Bearer own-key-of-the-caller"),
        ("Bearer xlt", {"key": KEY}, f"Bearer {KEY}"),
        (None, {"key": KEY}, f"Bearer {KEY}"),
        (None, {}, None),
        ("Bearer open-sesame", {"key": KEY, "access_key": "open-sesame"}, f"Bearer {KEY}"),
        ("Bearer open-sesame", {"access_key": "open-sesame"}, None),
    ],
)
@pytest.mark.parametrize("asked", [ASKED, PLAIN])
def test_whose_key_the_upstream_gets(sent, settings, received, asked):
    settings = {name: SecretStr(value) for name, value in settings.items()}
    with both(completion(REPLY), **settings) as (upstream, client):
        ask(client, asked, headers={"authorization": sent} if sent else {})
    assert upstream.headers[0].get("authorization") == received


def test_without_the_access_key_nothing_is_served_but_health_and_page():
    with both(completion(REPLY), access_key=SecretStr("open-sesame")) as (upstream, client):
        wrong = {"authorization": "Bearer open-sesam€".encode()}
        codes = [
            ask(client).status_code,
            ask(client, headers=wrong).status_code,
            client.get("/v1/models").status_code,
            client.get("/metrics").status_code,
            client.post("/xlt/compose", json={}).status_code,
            client.get("/healthz").status_code,
            client.get("/").status_code,
        ]
    assert codes == [401, 401, 401, 401, 401, 200, 200]
    assert upstream.requests == []


@pytest.mark.parametrize("asked", [ASKED, PLAIN, {**ASKED, "stream": True}])
@pytest.mark.parametrize("status", [200, 401])
def test_no_response_holds_the_servers_key(asked, status):
    said = f"Answer: 13 (asked with {KEY})"
    error = Script(f'{{"error": "bad key {KEY}"}}'.encode(), status=401)
    whole = (
        events(*[delta(said[:30]), delta(said[30:], "stop")])
        if "stream" in asked
        else completion(said)
    )
    with both(whole if status == 200 else error, key=SecretStr(KEY)) as (_, client):
        made = ask(client, asked)
    assert made.status_code == status
    assert KEY not in made.text
    assert status == 200 or "[key of main]" in made.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:1"}, 200),
        ({"host": "[::1]:8765"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "192.168.1.7:8765"}, 200),
        ({"host": "xlt.example.org"}, 200),
        ({"host": "rebound.example.com:8765"}, 403),
        ({"host": "localhost.example.com"}, 403),
        ({"host": ""}, 403),
        ({"host": "localhost", "origin": "http://localhost"}, 200),
        ({"host": "localhost", "origin": "http://localhost:3000"}, 403),
        ({"host": "localhost", "origin": "null"}, 403),
        ({"host": "localhost", "origin": "https://app.example.org"}, 200),
        ({"host": "localhost", "origin": "https://app.example.org.evil"}, 403),
    ],
)
def test_other_web_pages_are_turned_away(headers, status):
    settings = {"hosts": ("xlt.example.org",), "origins": ("https://app.example.org",)}
    with both(completion(REPLY), **settings) as (upstream, client):
        assert ask(client, headers=headers).status_code == status
    assert len(upstream.requests) == (status == 200)


def test_an_allowed_page_may_call_from_a_browser():
    origin = {"origin": "https://app.example.org"}
    wanted = {"access-control-request-method": "POST"}
    with both(completion(REPLY), origins=(origin["origin"],)) as (_, client):
        asked = client.options("/v1/chat/completions", headers={**origin, **wanted})
        made = ask(client, headers=origin)
    assert asked.headers["access-control-allow-origin"] == origin["origin"]
    assert made.headers["access-control-allow-origin"] == origin["origin"]


def test_calls_go_to_named_upstreams_only():
    with serving(completion("Answer: 1")) as one, serving(completion("Answer: 2")) as two:
        upstreams = {"one": Upstream(one.url), "two": Upstream(two.url)}
        with served(one.url, upstreams=upstreams) as url, httpx.Client(base_url=url) as client:
            first = ask(client).json()
            second = ask(client, headers={"x-xlt-upstream": "two"}).json()
            other = ask(client, headers={"x-xlt-upstream": "http://169.254.169.254/"})
            path = client.post("/v1/../admin", json={})
            files = client.post("/v1/files", json={})
    assert (first["xlt"]["answer"], second["xlt"]["answer"]) == (1, 2)
    assert (other.status_code, path.status_code, files.status_code) == (400, 404, 404)
    assert "Known: one, two" in other.json()["error"]["message"]


def test_an_upstreams_redirect_is_not_followed():
    with serving(completion("Answer: 9")) as elsewhere:
        script = Script(b"", status=302, headers={"location": elsewhere.url})
        with both(script) as (_, client):
            made = ask(client, follow_redirects=False)
    assert made.status_code == 302
    assert "location" not in made.headers
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b"[1]", 400, "must be a JSON object"),
        (b"[" * 100_000, 400, "not JSON"),
        (b'{"model": "xlt/mgsm@m"}', 400, "messages must be a list"),
        (b'{"model": "xlt/mgs@m"}', 400, "Did you mean 'mgsm'"),
        (b"x" * 2_000_000, 413, "over 1000000 bytes"),
    ],
)
def test_what_cannot_be_served_is_told_as_openai_tells_it(content, status, words):
    with both(completion(REPLY), max_body=1_000_000) as (upstream, client):
        made = client.post("/v1/chat/completions", content=content)
    assert made.status_code == status
    assert words in made.json()["error"]["message"]
    assert upstream.requests == []


def test_too_many_calls_are_told_to_come_again():
    script = Script([b"data: {}\n\n"], kind="text/event-stream", hang=True)
    with (
        both(script, max_concurrency=1) as (_, client),
        client.stream("POST", "/v1/chat/completions", json={**ASKED, "stream": True}) as first,
    ):
        pieces = first.iter_bytes()  # kept: without it the connection is closed
        next(pieces)
        made = ask(client)
        assert (made.status_code, made.headers["retry-after"]) == (429, "1")
        assert client.get("/healthz").status_code == 200
        assert "xlt_calls_under_way 1.0" in client.get("/metrics").text


@pytest.mark.parametrize("asked", [ASKED, PLAIN, {**ASKED, "stream": True}])
def test_an_upstream_that_does_not_answer_is_given_up(asked):
    with both(Script(b"", hang=True), timeout=0.5) as (_, client):
        made = None
        try:
            made = ask(client, asked)
        except httpx.RemoteProtocolError:  # headers were passed on, then the body did not come
            assert asked == PLAIN
    if asked["model"] != "m":
        assert made is not None
        assert made.status_code == 504


def test_no_upstream_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with served(f"http://127.0.0.1:{port}/v1") as url, httpx.Client(base_url=url) as client:
        made = ask(client)
    assert made.status_code == 502
    assert "There is no server" in made.json()["error"]["message"]


def test_an_upstream_killed_in_mid_stream_is_an_error_of_the_sdk():
    script = events(*STREAM[:2], length=10_000)
    with both(script, keep_alive=False) as (_, client), sdk(client) as openai_client:
        stream = openai_client.chat.completions.create(
            **{**PLAIN, "model": "xlt/mgsm@m"}, extra_body=SW, stream=True
        )
        texts = [next(stream).choices[0].delta.content for _ in range(2)]
        with pytest.raises(openai.APIError, match="connection broke"):
            next(stream)
    assert "".join(texts) == "Retelling: 16 eggs, 3 eaten.\nAnswer: 13"


def test_an_upstream_killed_in_mid_stream_breaks_a_stream_passed_through():
    with (
        both(events(*STREAM[:2], length=10_000), keep_alive=False) as (_, client),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        ask(client, {**PLAIN, "stream": True})


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"choices": []}', b"\xff\xfe", b"[]"])
def test_what_is_no_reply_is_told(body):
    with both(Script(body)) as (_, client):
        made = ask(client)
    assert made.status_code == 502
    assert made.json()["error"]["type"] == "upstream_error"


def test_a_client_that_goes_ends_its_call():
    with both(Script([b"data: {}\n\n"], kind="text/event-stream", hang=True)) as (up, client):
        with client.stream("POST", "/v1/chat/completions", json={**ASKED, "stream": True}) as made:
            next(made.iter_bytes())
        wait_for(lambda: "xlt_calls_under_way 0.0" in client.get("/metrics").text)
        assert 'code="499"' in client.get("/metrics").text
    assert len(up.requests) == 1


def test_a_client_that_does_not_read_is_let_go():
    piece = delta("x" * 100_000)
    script = events(*[piece] * 100)
    with both(script, stall=0.5) as (_, client):
        address = (client.base_url.host, client.base_url.port)
        body = json.dumps({**ASKED, "stream": True}).encode()
        with socket.create_connection(address) as slow:
            head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            slow.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_for(lambda: "xlt_calls_under_way 1.0" in client.get("/metrics").text)
            wait_for(lambda: "xlt_calls_under_way 0.0" in client.get("/metrics").text)


def test_metrics_count_and_hold_no_text():
    with both(completion(REPLY), key=SecretStr(KEY)) as (_, client):
        ask(client)
        ask(client, PLAIN)
        ask(client, {**ASKED, "model": "xlt/juma@m"})
        counts = client.get("/metrics").text
    assert 'xlt_calls_total{code="200",task="arithmetic_reasoning"} 1.0' in counts
    assert 'xlt_calls_total{code="200",task="none"} 1.0' in counts
    assert 'xlt_calls_total{code="400",task="none"} 1.0' in counts
    assert 'xlt_answers_total{status="anchored",task="arithmetic_reasoning"} 1.0' in counts
    assert KEY not in counts
    assert "juma" not in counts.lower()


def test_models_are_listed_with_the_tasks_that_take_a_text():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'{"object": "list", "data": [{"id": "m", "object": "model"}]}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as upstream:
        threading.Thread(target=upstream.handle_request).start()
        with (
            served(f"http://127.0.0.1:{upstream.server_port}/v1") as url,
            openai.OpenAI(base_url=f"{url}/v1", api_key="xlt") as client,
        ):
            names = [one.id for one in client.models.list()]
    assert names[0] == "m"
    assert {"xlt/chat@m", "xlt/arithmetic_reasoning@m"} <= set(names)
    assert not {"xlt/commonsense_reasoning@m", "xlt/machine_translation@m"} & set(names)


def wait_for(condition):
    """Wait until something is so; a test that hangs is a failed one."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
