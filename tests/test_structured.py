"""Structured output: what the prompt asks for, each provider's schema, reading, one repair."""

import json
import os
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

import xlt
from xlt.errors import InputError, UnknownName

TEXT = "فاتورة من شركة النور، المبلغ ١٢٥٫٥٠ درهم."
PROVIDERS = ["openai", "openai-responses", "anthropic", "gemini", "vllm", "llama.cpp", "ollama"]


class Line(BaseModel):
    item: str
    price: float


class Invoice(BaseModel):
    supplier: str
    total: float = Field(description="the amount to pay")
    currency: Literal["AED", "EUR"] = "AED"
    lines: list[Line] = []
    note: str | None = None


def invoice(**options):
    return xlt.compose("extraction", TEXT, output=Invoice, language="ar", **options)


def schema_in(arguments):
    """The schema somewhere in a provider's arguments."""
    if "properties" in arguments:
        return arguments
    inner = [schema_in(one) for one in arguments.values() if isinstance(one, dict)]
    return next((one for one in inner if one), None)


@pytest.mark.parametrize(
    ("strategy", "keys"),
    [
        ("xlt", ["retelling", "steps", "answer"]),
        ("cot", ["steps", "answer"]),
        ("basic", ["answer"]),
    ],
)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_keys_are_in_the_order_of_the_thinking(strategy, keys, provider):
    prompt = invoice(strategy=strategy)
    schema = schema_in(prompt.response_format(provider))
    assert list(schema["properties"]) == schema["required"] == keys
    answer = schema["properties"]["answer"]
    assert answer["required"] == ["supplier", "total", "currency", "lines", "note"]
    assert answer["additionalProperties"] is schema["additionalProperties"] is False
    assert all(f'"{key}"' in prompt.steps[-1].text for key in keys)


def test_the_schema_is_openais_strict_one():
    made = invoice(strategy="xlt").response_format("openai")["response_format"]["json_schema"]
    assert made["strict"] is True
    assert "default" not in str(made["schema"])
    open_one = {"type": "object", "properties": {"a": {"type": "object"}}}
    prompt = xlt.compose("extraction", TEXT, output=open_one, language="ar")
    assert prompt.response_format("openai")["response_format"]["json_schema"]["strict"] is False


@pytest.mark.parametrize(
    "reply",
    [
        '{"retelling": "x", "steps": ["a"], '
        '"answer": {"supplier": "النور", "total": "١٢٥٫٥٠", "currency": null}}',
        'Sure!\n```json\n{"answer": {"supplier": "النور", "total": 125.5}}\n```',
        '{"supplier": "النور", "total": "125.50", "lines": [], "note": null}',
    ],
)  # fmt: skip
def test_the_object_is_validated_and_digits_of_any_script_are_numbers(reply):
    answer = invoice(strategy="xlt").parse(reply)
    assert answer.faults == ()
    assert answer.parsed == Invoice(supplier="النور", total=125.5)
    assert answer.value["total"] == 125.5


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ('{"answer": {"supplier": "النور"}}', "total: Field required"),
        ('{"answer": {"supplier": "x", "total": "much"}}', "total: Input should be a valid number"),
        ('{"answer": {"supplier": "x", "total": 1, "currency": "USD"}}', "currency: Input should"),
        ('{"answer": {"supplier": "x", "total": 1, "lines": [{"item": 5}]}}', "lines.0.item: "),
        ("I cannot tell.", "the reply holds no JSON object"),
        ('{"answer": {"supplier": "x", "tot', "the reply holds no JSON object"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(reply, fault):
    answer = invoice(strategy="xlt").parse(reply)
    assert answer.parsed is None
    assert any(one.startswith(fault) for one in answer.faults)


def test_a_json_schema_in_place_of_a_model():
    schema = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
    prompt = xlt.compose("extraction", TEXT, output=schema, language="ar")
    assert prompt.parse('{"answer": {"total": "١٢٥"}}').parsed == {"total": 125}
    assert prompt.parse('{"answer": {}}').faults == ("'total' is a required property",)


def test_a_schema_elsewhere_is_not_fetched():
    schema = {"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/x.json"}}}
    prompt = xlt.compose("extraction", TEXT, output=schema, language="ar")
    with pytest.raises(InputError, match="not a valid JSON schema"):
        prompt.parse('{"answer": {"a": 1}}')


@pytest.mark.parametrize(
    ("replies", "total", "flags"),
    [
        (['{"answer": {"supplier": "x", "total": 1}}'], 1, set()),
        (["sorry", '{"answer": {"supplier": "x", "total": 2}}'], 2, {"asked_again"}),
        (["sorry", "sorry", '{"answer": {"supplier": "x", "total": 3}}'], None, {"asked_again"}),
    ],
)
def test_at_most_one_repair(replies, total, flags):
    asked = []

    def send(prompt):
        asked.append(prompt)
        return replies[len(asked) - 1]

    plan = xlt.plan("extraction", TEXT, output=Invoice, language="ar", repair=True)
    answer = xlt.run(plan, send)
    assert (answer.parsed and answer.parsed.total, answer.flags) == (total, flags)
    assert answer.usage.calls == len(asked) == (2 if flags else 1)
    if flags:
        assert "- the reply holds no JSON object" in asked[1].messages[-1]["content"]
        assert asked[1].messages[-2] == {"role": "assistant", "content": "sorry"}


def test_without_output_it_is_asked_for():
    with pytest.raises(InputError, match="The task extraction needs output="):
        xlt.compose("extraction", TEXT, language="ar")
    with pytest.raises(InputError, match="composed with output="):
        xlt.compose("mgsm", "1 + 1", language="sw").response_format("openai")
    with pytest.raises(UnknownName, match="No provider of structured output named 'openia'"):
        invoice().response_format("openia")
    for wrong in (5, {"a": 1}, {"type": {1, 2}}):
        with pytest.raises(InputError, match="output"):
            xlt.compose("extraction", TEXT, language="ar", output=wrong)
    with pytest.raises(InputError, match="more than one call"):
        xlt.plan("mgsm", "1 + 1", language="sw", output=Invoice, strategy="clp")


def test_any_task_may_ask_for_an_object():
    class Solution(BaseModel):
        eggs: int

    prompt = xlt.compose("mgsm", "Juma ana mayai 16. Anakula 3.", language="sw", output=Solution)
    assert "I want you to act as an arithmetic reasoning expert for Swahili." in prompt.text
    reply = '{"retelling": "Juma has 16 eggs.", "steps": ["16 - 3"], "answer": {"eggs": 13}}'
    assert prompt.parse(reply).parsed == Solution(eggs=13)


@pytest.mark.real_server
@pytest.mark.slow
@pytest.mark.xdist_group("local_model")
@pytest.mark.skipif("XLT_CHAT_GGUF" not in os.environ, reason="XLT_CHAT_GGUF names no chat model")
def test_the_local_servers_grammar_keeps_the_order():
    import httpx

    from xlt.backends.local import serve, stop_servers

    prompt = invoice(strategy="xlt")
    body = {
        "messages": prompt.messages,
        "temperature": 0,
        "max_tokens": 400,
        **prompt.response_format("llama.cpp"),
    }
    try:
        url = serve(Path(os.environ["XLT_CHAT_GGUF"]))
        reply = httpx.post(f"{url}/chat/completions", json=body, timeout=900).json()
    finally:
        stop_servers()
    text = reply["choices"][0]["message"]["content"]
    assert list(json.loads(text)) == ["retelling", "steps", "answer"]
    answer = prompt.parse(text)
    assert answer.faults == ()
    assert answer.parsed.total == 125.5
