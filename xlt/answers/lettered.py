"""Reading answers to prompts that show labels as lettered choices: "(A) Yes", "(B) No"."""

from __future__ import annotations

from dataclasses import replace

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.reading import read_answer


def read_lettered(
    reply: str,
    asked: AnswerFormat,
    lettered: tuple[str, ...],
    finish_reason: str | None = None,
) -> Answer:
    """Return the answer given in its own words or, where there are none, by its letter.

    `lettered` are the words shown as (A), (B) ..., if any; a letter counts only behind the marker.
    """
    answer = read_answer(reply, asked, finish_reason=finish_reason)
    if answer.status == "anchored" or not lettered:
        return answer
    as_choice = replace(asked, kind="choice", options=lettered, option_count=len(lettered))
    chosen = read_answer(reply, as_choice, finish_reason=finish_reason)
    if chosen.status != "anchored" or not isinstance(chosen.value, int):
        return answer
    word = lettered[chosen.value - 1]
    meant = read_answer(f"{asked.output_type.capitalize()}: {word}", replace(asked, request=()))
    return replace(chosen, value=meant.value)
