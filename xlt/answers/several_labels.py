"""Reading several labels: "refund, complaint" for a text that is both."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.lexicon import lexicon_for
from xlt.answers.reading import parser_of

# What stands between two labels, beside "and": commas and stops of every script, a bullet.
_BETWEEN = re.compile(r"\s*(?:[,;、،؛/|+\n]|\s&\s)\s*(?:[-*•]\s+)?")
_QUOTES = " \t\"'“”‘’`«»*.。।[](){}-•"


def read_labels(reply: object, asked: AnswerFormat) -> Answer:
    """Return the labels a reply lists, in the task's order and spelling; none may be unknown."""
    read_text = parser_of("short_text")
    answer = read_text(reply, replace(asked, kind="short_text"))  # type: ignore[arg-type]
    if not isinstance(answer.value, str):
        return answer
    words = {
        _folded(word): label for label, others in asked.labels.items() for word in (label, *others)
    }
    joint = lexicon_for(asked).pattern("and")
    parts = [_folded(part) for part in _BETWEEN.split(answer.value)]
    whole = [[part] if part in words else map(_folded, joint.split(part)) for part in parts]
    given = [part for several in whole for part in several if part]
    if not given or any(part not in words for part in given):
        return Answer(None, "none", flags=answer.flags | {"undetermined"}, reply=answer.reply)
    chosen = {words[part] for part in given}
    return replace(answer, value=[label for label in asked.labels if label in chosen])


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip(_QUOTES)
