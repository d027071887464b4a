"""Reading a `Reply`; the labels of some prompts are lettered choices: "(A) Yes", "(B) No"."""

from __future__ import annotations

from dataclasses import replace

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.reading import read_answer
from xlt.reply import Reply


def read_reply(reply: Reply, asked: AnswerFormat, lettered: tuple[str, ...] = ()) -> Answer:
    """Return the answer in a reply, flagged as the reply is (`Reply.flags`).

    A reply that was refused or filtered, or holds no text, is no answer, whatever it says.
    Raises ReplyFailed where an error broke it off.
    """
    if reply.finish_reason is not None:
        reply.raise_for_failure()
    flags = reply.flags
    if not reply.has_answer:
        words = reply.text or reply.refusal or ""
        return Answer(None, "none", flags=flags, reply=words, asked=asked, usage=reply.usage)
    answer = read_lettered(reply.text, asked, lettered, reply.finish_reason)
    if flags <= answer.flags and reply.usage is None:
        return answer
    return replace(answer, flags=answer.flags | flags, usage=reply.usage)


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
