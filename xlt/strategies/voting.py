"""Votes over answers: equal values count together, ties go to the value seen first."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Hashable
from decimal import Decimal
from fractions import Fraction

from xlt.answers.answer import Answer, Value
from xlt.errors import InputError
from xlt.task import Task

Weight = int | Fraction


class Vote:
    """A count of answers in the order they came; an answer without a value does not vote."""

    def __init__(self) -> None:
        self._first: dict[Hashable, Answer] = {}
        self._weights: dict[Hashable, Weight] = {}
        self._unread: Answer | None = None

    def add(self, answer: Answer, weight: Weight = 1) -> None:
        if answer.value is None:
            self._unread = self._unread or answer
            return
        key = comparable(answer.value)
        self._first.setdefault(key, answer)
        self._weights[key] = self._weights.get(key, 0) + weight

    def winner(self) -> Answer | None:
        """Return the first answer of the heaviest value, else one without a value, else None."""
        if not self._weights:
            return self._unread
        return self._first[max(self._weights, key=lambda key: self._weights[key])]

    def needed(self, remaining: int) -> int:
        """Return how many of the `remaining` votes could decide the vote; 0: it is decided.

        `remaining` counts votes of weight 1 still to come.
        """
        weights = sorted(self._weights.values(), reverse=True)
        lead = weights[0] if weights else 0
        if remaining == 0 or self._is_decided(remaining):
            return 0
        rival = weights[1] if len(weights) > 1 else 0
        return max(1, -((lead - rival - remaining - 1) // 2))  # lead + n > rival + remaining - n

    def _is_decided(self, remaining: int) -> bool:
        if not self._weights:
            return False
        keys = list(self._weights)
        best = max(keys, key=lambda key: self._weights[key])
        lead = self._weights[best]
        for key in keys:
            reach = self._weights[key] + remaining
            earlier = keys.index(key) < keys.index(best)
            if key != best and (reach > lead or (reach == lead and earlier)):
                return False
        return lead >= remaining  # a value not seen yet would lose the tie


def comparable(value: Value) -> Hashable:
    """Return the key that equal answers share: 540 and 540.0, "Paris" and "paris "."""
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value[:1024]).casefold().split())
    if isinstance(value, bool | int | Decimal) or value is None:
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def check_votable(strategy: str, task: Task) -> None:
    """Raise InputError for a task whose answers are never worded alike twice."""
    if task.answer.kind == "long_text":
        raise InputError(
            f"{strategy} votes over equal answers, and no two texts of {task.name} are equal; "
            "use clp."
        )


def check_short(strategy: str, task: Task) -> None:
    """Raise InputError for a task whose answers are too long to be weighed by a judge."""
    if task.answer.kind in ("long_text", "json"):
        raise InputError(
            f"{strategy} lets a judge weigh short answers, and those of {task.name} are long; use "
            "xlt, en_basic or clp."
        )
