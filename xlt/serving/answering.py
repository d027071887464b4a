"""The upstream's reply -> the same reply with the answer in it beside its choices."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.answers.reply_language import check_language
from xlt.backends.errors import MalformedReply, fault_of
from xlt.backends.replies import find_choice, read_usage
from xlt.errors import ReplyFailed
from xlt.messages import whole_text
from xlt.prompt import Prompt
from xlt.reply import Reply, ToolCall, Usage
from xlt.serving.wrapping import FIELD, Wrapped

Rounds = Sequence[list[dict[str, Any]]]
_DONE = "[DONE]"
_CHUNK = "chat.completion.chunk"


def told(
    wrapped: Wrapped, reply: Reply, answer: Answer | None = None, rounds: Rounds = ()
) -> tuple[Answer, dict[str, Any]]:
    """Return the answer in a reply, and the object `xlt` that tells of it.

    `answer` is that of several calls, where it is known, and `rounds` what they said. `span`
    counts Unicode characters, as Python does.
    """
    prompt = wrapped.prompt
    usage = reply.usage if answer is None else answer.usage
    answer = prompt.parse(reply) if answer is None else answer
    found = answer_json(answer)
    about = {
        "answer": found.pop("value"),
        **found,
        "language": prompt.language.tag,
        "target_language": prompt.target_language.tag,
        "wrong_language": answer.wrong_language,
        "signature": prompt.signature,
        "usage": None if usage is None else asdict(usage),
    }
    if wrapped.check:
        about["check"] = _check(prompt, reply.text)
    if rounds:
        about["rounds"] = rounds
    return answer, about


def round_shown(prompts: Sequence[Prompt], replies: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what the calls of a round asked and what was replied; None where a call failed."""
    return [
        {
            "prompt": prompt.request_text,
            "reply": reply.text if isinstance(reply, Reply) else None,
        }
        for prompt, reply in zip(prompts, replies, strict=True)
    ]


def round_event(round_said: list[dict[str, Any]]) -> str:
    """Return the data of the event that shows a round in a stream."""
    return _line({"object": _CHUNK, "choices": [], FIELD: {"rounds": [round_said]}})


def reply_in(body: dict[str, Any]) -> Reply:
    """Return the reply in a response.

    Raises MalformedReply for one without choices, ReplyFailed where the upstream broke it off.
    """
    if find_choice(body) is None:
        raise MalformedReply("The upstream answered without any choice.")
    reply = Reply.of(body)
    reply.raise_for_failure()
    return reply


def whole_response(
    wrapped: Wrapped,
    body: dict[str, Any],
    *,
    only: bool,
    answer: Answer | None = None,
    rounds: Rounds = (),
) -> dict[str, Any]:
    """Return a response with `xlt` beside its choices, of the `answer` where it is known.

    With `only` the answer takes the place of the reply's text. Raises what `reply_in` raises.
    """
    answer, about = told(wrapped, reply_in(body), answer, rounds)
    if only:
        for one in [one for one in body["choices"] if isinstance(one, dict)]:
            if isinstance(one.get("message"), dict) and not one["message"].get("tool_calls"):
                one["message"]["content"] = shown_answer(answer)
    return {**body, FIELD: about}


def as_events(made: Mapping[str, Any], *, asked_usage: bool) -> list[str]:
    """Return the data of the events that a whole response is as a stream."""
    about = {name: made[name] for name in ("id", "created", "model") if name in made}
    about["object"] = _CHUNK
    choice = made["choices"][0]
    delta = dict(choice["message"])
    if calls := delta.get("tool_calls"):
        delta["tool_calls"] = [{"index": place, **one} for place, one in enumerate(calls)]
    events: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {
            "choices": [{"index": 0, "delta": {}, "finish_reason": choice.get("finish_reason")}],
            FIELD: made[FIELD],
        },
    ]
    if asked_usage:
        events.append({"choices": [], "usage": made.get("usage")})
    return [*[_line({**about, **one}) for one in events], _DONE]


class StreamedAnswer:
    """The events of a streamed reply, passed on as they come; the last choice brings `xlt`.

    The event with the finish reason is held back until the stream ends, since usage comes behind
    it; `xlt` then stands in it. With `only` the text waits for the answer, which takes its place.
    `asked_usage` says that the client itself wants the event of usage.
    """

    def __init__(self, wrapped: Wrapped, *, only: bool, asked_usage: bool) -> None:
        self._wrapped, self._only, self._asked_usage = wrapped, only, asked_usage
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._refusals: list[str] = []
        self._calls_tool = False
        self._finish: str | None = None
        self._last: dict[str, Any] = {}
        self._held: list[str | dict[str, Any]] = []
        self._usage: Usage | None = None
        self.about: dict[str, Any] = {}
        self.done = False

    @property
    def size(self) -> int:
        """Characters so far."""
        return sum(map(len, self._texts))

    def take(self, data: str) -> Iterator[str]:
        """Yield the data of the events to pass on after one of the upstream's."""
        data = data.strip()
        if data == _DONE:
            self.done = True
        if data in (_DONE, ""):
            return
        event = _object(data)
        if fault := fault_of(event):
            raise MalformedReply(f"The upstream broke off: {_message(fault)}")
        sent = read_usage(event)
        if sent != (None, None):
            self._usage = Usage(*sent)
        choice = find_choice(event)
        if choice is None:
            if self._asked_usage or event.get("usage") is None:
                self._held.append(data)
            if self._finish is None:  # nothing to wait for: what a filter says in front
                yield from self._released()
            return
        self._last = event
        self._texts.append(choice.text)
        self._thoughts.append(choice.reasoning)
        self._refusals.append(choice.refusal)
        self._calls_tool = self._calls_tool or choice.calls_tool
        if self._only and choice.text:
            _take_text(event)
        if choice.finish_reason:
            self._finish = choice.finish_reason
            self._held.insert(0, event)
        elif not self._only:
            yield data
        elif choice.calls_tool or not choice.text:
            yield _line(event)

    def _released(self) -> Iterator[str]:
        yield from map(_line, self._held)
        self._held.clear()

    def end(self, answer: Answer | None = None, rounds: Rounds = ()) -> Iterator[str]:
        """Yield what is left at the end of the stream: the answer, usage, the sign of the end.

        `answer` and `rounds` are as for `told`. Raises what `reply` raises.
        """
        answer, self.about = told(self._wrapped, self.reply(), answer, rounds)
        last = next((one for one in self._held if isinstance(one, dict)), None)
        if last is None:
            last = {**self._last, "choices": []}
            self._held.insert(0, last)
        if self._only and not self._calls_tool:
            _put_text(last, shown_answer(answer))
        last[FIELD] = self.about
        yield from self._released()
        yield _DONE

    @property
    def ended(self) -> bool:
        """Whether the reply is there to its end."""
        return self.done or self._finish is not None

    def reply(self) -> Reply:
        """Return the whole reply; raises MalformedReply for one that ended in the middle."""
        if not self.ended:
            raise MalformedReply("The upstream's stream ended in the middle.")
        reply = Reply(
            text=whole_text("".join(self._texts)),
            finish_reason=self._finish,
            reasoning="".join(self._thoughts) or None,
            usage=self._usage,
            refusal="".join(self._refusals) or None,
            tool_calls=(ToolCall(""),) if self._calls_tool else (),
        )
        try:
            reply.raise_for_failure()
        except ReplyFailed as error:
            raise MalformedReply(str(error)) from None
        return reply


def shown_answer(answer: Answer) -> str:
    """Return the answer alone as a text: digits, a choice's number, yes or no; "" without one."""
    value = answer_json(answer)["value"]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _check(prompt: Prompt, text: str) -> dict[str, Any]:
    """Return whether the reply is in the language asked for; None where that cannot be told."""
    checked = check_language(text, prompt.target_language)
    off = [
        {"text": one.text, "language": one.detected and one.detected.name} for one in checked.off
    ]
    return {"line_pass": checked.line_pass, "word_pass": checked.word_pass, "off": off}


def _object(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise MalformedReply("The upstream sent an event that is not JSON.") from None
    if not isinstance(event, dict):
        raise MalformedReply("The upstream sent an event that is not an object.")
    return event


def _message(fault: Any) -> str:
    message = fault.get("message") if isinstance(fault, Mapping) else fault
    return str(message)[:300]


def _take_text(event: dict[str, Any]) -> None:
    for choice in event["choices"]:
        if isinstance(choice, dict) and isinstance(choice.get("delta"), dict):
            choice["delta"].pop("content", None)


def _put_text(event: dict[str, Any], text: str) -> None:
    """Make `text` the text of an event's first choice."""
    made = {"index": 0, "delta": {}, "finish_reason": "stop"}
    choices = [one for one in event["choices"] if isinstance(one, dict)] or [made]
    choices[0]["delta"] = {**(choices[0].get("delta") or {}), "content": text}
    event["choices"] = choices


def _line(event: str | dict[str, Any]) -> str:
    return event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
