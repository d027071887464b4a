"""Accuracy: whether an answer's value is the gold one; an answer not found is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from xlt.answers.answer import Answer, Value
from xlt.errors import InputError
from xlt.evaluation.score import Score, mean_score

Gold = int | Decimal | bool | str


def accuracy(answers: Sequence[Answer], golds: Sequence[Gold]) -> Score:
    """Return the share of answers whose value equals the gold value, in percent.

    Raises InputError when there are no samples, or not one gold value an answer.
    """
    if len(answers) != len(golds):
        raise InputError(f"{len(answers)} answers cannot be scored on {len(golds)} gold values.")
    pairs = zip(answers, golds, strict=True)
    return mean_score("accuracy", (is_correct(answer.value, gold) for answer, gold in pairs))


def is_correct(value: Value, gold: Gold) -> bool:
    """Tell whether `value` is `gold`: the same number, truth value or word.

    540 and Decimal("540.0") are the same number; True is not the number 1.
    """
    if isinstance(value, bool) or isinstance(gold, bool):
        return value is gold
    return value == gold
