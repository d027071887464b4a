"""Replies out of the JSON that servers send, whole or event by event, distrusted throughout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from xlt.backends.errors import (
    EmptyReply,
    MalformedReply,
    Refused,
    UnexpectedToolCall,
    error_of_object,
    fault_of,
)
from xlt.backends.redaction import held_back, without
from xlt.errors import BackendError, shown
from xlt.frozen import FrozenDict
from xlt.messages import whole_text
from xlt.reply import Reply, ToolCall, Usage, ending_of, read_count

_DONE = "[DONE]"
_HIGH_SURROGATES = ("\ud800", "\udbff")
_ENDED = ("end_turn", "stop_sequence")
# What a server says of itself is short; of 15 MB each record of a run would keep a copy.
_LONGEST_NAME = 200


class ReplyPart(NamedTuple):
    """What one reply, or one piece of a streamed reply, holds."""

    text: str
    finish_reason: str | None
    refusal: str
    calls_tool: bool
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    reasoning: str = ""
    place: int = 0

    @property
    def reply(self) -> Reply:
        """The part as a whole reply."""
        return Reply(
            text=self.text,
            finish_reason=self.finish_reason,
            reasoning=self.reasoning or None,
            usage=Usage(self.prompt_tokens, self.completion_tokens),
            model=self.model or None,
            refusal=self.refusal or None,
            tool_calls=(ToolCall(""),) if self.calls_tool else (),
        )


@dataclass(slots=True)
class ResponseReader:
    """Collects what a server sends: a whole body, or a stream's events in order.

    `done` once the server said so. `secrets` are kept out of all that it gives.
    """

    where: str
    attempt: int = 1
    secrets: Mapping[str, str] = field(default_factory=FrozenDict, repr=False)
    done: bool = False
    finish_reason: str | None = None
    _texts: list[str] = field(default_factory=list)
    _held: str = ""
    _refusals: list[str] = field(default_factory=list)
    _thoughts: list[str] = field(default_factory=list)
    _calls_tool: bool = False
    _model: str = ""
    _usage: tuple[int | None, int | None] = (None, None)
    _index: int | None = None

    def take(self, data: str) -> str:
        """Return the text to show after an event's data, often none."""
        data = data.strip()
        if data == _DONE:
            self.done = True
        if data in (_DONE, ""):  # nothing but a sign of life
            return ""
        event = read_object(data, self.where, self._redact)
        self._model = _string(event.get("model")) or self._model
        usage = read_usage(event)
        self._usage = usage if usage != (None, None) else self._usage
        choice = find_choice(event, index=self._index)
        if choice is None:
            return ""
        self._index = choice.place
        self.finish_reason = choice.finish_reason or self.finish_reason
        self._refusals.append(choice.refusal)
        self._thoughts.append(choice.reasoning)
        self._calls_tool = self._calls_tool or choice.calls_tool
        return self._shown(choice.text)

    def rest(self) -> str:
        """Return what was held back at the end of the stream."""
        text, self._held = self._held, ""
        return self._keep(text)

    @property
    def text(self) -> str:
        """What has arrived so far."""
        return self._redact("".join(self._texts))

    def reply(self) -> Reply:
        """Return the whole reply; raises MalformedReply where it ended in the middle."""
        if not self.done and self.finish_reason is None:
            raise MalformedReply(f"The stream of {self.where} ended in the middle.")
        if self._index is None:
            raise MalformedReply(f"{self.where} answered without any choice.")
        part = ReplyPart(
            "".join(self._texts),
            self.finish_reason,
            "".join(self._refusals),
            self._calls_tool,
            self._model,
            *self._usage,
            reasoning="".join(self._thoughts),
        )
        return checked(without(part, self.secrets).reply, self.where, self.attempt)

    def _redact(self, text: str) -> str:
        return without(text, self.secrets)

    def _shown(self, text: str) -> str:
        """Return the text that is whole: a half of a surrogate pair waits for its other half.

        So does what may be the beginning of a secret.
        """
        text = self._held + text
        low, high = _HIGH_SURROGATES
        self._held = held_back(text, self.secrets) or text[-1:] * (low <= text[-1:] <= high)
        return self._keep(text.removesuffix(self._held) if self._held else text)

    def _keep(self, text: str) -> str:
        whole = self._redact(whole_text(text))
        self._texts.append(whole)
        return whole


def read_object(text: str, url: str, redact: Callable[[str], str] = str) -> Mapping[str, Any]:
    """Return the JSON object in `text`; raises MalformedReply, or the error it holds.

    `redact` is shown what goes into an error's message before any of it is cut.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedReply(
            f"{url} answered 200 with something that is not JSON: {shown(redact(text.strip()))}"
        ) from None
    if fault := fault_of(data):
        raise error_of_object(fault, url=url, redact=redact)
    if not isinstance(data, Mapping):
        raise MalformedReply(
            f"{url} answered with JSON that is not an object: {shown(redact(text))}"
        )
    return data


def read_completion(data: Mapping[str, Any], where: str) -> Reply:
    """Return the reply in a chat completion; raises MalformedReply where there is no choice.

    Raises what `checked` raises.
    """
    choice = find_choice(data)
    if choice is None:
        raise MalformedReply(f"{where} answered without any choice.")
    return checked(choice.reply, where)


def find_choice(data: Mapping[str, Any], *, index: int | None = None) -> ReplyPart | None:
    """Return a choice of a body or of a stream's event, None where it has none.

    It is that of an index, the lowest if None: a server that was asked for one reply may send
    several, and in any order. Its text is in "delta", "message", or beside them (a completion).
    """
    held = data.get("choices")
    choices = [one for one in held if isinstance(one, Mapping)] if isinstance(held, list) else []
    by_index = {_index(one): one for one in reversed(choices)}
    wanted = min(by_index, default=0) if index is None else index
    if wanted not in by_index:
        return None
    found = by_index[wanted]
    inner = (found.get("delta"), found.get("message"), {"content": found.get("text")})
    message = next(one for one in inner if isinstance(one, Mapping))
    finish = found.get("finish_reason")
    prompt_tokens, completion_tokens = read_usage(data)
    return ReplyPart(
        text="".join(_texts(message.get("content"))),
        finish_reason=_string(finish) or None,
        refusal="".join(_texts(message.get("refusal"))),
        calls_tool=bool(message.get("tool_calls") or message.get("function_call")),
        model=_string(data.get("model")),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        # vLLM and others send a model's thoughts beside the text
        reasoning=_string(message.get("reasoning_content")) or _string(message.get("reasoning")),
        place=wanted,
    )


def read_usage(data: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the tokens of the prompt and of the reply, None where the server tells none."""
    usage = data.get("usage")
    if not isinstance(usage, Mapping):
        return None, None
    return read_count(usage.get("prompt_tokens")), read_count(usage.get("completion_tokens"))


def checked(reply: Reply, where: str, attempts: int = 1) -> Reply:
    """Return a reply as it is kept, in whole texts; raises where it holds no answer to read.

    The error of a model that did reply holds what it said, as `error.reply`.
    """
    reason = plain_finish(reply.finish_reason or "stop")
    if reply.tool_calls and ending_of(reason) == "normal":
        reason = "tool_calls"  # files of results keep no more of the calls
    reply = replace(
        reply,
        text=whole_text(reply.text),
        finish_reason=whole_text(reason)[:_LONGEST_NAME],
        reasoning=whole_text(reply.reasoning or "") or None,
        usage=reply.usage or Usage(),
        model=whole_text(reply.model or "")[:_LONGEST_NAME],
        refusal=whole_text(reply.refusal or "") or None,
        attempts=attempts,
    )
    reply.raise_for_failure()
    if reply.ending in ("refused", "filtered"):
        why = shown(reply.refusal or reply.finish_reason or "", 200)
        raise _holding(Refused(f"The model declined to answer: {why}"), reply)
    if "tool_call" in reply.flags and not reply.text.strip():
        called = UnexpectedToolCall(f"The model at {where} called a tool instead of answering.")
        raise _holding(called, reply)
    if not reply.text.strip():
        cut = " It was cut at the token limit." if reply.truncated else ""
        raise _holding(EmptyReply(f"The model at {where} replied without any text.{cut}"), reply)
    return reply


def _holding(error: BackendError, reply: Reply) -> BackendError:
    error.reply = reply
    return error


def _texts(content: Any) -> Iterator[str]:
    """Yield a content's texts: a string, or those of a list's text parts; anything else is none.

    A list inside a part is not opened.
    """
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, Mapping) and part.get("type") in ("text", "output_text"):
                text = part.get("text")
                if isinstance(text, str):
                    yield text


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _index(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def plain_finish(reason: str) -> str:
    """Return a provider's word as OpenAI's "stop" or "length", any other in lower case."""
    word = reason.lower()
    if ending_of(word) == "cut":
        return "length"
    return "stop" if word in _ENDED else word
