"""Whether an answer agrees with the gold one, by the kind of answer."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.cleaning.normal_form import nfc
from xlt.errors import InputError
from xlt.languages import get_language
from xlt.task import Task

# Takes an answer and the gold one of its row.
Agrees = Callable[[Answer, Any], bool]
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def agreement_for(task: Task) -> Agrees:
    """Return how answers to a task are compared with gold ones; a list of them needs one.

    Numbers by value ("2,125" is 2125); choices by their number from 1; labels by their name or
    one of the task's words for it; yes and no also as True/False and 1/0; short texts when
    equal without case, ASCII punctuation, English articles and extra blanks, a simple form of
    MKQA's normalisation. Raises InputError for long texts and JSON, which no rule can compare.
    """
    compare = _COMPARED.get(task.answer.kind)
    if compare is None:
        raise InputError(
            f"{task.name} answers with {task.answer.kind.replace('_', ' ')}, which cannot be "
            "compared with the gold answer by a rule: pass a function of the answer and the gold "
            "one (agrees= of build_demonstrations, score= of calibrate)."
        )

    def agrees(answer: Answer, gold: Any) -> bool:
        golds = gold if isinstance(gold, list | tuple | set | frozenset) else [gold]
        return answer.value is not None and any(compare(answer.value, one, task) for one in golds)

    return agrees


def _same_number(value: Any, gold: Any, task: Task) -> bool:
    text = str(gold).strip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        return Decimal(text) == Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return False


def _same_choice(value: Any, gold: Any, task: Task) -> bool:
    return str(value) == str(gold).strip()


def _same_label(value: Any, gold: Any, task: Task) -> bool:
    wanted = str(gold).strip().casefold()
    names = (str(value), *task.answer.labels.get(value, ()))
    return wanted in [name.casefold() for name in names]


def _same_boolean(value: Any, gold: Any, task: Task) -> bool:
    return bool(_BOOLEANS.get(str(gold).strip().casefold()) is value)


def _same_text(value: Any, gold: Any, task: Task) -> bool:
    normal = _normal(str(gold))
    return bool(normal) and _normal(str(value)) == normal


def _normal(text: str) -> str:
    plain = nfc(text).casefold().translate(_NO_PUNCTUATION)
    articles = get_language("en").lexicon["particles"]
    return " ".join([word for word in plain.split() if word not in articles])


_COMPARED: dict[str, Callable[[Any, Any, Task], bool]] = {
    "number": _same_number,
    "choice": _same_choice,
    "label": _same_label,
    "boolean": _same_boolean,
    "short_text": _same_text,
}
