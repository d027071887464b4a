"""`Prompt.to` gives what each SDK's own types accept; nothing is called."""

from __future__ import annotations

import warnings
from typing import Any, get_type_hints

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

import xlt
from xlt.demonstrations import shipped_demonstrations
from xlt.messages import Message
from xlt.prompt import Turn

PROBLEM = "3 + 4 = ?"
ASKED = (
    f"Request: {PROBLEM}\nYou should retell the request in English.\n"
    "You should do step-by-step answer to obtain a number answer.\n"
    "You should step-by-step answer the request.\n"
    "You should tell me the answer in this format 'Answer:'."
)
ROLE = "I want you to act as an arithmetic reasoning expert for German."


def prompt(**options: Any) -> xlt.Prompt:
    return xlt.compose("mgsm", PROBLEM, language="de", **options)


PLAIN = prompt()
LAID_OUT = prompt(layout="system+user")
SHOTS = prompt(layout="system+user", demonstrations=shipped_demonstrations("mgsm")[:1])
PROMPTS = {"plain": PLAIN, "system+user": LAID_OUT, "shots": SHOTS}
every_prompt = pytest.mark.parametrize("one", PROMPTS.values(), ids=PROMPTS)


def strict(kind: Any, value: Any) -> Any:
    """Return `value` checked against an SDK's own type."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the SDKs' types say of themselves
        return TypeAdapter(kind).validate_python(value, strict=True)


def test_unknown_wire_format_names_those_there_are():
    with pytest.raises(
        xlt.XLTError, match="completion, gemini, inspect, langchain, openai, openai-resp"
    ):
        PLAIN.to("antropic")


@pytest.mark.parametrize(
    ("wire_format", "arguments"),
    [
        ("openai", {"messages": [{"role": "system", "content": ROLE},
                                 {"role": "user", "content": ASKED}]}),
        ("openai-responses", {"instructions": ROLE,
                              "input": [{"role": "user", "content": ASKED}]}),
        ("anthropic", {"system": ROLE, "messages": [{"role": "user", "content": ASKED}]}),
        ("gemini", {"config": {"system_instruction": ROLE},
                    "contents": [{"role": "user", "parts": [{"text": ASKED}]}]}),
        ("completion", {"prompt": f"{ROLE}\n{ASKED}\n"}),
    ],
)  # fmt: skip
def test_each_format_of_the_system_layout(wire_format: str, arguments: dict[str, Any]):
    assert LAID_OUT.to(wire_format) == arguments


@pytest.mark.parametrize(
    ("wire_format", "keys"),
    [("openai", {"messages"}), ("openai-responses", {"input"}), ("anthropic", {"messages"}),
     ("gemini", {"contents"}), ("completion", {"prompt"})],
)  # fmt: skip
def test_the_papers_layout_has_no_system_text(wire_format: str, keys: set[str]):
    assert set(PLAIN.to(wire_format)) == keys


@every_prompt
def test_openai_types(one: xlt.Prompt):
    from openai.types.chat import ChatCompletionMessageParam, completion_create_params
    from openai.types.responses import ResponseInputParam

    strict(list[ChatCompletionMessageParam], one.to("openai")["messages"])
    assert set(one.to("openai")) <= set(
        get_type_hints(completion_create_params.CompletionCreateParamsBase)
    )
    arguments = one.to("openai-responses")
    strict(ResponseInputParam, arguments["input"])
    assert isinstance(arguments.get("instructions", ""), str)


@every_prompt
def test_anthropic_types(one: xlt.Prompt):
    from anthropic.types import message_create_params

    closed = with_config(ConfigDict(extra="forbid"))(
        message_create_params.MessageCreateParamsNonStreaming
    )
    strict(closed, {"model": "m", "max_tokens": 9, **one.to("anthropic")})
    roles = [message["role"] for message in one.to("anthropic")["messages"]]
    assert roles[0] == roles[-1] == "user"
    assert all(a != b for a, b in zip(roles, roles[1:], strict=False))


@every_prompt
def test_gemini_types(one: xlt.Prompt):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # google-genai warns of typing while it is imported
        from google.genai import types
    arguments = one.to("gemini")
    contents = [types.Content.model_validate(content) for content in arguments["contents"]]
    assert {content.role for content in contents} <= {"user", "model"}
    config = types.GenerateContentConfig.model_validate(arguments.get("config", {}))
    assert config.system_instruction == (one.system_text or None)


@every_prompt
def test_ollama_types(one: xlt.Prompt):
    from ollama import Message

    made = [Message.model_validate(message) for message in one.messages]
    assert [message.content for message in made] == [m["content"] for m in one.messages]


@every_prompt
def test_langchain_takes_the_messages(one: xlt.Prompt):
    from langchain_core.messages import convert_to_messages

    kinds = {"system": "system", "user": "human", "assistant": "ai"}
    made = convert_to_messages(one.messages)
    assert [m.type for m in made] == [kinds[m["role"]] for m in one.messages]


def test_completion_ends_where_a_reply_begins_and_stops_at_the_next_request():
    arguments = prompt(demonstrations=shipped_demonstrations("mgsm")[:1]).to("completion")
    assert arguments["stop"] == ["\nXXX"]
    assert arguments["prompt"].endswith(f"Answer: 19\nXXX\nXXX\n{ROLE}\n{ASKED}\n")


def test_adjacent_turns_of_one_speaker_are_merged():
    from xlt.wire_formats import split_system

    said = [("system", "a"), ("user", "b"), ("user", "c"), ("system", "d"), ("assistant", "e")]
    messages = [Message(role, text) for role, text in said]
    merged = (Message("user", "b\n\nc"), Message("assistant", "e"))
    assert split_system(messages) == ("a\n\nd", merged)


def test_system_layout_takes_the_role_out_of_the_demonstrations_too():
    (turn,) = SHOTS.demonstrations
    assert isinstance(turn, Turn)
    assert turn.prompt.startswith("Request: Ana tiene 4 cajas")
    assert [m["role"] for m in SHOTS.messages] == ["system", "user", "assistant", "user"]
