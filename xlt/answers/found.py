"""What is found in a part of a reply, and how a kind of answer looks for it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Value
from xlt.answers.sentences.view import View

NO_FLAGS: frozenset[str] = frozenset()
ECHO = frozenset({"echoed_from_request"})
UNDETERMINED = frozenset({"undetermined"})
SEVERAL = frozenset({"undetermined", "several"})
DENIED = frozenset({"undetermined", "denied"})


class Found(NamedTuple):
    """A value and its place in the cleaned text; None says that the reply declines to answer.

    `sure` is False for what only the bounded fallback finds, which does not outweigh an answer
    that stands first.
    """

    value: Value
    start: int
    end: int
    flags: frozenset[str] = NO_FLAGS
    rule: str = ""
    sure: bool = True


# What `at` returns where the marker only heads a list of the options or of steps.
NO_ANCHOR = Found(None, -1, -1)


class Kind(Protocol):
    """How one kind of answer is found in a part of a reply.

    `own_lines` says that it looks for corrections and for "word: value" in each line itself.
    """

    own_lines: bool

    def at(self, view: View, anchor: Anchor, start: int) -> Found | None:
        """Return the value that a marker announces, from `start` on."""

    def alone(self, view: View, start: int, end: int) -> Found | None:
        """Return the value of which `start:end` consists, little else said."""

    def first(self, view: View, start: int, end: int) -> Found | None:
        """Return the value that a first line gives, which later lines explain."""

    def conclude(self, view: View) -> Found | None:
        """Return the value that the reply's end concludes with, the sentence of its verdict."""


def is_closed(view: View) -> bool:
    """Whether the answer is one of labels or options."""
    return bool(view.asked.labels or view.asked.option_count)
