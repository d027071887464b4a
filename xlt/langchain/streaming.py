"""A reply as it streams: `AnswerChunk`, a piece of it, and `ReplyStream`, which makes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import BaseMessage

from xlt.answers.answer import Answer
from xlt.answers.steps import StepEvent
from xlt.backends.errors import MalformedReply
from xlt.prompt import Prompt
from xlt.reply import Reply, ToolCall, Usage

MOST_CHARACTERS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AnswerChunk(Answer):
    """A piece of a streamed reply, before its answer is sure.

    `reply` is the new text alone and `events` the parts that it completed: the retelling, a
    line of reasoning, at last the answer's words. `value` is that of the last answer marker so
    far and may still change; None before there is one. Adding joins texts and events; adding
    the Answer that ends a stream gives that Answer, so the sum of a stream is its answer.
    """

    events: tuple[StepEvent, ...] = ()

    def __add__(self, other: Any) -> Answer:
        if isinstance(other, AnswerChunk):
            return replace(other, reply=self.reply + other.reply, events=self.events + other.events)
        return other if isinstance(other, Answer) else NotImplemented


class ReplyStream:
    """Reads the chunks of one call to a model; of endless ones it reads 16 million characters."""

    def __init__(self, prompt: Prompt) -> None:
        self._reader = prompt.reader()
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[ToolCall] = []
        self._usage: Usage | None = None
        self._reason: str | None = None
        self._left = MOST_CHARACTERS

    @property
    def reply(self) -> Reply:
        """The reply so far."""
        return Reply(
            text="".join(self._texts),
            finish_reason=self._reason,
            reasoning="".join(self._thoughts) or None,
            usage=self._usage and replace(self._usage, calls=1),
            refusal="".join(self._refusals) or None,
            tool_calls=tuple(self._calls),
        )

    def read(self, output: Any) -> list[AnswerChunk]:
        """Return the piece that one more chunk of the model gives; none without text.

        Raises MalformedReply for a stream that does not end.
        """
        text = _plain_text(output)
        if text is None:
            text = self._note(Reply.of(output))
        if not text:
            return []
        self._left -= len(text)
        if self._left < 0:
            raise MalformedReply(
                f"The reply is longer than {MOST_CHARACTERS} characters; reading was stopped."
            )
        self._texts.append(text)
        return [self._chunk(text, self._reader.feed(text))]

    def end(self) -> list[AnswerChunk]:
        """Return the parts that only the end of the reply made sure."""
        known = len(self._reader.events)
        self._reader.close(self._reason)
        rest = self._reader.events[known:]
        return [self._chunk("", rest)] if rest else []

    def _note(self, piece: Reply) -> str:
        """Keep what a chunk says beside its text, and return that."""
        self._reason = piece.finish_reason or self._reason
        self._thoughts += [piece.reasoning] if piece.reasoning else []
        self._refusals += [piece.refusal] if piece.refusal else []
        self._calls += [call for call in piece.tool_calls if call.name]  # the rest goes on with one
        if piece.usage is not None:
            self._usage = piece.usage if self._usage is None else self._usage + piece.usage
        return piece.text

    def _chunk(self, text: str, events: tuple[StepEvent, ...]) -> AnswerChunk:
        found = self._reader.candidate
        if found is None:
            return AnswerChunk(None, "none", reply=text, events=events)
        return AnswerChunk(found.value, found.status, found.text, reply=text, events=events)


def _plain_text(output: Any) -> str | None:
    """Return the text of a chunk that holds nothing else, as most do; None for any other."""
    if isinstance(output, str):
        return output
    if isinstance(output, BaseMessage) and isinstance(output.content, str):
        about = (output.response_metadata, output.additional_kwargs)
        told = getattr(output, "usage_metadata", None) or getattr(output, "tool_call_chunks", None)
        return None if told or any(about) else output.content
    return None
