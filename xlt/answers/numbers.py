"""Numbers in running text: every script's digits, Han numerals, the signs of each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from unicodedata import numeric

from xlt.answers.han_numerals import han_numerals
from xlt.answers.number_words import number_words

# A number of more digits than this is no answer to anything.
MOST_DIGITS = 100
# Languages that write 1.234,5 (CLDR); in all others "1.234" is a fraction.
DOT_GROUPS = frozenset(("de", "es", "it", "vi", "tr", "id", "el", "gl", "jv", "pt", "nl", "da"))

_RUN = re.compile(r"\d+(?:[.,٫٬'’，．](?=\d)\d+|[ \u00a0\u202f\u2009](?=\d{3}(?![\d]))\d{3})*")
_CURRENCY = "$€£¥₹₽₩₺฿₫৳₪"
_CODES = re.compile(
    r"(?:US|USD|EUR|GBP|CHF|Rs|INR|RMB|CNY|JPY|Rp|IDR|[KT]sh|[KT]Sh|KES|TZS|R|A|C|HK|NT|S)\Z"
)
# The hour and the minutes of 10:30; a full hour (8:00) counts as its number.
_TIME_AFTER = re.compile(r":(?!00)[0-5]\d(?!\d)")
_TIME_BEFORE = re.compile(r"\d:[0-5]\d\Z")
# A minus in words: where the value begins, behind "is" or a sign, not between two operands.
_MINUS = re.compile(
    r"(?:^|[:：=(\n]|\b(?:is|be|of|ist|es|est|è|é|adalah|là|ni|равно))\W{0,3}"
    r"(?P<word>minus|negative|moins|menos|meno|минус|μείον|eksi|trừ|âm|negatif|hasi|سالب|منفی)\s\Z"
    r"|(?P<glued>负|負|マイナス|마이너스 ?|ลบ ?|ऋणात्मक |ঋণাত্মক )\Z",
    re.IGNORECASE,
)
_EXPONENT = re.compile(r"[eE][+-]?\d")
# Letters glued to digits: units and endings; a lone x, y or n is an unknown.
_UNKNOWN = re.compile(r"[a-zA-Z](?![^\W\d_])")
_UNITS = frozenset("gmhslLCFVWAtGp")  # no k: "5k" is 5,000 or 5 kilometres
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|ère|ème|e|º|ª|ste|te)(?![^\W\d_])")

_SCALES = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "千": 1000, "百": 100}
_SCALES |= {"만": 10**4, "억": 10**8, "천": 1000}
# A number written with such signs: 1.5万, 3万5千, 1亿2000万.
_SCALED = re.compile(rf"(?P<scale>[{''.join(_SCALES)}])(?!(?<=千)[米克瓦卡赫])")
_MORE = re.compile(rf"\d+|[ ]\d+(?=[{''.join(_SCALES)}])")
# The same in words: "1.5 million".
_SCALE_WORD = re.compile(
    r"[ \u00a0-](?:(?P<thousand>thousand|mille|tausend|mil|тысяч[аи]?)"
    r"|(?P<million>millions?|millionen|mio\.?|millones|millón|миллион(?:а|ов)?)"
    r"|(?P<billion>billions?))(?![^\W\d_])",
    re.IGNORECASE,
)
_WORTH = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_VULGAR = re.compile(r" ?[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: its value and its place, sign and currency sign included."""

    value: Decimal
    start: int
    end: int

    @property
    def plain(self) -> int | Decimal:
        """The value as an int where it is whole."""
        whole = self.value == self.value.to_integral_value()
        return int(self.value) if whole else self.value


def numbers(
    text: str, start: int, end: int, *, dot_groups: bool = False, words: str = ""
) -> Iterator[Number]:
    """Yield the numbers of `text[start:end]`; numerals in words only where no digits stand.

    `dot_groups`: "1.234" is 1234 here, as in German; English reads it as a fraction. `words`
    is the text in lower case where English number words count; Han numerals always do.
    """
    done = -1
    for match in _RUN.finditer(text, start, end):
        if match.start() < done:
            continue
        done = match.end()
        number = _number(text, match.start(), done, start, end, dot_groups)
        if number is not None:
            done = number.end
            yield number
    if done < 0:
        yield from _worded(text, start, end, words)


def _worded(text: str, start: int, end: int, words: str) -> Iterator[Number]:
    if words:
        for value, left, right in number_words(words, start, end):
            yield Number(Decimal(value), left, right)
    if not text.isascii():
        for value, left, right in han_numerals(text, start, end):
            yield Number(Decimal(value), left, right)


def _number(
    text: str, left: int, right: int, start: int, end: int, dot_groups: bool
) -> Number | None:
    if right - left > 2 * MOST_DIGITS:
        return None
    value = read_number(text[left:right], dot_groups=dot_groups)
    if value is None:
        return None
    value, right = _enlarged(text, value, right, end)
    if _is_part(text, left, right, start, end):
        return None
    left, negative = _sign(text, left, start)
    return Number(value.copy_negate() if negative else value, left, right)


def _enlarged(text: str, value: Decimal, right: int, end: int) -> tuple[Decimal, int]:
    """Return the value with what stands behind its digits, and its end: 10⅓, 3万5千, 2 million."""
    after = text[right : right + 2]
    if not after or right >= end or after[0] in ".,)\n" or after.isalpha() and after.isascii():
        return value, right
    vulgar = _VULGAR.match(text, right, end)
    if vulgar and value == value.to_integral_value():
        part = Fraction(numeric(vulgar[0][-1])).limit_denominator(10)
        return value + Decimal(part.numerator) / Decimal(part.denominator), vulgar.end()
    if after[0] in _SCALES:
        return _scaled(text, value, right, end)
    word = _SCALE_WORD.match(text, right, end)
    return (value * _WORTH[word.lastgroup or ""], word.end()) if word else (value, right)


def _scaled(text: str, value: Decimal, right: int, end: int) -> tuple[Decimal, int]:
    """Return the value of digits with Han or Korean powers of ten among them, and its end."""
    total = Decimal(0)
    while match := _SCALED.match(text, right, end):
        scale = _SCALES[match["scale"]]
        total, value, right = total + value * scale, Decimal(0), match.end()
        more = _MORE.match(text, right, end)
        part = read_number(more[0].strip()) if more else None
        if more is None or part is None or part >= scale:
            break
        value, right = part, more.end()
    return total + value, right


def read_number(run: str, *, dot_groups: bool = False) -> Decimal | None:
    """Return the value of digits with separators ("1,234.5", "١٬٢٣٤", "1 234"), else None."""
    if run.isascii() and run.isdigit():
        return Decimal(run) if len(run) <= MOST_DIGITS else None
    digits = sum([character.isdecimal() for character in run])
    if digits > MOST_DIGITS:
        return None
    plain = "".join([str(int(c)) if c.isdecimal() else _SIGNS.get(c, c) for c in run])
    if digits == len(plain):
        return Decimal(plain)
    return _separated(plain, dot_groups)


# Every sign as one of four: "." and "," may mean either, "_" always groups, "!" is a decimal sign.
_SIGNS = {"٫": "!", "٬": "_", "’": "_", "'": "_", "，": ",", "．": "."} | dict.fromkeys(
    " \u00a0\u202f\u2009", "_"
)


def _separated(plain: str, dot_groups: bool) -> Decimal | None:
    decimal = _decimal_sign(plain, dot_groups)
    whole, _, fraction = plain.rpartition(decimal) if decimal else (plain, "", "")
    if decimal and (whole.count(decimal) or not fraction.isdigit()):
        return None
    groups = re.split(r"[.,_!]", whole)
    signs = {c for c in whole if not c.isdigit()}
    if len(signs) > 1 or not _grouped(groups):
        return None
    return Decimal("".join(groups) + ("." + fraction if fraction else ""))


def _decimal_sign(plain: str, dot_groups: bool) -> str:
    """Return the sign before the fraction, "" where there is none."""
    signs = [c for c in plain if not c.isdigit()]
    last = signs[-1]
    if last == "!":
        return last
    if last == "_" or signs.count(last) > 1:
        return ""
    if len(set(signs)) > 1:
        return last
    whole, _, fraction = plain.partition(last)
    if len(fraction) != 3 or len(whole) > 3 or whole.startswith("0"):
        return last
    # Three digits behind one sign: groups with a comma; with a point by language, or when they
    # are zeros, which no one writes as a fraction.
    return "" if last == "," or dot_groups or fraction == "000" else last


def _grouped(groups: list[str]) -> bool:
    """Whether the digits stand in groups of three, or as in India of two before the last three."""
    if len(groups) == 1:
        return True
    first, *middle, last = groups
    if len(last) != 3 or not 1 <= len(first) <= 3:
        return False
    return all(len(g) == 3 for g in middle) or (
        len(first) <= 2 and all(len(g) == 2 for g in middle)
    )


def _is_part(text: str, left: int, right: int, start: int, end: int) -> bool:
    """Whether the digits belong to something else: x2, 1_000, 1e999, 5², 3x, 1st, 1.2.3."""
    before = text[left - 1] if left > start else " "
    after = text[right] if right < end else " "
    if _TIME_AFTER.match(text, right, end) or _TIME_BEFORE.search(
        text, max(start, left - 3), right
    ):
        return True
    if before == "_" or after == "_" or (after in ".,'’" and text[right + 1 : right + 2].isdigit()):
        return True
    if before in ".,٫" and left - 1 > start and text[left - 2].isdigit():
        return True
    if before in _SCALES and left - 1 > start and text[left - 2].isdecimal():
        return True
    if (
        before.isalpha()
        and before < "\u0590"
        and not _CODES.search(text[max(start, left - 3) : left])
    ):
        return True
    if not after.isalnum() or after > "\u0590":
        return (after.isnumeric() or after.isdigit()) and not after.isalpha()
    if after.isnumeric():  # ² and ½: digits to isalnum, but not to \d
        return True
    if _EXPONENT.match(text, right, end) or _ORDINAL.match(text, right, end):
        return True
    return bool(_UNKNOWN.match(text, right, end)) and after not in _UNITS


def _sign(text: str, left: int, start: int) -> tuple[int, bool]:
    """Return where the number begins with its signs, and whether it is negative."""
    if left > start and text[left - 1] in _CURRENCY:
        left -= 1
    elif left > start + 1 and text[left - 1] == " " and text[left - 2] in _CURRENCY:
        left -= 2
    place = left - 1
    if place >= start and text[place] in "-−–－":
        before = text[place - 1] if place > start else " "
        if not (before.isalnum() or before in ")]%"):
            return place, True
        if place == start:
            return place, True
    worded = _MINUS.search(text, max(0, left - 24), left)
    if worded:
        return worded.start(worded.lastgroup or 0), True
    return left, False
