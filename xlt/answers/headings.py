"""What the lines of a reply announce: the retelling, the steps, the answer, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from xlt.answers.answer import AnswerFormat
from xlt.answers.cleaning.reply import words_of
from xlt.answers.lexicon import one_of
from xlt.languages import Language, get_language

Kind = Literal["retelling", "steps", "answer", "step", "labelled", "text"]

# A heading stands in the first characters of its line; no line is searched further.
REACH = 120
_MOST_WORDS = 12
_DRESS = " \t\r*_#>`~"
_BULLETS = "-•·–—+"
_NUMBERED = re.compile(r"[(（]?\d{1,3}(?:[.)）、．](?!\d)|\s*[:：])\s*")
_HEAD_END = re.compile(r"[:：](?!//)")
_USED = ("answer", "copula", "english", "step", "working", "aim", "retell", "retold", "solving")
_LAST_CLAUSE = re.compile(r"[,，、;]\s*")


class Line(NamedTuple):
    """What a line is, and its text behind the heading (all of it where it has none)."""

    kind: Kind
    content: str


@dataclass(frozen=True, slots=True)
class Headings:
    """The words to look for, folded: answer markers with their copulas, "English", "step" ..."""

    markers: tuple[str, ...]
    copulas: tuple[str, ...]
    english: tuple[str, ...]
    steps: tuple[str, ...]
    working: tuple[str, ...]
    aims: tuple[str, ...]
    retelling: re.Pattern[str]
    solving: re.Pattern[str]

    @classmethod
    def of(cls, asked: AnswerFormat | None) -> Headings:
        """Return what replies to `asked` write, in English and its two languages."""
        if asked is None:
            return _headings("", ())
        return _headings(asked.output_type, (asked.language, asked.target_language))

    def classify(self, line: str) -> Line:
        """Return what `line`, of any length, announces; only its first characters are searched."""
        text = line.strip()
        bare, numbered = _undressed(text)
        head, content = _split(text, bare)
        if head is None:
            return Line("step" if numbered else "text", text)
        folded = words_of(head)
        if self._is_steps(folded):
            return Line("steps", content)
        if self._is_answer(folded):
            return Line("answer", content)
        if self._is_retelling(folded):
            return Line("retelling", content)
        if numbered or self._is_numbered_step(folded):
            return Line("step", text)
        return Line("labelled" if content else "text", text)

    def _is_steps(self, head: str) -> bool:
        if any(sign.isdecimal() for sign in head):
            return False
        return head in self.working or any(word in head for word in self.steps)

    def _is_numbered_step(self, head: str) -> bool:
        counted = any(sign.isdecimal() for sign in head)
        return counted and any(word in head for word in self.steps)

    def _is_answer(self, head: str) -> bool:
        clause = _LAST_CLAUSE.split(head)[-1].strip()
        if clause.startswith(self.aims):
            return False
        for copula in self.copulas:
            if clause.endswith(copula) and _apart(clause, len(clause) - len(copula)):
                return any(_holds(clause, marker) for marker in self.markers)
        return any(_at_edge(clause, marker) for marker in self.markers)

    def _is_retelling(self, head: str) -> bool:
        if len(head.split()) > _MOST_WORDS or self.solving.search(head):
            return False
        return bool(self.retelling.match(head)) or any(word in head for word in self.english)


@lru_cache(maxsize=256)
def _headings(output_type: str, languages: tuple[Language, ...]) -> Headings:
    used = dict.fromkeys([get_language("en"), *languages])
    words = {name: _folded(w for one in used for w in one.lexicon.get(name, ())) for name in _USED}
    own = [output_type] if output_type else []
    return Headings(
        _folded([*own, *words["answer"]]),
        words["copula"],
        words["english"],
        words["step"],
        words["working"],
        tuple([f"{one} " for one in words["aim"]]),
        re.compile(rf"{one_of(words['retell'])}(?:\W*$|.*\b{one_of(words['retold'])})"),
        re.compile(one_of(words["solving"])),
    )


def has_words(text: str) -> bool:
    """Whether a line holds a letter or a digit, and is not only a rule or a fence."""
    return any(sign.isalnum() for sign in text)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(words_of, words)))


def _undressed(text: str) -> tuple[str, bool]:
    """Return the start of `text` without marks of lists and headings, and if it was numbered."""
    bare = text.lstrip(_DRESS + _BULLETS)
    number = _NUMBERED.match(bare)
    if number is None:
        return bare, False
    return bare[number.end() :].lstrip(_DRESS), True


def _split(text: str, bare: str) -> tuple[str | None, str]:
    """Return heading and content: at the first colon, or the whole of a line set as heading."""
    end = _HEAD_END.search(bare, 0, REACH)
    if end:
        head = bare[: end.start()].strip(_DRESS + "\"'“”")
        return head, bare[end.end() :].strip(_DRESS)
    if len(text) > REACH or not text.startswith(("#", "**", "__")):
        return None, text
    if text.startswith("#") or text.endswith(text[:2]):
        return bare.strip(_DRESS), ""
    return None, text


def _holds(clause: str, marker: str) -> bool:
    place = clause.find(marker)
    return place >= 0 and _apart(clause, place) and _apart(clause, place + len(marker))


def _at_edge(clause: str, marker: str) -> bool:
    """Whether `marker` opens or closes the clause as a word."""
    if clause.endswith(marker) and _apart(clause, len(clause) - len(marker)):
        return True
    return clause.startswith(marker) and _apart(clause, len(marker)) and len(clause.split()) <= 4


def _apart(text: str, place: int) -> bool:
    """Whether a word may begin or end at `place`; scripts without blanks end anywhere."""
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    spaced = before.isalnum() and after.isalnum()
    return not spaced or before >= "\u0e00" or after >= "\u0e00"
