"""The part a number plays in its sentence, by the words beside it: a bound, a detail, a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

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


def led_by(view: View, tags: Sequence[Tag], one: Number, mask: int) -> bool:
    """Whether a word of the classes stands before the number, small words between left out."""
    place = one.start
    for tag in reversed(tags):
        if tag.end > place:
            continue
        between = view.folded[tag.end : place].strip(" :$€£¥₹-−\"'(*")
        if one.start - tag.end > _REACH or (between and between not in _money(view)):
            return False
        if mask & _PREPOSITION and _POSTPOSED.match(view.folded, tag.start):
            return False  # 3日間で120: it goes with what stands before it
        if tag.mask & mask and not (mask & _PREPOSITION and tag.mask & (_COPULA | _RESULT)):
            before = view.tags_before(tags, tag)
            return not (mask & _COPULA and before is not None and before.mask & _QUESTION)
        passes = _PREPOSITION | _THEREFORE | _TIME if mask & _COPULA else 0  # itakuwa miaka 19
        if not tag.mask & (_SMALL | passes):
            return False
        place = tag.start
    return False


def _money(view: View) -> tuple[str, ...]:
    return view.lexicon.words["currency"]


def is_given(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the question gave the number: "the remaining 6", "of the 20"."""
    return led_by(view, tags, one, _GIVEN)


def is_named(view: View, one: Number, start: int) -> bool:
    """Whether the number is part of a name, "Room 12", "Chapter 2", and no sum of money."""
    named = _NAME.search(view.text[max(start, one.start - 16) : one.start]) is not None
    return named and not is_money(view, one)


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
    """Whether a "not" stands right before the number, "not 5 but 6", or closes its clause.

    So it does where the verb comes last: 54 नहीं, 50 биш, 55; a "not, but" may stand behind it too.
    """
    if _is_called_wrong(view, tags, one):
        return True
    behind = next((tag for tag in tags if tag.start >= one.end), None)
    if behind and behind.mask & _NOT and behind.start - one.end < 2:
        closes = view.text[behind.end : behind.end + 2].strip()[:1] in _CLOSES
        if behind.mask & _BUT or closes:
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


def _is_called_wrong(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether "is wrong" stands behind the number: "15 is wrong", 15 गलत है, 15は間違いです."""
    behind = [tag for tag in tags if tag.start >= one.end][:3]
    if not behind or not view.blank(one.end, behind[0].start):
        return False
    closes = view.text[behind[0].end : behind[0].end + 2].strip()[:1] in _CLOSES
    if closes and behind[0].mask & _LESS and behind[0].mask & BIT["no"]:
        return True  # 15 తప్పు, without a copula
    judged = [tag.mask & (_LESS | _COPULA) for tag in behind[:2]]
    if 0 in judged or sum(judged) != _LESS | _COPULA:
        return False
    compared = any(tag.mask & (_THAN | _THAN_AFTER) for tag in behind)
    return not compared and view.blank(behind[0].end, behind[1].start)


def is_bounded(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the number only bounds the value: "more than 5", 5 से अधिक, 5個より多い."""
    bounds = [tag for tag in tags if tag.mask & _THAN and not tag.mask & _LOOSE]
    if bounds and led_by(view, bounds, one, _THAN):
        return True
    behind = next((t for t in tags if t.start >= one.end and t.mask & _THAN_AFTER), None)
    return behind is not None and _COUNTED.fullmatch(view.text, one.end, behind.start) is not None


def is_aside(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    return is_given(view, tags, one) or is_detail(view, tags, one, start)


def _postposed(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether a postposition stands behind a number and its unit: 3日間で, 2시간에."""
    behind = [tag for tag in tags if tag.start >= one.end][:2]
    near = len(behind) > 1 and behind[1].start - behind[0].end < 3
    marked = near and behind[1].mask & _PREPOSITION
    return bool(marked) and _POSTPOSED.match(view.folded, behind[1].start) is not None


def is_money(view: View, one: Number) -> bool:
    """Whether a sign or a word of a currency stands beside a number: $5, 20 zł, shilingi 500."""
    if one.currency:
        return True
    words = _money(view)
    behind = view.folded[one.end : one.end + _REACH].lstrip()
    before = view.folded[max(0, one.start - _REACH) : one.start].rstrip()
    stops = (behind[len(word) :][:1] for word in words if behind.startswith(word))
    starts = (before[: -len(word)][-1:] for word in words if before.endswith(word))
    return any(not is_letter(sign or " ") or is_glued(sign) for sign in (*stops, *starts))


def is_detail(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    """Whether the number names, dates or rates something: "Room 12", "in 4 weeks", "18 a day"."""
    return is_dated(view, tags, one, start) or _is_rate(view, tags, one)


def is_dated(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    """Whether the number names or dates something: "Room 12", "in 4 weeks", "6 o'clock"."""
    unit = next((t for t in tags if t.mask & _TIME and 0 <= t.start - one.end < 2), None)
    if unit is not None and (
        unit.mask & _PREPOSITION  # 3 గంటల్లో, "in 3 hours"
        or led_by(view, tags, one, _PREPOSITION)
        or _postposed(view, tags, one)
    ):
        return True
    return is_clock(view, tags, one) or is_named(view, one, start)


def _is_rate(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the number is of a unit of time each: "60 km/h", "18 miles a day", 每天跑3公里."""
    if _PER.match(view.text, one.end):
        return True
    for before, tag in pairwise(tags):
        if not tag.mask & _TIME or not view.blank(before.end, tag.start):
            continue
        if one.end <= before.start and tag.start - one.end <= _REACH:
            return before.mask & _EACH > 0 and not view.blank(one.end, before.start)
        if tag.end <= one.start <= tag.end + _PER_REACH and before.mask & BIT["all"]:
            return not any(sign in f"{COMMAS}{STOPS}." for sign in view.text[tag.end : one.start])
    return False


_PER_REACH = 12
_PER = re.compile(r"\s?[^\W\d_]{1,5}\.?/[^\W\d_]{1,5}")
_EACH = _PREPOSITION | _ARTICLE | BIT["all"]
