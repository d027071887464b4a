"""The part a number plays in its sentence, by the words beside it: a bound, a detail, a name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlt.answers.lexicon import BIT, OUTSIDE, UNITS, Tag
from xlt.answers.numerals.finding import Number
from xlt.answers.sentences.view import View

_NOT, _BETWEEN, _THAN, _COPULA, _ABOUT, _RESULT = (
    BIT[name] for name in ("not", "between", "than", "copula", "about", "result")
)
_GIVEN, _PREPOSITION, _ARTICLE, _CLOCK, _BUT, _QUESTION = (
    BIT[name] for name in ("given", "preposition", "article", "clock", "but", "question")
)
_THEREFORE, _THAN_AFTER = (BIT[name] for name in ("therefore", "than_after"))
_TIME = sum([BIT[unit] for unit in UNITS])
_LOOSE = _PREPOSITION | _BETWEEN | BIT["that"] | _COPULA
_SMALL = _ARTICLE | _ABOUT
_CLOCK_SIGNS = re.compile(r":\d\d\b")
_NAME = re.compile(r"(?:^|\s)[A-Z][a-z]{2,}\s#?\Z")
# What is counted, between a number and a word of comparison behind it.
_COUNTED = re.compile(rf"[ \u00a0-]?(?:[^{OUTSIDE}]{{1,16}} ?)?")
_REACH = 40


def led_by(view: View, tags: Sequence[Tag], one: Number, mask: int) -> bool:
    """Whether a word of the classes stands before the number, small words between left out."""
    place = one.start
    for tag in reversed(tags):
        if tag.end > place:
            continue
        if one.start - tag.end > _REACH or view.text[tag.end : place].strip(" :$€£¥₹-−\"'(*"):
            return False
        if tag.mask & mask and not (mask & _PREPOSITION and tag.mask & (_COPULA | _RESULT)):
            before = view.tags_before(tags, tag)
            return not (mask & _COPULA and before is not None and before.mask & _QUESTION)
        if not tag.mask & _SMALL and not (
            mask & _COPULA and tag.mask & (_PREPOSITION | _THEREFORE)
        ):
            return False
        place = tag.start
    return False


def is_given(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the question gave the number: "the remaining 6", "of the 20"."""
    return led_by(view, tags, one, _GIVEN)


def is_named(text: str, one: Number, start: int) -> bool:
    """Whether the number is part of a name: "Room 12", "Chapter 2"."""
    return _NAME.search(text, max(start, one.start - 16), one.start) is not None


def is_clock(view: View, tags: Sequence[Tag], one: Number) -> bool:
    if _CLOCK_SIGNS.match(view.text, one.end):
        return True
    behind = next((tag for tag in tags if tag.start >= one.end), None)
    return bool(
        behind
        and behind.mask & _CLOCK
        and behind.start - one.end < 3
        and not view.text[one.end : behind.start].strip()
    )


def is_negated(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether a "not" stands right before the number ("not 5 but 6"), or a "not, but" behind it."""
    behind = next((tag for tag in tags if tag.start >= one.end), None)
    if behind and behind.mask & _NOT and behind.mask & _BUT and behind.start - one.end < 2:
        return True
    for tag in reversed(tags):
        if tag.end > one.start:
            continue
        if view.text[tag.end : one.start].strip(" $€£\"'("):
            return False
        if tag.mask & _NOT:
            return not tag.mask & _BUT
        if not tag.mask & (_SMALL | _COPULA):
            return False
        one = Number(one.value, tag.start, one.end)
    return False


def is_bounded(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the number only bounds the value: "more than 5", 5 से अधिक, 5個より多い."""
    bounds = [tag for tag in tags if tag.mask & _THAN and not tag.mask & _LOOSE]
    if bounds and led_by(view, bounds, one, _THAN):
        return True
    behind = next((t for t in tags if t.start >= one.end and t.mask & _THAN_AFTER), None)
    return behind is not None and _COUNTED.fullmatch(view.text, one.end, behind.start) is not None


def is_aside(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    return is_given(view, tags, one) or is_detail(view, tags, one, start)


def is_detail(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    """Whether the number names or dates something: "Room 12", "in 4 weeks", "6 o'clock"."""
    timed = any(tag.mask & _TIME and 0 <= tag.start - one.end < 2 for tag in tags)
    dates = timed and led_by(view, tags, one, _PREPOSITION)
    return dates or is_clock(view, tags, one) or is_named(view.text, one, start)
