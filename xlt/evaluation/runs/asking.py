"""`Replies`, what a run asks: a model behind a backend, or replies recorded earlier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.samples import Sample
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.task import Task


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run a call stands; a recording finds its reply by it.

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
