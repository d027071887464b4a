"""Two numbers beside each other: a range, a list, two facts, one time in two units."""

from __future__ import annotations

import re
from decimal import Decimal

from xlt.answers.lexicon import BIT, RUN, UNITS, is_glued
from xlt.answers.numerals.finding import Number
from xlt.answers.numerals.roles import Sentence, led_by
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


def open_pair(said: Sentence, first: Number, second: Number, *, asked: bool) -> bool:
    """Whether two numbers are the ends of a range, two ways to answer, or a list.

    With `asked` the question names the unit of one: "400 cents, or $4" is one amount in two.
    """
    view, text = said.view, said.view.text
    gap = text[first.end : second.start]
    if _DASH.fullmatch(gap):
        return True
    if _LIST_GAP.fullmatch(gap):
        return not led_by(said, first, _PREPOSITION)
    bounds = led_by(said, first, _BETWEEN) or ("," not in gap and said.behind(second, _BETWEEN, 7))
    if bounds and view.mask(first.end, second.start) & (_AND | _RANGE | _OR):
        return True
    joints = [tag for tag in view.tags(first.end, second.start) if tag.mask & (_OR | _RANGE)]
    if (
        not joints
        or len(RUN.findall(text, first.end, joints[-1].start)) > 3
        or len(RUN.findall(text, joints[-1].end, second.start)) > 1
    ):
        return False
    unit = text[first.end : joints[0].start].strip(" ,-")
    after = RUN.match(text, second.end + (text[second.end : second.end + 1] == " "))
    return after[0].startswith(unit) if after else not (unit and asked and second.currency)


def two_facts(said: Sentence, first: Number, second: Number, both: bool, most: int) -> bool:
    """Whether two numbers count two things, at most so many words apart, or a time in two units."""
    view, gap = said.view, said.view.text[first.end : second.start]
    mask = view.mask(first.end, second.start)
    if not mask & (_THEREFORE | _COPULA | _OR) and _compound_time(said, first, second, gap):
        return True
    if not both:
        return False
    if not mask & _CONCLUDES and _parallel(view, first, second, gap):
        return True
    if "," in gap or not mask & _AND or mask & (_PREPOSITION | _THEREFORE):
        return False
    return len(RUN.findall(gap)) <= most and len(RUN.findall(view.text, second.end, said.end)) <= 2


def _parallel(view: View, first: Number, second: Number, gap: str) -> bool:
    """Whether a comma parts two facts of one form: "Ann has 12 pens, Bo has 8 pens"."""
    if not any(sign in gap for sign in COMMAS):
        return False
    (head, unit), other = _frame(view, first), _frame(view, second)
    return bool(head) and (head, unit) == other


def _frame(view: View, one: Number) -> tuple[str, str]:
    """Return the word before a number and how the one behind it begins."""
    before = view.folded[max(0, one.start - _REACH) : one.start].rstrip()
    after = view.folded[one.end : one.end + _REACH].lstrip()
    if is_glued(before[-1:]):
        return before[-1:], after[:1]
    unit = RUN.match(after)
    return before.rpartition(" ")[2], unit[0][:3] if unit else ""


def _compound_time(said: Sentence, first: Number, second: Number, gap: str) -> bool:
    """Whether both numbers count one time: "7 hours 30 minutes"."""
    unit, other = said.behind(first, _TIME), said.behind(second, _TIME)
    if unit is None or other is None or len(RUN.findall(gap)) > 3:
        return False
    return unit.mask & _TIME != other.mask & _TIME


_SECONDS = dict(zip(UNITS, (1, 60, 3600, 86400, 604800, 2629800, 31557600), strict=True))


def compound_time(view: View, start: int, end: int, wanted: str) -> Number | None:
    """Return "2 hours 15 minutes" in the one unit that a request asks for."""
    totals, places, last = [], [], 0
    said = Sentence(view, view.tags(start, end), start, end)
    for one in view.numbers(start, end):
        unit = said.behind(one, _TIME)
        if unit is None:
            return None
        seconds = next(_SECONDS[name] for name in UNITS if unit.mask & BIT[name])
        if not last or seconds >= last:  # "2 hours 15 minutes, or 135 minutes": the same again
            totals.append(Decimal(0))
        totals[-1] += one.value * seconds
        last = seconds
        places += [one.start, unit.end]
    if len(places) < 4 or len(set(totals)) > 1:
        return None
    return Number(totals[0] / _SECONDS[wanted], places[0], places[-1])
