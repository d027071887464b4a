"""The JSON of OpenAI-compatible servers -> texts and finish reasons, distrusted throughout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from xlt.backends.backend import Reply
from xlt.backends.errors import EmptyReply, MalformedReply, Refused, UnexpectedToolCall
from xlt.backends.finishing import plain_finish
from xlt.backends.status_errors import error_of_object
from xlt.errors import BackendError, shown
from xlt.reply import Reply as Said
from xlt.reply import Usage


class Choice(NamedTuple):
    """What one reply, or one piece of a streamed reply, holds."""

    text: str
    finish_reason: str | None
    refusal: str
    calls_tool: bool
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None


def read_object(text: str, url: str) -> Mapping[str, Any]:
    """Return the JSON object in `text`; raises MalformedReply, or the error it holds."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedReply(
            f"{url} answered 200 with something that is not JSON: {shown(text.strip())}"
        ) from None
    if not isinstance(data, Mapping):
        raise MalformedReply(f"{url} answered with JSON that is no object: {shown(text)}")
    if data.get("error"):
        raise error_of_object(data["error"], url=url)
    return data


def read_choice(data: Mapping[str, Any], url: str, *, part: str) -> Choice:
    """Return the first choice of a body; raises MalformedReply where there is none."""
    choice = find_choice(data, part=part)
    if choice is None:
        raise MalformedReply(f"{url} answered without any choice.")
    return choice


def find_choice(data: Mapping[str, Any], *, part: str) -> Choice | None:
    """Return the first choice of a body or of a stream's event, None where it has none.

    `part` names what holds the text: "message" or "delta"; a completion's text stands beside.
    """
    choices = data.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, Mapping):
        return None
    held = first.get(part)
    beside = {"content": first.get("text")}
    message: Mapping[str, Any] = held if isinstance(held, Mapping) else beside
    finish = first.get("finish_reason")
    prompt_tokens, completion_tokens = read_usage(data)
    return Choice(
        text=_text_of(message.get("content")),
        finish_reason=finish if isinstance(finish, str) else None,
        refusal=_text_of(message.get("refusal")),
        calls_tool=bool(message.get("tool_calls") or message.get("function_call")),
        model=str(data.get("model") or ""),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def read_usage(
    data: Mapping[str, Any], names: tuple[str, str] = ("prompt_tokens", "completion_tokens")
) -> tuple[int | None, int | None]:
    """Return the tokens of the prompt and of the reply, None where the server tells none."""
    usage = data.get("usage")
    if not isinstance(usage, Mapping):
        return None, None
    prompt, completion = names
    return _count(usage.get(prompt)), _count(usage.get(completion))


def reply_of(choice: Choice, url: str, attempts: int = 1) -> Reply:
    """Return the reply a choice is; raises where it holds no answer to read.

    The error of a model that did reply holds what it said, as `error.reply`.
    """
    finish = whole_text(plain_finish(choice.finish_reason or "stop"))
    text = whole_text(choice.text)
    said = Said(
        text,
        finish_reason=choice.finish_reason,
        usage=Usage(choice.prompt_tokens, choice.completion_tokens),
        model=whole_text(choice.model),
        refusal=whole_text(choice.refusal) or None,
        attempts=attempts,
    )
    said.raise_for_failure()
    if said.ending in ("refused", "filtered"):
        refused = Refused(f"The model declined to answer: {shown(choice.refusal or finish, 200)}")
        raise _holding(refused, said)
    if choice.calls_tool and not text:
        called = UnexpectedToolCall(f"The model at {url} called a tool instead of answering.")
        raise _holding(called, replace(said, finish_reason="tool_calls"))
    if not text.strip():
        cut = " It was cut at the token limit." if finish == "length" else ""
        raise _holding(EmptyReply(f"The model at {url} replied without a text.{cut}"), said)
    return Reply(
        text=text,
        finish_reason=finish,
        model=whole_text(choice.model),
        prompt_tokens=choice.prompt_tokens,
        completion_tokens=choice.completion_tokens,
        attempts=attempts,
    )


def _holding(error: BackendError, said: Said) -> BackendError:
    error.reply = said
    return error


def whole_text(text: str) -> str:
    """Return `text` with escaped surrogate halves joined, and lone ones replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _text_of(content: Any) -> str:
    """Return a content's text: a string, or the text parts of a list; anything else is none."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(
            _text_of(part.get("text"))
            for part in content
            if isinstance(part, Mapping) and part.get("type") in ("text", "output_text")
        )
    return ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
