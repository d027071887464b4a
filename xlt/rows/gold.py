"""The right answer of a row, in any of the forms that data files write it in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from xlt.answers.cleaning.normal_form import nfc
from xlt.answers.letters import place_of_letter
from xlt.errors import InputError, shown
from xlt.languages import Language
from xlt.task import Task

Gold = int | Decimal | bool | str | tuple[str, ...]
"""A right answer: a number, a choice's number from 1, yes or no, a label or a text, or several."""

_LONGEST_NUMBER = 1000
"""Digits of the largest gold number; 1e999999999 would fill the memory."""
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LETTER = re.compile(r"\(?([^\W\d_])[).:]?")


def read_gold(
    task: Task,
    value: Any,
    inputs: Mapping[str, Any] | None = None,
    *,
    language: Language | None = None,
    from_zero: bool = False,
) -> Gold:
    """Return a cell as the answer of a task.

    A number with or without grouping commas, in any digits; a choice by its number from 1 (from
    0 with `from_zero`), its letter, its field's name or its words, for which `inputs` are needed;
    a label by its name or one of the task's words for it, in any case; yes and no as words (also
    of `language`), true and false, 1 and 0; a text as it is. A list holds several accepted texts.
    Raises InputError for what no answer of the task can be.

    >>> from xlt import get_task
    >>> read_gold(get_task("xnli"), "Neutral"), read_gold(get_task("mgsm"), "2,125")
    ('neutral', 2125)
    >>> read_gold(get_task("xcopa"), "B")
    2
    """
    kind = task.answer.kind
    if kind == "number":
        return _number(value)
    if kind == "choice":
        return _choice(task, value, inputs or {}, from_zero)
    if kind == "boolean":
        return _boolean(value, language)
    one = _label_of(task, language) if kind == "label" and task.answer.labels else as_text
    if isinstance(value, list | tuple):
        return tuple(map(one, value))
    return one(value)


def as_text(value: object) -> str:
    """Return a cell as a text: what is not one as its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _number(value: Any) -> int | Decimal:
    text = as_text(value).strip()
    try:
        number = Decimal(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
    except InvalidOperation:
        raise InputError(f"{shown(text)} is not a number") from None
    if not number.is_finite() or number.adjusted() > _LONGEST_NUMBER:
        raise InputError(f"{shown(text)} is not a number")
    return int(number) if number == number.to_integral_value() else number


def _choice(task: Task, value: Any, inputs: Mapping[str, Any], from_zero: bool) -> int:
    names, words = _options(task, inputs)
    text = _folded(value)
    for known in (words, names):
        if text and known.count(text) == 1:
            return known.index(text) + 1
    letter = _LETTER.fullmatch(text)
    place = place_of_letter(letter[1], len(words)) if letter else None
    number = place[0] if place else _whole_number(value, from_zero)
    if number < 1 or (words and number > len(words)):
        last = f" to {len(words) - from_zero}" if words else ""
        raise InputError(
            f"{shown(as_text(value))} is not a choice: give its number ({1 - from_zero}{last}), "
            "its letter or its words"
        )
    return number


def _options(task: Task, inputs: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return what the options are called and what they say; those of a list have no names."""
    names = [name.casefold() for name in task.answer.options]
    values = [inputs.get(name, "") for name in task.answer.options]
    if len(values) == 1 and isinstance(values[0], list | tuple):
        return [], [_folded(one) for one in values[0]]
    return names, [_folded(one) for one in values]


def _whole_number(value: Any, from_zero: bool) -> int:
    try:
        number = _number(value)
    except InputError:
        return 0
    return number + from_zero if isinstance(number, int) else 0


def _boolean(value: Any, language: Language | None) -> bool:
    text = _folded(value)
    if language is not None:
        for words, truth in ((language.words.yes, True), (language.words.no, False)):
            if text in map(_folded, words):
                return truth
    if text not in _TRUTH:
        raise InputError(f"{shown(as_text(value))} is neither yes nor no")
    return _TRUTH[text]


def _label_of(task: Task, language: Language | None) -> Callable[[Any], str]:
    labels = task.answer.labels
    names = {_folded(word): label for label, words in labels.items() for word in words}
    names |= {_folded(label): label for label in labels}

    def read(value: Any) -> str:
        text = _folded(value)
        if text not in names:
            raise InputError(f"{shown(as_text(value))} is not one of {', '.join(labels)}")
        return names[text]

    return read


def _folded(value: Any) -> str:
    return nfc(as_text(value)).strip().casefold()
