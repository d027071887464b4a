"""Replies out of the JSON that servers send, whole or event by event, distrusted throughout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from xlt.backends.backend import Reply
from xlt.backends.errors import EmptyReply, MalformedReply, Refused, UnexpectedToolCall
from xlt.backends.status_errors import error_of_object
from xlt.errors import BackendError, shown
from xlt.reply import Reply as Said
from xlt.reply import Usage, ending_of

_DONE = "[DONE]"
_HIGH_SURROGATES = ("\ud800", "\udbff")
_FIELDS = ("finish_reason", "stop_reason", "done_reason", "stopReason")
_ENDED = ("end_turn", "stop_sequence")


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


@dataclass(slots=True)
class StreamedReply:
    """Takes events' data in order; `done` once the server said so."""

    where: str
    attempt: int = 1
    done: bool = False
    finish_reason: str | None = None
    _texts: list[str] = field(default_factory=list)
    _held: str = ""
    _refusal: str = ""
    _calls_tool: bool = False
    _model: str = ""
    _usage: tuple[int | None, int | None] = (None, None)

    def take(self, data: str) -> str:
        """Return the text to show after this event, often none."""
        if data == _DONE:
            self.done = True
            return ""
        event = read_object(data, self.where)
        self._model = str(event.get("model") or self._model)
        usage = read_usage(event)
        self._usage = usage if usage != (None, None) else self._usage
        choice = find_choice(event, part="delta")
        if choice is None:
            return ""
        self.finish_reason = choice.finish_reason or self.finish_reason
        self._refusal += choice.refusal
        self._calls_tool = self._calls_tool or choice.calls_tool
        return self._shown(choice.text)

    def rest(self) -> str:
        """Return what was held back at the end of the stream."""
        text, self._held = self._held, ""
        return self._keep(text)

    def reply(self) -> Reply:
        """Return the whole reply; raises MalformedReply where the stream ended in the middle."""
        text = "".join(self._texts)
        if not self.done and self.finish_reason is None:
            raise MalformedReply(f"The stream of {self.where} ended in the middle.", partial=text)
        if self.finish_reason is None and not text and not self._refusal and not self._calls_tool:
            raise MalformedReply(f"{self.where} answered without any choice.")
        choice = Choice(
            text, self.finish_reason, self._refusal, self._calls_tool, self._model, *self._usage
        )
        return reply_of(choice, self.where, self.attempt)

    def _shown(self, text: str) -> str:
        """Return the text that is whole: half of a surrogate pair waits for its other half."""
        text = self._held + text
        low, high = _HIGH_SURROGATES
        self._held = text[-1:] if low <= text[-1:] <= high else ""
        return self._keep(text.removesuffix(self._held) if self._held else text)

    def _keep(self, text: str) -> str:
        whole = whole_text(text)
        self._texts.append(whole)
        return whole


def read_finish(metadata: Mapping[str, Any] | None) -> str | None:
    """Return why the model stopped, from the metadata its provider sent; None if unsaid."""
    if not metadata:
        return None
    details = metadata.get("incomplete_details")
    inner = details.get("reason") if isinstance(details, Mapping) else None
    for reason in (*[metadata.get(name) for name in _FIELDS], inner):
        if isinstance(reason, str) and reason:
            return plain_finish(reason)
    return None


def plain_finish(reason: str) -> str:
    """Return a provider's word as OpenAI's "stop" or "length", any other in lower case."""
    word = reason.lower()
    if ending_of(word) == "cut":
        return "length"
    return "stop" if word in _ENDED else word
