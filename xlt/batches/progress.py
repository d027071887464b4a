"""`Progress`: how far the plan of a row is, found by replaying the replies to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xlt.answers.answer import Answer
from xlt.batches.custom_id import RequestKey
from xlt.batches.manifest import digest_prompt
from xlt.batches.outcomes import Outcomes
from xlt.batches.provider import Failure
from xlt.errors import InputError, XLTError
from xlt.prompt import Prompt
from xlt.saved_plan import SavedPlan


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a row stands: the requests of its round that have no reply, its answer, or a fault.

    `digests` are those of the prompts of every round so far; `last` is a prompt of the last one.
    """

    row: int
    without_reply: Mapping[RequestKey, Prompt]
    digests: Mapping[RequestKey, str]
    last: Prompt | None = None
    answer: Answer | None = None
    fault: Failure | None = None


def follow(saved: SavedPlan, row: int, outcomes: Outcomes) -> Progress:
    """Replay the replies to a row's plan as far as they go.

    An XLTError that the plan itself ends in is the row's fault.
    """
    digests: dict[RequestKey, str] = {}
    last: Prompt | None = None
    try:
        while True:
            position = saved.position()
            if position.answer is not None:
                return Progress(row, {}, digests, last, position.answer)
            number = len(saved.rounds)
            asked = {
                RequestKey(row, number, path): prompt
                for path, prompt in enumerate(position.prompts)
            }
            last = position.prompts[-1]
            digests |= {key: digest_prompt(prompt.messages) for key, prompt in asked.items()}
            replies = {key: outcomes.reply(key) for key in asked}
            if waiting := {key: asked[key] for key, reply in replies.items() if reply is None}:
                return Progress(row, waiting, digests, last)
            saved = saved.answered([reply for reply in replies.values() if reply])
    except XLTError as error:
        if not digests:
            raise InputError(f"Row {row}: {error}") from error
        return Progress(row, {}, digests, last, fault=Failure(type(error).__name__, str(error)))
