"""Conversations recorded elsewhere: the files `<benchmark>/<strategy>/<language>.jsonl[.gz]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from xlt.errors import DataFileError, InputError
from xlt.evaluation.runs.replies import Place
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.rows import read_rows

SELF_TEST = Path(__file__).parents[1] / "self_test" / "replies"
"""Replies that no model wrote; what is made of them says so."""
Key = tuple[str, str, str]
"""Benchmark, strategy and language (`zh-ru` for a pair), folded by `_folded`."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The first message of the user, and all replies in their order."""

    request: str
    replies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversations:
    """Gives each prompt the reply that stands at its place in a recorded conversation.

    The recorded prompts need not be worded as xlt's: a conversation belongs to a sample when
    its first message holds the sample's texts. That of the sample's own row is looked at first.
    """

    folder: Path
    by_key: Mapping[Key, tuple[Conversation, ...]]
    few_shot: bool = False

    @classmethod
    def open(cls, folder: Path, *, few_shot: bool = False) -> Conversations:
        """Return all conversations below a folder; raises DataFileError with the line at fault.

        Each line is an object whose `message` is the list of role/content messages.
        """
        found: dict[Key, tuple[Conversation, ...]] = {}
        for path in conversation_files(folder):
            *_, benchmark, strategy, name = path.relative_to(folder).parts
            key = _folded(benchmark, strategy, name.partition(".")[0])
            found[key] = tuple(_read(path))
        if not found:
            raise DataFileError(
                "holds no recording: neither a run (results.jsonl), nor replies written by "
                "--record, nor <benchmark>/<strategy>/<language>.jsonl",
                folder,
            )
        return cls(folder, found, few_shot)

    @property
    def name(self) -> str:
        return f"replay of {self.folder.name}"

    @property
    def settings(self) -> Mapping[str, Any]:
        invented = {"origin": "invented"} if self.folder == SELF_TEST else {}
        return {"recording": digest_replies(self.by_key), **invented}

    def holds(self, place: Place) -> bool:
        """Tell whether a sample was recorded under this benchmark, strategy and language."""
        return self._conversation(place) is not None

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        conversation = self._conversation(place)
        if conversation is None:
            raise InputError(f"{self.folder} holds no conversation about {place.sample.id}.")
        if place.round >= len(conversation.replies):
            raise InputError(
                f"The conversation about {place.sample.id} in {self.folder} has "
                f"{len(conversation.replies)} replies; {place.strategy} asks for more."
            )
        return Reply(conversation.replies[place.round])

    def _conversation(self, place: Place) -> Conversation | None:
        rows = self.by_key.get(_folded(place.benchmark, place.strategy, place.pair), ())
        own = rows[place.row : place.row + 1]
        texts = _texts(place)
        return next((one for one in (*own, *rows) if _is_about(one, texts)), None)


def digest_replies(replies: Mapping[Any, Any]) -> str:
    """Return sixteen hex digits that pin a recording: folders of the same name may differ."""
    digest = sha256()
    for one in sorted(replies.items()):
        digest.update(repr(one).encode())
    return digest.hexdigest()[:16]


def conversation_files(folder: Path) -> list[Path]:
    """Return the files below a folder that lie at least two folders deep, as conversations do."""
    found = [*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz")]
    return sorted(path for path in found if len(path.relative_to(folder).parts) >= 3)


def _texts(place: Place) -> list[str]:
    """Return the sample's own texts; a field of fixed values may be worded otherwise."""
    free = [field.name for field in place.task.inputs if not field.allowed]
    return [place.sample.inputs[name].strip() for name in free if name in place.sample.inputs]


def _is_about(conversation: Conversation, texts: list[str]) -> bool:
    return all(text in conversation.request for text in texts)


def _read(path: Path) -> Iterator[Conversation]:
    for line, row in read_rows(path):
        messages = row.get("message")
        if not isinstance(messages, list) or not all(map(_is_message, messages)):
            raise DataFileError("message must be a list of role/content objects", path, line)
        said = {role: _contents(messages, role) for role in ("user", "assistant")}
        if not said["user"]:
            raise DataFileError("the conversation has no message of the user", path, line)
        yield Conversation(said["user"][0], said["assistant"])


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value and isinstance(value.get("content"), str)


def _contents(messages: list[dict[str, str]], role: str) -> tuple[str, ...]:
    return tuple(one["content"] for one in messages if one["role"] == role)


def _folded(*names: str) -> Key:
    """Return names as they compare: "paws-x" is "pawsx", "en-cot" is "en_cot"."""
    benchmark, strategy, language = names
    return re.sub("[-_]", "", benchmark.lower()), strategy.lower().replace("-", "_"), language
