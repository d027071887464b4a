"""`open_recording`: replies recorded earlier, in any of the three forms there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.backends.backend import send
from xlt.backends.replay import Replay, message_key
from xlt.errors import DataFileError
from xlt.evaluation.runs.conversations import Conversations, conversation_files, digest_replies
from xlt.evaluation.runs.reading import RESULTS, load_run
from xlt.evaluation.runs.replies import Place
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage


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


def open_recording(path: Path | str, *, few_shot: bool = False) -> Recorded | Conversations:
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
        return Conversations.open(path, few_shot=few_shot)
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
            model=call.model,
            usage=None if call.estimated else Usage(call.prompt_tokens, call.completion_tokens),
        )
        for result in load_run(folder).results
        for call in result.calls
    }
