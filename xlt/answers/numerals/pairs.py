"""Two numbers beside each other: a range, a list, two facts, one time in two units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from xlt.answers.lexicon import BIT, RUN, UNITS, Tag, is_glued
from xlt.answers.numerals.finding import Number
from xlt.answers.numerals.roles import led_by
from xlt.answers.sentences.view import COMMAS, View

_OR, _AND, _RANGE, _BETWEEN, _COPULA, _PREPOSITION = (
    BIT[name] for name in ("or", "and", "range", "between", "copula", "preposition")
)
_THEREFORE = BIT["therefore"]
_CONCLUDES = _THEREFORE | BIT["result"] | BIT["total"]
_TIME = sum([BIT[unit] for unit in UNITS])
_DASH = re.compile(r"\s?[-–—−~～〜]\s?")
_LIST_GAP = re.compile(r"\s?(?:[,;、，；/+&]\s?)+[$€£¥₹]?")
_REACH = 40


def open_pair(
    view: View, tags: Sequence[Tag], first: Number, second: Number, *, asked: bool
) -> bool:
    """Whether two numbers are the ends of a range, two ways to answer, or a list.

    With `asked` the question names the unit of one: "400 cents, or $4" is one amount in two.
    """
    text = view.text
    if second.start - first.end > 2 * _REACH:
        return False
    gap = text[first.end : second.start]
    if _DASH.fullmatch(gap):
        return True
    if _LIST_GAP.fullmatch(gap):
        return not led_by(view, tags, first, _PREPOSITION)
    between = [tag for tag in tags if first.end <= tag.start < second.start]
    mask = 0
    for tag in between:
        mask |= tag.mask
    unit = _unit_of(text, first.end, between, second.start)
    if led_by(view, tags, first, _BETWEEN) and mask & (_AND | _RANGE | _OR):
        return True
    behind = next((tag for tag in tags if tag.start >= second.end), None)
    if (
        behind
        and behind.mask & _BETWEEN
        and behind.start - second.end < 8
        and mask & (_AND | _RANGE)
        and "," not in gap
    ):
        return True
    if mask & (_OR | _RANGE) and _joins(text, between, _OR | _RANGE, first, second):
        after = RUN.match(text, second.end + (text[second.end : second.end + 1] == " "))
        return (
            not unit
            or (after[0] if after else "").startswith(unit)
            or bool(mask & _OR and not after and not (asked and second.currency))
        )
    return False


def two_facts(
    view: View,
    tags: Sequence[Tag],
    first: Number,
    second: Number,
    end: int,
    both: bool,
    most: int,
) -> bool:
    """Whether two numbers count two things, at most so many words apart, or a time in two units."""
    text, gap = view.text, view.text[first.end : second.start]
    mask = view.mask(first.end, second.start)
    if not mask & (_THEREFORE | _COPULA | _OR) and _compound_time(tags, first, second, gap):
        return True
    if both and not mask & _CONCLUDES and _parallel(view, first, second, gap):
        return True
    if "," not in gap and mask & _AND and both:
        rest = RUN.findall(text, second.end, end)
        words = RUN.findall(gap)
        return len(words) <= most and len(rest) <= 2 and not mask & (_PREPOSITION | _THEREFORE)
    return False


def _parallel(view: View, first: Number, second: Number, gap: str) -> bool:
    """Whether a comma parts two facts of one form: "Ann has 12 pens, Bo has 8 pens"."""
    if not any(sign in gap for sign in COMMAS):
        return False
    heads, units = [], []
    for one in (first, second):
        before = view.folded[max(0, one.start - _REACH) : one.start].rstrip()
        after = view.folded[one.end : one.end + _REACH].lstrip()
        glued = is_glued(before[-1:])
        heads.append(before[-1:] if glued else before.rpartition(" ")[2])
        unit = RUN.match(after)
        units.append(after[:1] if glued else unit[0] if unit else "")
    return bool(heads[0]) and heads[0] == heads[1] and units[0][:3] == units[1][:3]


def _unit_of(text: str, start: int, between: Sequence[Tag], end: int) -> str:
    """Return the unit behind the first number: the words before the first known one."""
    stop = min([tag.start for tag in between if tag.mask & (_OR | _RANGE)], default=end)
    return text[start:stop].strip(" ,-")


def _joins(text: str, between: Sequence[Tag], mask: int, first: Number, second: Number) -> bool:
    """Whether nothing stands between the joining word and the second number, and little before."""
    joint = next((tag for tag in reversed(between) if tag.mask & mask), None)
    if joint is None:
        return False
    after = text[joint.end : second.start]
    if after.strip(" $€£¥₹\"'(") and len(RUN.findall(after)) > 1:
        return False
    return len(RUN.findall(text[first.end : joint.start])) <= 3


def _compound_time(tags: Sequence[Tag], first: Number, second: Number, gap: str) -> bool:
    """Whether both numbers count one time: "7 hours 30 minutes"."""
    units = []
    for one in (first, second):
        near = next((tag for tag in tags if tag.start >= one.end), None)
        known = near and near.start - one.end <= 2 and near.mask & _TIME
        units.append(known or 0)
    words = len(RUN.findall(gap))
    return bool(units[0] and units[1] and units[0] != units[1] and words <= 3)


_SECONDS = dict(zip(UNITS, (1, 60, 3600, 86400, 604800, 2629800, 31557600), strict=True))


def compound_time(view: View, start: int, end: int, wanted: str) -> Number | None:
    """Return "2 hours 15 minutes" in the one unit that a request asks for."""
    totals, places, last = [], [], 0
    tags = view.tags(start, end)
    for one in view.numbers(start, end):
        near = next((tag for tag in tags if tag.start >= one.end), None)
        if near is None or near.start - one.end > 2 or not near.mask & _TIME:
            return None
        seconds = next(_SECONDS[name] for name in UNITS if near.mask & BIT[name])
        if not last or seconds >= last:  # "2 hours 15 minutes, or 135 minutes": the same again
            totals.append(Decimal(0))
        totals[-1] += one.value * seconds
        last = seconds
        places += [one.start, near.end]
    if len(places) < 4 or len(set(totals)) > 1:
        return None
    return Number(totals[0] / _SECONDS[wanted], places[0], places[-1])
