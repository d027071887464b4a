"""Strategies of several calls through the real server, and the response that brings the answer."""

import json

import httpx
import pytest
from misbehaving_server import Script, completion
from pydantic import SecretStr
from running_app import PROBLEM
from test_calls import both, sdk, wait_for

import xlt
from xlt.running import Stepper

pytestmark = pytest.mark.real_server
TURNS = ("Juma has 16 eggs. He eats 3.", "16 - 3 = 13\nAnswer: 13")
USAGE = {"prompt_tokens": 40, "completion_tokens": 8}
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


def test_the_openai_sdk_streams_what_comes_of_several_calls():
    body = asked(stream=True, stream_options={"include_usage": True})
    own = body.pop("xlt")
    with both(*replies(*TURNS)) as (upstream, client), sdk(client) as openai_client:
        made = openai_client.chat.completions.create(**body, extra_body={"xlt": own})
        text, last, usage = list(made)
    assert not any("stream" in name for one in upstream.requests for name in one)
    assert (text.id, text.object) == ("c1", "chat.completion.chunk")
    assert text.choices[0].delta.content == TURNS[1]
    assert last.choices[0].finish_reason == "stop"
    assert last.xlt["answer"] == 13
    assert (usage.choices, usage.usage.prompt_tokens) == ([], 40)


@pytest.mark.parametrize("stream", [False, True])
def test_the_answer_alone(stream):
    with both(*replies(*TURNS)) as (_, client):
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
