"""Strategies of several calls through the real server, and the response that brings the answer."""

import json

import httpx
import pytest
from misbehaving_server import Script, completion, delta, events
from pydantic import SecretStr
from running_app import PROBLEM
from test_calls import both, sdk, wait_for

import xlt
from xlt.running import Stepper
from xlt.serving import calls

pytestmark = pytest.mark.real_server
TURNS = ("Juma has 16 eggs. He eats 3.", "16 - 3 = 13\nAnswer: 13")
USAGE = {"prompt_tokens": 40, "completion_tokens": 8}
PIECES = (
    delta("16 - 3 = 13\n"),
    delta("Answer: 13"),
    delta(None, "stop"),
    json.dumps({"choices": [], "usage": USAGE}),
    "[DONE]",
)
KEY = "sk-upstream-123456789"


def body_of(text, finish="stop", **message):
    said = {"message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    return {"id": "c1", "model": "m", "created": 5, "usage": USAGE, "choices": [said]}


def replies(*texts):
    return [Script(json.dumps(body_of(text)).encode()) for text in texts]


def asked(strategy="clp", **more):
    messages = [{"role": "user", "content": PROBLEM}]
    own = {"language": "sw", "strategy": strategy, **more.pop("xlt", {})}
    return {"model": "xlt/mgsm@m", "messages": messages, "xlt": own, **more}


def ask(client, body, **more):
    return client.post("/v1/chat/completions", json=body, **more)


def test_every_call_goes_to_the_upstream_and_the_last_reply_comes_back():
    before = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Habari"}]
    body = asked(temperature=0.5, stream=False)
    body["messages"] = [*before, *body["messages"]]
    with both(*replies(*TURNS)) as (upstream, client):
        made = ask(client, body).json()
    assert made["choices"][0]["message"]["content"] == TURNS[1]
    assert (made["xlt"]["answer"], made["xlt"]["status"]) == (13, "anchored")
    assert made["xlt"]["usage"] == {"input_tokens": 80, "output_tokens": 16, "calls": 2}
    assert made["xlt"]["language"] == "sw"
    assert "strategy:clp" in made["xlt"]["signature"]
    stepper = Stepper(xlt.plan("mgsm", PROBLEM, language="sw", strategy="clp"))
    wanted = [stepper.prompts[0].messages]
    stepper.take([TURNS[0]])
    wanted.append(stepper.prompts[0].messages)
    assert [one["messages"] for one in upstream.requests] == [[*before, *one] for one in wanted]
    assert len(wanted[1]) == 3
    assert [one["temperature"] for one in upstream.requests] == [0.5, 0.5]


def test_the_openai_sdk_streams_the_last_of_several_calls():
    body = asked(stream=True, stream_options={"include_usage": True})
    own = body.pop("xlt")
    scripts = (*replies(TURNS[0]), events(*PIECES))
    with both(*scripts) as (upstream, client), sdk(client) as openai_client:
        made = openai_client.chat.completions.create(**body, extra_body={"xlt": own})
        *pieces, last, usage = list(made)
    first, second = upstream.requests
    assert not any("stream" in name for name in first)
    assert (second["stream"], second["stream_options"]) == (True, {"include_usage": True})
    assert [one.choices[0].delta.content for one in pieces] == ["16 - 3 = 13\n", "Answer: 13"]
    assert last.choices[0].finish_reason == "stop"
    assert (last.xlt["answer"], last.xlt["status"]) == (13, "anchored")
    assert last.xlt["span"] == [20, 22]
    assert last.xlt["usage"] == {"input_tokens": 80, "output_tokens": 16, "calls": 2}
    assert (usage.choices, usage.usage.prompt_tokens) == ([], 40)


def test_an_upstream_that_does_not_stream_gives_one_piece():
    body = asked(stream=True, stream_options={"include_usage": True})
    own = body.pop("xlt")
    with both(*replies(*TURNS)) as (_, client), sdk(client) as openai_client:
        made = openai_client.chat.completions.create(**body, extra_body={"xlt": own})
        text, last, usage = list(made)
    assert (text.id, text.object) == ("c1", "chat.completion.chunk")
    assert text.choices[0].delta.content == TURNS[1]
    assert last.choices[0].finish_reason == "stop"
    assert last.xlt["answer"] == 13
    assert (usage.choices, usage.usage.prompt_tokens) == ([], 40)


def test_a_piece_comes_before_the_last_call_has_ended():
    waits = events(PIECES[0], hang=True)
    body = asked(stream=True)
    with (
        both(*replies(TURNS[0]), waits) as (_, client),
        client.stream("POST", "/v1/chat/completions", json=body) as response,
    ):
        assert next(response.iter_lines()) == f"data: {PIECES[0]}"


def test_comments_come_until_the_last_round(monkeypatch):
    monkeypatch.setattr(calls, "_QUIET_SECONDS", 0.01)
    with (
        both(Script(b"", hang=True)) as (upstream, client),
        client.stream("POST", "/v1/chat/completions", json=asked(stream=True)) as response,
    ):
        lines = response.iter_lines()
        assert [next(lines) for _ in range(4)] == [":", "", ":", ""]
        assert len(upstream.requests) == 1


def lines_of(made):
    """Return the data of the events of a response, without comments."""
    told = [one[6:] for one in made.text.split("\n\n") if one.startswith("data: ")]
    return [one if one == "[DONE]" else json.loads(one) for one in told]


def test_the_rounds_are_shown_where_asked():
    body = asked(xlt={"rounds": True})
    with both(*replies(*TURNS)) as (upstream, client):
        whole = ask(client, body).json()["xlt"]["rounds"]
    asked_for = [one["messages"][-1]["content"] for one in upstream.requests]
    pairs = zip(asked_for, TURNS, strict=True)
    assert whole == [[{"prompt": prompt, "reply": said}] for prompt, said in pairs]
    with both(*replies(TURNS[0]), events(*PIECES)) as (_, client):
        first, *pieces, last, done = lines_of(ask(client, {**body, "stream": True}))
    assert first == {"object": "chat.completion.chunk", "choices": [], "xlt": {"rounds": whole[:1]}}
    assert pieces == [json.loads(one) for one in PIECES[:2]]
    assert last["xlt"]["rounds"] == whole[1:]
    assert done == "[DONE]"


def test_a_vote_shows_its_rounds_and_then_the_reply_that_won():
    votes = ["9 eggs. Answer: 9", *["Answer: 13"] * 6]
    with both(*replies(*votes)) as (_, client):
        made = lines_of(ask(client, asked("clc", stream=True, xlt={"rounds": True})))
    text, last, _ = made
    assert text["choices"][0]["delta"]["content"] == "Answer: 13"
    (said,) = last["xlt"]["rounds"]
    assert sorted(one["reply"] for one in said) == sorted(votes)


def test_a_refusal_after_the_stream_has_begun_is_an_error_in_it():
    refused = Script(json.dumps({"error": {"message": f"slow down, {KEY}"}}).encode(), status=429)
    body = asked(stream=True, xlt={"rounds": True})
    with both(*replies(TURNS[0]), refused, key=SecretStr(KEY)) as (_, client):
        made = ask(client, body)
        counts = client.get("/metrics").text
    assert made.status_code == 200
    shown, told = lines_of(made)
    assert shown["xlt"]["rounds"][0][0]["reply"] == TURNS[0]
    assert told["error"]["type"] == "upstream_error"
    assert "status 429" in told["error"]["message"]
    assert "slow down" in told["error"]["message"]
    assert KEY not in made.text
    assert 'code="429"' in counts


def test_a_last_reply_that_breaks_off_is_an_error_in_the_stream():
    with both(*replies(TURNS[0]), events(PIECES[0])) as (_, client):
        piece, told = lines_of(ask(client, asked(stream=True)))
    assert piece == json.loads(PIECES[0])
    assert "ended in the middle" in told["error"]["message"]


@pytest.mark.parametrize("scripts", ["whole", "pieces"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_answer_alone(stream, scripts):
    last = events(*PIECES) if stream and scripts == "pieces" else replies(TURNS[1])[0]
    with both(*replies(TURNS[0]), last) as (_, client):
        made = ask(client, asked(stream=stream), params={"answer": "only"}).text
    assert '"content":"13"' in made.replace('": "', '":"')
    assert TURNS[1] not in made


def test_the_reply_that_comes_back_is_the_one_that_the_answer_was_read_in():
    votes = ["Answer: 13", "Answer: 13", "Answer: 13", "Answer: 13", "Answer: 9"]
    with both(*replies(*votes)) as (upstream, client):
        made = ask(client, asked("clc")).json()
    assert made["xlt"]["usage"]["calls"] == len(upstream.requests) == 7
    assert made["xlt"]["answer"] == 13
    assert made["choices"][0]["message"]["content"] == "Answer: 13"


def test_an_answer_in_the_wrong_language_is_asked_for_again():
    said = ["Answer: The capital of Kenya is Nairobi.", "Answer: Mji mkuu wa Kenya ni Nairobi."]
    body = asked("xlt", xlt={"ensure_language": True})
    body["model"] = "xlt/chat@m"
    body["messages"] = [{"role": "user", "content": "Mji mkuu wa Kenya ni upi?"}]
    with both(*replies(*said)) as (upstream, client):
        made = ask(client, body).json()
    assert made["xlt"]["answer"] == "Mji mkuu wa Kenya ni Nairobi."
    assert "asked_again" in made["xlt"]["flags"]
    assert len(upstream.requests) == 2
    with both(*replies(*said)) as (_, client):  # nothing of the first reply is shown
        text, last, _ = lines_of(ask(client, {**body, "stream": True}))
    assert text["choices"][0]["delta"]["content"] == said[1]
    assert "asked_again" in last["xlt"]["flags"]


def test_a_tool_call_ends_the_plan_and_is_passed_on():
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    script = Script(json.dumps(body_of(None, "tool_calls", tool_calls=[call])).encode())
    with both(script) as (upstream, client), sdk(client) as openai_client:
        body = asked(stream=True)
        own = body.pop("xlt")
        first, last = openai_client.chat.completions.create(**body, extra_body={"xlt": own})
    assert first.choices[0].delta.tool_calls[0].function.name == "add"
    assert last.xlt["flags"] == ["tool_call"]
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("strategy", ["clp", "clsp"])
def test_an_upstreams_refusal_comes_as_it_is_but_for_keys(strategy, stream):
    said = json.dumps({"error": {"message": f"slow down, {KEY}"}}).encode()
    refused = Script(said, status=429, headers={"retry-after": "3"})
    with both(*replies("Juma has 16 eggs."), refused, key=SecretStr(KEY)) as (_, client):
        made = ask(client, asked(strategy, stream=stream))
        counts = client.get("/metrics").text
    assert (made.status_code, made.headers["retry-after"]) == (429, "3")
    assert "slow down" in made.text
    assert KEY not in made.text
    assert 'code="429"' in counts


def test_a_client_that_goes_ends_its_calls():
    with both(Script(b"", hang=True)) as (upstream, client):
        with pytest.raises(httpx.ReadTimeout):
            ask(client, asked("clc"), timeout=1)
        wait_for(lambda: "xlt_calls_under_way 0.0" in client.get("/metrics").text)
        assert 'code="499"' in client.get("/metrics").text
    assert len(upstream.requests) <= 7


@pytest.mark.parametrize("body", [b"{}", b"<html>", b'{"choices": []}'])
def test_what_is_no_reply_is_told(body):
    with both(completion(TURNS[0]), Script(body)) as (_, client):
        made = ask(client, asked())
    assert (made.status_code, made.json()["error"]["type"]) == (502, "upstream_error")
