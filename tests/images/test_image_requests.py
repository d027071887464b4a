"""Prompts with pictures in each provider's form: the SDKs' own types, and what SDKs really send."""

from __future__ import annotations

import base64
import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from images.pictures import BALLS, QUESTION, png
from pydantic import ConfigDict, TypeAdapter, with_config

import xlt
from xlt.demonstrations import shipped_demonstrations
from xlt.errors import InputError

VQA = "visual_question_answering"
DATA = BALLS.read_bytes()
BASE64 = base64.b64encode(DATA).decode()
DATA_URL = f"data:image/png;base64,{BASE64}"
URL = "https://example.org/balls.png"
PROMPT = xlt.compose(VQA, {"image": BALLS, "question": QUESTION}, language="sw")
LINKED = xlt.compose(VQA, {"image": URL, "question": QUESTION}, language="sw")
SHOTS = xlt.compose(
    VQA,
    {"image": BALLS, "question": QUESTION},
    language="sw",
    system="You help.",
    demonstrations=shipped_demonstrations(VQA),
)
TEXT = PROMPT.request_text
EVERY = pytest.mark.parametrize("prompt", [PROMPT, LINKED, SHOTS], ids=["bytes", "url", "shots"])

# The forms as the providers publish them, by bytes and by URL, the image before the text.
FORMS = {
    "openai": {"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": DATA_URL}},
        {"type": "text", "text": TEXT}]}]},
    "openai-responses": {"input": [{"role": "user", "content": [
        {"type": "input_image", "image_url": DATA_URL, "detail": "auto"},
        {"type": "input_text", "text": TEXT}]}]},
    "anthropic": {"messages": [{"role": "user", "content": [
        {"type": "image",
         "source": {"type": "base64", "media_type": "image/png", "data": BASE64}},
        {"type": "text", "text": TEXT}]}]},
    "gemini": {"contents": [{"role": "user", "parts": [
        {"inline_data": {"mime_type": "image/png", "data": BASE64}},
        {"text": TEXT}]}]},
}  # fmt: skip
LINKS = {
    "openai": {"type": "image_url", "image_url": {"url": URL}},
    "openai-responses": {"type": "input_image", "image_url": URL, "detail": "auto"},
    "anthropic": {"type": "image", "source": {"type": "url", "url": URL}},
    "gemini": {"file_data": {"mime_type": "image/png", "file_uri": URL}},
}


@pytest.mark.parametrize("form", FORMS)
def test_each_provider_gets_its_own_form(form: str):
    assert PROMPT.to(form) == FORMS[form]
    (message,) = next(iter(LINKED.to(form).values()))
    assert message[("content", "parts")[form == "gemini"]][0] == LINKS[form]


def strict(kind: Any, value: Any) -> None:
    TypeAdapter(kind, config=None).validate_python(value)


@EVERY
def test_the_sdks_own_types_take_them(prompt: xlt.Prompt):
    from anthropic.types import message_create_params
    from openai.types.chat import ChatCompletionMessageParam
    from openai.types.responses import ResponseInputParam

    strict(list[ChatCompletionMessageParam], prompt.to("openai")["messages"])
    strict(ResponseInputParam, prompt.to("openai-responses")["input"])
    closed = with_config(ConfigDict(extra="forbid"))(
        message_create_params.MessageCreateParamsNonStreaming
    )
    strict(closed, {"model": "m", "max_tokens": 9, **prompt.to("anthropic")})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google.genai import types
    for content in prompt.to("gemini")["contents"]:
        made = types.Content.model_validate(content)
        blobs = [part.inline_data.data for part in made.parts if part.inline_data]
        assert all(blob.startswith(b"\x89PNG") for blob in blobs)


@EVERY
def test_langchain_and_inspect_take_them(prompt: xlt.Prompt):
    from inspect_ai.model import ContentImage

    messages = prompt.to("langchain")["input"]
    blocks = messages[-1].content_blocks
    assert [block["type"] for block in blocks] == ["image", "text"]
    assert blocks[1]["text"] == prompt.request_text
    said = prompt.to("inspect")["input"]
    image, text = said[-1].content
    assert isinstance(image, ContentImage)
    assert image.image == prompt.images[0].sent_url
    assert text.text == prompt.request_text
    assert [one.role for one in said] == [one["role"] for one in prompt.messages]


def test_demonstrations_carry_their_own_pictures():
    kinds = [
        [block["type"] for block in one["content"]] if isinstance(one["content"], list) else "text"
        for one in SHOTS.messages
    ]
    shown = ["image_url", "text"]
    assert kinds == ["text", *[shown, "text"] * 3, shown]
    assert len(SHOTS.all_images) == 4
    assert SHOTS.all_images[-1] == SHOTS.images[0] == SHOTS.all_images[0]  # two balls, twice


@pytest.mark.parametrize("read", [lambda one: one.text, lambda one: one.to("completion")])
def test_one_text_cannot_hold_a_picture(read):
    with pytest.raises(InputError, match=r"has images \(two_balls.png\), and one text cannot hold"):
        read(PROMPT)
    assert str(PROMPT).startswith("[image: two_balls.png, image/png, 128x96, 302 bytes]\n")
    assert BASE64 not in str(PROMPT)


@pytest.mark.parametrize("options", [{"text_only": True}, {"completes": True}])
def test_a_text_only_backend_refuses_before_it_sends(options):
    from xlt.backends import OpenAICompatible
    from xlt.backends.backend import ask

    backend = OpenAICompatible("http://127.0.0.1:1/v1", "words", **options)
    with pytest.raises(InputError, match="reads text only|one text cannot hold"):
        ask(backend, PROMPT)


@pytest.mark.parametrize(
    ("form", "data", "words"),
    [
        ("anthropic", png(9000, 10), "too large for anthropic, which takes 5 MB and 8000 pixels"),
        ("anthropic", png(10, 10) + bytes(6 * 2**20), "too large for anthropic"),
    ],
)
def test_what_a_provider_does_not_take_is_refused_before_it_is_sent(form, data, words):
    prompt = xlt.compose(VQA, {"image": data, "question": QUESTION}, language="sw")
    assert prompt.to("openai")
    with pytest.raises(InputError, match=words):
        prompt.to(form)


def test_gemini_must_be_told_the_type_of_a_url():
    inputs = {"image": "https://example.org/picture", "question": QUESTION}
    prompt = xlt.compose(VQA, inputs, language="sw")
    assert prompt.to("openai")
    with pytest.raises(InputError, match="Gemini must be told the type"):
        prompt.to("gemini")


def test_turns_of_one_speaker_are_merged_with_the_pictures_in_front():
    history = [{"role": "user", "content": "Habari!"}]
    prompt = xlt.compose(
        VQA, {"image": BALLS, "question": QUESTION}, language="sw", history=history
    )
    (message,) = prompt.to("anthropic")["messages"]
    assert [block["type"] for block in message["content"]] == ["image", "text"]
    assert message["content"][1]["text"].startswith("Habari!\n\nI want you to act")


class _Recorder(BaseHTTPRequestHandler):
    """Keeps the body of each request and answers as the provider of its path would."""

    bodies: list[bytes]

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        reply = json.dumps(REPLIES[next(key for key in REPLIES if key in self.path)]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *args: Any) -> None:
        pass


USAGE = {"input_tokens": 1, "output_tokens": 1}
SAID = "Retelling: How many balls are there?\nAnswer: mbili"
REPLIES: dict[str, Any] = {
    "/chat/completions": {
        "id": "1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": SAID}}],
    },
    "/responses": {
        "id": "1", "object": "response", "created_at": 1, "model": "m", "status": "completed",
        "output": [{"id": "2", "type": "message", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": SAID, "annotations": []}]}],
        "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    },
    "/messages": {
        "id": "1", "type": "message", "role": "assistant", "model": "m",
        "content": [{"type": "text", "text": SAID}], "stop_reason": "end_turn", "usage": USAGE,
    },
    ":generateContent": {
        "candidates": [{"content": {"role": "model", "parts": [{"text": SAID}]},
                        "finishReason": "STOP"}],
    },
}  # fmt: skip


@pytest.fixture
def server():
    """A server on this machine, and the bodies of the requests that reached it."""
    handler = type("Recorder", (_Recorder,), {"bodies": []})
    made = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}", handler.bodies
    made.shutdown()
    made.server_close()
    thread.join()


def by_openai(url: str, prompt: xlt.Prompt) -> Any:
    from openai import OpenAI

    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        return client.chat.completions.create(model="m", **prompt.to("openai"))


def by_responses(url: str, prompt: xlt.Prompt) -> Any:
    from openai import OpenAI

    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        return client.responses.create(model="m", **prompt.to("openai-responses"))


def by_anthropic(url: str, prompt: xlt.Prompt) -> Any:
    from anthropic import Anthropic

    with Anthropic(base_url=url, api_key="none", max_retries=0) as client:
        return client.messages.create(model="m", max_tokens=9, **prompt.to("anthropic"))


def by_gemini(url: str, prompt: xlt.Prompt) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google import genai
        from google.genai import types
    client = genai.Client(api_key="none", http_options=types.HttpOptions(base_url=url))
    return client.models.generate_content(model="m", **prompt.to("gemini"))


# What each SDK makes of what xlt gave it. Google's writes some names in camel case, and bytes in
# base64's alphabet for URLs; its API reads either.
URLSAFE = base64.urlsafe_b64encode(DATA).decode()
SENT = {
    "openai": (by_openai, {**FORMS["openai"], "model": "m"}),
    "openai-responses": (by_responses, {**FORMS["openai-responses"], "model": "m"}),
    "anthropic": (by_anthropic, {"max_tokens": 9, **FORMS["anthropic"], "model": "m"}),
    "gemini": (by_gemini, {"contents": [{"role": "user", "parts": [
        {"inlineData": {"mime_type": "image/png", "data": URLSAFE}}, {"text": TEXT}]}]}),
}  # fmt: skip


@pytest.mark.real_server
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("form", SENT)
def test_each_sdk_sends_the_published_form_byte_for_byte(form: str, server):
    url, bodies = server
    send, wanted = SENT[form]
    answer = PROMPT.parse(send(url, PROMPT))
    assert answer.value == "mbili"
    (body,) = bodies
    assert json.loads(body) == wanted
    assert (URLSAFE if form == "gemini" else BASE64).encode() in body  # not escaped or cut


@pytest.mark.real_server
def test_our_own_backend_sends_the_form_of_openai(server):
    from xlt.backends import OpenAICompatible
    from xlt.backends.backend import ask

    url, bodies = server
    backend = OpenAICompatible(f"{url}/v1", "m", streamed=False)
    assert PROMPT.parse(ask(backend, PROMPT)).value == "mbili"
    assert json.loads(bodies[0])["messages"] == FORMS["openai"]["messages"]
