"""What of a chat request goes to the upstream: everything, but for the last user message."""

import pytest
from pydantic import SecretStr
from running_app import PROBLEM

import xlt
from xlt.errors import InputError, UnknownName, XLTError
from xlt.serving import ServeSettings, Upstream
from xlt.serving.wrapping import is_wrapped, wrap

SETTINGS = ServeSettings({"main": Upstream("http://127.0.0.1:1/v1")}, model="small")
TOOL = {"type": "function", "function": {"name": "add", "parameters": {}}}
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
WRAPPED = xlt.compose("mgsm", PROBLEM, language="sw").text


def asked(model="xlt/mgsm@m", messages=None, **more):
    messages = messages or [{"role": "user", "content": PROBLEM}]
    return {"model": model, "messages": messages, "xlt": {"language": "sw"}, **more}


@pytest.mark.parametrize(
    ("body", "headers", "wrapped"),
    [
        ({"model": "gpt-4o"}, {}, False),
        ({"model": "xlt-large"}, {}, False),
        ({"model": 5}, {}, False),
        ({}, {"x-request-id": "1"}, False),
        ({"model": "xlt/mgsm@gpt-4o"}, {}, True),
        ({"model": "gpt-4o", "xlt": {"task": "mgsm"}}, {}, True),
        ({"model": "gpt-4o"}, {"x-xlt-task": "mgsm"}, True),
    ],
)
def test_only_requests_that_ask_for_it_are_wrapped(body, headers, wrapped):
    assert is_wrapped(body, headers) is wrapped


def test_the_last_user_message_is_wrapped_and_all_else_stays():
    messages = [
        {"role": "system", "content": "You are a teacher."},
        {"role": "user", "content": "Habari ya asubuhi"},
        {"role": "assistant", "content": "Nzuri", "name": "a"},
        {"role": "user", "content": PROBLEM},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]},
        {"role": "tool", "tool_call_id": "1", "content": "13"},
    ]
    body = asked(messages=messages, tools=[TOOL], temperature=0.5, seed=3)
    made = wrap(body, {}, SETTINGS).body
    assert made["messages"] == [
        *messages[:3],
        {"role": "user", "content": WRAPPED},
        *messages[4:],
    ]
    assert (made["model"], made["tools"], made["temperature"], made["seed"]) == (
        ("m", [TOOL], 0.5, 3)
    )
    assert "xlt" not in made
    assert body["messages"] == messages


def test_pictures_stay_behind_the_text():
    content = [{"type": "text", "text": PROBLEM}, PICTURE]
    made = wrap(asked(messages=[{"role": "user", "content": content}]), {}, SETTINGS)
    assert made.body["messages"][0]["content"] == [{"type": "text", "text": WRAPPED}, PICTURE]


@pytest.mark.parametrize(
    ("body", "headers", "task", "model"),
    [
        (asked(), {}, "arithmetic_reasoning", "m"),
        (asked("xlt/mgsm@@cf/meta/llama@1"), {}, "arithmetic_reasoning", "@cf/meta/llama@1"),
        (asked("xlt/chat"), {}, "chat", "small"),
        (asked("gpt", xlt={"task": "chat", "language": "sw"}), {}, "chat", "gpt"),
        (asked("gpt"), {"x-xlt-task": "mgsm"}, "arithmetic_reasoning", "gpt"),
    ],
)
def test_task_and_model_are_named(body, headers, task, model):
    made = wrap(body, headers, SETTINGS)
    assert (made.prompt.task.name, made.body["model"]) == (task, model)


def test_the_language_is_the_threads():
    messages = [
        {"role": "user", "content": "¿Dónde está mi pedido? Lo compré hace dos semanas."},
        {"role": "assistant", "content": "Sale mañana."},
        {"role": "user", "content": "ok"},
    ]
    made = wrap({"model": "xlt/chat@m", "messages": messages}, {}, SETTINGS)
    assert made.prompt.language.name == "Spanish"


def test_headers_name_language_and_strategy():
    body = {"model": "xlt/mgsm@m", "messages": [{"role": "user", "content": PROBLEM}]}
    headers = {"x-xlt-language": "sw", "x-xlt-strategy": "basic"}
    prompt = wrap(body, headers, SETTINGS).prompt
    assert (prompt.language.tag, prompt.strategy) == ("sw", "basic")


def test_a_task_of_several_fields_takes_the_message_as_the_one_left_out():
    passages = ["Bandari ya Mombasa iko pwani."]
    body = asked("xlt/rag@m", [{"role": "user", "content": "Bandari iko wapi?"}])
    body["xlt"] |= {"inputs": {"passages": passages}}
    assert wrap(body, {}, SETTINGS).prompt.inputs["question"] == "Bandari iko wapi?"


def test_a_role_in_the_system_message_goes_behind_the_apps_own():
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": PROBLEM}]
    body = asked(messages=messages)
    body["xlt"]["layout"] = "system+user"
    first, second = wrap(body, {}, SETTINGS).body["messages"]
    assert first["content"].startswith("Be kind.\n\nI want you to act as an arithmetic")
    assert second["content"].startswith("Request: Juma")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": "xlt/mgs@m"}, UnknownName, "Did you mean 'mgsm'"),
        ({"model": "xlt/@m"}, InputError, "No task is named"),
        ({"model": 5}, InputError, "model must be a name"),
        ({"messages": "hi"}, InputError, "messages must be a list"),
        ({"messages": []}, InputError, "no message of the user"),
        ({"messages": [{"role": "user", "content": ""}]}, InputError, "is empty"),
        ({"messages": [{"role": "user", "content": 5}]}, InputError, "text as its content"),
        (
            {"messages": [5, {"role": "user", "content": "a"}]},
            InputError,
            r"messages.0. must be an object",
        ),
        ({"xlt": 5}, InputError, "xlt may hold task, inputs"),
        ({"xlt": {"langauge": "sw"}}, InputError, "langauge"),
        ({"xlt": {"language": "Klingonish"}}, UnknownName, "Klingonish"),
        ({"xlt": {"strategy": "translate_en", "language": "sw"}}, InputError, "translator"),
        ({"model": "xlt/xcopa@m"}, InputError, '"xlt": {"inputs"'),
        ({"model": "xlt/flores@m"}, InputError, "needs a target_language"),
        ({"n": 2}, InputError, "n must be 1"),
    ],
)
def test_what_cannot_be_wrapped_is_told(change, error, words):
    with pytest.raises(XLTError, match=words.replace("{", "[{]")) as raised:
        wrap({**asked(), **change}, {}, SETTINGS)
    assert type(raised.value) is error


def test_a_model_is_needed_where_the_server_has_none():
    settings = ServeSettings({"main": Upstream("http://127.0.0.1:1/v1")})
    with pytest.raises(InputError, match="No upstream model is named"):
        wrap(asked("xlt/mgsm"), {}, settings)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("https://example.org/v1beta/openai?x=1", "https://example.org/v1beta/openai"),
    ],
)
def test_an_upstream_is_written_as_a_base(given, base):
    assert Upstream(given).url == base


@pytest.mark.parametrize(
    "make",
    [
        lambda: Upstream("ftp://example.org"),
        lambda: Upstream("http://user:secret@example.org"),
        lambda: ServeSettings({}),
        lambda: ServeSettings({"a b": Upstream("http://127.0.0.1:1")}),
        lambda: ServeSettings({"a": Upstream("http://127.0.0.1:1")}, timeout=0),
    ],
)
def test_settings_that_cannot_be_served_are_refused(make):
    with pytest.raises(InputError) as raised:
        make()
    assert "secret" not in str(raised.value)


def test_settings_show_no_key():
    settings = ServeSettings({"a": Upstream("http://127.0.0.1:1", SecretStr("sk-123456789"))})
    assert "sk-123456789" not in repr(settings)
