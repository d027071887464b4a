"""Checking demonstrations that were written or corrected by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from xlt.answers.agreement import agreement_for
from xlt.composing import compose
from xlt.demonstrations import Demonstration
from xlt.errors import InputError, XLTError, shown
from xlt.task import Task


class Finding(NamedTuple):
    """What is to be said of the demonstration `number` (from 1)."""

    number: int
    message: str
    is_fault: bool = True


def check_demonstrations(
    task: Task, demonstrations: Sequence[Demonstration], *, templates: Path | str | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with each demonstration, read as a model's reply would be.

    A fault: inputs that the task does not take, a reply without an answer behind its marker, or
    with another than `answer`. Missing steps are reported but are not a fault. Long texts are
    only looked for, not compared.
    """
    try:
        agrees = agreement_for(task)
    except InputError:
        agrees = None
    for number, one in enumerate(demonstrations, start=1):
        try:
            prompt = compose(
                task,
                one.inputs,
                language=one.language,
                target_language=one.target_language,
                templates=templates,
            )
        except XLTError as error:
            yield Finding(number, str(error))
            continue
        if one.reply is None:
            if one.answer is None:
                yield Finding(number, "it has neither a reply nor an answer.")
            continue
        answer = prompt.parse(one.reply)
        if answer.status != "anchored":
            yield Finding(number, f"its reply has no answer behind “{task.output_type}:”.")
        elif one.answer is not None and agrees is not None and not agrees(answer, one.answer):
            yield Finding(
                number, f"its reply says {shown(str(answer.value))}, its answer {one.answer!r}."
            )
        elif not answer.steps.complete:
            yield Finding(number, "its reply lacks the retelling or the steps.", is_fault=False)
