"""`Record`: what a sample's store keeps of its calls, enough to read its replies again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.reading import read_answer
from xlt.errors import InputError, XLTError
from xlt.evaluation.inspection.describing import Described
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.prompt import Prompt, answer_format
from xlt.reply import Reply
from xlt.running import drive

KEY = "xlt"
"""Where a sample's store has its record."""


@dataclass(slots=True)
class Record:
    """The calls of one sample, in the order of the strategy's prompts.

    A reply is `{"text", "stop"}`, or `{"error"}` where the call failed and the strategy went on.
    `failure` is `{"kind", "message", "reason"}` where there is no reply to read.
    """

    strategy: str
    options: dict[str, Any] = field(default_factory=dict)
    replies: list[dict[str, str]] = field(default_factory=list)
    translations: list[list[str]] = field(default_factory=list)
    signature: str = ""
    failure: dict[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value}

    def read(self, about: Described) -> Answer:
        """Return the answer by running the strategy's plan on the replies once more.

        Raises InputError where the plan asks for other calls than were made.
        """
        replies = _Replies(self.replies)
        options = dict(self.options)
        if self.translations:
            options["translator"] = _Translations(self.translations)
        running = about.plan(self.strategy, options)
        answer = drive(running, replies.next_round)
        if replies.left:
            raise InputError("The strategy asks for fewer calls than were recorded.")
        return answer


def read_text(about: Described, text: str, stop: str | None) -> Answer:
    """Return the answer in a reply of which no prompt is known."""
    own = get_language(about.language)
    target = get_language(about.answer_language)
    asked = answer_format(about.task, FrozenDict(about.inputs), own, target)
    return read_answer(text, asked, finish_reason=stop)


def read_record(about: Described, kept: dict[str, Any], text: str, stop: str | None) -> Answer:
    """Return the answer in a sample's replies; without a record that fits, in the last one."""
    if kept:
        try:
            return Record(**kept).read(about)
        except (XLTError, TypeError):  # another version's strategy, or another's record
            pass
    return read_text(about, text, stop)


class _Replies:
    def __init__(self, replies: Sequence[dict[str, str]]) -> None:
        self.left = list(replies)

    def next_round(self, prompts: tuple[Prompt, ...]) -> list[Any]:
        now, self.left = self.left[: len(prompts)], self.left[len(prompts) :]
        return [
            Reply(one["text"], finish_reason=one.get("stop"))
            if "text" in one
            else InputError(one["error"])
            for one in now
        ]


class _Translations:
    """A translator that gives recorded translations, in their order."""

    def __init__(self, made: Sequence[Sequence[str]]) -> None:
        self._left = list(made)

    def __call__(self, texts: Sequence[str], source: str, target: str) -> Sequence[str]:
        if not self._left:
            raise InputError("No translation was recorded.")
        return self._left.pop(0)
