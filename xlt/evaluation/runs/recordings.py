"""What gives a run its replies (`Replies`), and `open_recording`: those recorded earlier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from xlt.backends.backend import send
from xlt.backends.replay import Replay, message_key
from xlt.errors import DataFileError, InputError
from xlt.evaluation.benchmark import Sample
from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.runs.run_folder import RESULTS, load_run
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage
from xlt.rows import read_rows
from xlt.task import Task


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a call in a run, by which a recording finds its reply.

    `row` is the sample's place in the file it was loaded from, counted from 0 before any
    sampling; `round` and `index` are the prompt's in the strategy's plan, counted from 0.
    """

    benchmark: str
    task: Task
    strategy: str
    sample: Sample
    row: int
    repeat: int = 0
    round: int = 0
    index: int = 0

    @property
    def pair(self) -> str:
        return pair_of(self.sample.language, self.sample.target_language)

    @property
    def item(self) -> str:
        """The id of the item that is asked for (`Result.id`)."""
        cell = f"{self.benchmark}/{self.pair}/{self.strategy}"
        return f"{cell}/{self.sample.id}/{self.repeat}"


class Replies(Protocol):
    """Gives each prompt of a run its reply. Every failure is an XLTError.

    `few_shot` says that the model needs demonstrations to know the form of a reply.
    """

    @property
    def name(self) -> str: ...

    @property
    def few_shot(self) -> bool: ...

    def holds(self, place: Place) -> bool:
        """Tell whether there is a reply for a sample: a model has one, a recording may not."""
        ...

    async def reply(self, prompt: Prompt, place: Place) -> Reply: ...


SELF_TEST = Path(__file__).parents[1] / "self_test" / "replies"
"""Replies that no model wrote; what is made of them says so."""
Key = tuple[str, str, str]
"""Benchmark, strategy and language (`zh-ru` for a pair), folded by `_folded`."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The first message of the user, and all replies in their order."""

    request: str
    replies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """Gives each prompt the reply at its place in a recorded conversation.

    The recorded prompts need not be worded as xlt's: a conversation belongs to a sample when
    its first message holds the sample's texts. That of the sample's own row is looked at first.
    """

    folder: Path
    by_key: Mapping[Key, tuple[Dialogue, ...]]
    few_shot: bool = False

    @classmethod
    def open(cls, folder: Path, *, few_shot: bool = False) -> Recording:
        """Return all conversations below a folder; raises DataFileError with the line at fault.

        Each line is an object whose `message` is the list of role/content messages.
        """
        found: dict[Key, tuple[Dialogue, ...]] = {}
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

    def _conversation(self, place: Place) -> Dialogue | None:
        rows = self.by_key.get(_folded(place.benchmark, place.strategy, place.pair), ())
        own = rows[place.row : place.row + 1]
        texts = _own_texts(place)
        return next(
            (one for one in (*own, *rows) if all(text in one.request for text in texts)), None
        )


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


def _own_texts(place: Place) -> list[str]:
    """Return the sample's own texts; a field of fixed values may be worded otherwise."""
    free = [field.name for field in place.task.inputs if not field.allowed]
    return [place.sample.inputs[name].strip() for name in free if name in place.sample.inputs]


def _read(path: Path) -> Iterator[Dialogue]:
    for line, row in read_rows(path):
        messages = row.get("message")
        if not isinstance(messages, list) or not all(map(_is_message, messages)):
            raise DataFileError("message must be a list of role/content objects", path, line)
        said = {
            role: tuple([one["content"] for one in messages if one["role"] == role])
            for role in ("user", "assistant")
        }
        if not said["user"]:
            raise DataFileError("the conversation has no message of the user", path, line)
        yield Dialogue(said["user"][0], said["assistant"])


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and "role" in value and isinstance(value.get("content"), str)


def _folded(*names: str) -> Key:
    """Return names as they compare: "paws-x" is "pawsx", "en-cot" is "en_cot"."""
    benchmark, strategy, language = names
    return re.sub("[-_]", "", benchmark.lower()), strategy.lower().replace("-", "_"), language


@dataclass(frozen=True, slots=True)
class Recorded:
    """Gives each prompt the reply recorded for the same messages.

    `of_items` are those of a run, by item and messages: where several items, or repeats of one,
    sent the same messages, each gets its own reply.
    """

    replay: Replay
    of_items: Mapping[tuple[str, str], Reply] = field(default_factory=FrozenDict)

    @property
    def name(self) -> str:
        return self.replay.name

    @property
    def few_shot(self) -> bool:
        return self.replay.few_shot

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"recording": digest_replies(self.of_items or self.replay.replies)}

    def holds(self, place: Place) -> bool:
        """Always: whether a prompt was recorded is known once it is composed."""
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        own = self.of_items.get((place.item, message_key(prompt.kept_messages)))
        return own or await send(self.replay, prompt)


def open_recording(path: Path | str, *, few_shot: bool = False) -> Recorded | Recording:
    """Return the replies of a recording, to be run again without a model.

    `path` is the folder of an earlier run; a file, or a folder of files, written by --record;
    or a folder of conversations, `<benchmark>/<strategy>/<language>.jsonl[.gz]`. `few_shot`
    says that the model needed demonstrations. Raises DataFileError.
    """
    path = Path(path)
    if (path / RESULTS).is_file():
        of_items = _calls(path)
        of_messages = {messages: reply for (_, messages), reply in of_items.items()}
        return Recorded(Replay(path, of_messages, few_shot), of_items)
    if path.is_file():
        return Recorded(Replay.open(path, few_shot=few_shot))
    if not path.is_dir():
        raise DataFileError("is neither a file nor a folder", path)
    files = sorted(path.glob("*.jsonl"))
    if not files or conversation_files(path):
        return Recording.open(path, few_shot=few_shot)
    replies: dict[str, Reply] = {}
    for file in files:
        replies.update(Replay.open(file).replies)
    return Recorded(Replay(path, replies, few_shot))


def _calls(folder: Path) -> Mapping[tuple[str, str], Reply]:
    """Return the replies of a run by the item they are of and the messages they answer."""
    return {
        (result.id, message_key(list(call.messages))): Reply(
            text=call.reply,
            finish_reason=call.finish_reason,
            reasoning=call.reasoning or None,
            model=call.model,
            usage=None if call.estimated else Usage(call.prompt_tokens, call.completion_tokens),
        )
        for result in load_run(folder).results
        for call in result.calls
    }
