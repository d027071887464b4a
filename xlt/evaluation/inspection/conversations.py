"""Conversations as Inspect's messages: what a prompt goes on with, and all of them in one list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inspect_ai.model import ChatMessage

from xlt.evaluation.runs.inspect_model import inspect_messages

Said = Mapping[str, Any]
"""A message as `Prompt.messages` has it: its role and content."""


class Conversations:
    """The conversations of one sample in the order they began.

    A prompt whose messages begin with a whole earlier conversation goes on with it, so that a
    message is one object, with one id, however often it is sent.
    """

    def __init__(self) -> None:
        self._all: list[list[ChatMessage]] = []

    def messages_for(self, said: Sequence[Said]) -> list[ChatMessage]:
        """Return the messages to send: those of an earlier conversation, and the new ones."""
        earlier = self._begun(said)
        return [*earlier, *inspect_messages(said[len(earlier) :])]

    def add(self, sent: Sequence[ChatMessage], reply: ChatMessage) -> None:
        """Keep what was sent and its reply, in the place of the conversation it went on with."""
        whole = [*sent, reply]
        for place, one in enumerate(self._all):
            if _ids(sent[: len(one)]) == _ids(one):
                self._all[place] = whole
                return
        self._all.append(whole)

    @property
    def messages(self) -> list[ChatMessage]:
        """All messages, one conversation after the other."""
        return [message for one in self._all for message in one]

    def _begun(self, said: Sequence[Said]) -> list[ChatMessage]:
        held = [(one["role"], _text(one["content"])) for one in said]
        fitting = (one for one in self._all if held[: len(one)] == _texts(one))
        return max(fitting, key=len, default=[])


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    """Return the text of a message, which may have images before it."""
    if isinstance(content, str):
        return content
    return "\n".join([block["text"] for block in content if "text" in block])


def _texts(messages: Iterable[ChatMessage]) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in messages]


def _ids(messages: Iterable[ChatMessage]) -> list[str | None]:
    return [one.id for one in messages]
