"""English number words ("twenty-three", "two thousand five hundred") in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = (
    {"zero": 0}
    | {word: value for value, word in enumerate(_ONES, 1)}
    | {word: value for value, word in enumerate(_TEENS, 10)}
    | {word: 10 * value for value, word in enumerate(_TENS, 2)}
)
_LARGE = {"thousand": 10**3, "million": 10**6, "billion": 10**9}

_ONE, _TEEN, _TEN = ("|".join(words) for words in (_ONES, _TEENS, _TENS))
_BELOW_100 = rf"(?:(?:{_TEN})(?:[ -](?:{_ONE})\b)?|(?:{_TEEN})|(?:{_ONE}))\b"
_AND = r"(?:,?[ -](?:and[ -])?)"
_BELOW_1000 = rf"(?:(?:{_BELOW_100}|a)[ -]hundred\b(?:{_AND}{_BELOW_100})?|{_BELOW_100})"
_NUMERAL = re.compile(
    rf"\b(?:zero\b|(?:{_BELOW_1000}|a)[ -](?:{'|'.join(_LARGE)})\b"
    rf"(?:{_AND}{_BELOW_1000}[ -]thousand\b)?(?:{_AND}{_BELOW_1000})?|{_BELOW_1000})"
    # No ordinal, no fraction, no part of another word.
    r"(?!-\w|['’]s\b|[ -](?:half|halves|thirds?|quarters?|fourths?|fifths?|tenths?|dozen)\b"
    r"|\s+and\s+an?\s+(?:half|third|quarter))"
)
# "No one", "one of them", "one could say" count nothing.
_NO_COUNT = re.compile(r"\b(?:no|any|some|every|each|this|that|which|the|other|another)[ -]\Z")
_HALF = re.compile(r"\b(?:half|quarters?(?: of)?)[ -]\Z")  # "half a million"
_PRONOUN = re.compile(
    r"[ -](?:of|can|could|would|should|must|may|might|has to|needs?|who|that|another|by)\b"
)


def number_words(folded: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (value, start, end) of the numerals in `folded[start:end]`, in lower case."""
    for match in _NUMERAL.finditer(folded, start, end):
        alone = match[0] == "one"
        if alone and (
            _NO_COUNT.search(folded, max(start, match.start() - 9), match.start())
            or _PRONOUN.match(folded, match.end(), end)
        ):
            continue
        if _HALF.search(folded, max(start, match.start() - 12), match.start()):
            continue
        yield _value(match[0]), match.start(), match.end()


def _value(numeral: str) -> int:
    total = section = 0
    for word in re.findall(r"[a-z]+", numeral):
        if word in _SMALL:
            section += _SMALL[word]
        elif word == "hundred":
            section = (section or 1) * 100
        elif word in _LARGE:
            total += (section or 1) * _LARGE[word]
            section = 0
    return total + section
