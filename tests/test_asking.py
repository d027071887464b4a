"""`xlt.ask` and `aask`: one call, whatever the model is."""

import asyncio
import json
from functools import partial
from importlib import import_module

import httpx
import pytest

import xlt
from xlt.backends import Scripted
from xlt.errors import InputError
from xlt.langchain import xlt_chain

PROBLEM = "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?"
CHAT = {
    "id": "1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Answer: 13"}}],
    "usage": {"prompt_tokens": 90, "completion_tokens": 5, "total_tokens": 95},
}  # fmt: skip
CLAUDE = {
    "id": "1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "Answer: 13"}], "stop_sequence": None,
    "usage": {"input_tokens": 90, "output_tokens": 5},
}  # fmt: skip
RESPONSE = {
    "id": "1", "object": "response", "created_at": 1, "model": "m", "status": "completed",
    "output": [{"type": "message", "id": "1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Answer: 13", "annotations": []}]}],
    "parallel_tool_calls": False, "tool_choice": "auto", "tools": [],
    "usage": {"input_tokens": 90, "output_tokens": 5, "total_tokens": 95,
              "input_tokens_details": {"cached_tokens": 0},
              "output_tokens_details": {"reasoning_tokens": 0}},
}  # fmt: skip


def answering(body, sent, client=httpx.Client):
    """A transport of the HTTP package that an SDK uses, which answers with `body`."""
    package = import_module(client.__module__.partition(".")[0])

    def reply(request):
        sent.append(json.loads(request.content))
        return package.Response(200, json=body)

    return package.MockTransport(reply)


def sdk_method(name, sent):
    if name == "anthropic":
        from anthropic import Anthropic

        http = type(Anthropic(api_key="x")._client).__mro__[-3]  # of the HTTP package it uses
        client = Anthropic(api_key="x", http_client=http(transport=answering(CLAUDE, sent, http)))
        return partial(client.messages.create, model="m", max_tokens=100)
    from openai import OpenAI

    body = CHAT if name == "openai" else RESPONSE
    client = OpenAI(api_key="x", http_client=httpx.Client(transport=answering(body, sent)))
    create = client.chat.completions.create if name == "openai" else client.responses.create
    return partial(create, model="m")


@pytest.mark.parametrize("name", ["openai", "openai-responses", "anthropic"])
def test_a_method_of_an_sdk_is_known_by_its_parameters(name):
    sent = []
    answer = xlt.ask("mgsm", PROBLEM, language="sw", model=sdk_method(name, sent))
    assert answer.value == 13
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (90, 5)
    assert PROBLEM in json.dumps(sent, ensure_ascii=False)
    answer = asyncio.run(xlt.aask("mgsm", PROBLEM, language="sw", model=sdk_method(name, sent)))
    assert answer.value == 13


def test_the_async_client_of_an_sdk():
    from openai import AsyncOpenAI

    sent = []
    client = AsyncOpenAI(
        api_key="x", http_client=httpx.AsyncClient(transport=answering(CHAT, sent))
    )
    model = partial(client.chat.completions.create, model="m")
    assert asyncio.run(xlt.aask("mgsm", PROBLEM, language="sw", model=model)).value == 13


def test_a_model_of_langchain():
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    model = FakeListChatModel(responses=["Answer: 13"])
    assert xlt.ask("mgsm", PROBLEM, language="sw", model=model).value == 13
    assert asyncio.run(xlt.aask("mgsm", PROBLEM, language="sw", model=model)).value == 13


def test_a_backend_also_where_a_loop_runs():
    from xlt.backends.replay import Scripted

    def model():
        return Scripted(["Answer: 13"])

    assert xlt.ask("mgsm", PROBLEM, language="sw", model=model()).value == 13

    async def in_jupyter():
        return xlt.ask("mgsm", PROBLEM, language="sw", model=model())

    assert asyncio.run(in_jupyter()).value == 13


def test_a_strategy_of_several_calls_counts_them():
    answer = xlt.ask(
        "mgsm", PROBLEM, language="sw", strategy="clp", model=lambda prompt: "Answer: 13"
    )
    assert (answer.value, answer.usage.calls) == (13, 2)


def test_auto_heeds_the_models_name():
    seen = []

    class Named:
        model_name = "o3-mini"

        def __call__(self, prompt):
            seen.append(prompt)
            return "Sentiment: positive"

    assert xlt.ask("sentiment", "Nilipenda sana", language="sw", model=Named()).value == "positive"
    assert "model_class:reasoning" in seen[0].signature


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (5, r"model must be a name .*, not int"),
        ("gpt-4o", "neither 'local' nor of the form provider:name"),
        (None, "model must be a name"),
    ],
)
def test_what_is_not_a_model_is_named(model, message):
    with pytest.raises(InputError, match=message):
        xlt.ask("mgsm", PROBLEM, language="sw", model=model)


@pytest.mark.parametrize("setting", ["temperature", "timeout"])
def test_a_setting_of_the_model_is_set_where_it_is_made(setting):
    for door in (
        partial(xlt.ask, "mgsm", PROBLEM, language="sw", model=str),
        partial(xlt.compose, "mgsm", PROBLEM, language="sw"),
        partial(xlt_chain, str, "mgsm"),
    ):
        with pytest.raises(InputError, match=f"^{setting} is the model's: set it where the model"):
            door(**{setting: 1})


def test_a_coroutine_goes_with_aask():
    async def model(prompt):
        return "Answer: 13"

    with pytest.raises(InputError, match="use xlt.aask"):
        xlt.ask("mgsm", PROBLEM, language="sw", model=model)
    assert asyncio.run(xlt.aask("mgsm", PROBLEM, language="sw", model=model)).value == 13


def test_run_says_what_it_wants():
    with pytest.raises(InputError, match=r"A plan is needed, not str: xlt.run\(xlt.plan"):
        xlt.run("mgsm", "x")


async def _coming(prompt):
    return "Answer: 7"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (Scripted(["Answer: 7"]), r"a function of a prompt, not Scripted; .* into xlt.ask\("),
        (_coming, "ask is a coroutine function: use xlt.arun."),
    ],
)
def test_what_run_cannot_ask_is_told_where_to_go(ask, message):
    with pytest.raises(InputError, match=message):
        xlt.run(xlt.plan("mgsm", "3 + 4?", language="en"), ask)


def test_a_plan_is_run_once():
    plan = xlt.plan("mgsm", "3 + 4?", language="en")
    xlt.run(plan, lambda prompt: "Answer: 7")
    with pytest.raises(InputError, match="One that has been run returns none: make another"):
        xlt.run(plan, lambda prompt: "Answer: 7")
