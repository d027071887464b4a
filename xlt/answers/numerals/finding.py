"""The numbers of a text, with their signs, scales and currency, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple
from unicodedata import normalize

from xlt.answers.lexicon import BIT, Lexicon, is_glued, one_of
from xlt.answers.numerals.words import PARTS, added_behind, han_numerals, number_words

# A number of more digits than this is not an answer to anything.
MOST_DIGITS = 100
# Languages that write 1.234,5 (CLDR); in all others "1.234" is a fraction.
DOT_GROUPS = frozenset(
    (
        *("de", "es", "it", "vi", "tr", "id", "el", "gl", "jv", "pt", "nl", "da", "nb", "no", "sv"),
        *("fi", "pl", "cs", "sk", "sl", "hr", "ro", "hu", "uk", "ca", "eu", "is", "az", "ka", "kk"),
        *("uz", "mk", "sq", "lt", "lv", "be", "bs", "sr", "rw", "ln", "wo", "su"),
    )
)


class Number(NamedTuple):
    """A number in a text: its value and its place, sign and currency sign included."""

    value: Decimal
    start: int
    end: int
    currency: bool = False
    scale: int = 1

    @property
    def plain(self) -> int | Decimal:
        """The value as an int where it is whole."""
        whole = self.value == self.value.to_integral_value()
        return int(self.value) if whole else self.value


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


# Groups of three digits, or as in India of two before the last three.
_GROUPED = re.compile(r"[1-9]\d{0,2}([.,_])\d{3}(?:\1\d{3})*|[1-9]\d?([.,_])(?:\d\d\2)*\d{3}")


def _separated(plain: str, dot_groups: bool) -> Decimal | None:
    # Three digits behind one sign: groups with a comma; with a point by language, or when they
    # are zeros, which no one writes as a fraction.
    groups = plain.count(".") != 1 or dot_groups or plain.endswith(".000")
    if groups and _GROUPED.fullmatch(plain):
        return Decimal("".join(filter(str.isdigit, plain)))
    place = max(map(plain.rfind, ".,!"))
    whole, sign, fraction = plain[:place], plain[place], plain[place + 1 :]
    grouped = _GROUPED.fullmatch(whole) and sign not in whole
    if place < 0 or not fraction.isdigit() or not (grouped or whole.isdigit()):
        return None
    return Decimal("".join(filter(str.isdigit, whole)) + "." + fraction)


_VULGARS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
# It begins with one sign of a class, so that the engine skips to the next digit.
_RUN = re.compile(
    rf"[\d{_VULGARS}](?:(?<=\d)\d*"
    r"(?:[.,٫٬'’，．](?=\d)\d+|[ \u00a0\u202f\u2009](?=\d{3}(?!\d))\d{3})*)?"
)
_CURRENCY = "$€£¥₹₽₩₺฿₫৳₪₦₱₵"
_POINT_OPENS = frozenset(f" \t\n\u00a0-−–{_CURRENCY}")  # a fraction without its nought: .5
_CODES = re.compile(
    r"(?:US|USD|EUR|GBP|CHF|Rs|INR|RMB|CNY|JPY|Rp|IDR|[KT]sh|[KT]Sh|KES|TZS|R|A|C|HK|NT|S"
    r"|RM|MYR|PHP|SGD|THB|VND|KRW|ZAR|NGN|GHS|ETB|PKR|BDT|NPR|LKR|Tk|TRY|PLN|CZK|HUF|RON|SEK|NOK"
    r"|DKK|UAH|RUB|BRL|MXN|AUD|CAD|NZD|ILS|AED|SAR|EGP|IRR|Kz|Ks|Ft|Nu)\Z"
)
# A ratio, or the hour and the minutes of 10:30; a full hour (8:00) counts as its number.
_RATIO_BEFORE = re.compile(r"\d:\d{1,2}\Z")
_TENS = re.compile(
    r"(?:\s?[×x·*]\s?10(?:\s?\^\s?[{(]?([+-]?\d{1,2})[})]?|(⁻?[⁰¹²³⁴-⁹]{1,2}))|[eE]([+-]?\d{1,2}))"
    r"(?![\d.])"
)
_POWER = re.compile(r"\^\s?[{(]?(\d{1,2})[})]?(?![\d.])")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
# What makes digits part of something else, before and behind them. Letters glued to digits are
# units and endings; a lone one is an unknown: no k, as "5k" is 5,000 or 5 kilometres.
_PART_BEFORE = re.compile(r"(?:[_±]|\d[.,٫])\Z")
_PART_BEHIND = re.compile(
    r":(?!00)\d{1,2}(?!\d)|_|[.,'’]\d|[eE][+-]?\d|(?![gmhslLCFVWAtGp])[a-zA-Z](?![^\W\d_])"
)
_VULGAR = re.compile(f" ?[{_VULGARS}]")
# "$3.4K"; without the sign of a currency a letter may be a unit.
_OF_MONEY, _THOUSANDS = re.compile(r"[kKMB](?![\w^])"), {"k": 1000, "m": 10**6, "b": 10**9}
_COPULA = BIT["copula"]
# Phrases that may hold a number word and count nothing, and how far around it they reach.
_COUNTS_NOTHING = BIT["neither"] | BIT["both"] | BIT["all"] | BIT["percent"] | BIT["half"]
_PHRASE = 32
_MINUS_OPENS = re.compile(r"(?:^|[:：=(\n])\W{0,3}\Z")


class _Range(NamedTuple):
    """The part of a text in which numbers are looked for."""

    text: str
    folded: str
    lexicon: Lexicon
    start: int
    end: int
    dot_groups: bool

    def before(self, place: int) -> str:
        """Return the character before a place, a blank where the part begins."""
        return self.text[place - 1] if place > self.start else " "


def numbers(
    text: str,
    folded: str,
    lexicon: Lexicon,
    start: int,
    end: int,
    *,
    dot_groups: bool = False,
    words: bool = False,
) -> list[Number]:
    """Return the numbers of `text[start:end]`; numerals in words only where no digits stand.

    `dot_groups`: "1.234" is 1234 here, as in German; English reads it as a fraction. With
    `words` the number words of the lexicon's languages count; Han numerals always do.
    """
    part = _Range(text, folded, lexicon, start, end, dot_groups)
    found: list[Number] = []
    done = -1
    for match in _RUN.finditer(text, start, end):
        if match.start() < done:
            continue
        done = match.end()
        number = _number(part, match.start(), done)
        if number is not None:
            done = number.end
            found.append(number)
    if done < 0:
        return list(_worded(part, words))
    return _summed(text, found) if len(found) > 1 else found


def _worded(part: _Range, words: bool) -> Iterator[Number]:
    text, folded, lexicon, start, end, _ = part
    words = words and PARTS.search(text, start, end) is None  # 四分之三 is no list of 4 and 3
    found = list(number_words(folded, lexicon, start, end)) if words else []
    if not found and not text.isascii():
        found = list(han_numerals(text, lexicon, start, end))
    for value, left, right in found:
        if not _within_phrase(part, left, right):
            minus = _minus_before(part, left)
            yield Number(value, left, right) if minus < 0 else Number(-value, minus, right)


def _within_phrase(part: _Range, left: int, right: int) -> bool:
    """Whether a number word is only part of a longer one: "none of the two", 百分之, ทั้งสอง."""
    near = part.lexicon.tags(
        part.folded, max(part.start, left - _PHRASE), min(part.end, right + _PHRASE)
    )
    return any(
        tag.mask & _COUNTS_NOTHING
        and tag.start <= left
        and right <= tag.end
        and right - left < tag.end - tag.start
        for tag in near
    )


def _number(part: _Range, left: int, right: int) -> Number | None:
    text, start, end = part.text, part.start, part.end
    if right - left > 2 * MOST_DIGITS:
        return None
    run = text[left:right]
    if text[left - 1] == "." and left > start and part.before(left - 1) in _POINT_OPENS:
        left, run = left - 1, f"0.{run}"
    value = _vulgar(run) if run[0] in _VULGARS else read_number(run, dot_groups=part.dot_groups)
    if value is None:
        return None
    scale = 1
    if right < end and text[right] not in ".,)\n":
        money = part.before(left) in _CURRENCY
        value, right, scale = _enlarged(part, value, right, money=money)
    if _is_part(part, left, right):
        return None
    if first := _word_before(part, part.lexicon.scale_first, left):
        left, factor = first
        value, scale = value * factor, int(factor)
    if first := _word_before(part, part.lexicon.added_first, left):
        left, value = first[0], value + first[1] * scale
    left, negative, currency = _sign(part, left)
    return Number(value.copy_negate() if negative else value, left, right, currency, scale)


def _vulgar(sign: str) -> Decimal:
    above, _, below = normalize("NFKC", sign).partition("⁄")
    return Decimal(above) / Decimal(below)


def _enlarged(part: _Range, value: Decimal, right: int, *, money: bool) -> tuple[Decimal, int, int]:
    """Return the value with what stands behind its digits, its end and scale: 10⅓, 2 million."""
    text, end = part.text, part.end
    if text[right] == "^" and value == 10 and (power := _POWER.match(text, right, end)):
        return value ** int(power[1]), power.end(), 1
    if text[right] in "eE ×x·*" and (power := _TENS.match(text, right, end)):
        tens = next(filter(None, power.groups())).translate(_RAISED)
        return value.scaleb(int(tens)), power.end(), 1
    vulgar = _VULGAR.match(text, right, end)
    if vulgar and value == value.to_integral_value():
        return value + _vulgar(vulgar[0][-1]), vulgar.end(), 1
    if money and (of_money := _OF_MONEY.match(text, right, end)):
        scale = _THOUSANDS[of_money[0].lower()]
        return value * scale, of_money.end(), scale
    if added := added_behind(part.folded, part.lexicon, right, end):  # 2 and a half million
        value, right = value + added[0], added[1]
    scale, words = 1, part.lexicon._pattern("scale", lambda: _scale_words(part.lexicon))
    while scale < 10**15 and (word := words.match(part.folded, right, end)):
        right = word.end()
        scale *= part.lexicon.scale[word[0].lstrip(_JOINTS)]
    if scale > 1 and (added := added_behind(part.folded, part.lexicon, right, end)):
        value, right = value + added[0], added[1]  # 2 million and a half
    return value * scale, right, scale


def _scale_words(lexicon: Lexicon) -> str:
    """Return the source of a word of scale right behind a number; a lone letter stands apart."""
    letters = {word for word in lexicon.scale if len(word) == 1 and not is_glued(word)}
    return (
        rf"[{_JOINTS}]?(?!{lexicon.one_of('percent')})"  # ร้อยละ begins with ร้อย, "hundred"
        rf"(?:{one_of(lexicon.scale.keys() - letters)}|(?<=[{_JOINTS}]){one_of(letters)})"
    )


_JOINTS = " \u00a0\u202f-"


def _word_before(
    part: _Range, words: Mapping[str, int | Decimal], left: int
) -> tuple[int, int | Decimal] | None:
    """Return the place and the worth of a word right before a number: elfu 20, साढ़े 3."""
    if not words or left <= part.start or part.text[left - 1] != " ":
        return None
    place = max(part.start, part.folded.rfind(" ", part.start, left - 1) + 1)
    known = words.get(part.folded[place : left - 1].lstrip("("))
    return (place, known) if known else None


def _summed(text: str, found: list[Number]) -> list[Number]:
    """Return the numbers with those of falling scale as one: 2 million 300 thousand, 3万5千."""
    summed = found[:1]
    for one in found[1:]:
        last = summed[-1]
        gap = text[last.end : one.start]
        joined = not gap or (gap == " " and one.scale > 1)
        if joined and last.scale > 1 and 0 <= one.value < last.scale:
            value = last.value + one.value
            summed[-1] = last._replace(value=value, end=one.end, scale=one.scale)
        else:
            summed.append(one)
    return summed


def _is_part(part: _Range, left: int, right: int) -> bool:
    """Whether the digits belong to something else: x2, 1_000, 1e999, 5², 3x, 1st, 1.2.3."""
    text, start, end = part.text, part.start, part.end
    before = part.before(left)
    if before != " " and (
        _PART_BEFORE.search(text, max(start, left - 2), left)
        or (before == ":" and _RATIO_BEFORE.search(text, max(start, left - 3), right))
        or (before.isalpha() and before < "\u0590" and not _code_before(part, left))
    ):
        return True
    if right >= end or text[right] == " ":
        return False
    after = text[right]
    if _PART_BEHIND.match(text, right, end) or (
        after.isnumeric() and not (after.isdecimal() or after.isalpha())
    ):
        return True
    nth = after.isalpha() and part.lexicon.pattern("nth").match(part.folded, right, end)
    return bool(nth)


def _code_before(part: _Range, left: int) -> bool:
    """Whether the code of a currency stands right before a number: USD5, Rs20."""
    return _CODES.search(part.text, max(part.start, left - 3), left) is not None


def _sign(part: _Range, left: int) -> tuple[int, bool, bool]:
    """Return where the number begins with its signs, if it is negative, and if it is money."""
    text, start = part.text, part.start
    currency = part.before(left).isalpha() and _code_before(part, left)
    place = left - (part.before(left) == " ")
    if place > start and text[place - 1] in _CURRENCY:
        left, currency = place - 1, True
    if left > start and text[left - 1] in "-−–－":
        before = part.before(left - 1)
        if not (before.isalnum() or before in ")]%"):
            return left - 1, True, currency
    worded = _minus_before(part, left)
    return (worded, True, currency) if worded >= 0 else (left, False, currency)


def _minus_before(part: _Range, left: int) -> int:
    """Return where a minus in words begins right before `left`; -1 where it subtracts or is none.

    It stands where the value begins, behind "is" or a sign, not between two operands.
    """
    text, folded, lexicon, start, *_ = part
    before = left - (part.before(left) == " ")
    words = lexicon.words["minus"]
    if left <= start or not folded.endswith(words, start, before):
        return -1
    word = max([word for word in words if folded.endswith(word, start, before)], key=len)
    place = before - len(word)
    if is_glued(word) or place <= start:
        return place
    if before == left or folded[place - 1].isalpha():
        return -1
    tags = lexicon.tags(folded, max(start, place - 24), place)[-1:]
    copula = tags and tags[0].mask & _COPULA and not folded[tags[0].end : place].strip()
    return place if copula or _MINUS_OPENS.search(text, max(0, place - 4), place) else -1
