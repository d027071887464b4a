"""Equations and expressions: their result, their operands, and what they leave open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xlt.answers.numerals.finding import Number


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The sentence leaves it open: "between 3 and 5", "16 or 17", "3x + 180"."""


AMBIGUOUS = Ambiguous()
EQUALS = re.compile(r"[=＝≈]")
# "x = 5, y = 3": a value for each of several unknowns.
_ASSIGNED = re.compile(
    r"(?:^|[,;:(\n]|\b[^\W\d_]{1,5}\s)\s{0,3}(?P<name>[a-zA-Z])\s?=\s?[-−$€£]{0,2}\d"
)
# What is left of an expression: a letter joined to a number by an operator (160 - x).
_UNKNOWN = re.compile(
    r"\d(?:\s?[-−–+*×·]\s?[b-hj-zB-HJ-Z](?!\w|['’]|\s?\d)|(?:\s?/\s?)?[nxyz](?![\w'’]|\s?\d))"
    r"|(?<![\w'’])[b-hj-zB-HJ-Z]\s?[-−–+*×·/]\s?\d"
)
_OPERATOR_AFTER = re.compile(
    r"\s?(?:[+*×÷·^]|/\s?[\d(]|[-−–]\s?(?:[\d(]|[a-zA-Z](?![^\W\d_]))|[xX]\s?[\d(\[])|\(\d"
)
_PLUS_SIGN = re.compile(r"(?:\D*[^\da-zA-Z])?\+")  # "the code is +49", not "3 apples +49", "x+49"
_OPERATOR_BEFORE = re.compile(
    r"(?:[+*×÷·^]|[\d)%]\s?[-−–/]|[a-zA-Z]\s?/|[a-zA-Z]\s[-−–]\s"  # but Zulu "ezingu-9"
    r"|(?<![^\W\d_])[a-zA-Z]\s?[-−–]|[\d)]\s?[xX])\s?\Z"
)
_FRACTION = re.compile(r"\s?/\s?")


def last_side(text: str, found: list[Number], start: int, end: int) -> Number | Ambiguous:
    """Return the plain side of the last equation: "2 + 1 = 3 pieces", "18 = 5 + 13"."""
    *_, before, last = [start, *[match.start() for match in EQUALS.finditer(text, start, end)]]
    if _several_unknowns(text, start, end, last):
        return AMBIGUOUS
    right = [one for one in found if one.start > last]
    if right and not is_operand(text, right[0], last + 1, end):
        return right[0]
    left = [one for one in found if before <= one.start < last]
    if len(left) == 1 and not is_operand(text, left[0], start, last):
        return left[0]
    return AMBIGUOUS


def _several_unknowns(text: str, start: int, end: int, last: int) -> bool:
    """Whether the last equation gives one of several unknowns: "x = 5, y = 3"."""
    given = list(_ASSIGNED.finditer(text, max(0, start - 2), end))
    return len({one["name"] for one in given}) > 1 and last < given[-1].end()


def joined_fractions(text: str, found: list[Number]) -> list[Number]:
    """Return the numbers with "40/9" as one, the quotient, and "10 1/3" as their sum."""
    joined = found[:1]
    for one in found[1:]:
        last = joined[-1]
        if not one.value or not _FRACTION.fullmatch(text, last.end, one.start):
            joined.append(one)
            continue
        joined[-1] = Number(last.value / one.value, last.start, one.end)
        whole = joined[-2] if len(joined) > 1 else last
        if text[whole.end : last.start] == " " and 0 < joined[-1].value < 1:
            joined[-2:] = [Number(whole.value + joined[-1].value, whole.start, one.end)]
    return joined


def is_operand(text: str, one: Number, start: int, end: int) -> bool:
    if _OPERATOR_AFTER.match(text, one.end, end):
        return True
    if _OPERATOR_BEFORE.search(text, max(start, one.start - 4), one.start) is None:
        return False
    return _PLUS_SIGN.fullmatch(text, start, one.start) is None


def has_unknown(text: str, start: int, end: int) -> bool:
    """Whether an expression is left open: "160 - x roses"."""
    return _UNKNOWN.search(text, start, end) is not None
