"""A streamed reply, put together event by event."""

from __future__ import annotations

from dataclasses import dataclass, field

from xlt.backends.backend import Reply
from xlt.backends.errors import MalformedReply
from xlt.backends.reply_body import (
    Choice,
    find_choice,
    read_object,
    read_usage,
    reply_of,
    whole_text,
)

_DONE = "[DONE]"
_HIGH_SURROGATES = ("\ud800", "\udbff")


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
