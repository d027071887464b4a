"""The part a number plays in its sentence, by the words beside it: a bound, a detail, a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from xlt.answers.lexicon import BIT, OUTSIDE, UNITS, Tag, is_glued
from xlt.answers.numerals.finding import Number
from xlt.answers.sentences.view import COMMAS, STOPS, View, is_letter

_NOT, _BETWEEN, _THAN, _COPULA, _ABOUT, _RESULT = (
    BIT[name] for name in ("not", "between", "than", "copula", "about", "result")
)
_GIVEN, _PREPOSITION, _ARTICLE, _CLOCK, _BUT, _QUESTION = (
    BIT[name] for name in ("given", "preposition", "article", "clock", "but", "question")
)
_THEREFORE, _THAN_AFTER, _LESS = (BIT[name] for name in ("therefore", "than_after", "less"))
_TIME = sum([BIT[unit] for unit in UNITS])
_LOOSE = _PREPOSITION | _BETWEEN | BIT["that"] | _COPULA
_SMALL = _ARTICLE | _ABOUT
_CLOCK_SIGNS = re.compile(r":\d\d\b")
_NAME = re.compile(r"(?:^|\s)[A-Z][a-z]{2,}\s#?\Z")
# What is counted, between a number and a word of comparison behind it.
_COUNTED = re.compile(rf"[ \u00a0-]?(?:[^{OUTSIDE}]{{1,16}} ?)?")
_POSTPOSED = re.compile(r"[\u3040-\u309f\uac00-\ud7a3]")  # the particles of Japanese and Korean
_REACH, _CLOSES = 40, ("", *COMMAS, *STOPS, ".", "!")


class Sentence(NamedTuple):
    """The place of a sentence that holds numbers, and the words known in it."""

    view: View
    tags: Sequence[Tag]
    start: int
    end: int

    def behind(self, one: Number | Tag, mask: int, reach: int = 2) -> Tag | None:
        """Return the word of the classes that follows a number, at most so many signs away."""
        near = (tag for tag in self.tags if 0 <= tag.start - one.end <= reach)
        return next((tag for tag in near if tag.mask & mask), None)


def led_by(said: Sentence, one: Number, mask: int) -> bool:
    """Whether a word of the classes stands before the number, small words between left out."""
    view, place = said.view, one.start
    passes, signs = _SMALL, " :$€£¥₹-−\"'(*"
    if mask & _COPULA:
        passes |= _PREPOSITION | _THEREFORE | _TIME  # itakuwa miaka 19
    if mask & _NOT:
        passes, signs = passes | _COPULA, " $€£¥₹\"'("  # but "no: 5", "no - 5"
    for tag in reversed(said.tags):
        if tag.end > place:
            continue
        between = view.folded[tag.end : place].strip(signs)
        if one.start - tag.end > _REACH or (
            between and between not in view.lexicon.words["currency"]
        ):
            return False
        if mask & _PREPOSITION and _POSTPOSED.match(view.folded, tag.start):
            return False  # 3日間で120: it goes with what stands before it
        if tag.mask & mask and not (mask & _PREPOSITION and tag.mask & (_COPULA | _RESULT)):
            before = view.tags_before(said.tags, tag)
            return not (mask & _COPULA and before is not None and before.mask & _QUESTION)
        if not tag.mask & passes:
            return False
        place = tag.start
    return False


def is_given(said: Sentence, one: Number) -> bool:
    """Whether the question gave the number: "the remaining 6", "of the 20"."""
    return led_by(said, one, _GIVEN)


def is_named(said: Sentence, one: Number) -> bool:
    """Whether the number is part of a name, "Room 12", "Chapter 2", and no sum of money."""
    before = said.view.text[max(said.start, one.start - 16) : one.start]
    return _NAME.search(before) is not None and not is_money(said.view, one)


def is_negated(said: Sentence, one: Number) -> bool:
    """Whether a "not" stands right before the number, "not 5 but 6", or closes its clause.

    So it does where the verb comes last: 54 नहीं, 50 биш, 55; a "not, but" may stand behind it too.
    """
    behind = said.behind(one, _NOT, 1)
    if behind and (behind.mask & _BUT or _closes(said.view, behind)):
        return True
    if _is_called_wrong(said, one):
        return True
    nots = [tag for tag in said.tags if not (tag.mask & _NOT and tag.mask & _BUT)]
    return led_by(said._replace(tags=nots), one, _NOT)


def _closes(view: View, tag: Tag) -> bool:
    return view.text[tag.end : tag.end + 2].strip()[:1] in _CLOSES


def _is_called_wrong(said: Sentence, one: Number) -> bool:
    """Whether "is wrong" stands behind the number: "15 is wrong", 15 गलत है, 15は間違いです."""
    view = said.view
    behind = [tag for tag in said.tags if tag.start >= one.end][:3]
    if not behind or not view.blank(one.end, behind[0].start):
        return False
    if behind[0].mask & _LESS and behind[0].mask & BIT["no"] and _closes(view, behind[0]):
        return True  # 15 తప్పు, without a copula
    judged = [tag.mask & (_LESS | _COPULA) for tag in behind[:2]]
    if 0 in judged or sum(judged) != _LESS | _COPULA:
        return False
    compared = any(tag.mask & (_THAN | _THAN_AFTER) for tag in behind)
    return not compared and view.blank(behind[0].end, behind[1].start)


def is_bounded(said: Sentence, one: Number) -> bool:
    """Whether the number only bounds the value: "more than 5", 5 से अधिक, 5個より多い."""
    bounds = [tag for tag in said.tags if tag.mask & _THAN and not tag.mask & _LOOSE]
    if bounds and led_by(said._replace(tags=bounds), one, _THAN):
        return True
    behind = said.behind(one, _THAN_AFTER, _REACH)
    return bool(behind and _COUNTED.fullmatch(said.view.text, one.end, behind.start))


def is_aside(said: Sentence, one: Number) -> bool:
    return is_given(said, one) or is_detail(said, one)


def is_money(view: View, one: Number) -> bool:
    """Whether a sign or a word of a currency stands beside a number: $5, 20 zł, shilingi 500."""
    if one.currency:
        return True
    words = view.lexicon.words["currency"]
    behind = view.folded[one.end : one.end + _REACH].lstrip()
    before = view.folded[max(0, one.start - _REACH) : one.start].rstrip()
    stops = (behind[len(word) :][:1] for word in words if behind.startswith(word))
    starts = (before[: -len(word)][-1:] for word in words if before.endswith(word))
    return any(not is_letter(sign or " ") or is_glued(sign) for sign in (*stops, *starts))


def is_detail(said: Sentence, one: Number) -> bool:
    """Whether the number names, dates or rates something: "Room 12", "in 4 weeks", "18 a day"."""
    return is_dated(said, one) or _is_rate(said, one)


def is_dated(said: Sentence, one: Number) -> bool:
    """Whether the number names or dates something: "Room 12", "in 4 weeks", "6 o'clock"."""
    unit, view = said.behind(one, _TIME, 1), said.view
    if unit is not None:
        after = said.behind(unit, _PREPOSITION)
        postposed = after and _POSTPOSED.match(view.folded, after.start)  # 3日間で, 2시간에
        # 3 గంటల్లో, "in 3 hours"
        if unit.mask & _PREPOSITION or led_by(said, one, _PREPOSITION) or postposed:
            return True
    clock = _CLOCK_SIGNS.match(view.text, one.end) or said.behind(one, _CLOCK)
    return bool(clock) or is_named(said, one)


def _is_rate(said: Sentence, one: Number) -> bool:
    """Whether the number is of a unit of time each: "60 km/h", "18 miles a day"."""
    view = said.view
    if _PER.match(view.text, one.end):
        return True
    for before, tag in pairwise(said.tags):
        if not tag.mask & _TIME or not view.blank(before.end, tag.start):
            continue
        if one.end <= before.start and tag.start - one.end <= _REACH:
            return before.mask & _EACH > 0 and not view.blank(one.end, before.start)
    return False


_PER = re.compile(r"\s?[^\W\d_]{1,5}\.?/[^\W\d_]{1,5}")
_EACH = _PREPOSITION | _ARTICLE | BIT["all"]
