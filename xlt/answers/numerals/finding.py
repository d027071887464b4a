"""The numbers of a text, with their signs, scales and currency, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from unicodedata import numeric

from xlt.answers.lexicon import BIT, WORD, Lexicon, is_glued
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


_GROUPING = re.compile("[.,_!]")


def _separated(plain: str, dot_groups: bool) -> Decimal | None:
    decimal = _decimal_sign(plain, dot_groups)
    whole, _, fraction = plain.rpartition(decimal) if decimal else (plain, "", "")
    if decimal and (whole.count(decimal) or not fraction.isdigit()):
        return None
    groups = _GROUPING.split(whole)
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


_VULGARS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
# It begins with one sign of a class, so that the engine skips to the next digit.
_RUN = re.compile(
    rf"[\d{_VULGARS}](?:(?<=\d)\d*"
    r"(?:[.,٫٬'’，．](?=\d)\d+|[ \u00a0\u202f\u2009](?=\d{3}(?!\d))\d{3})*)?"
)
_CURRENCY = "$€£¥₹₽₩₺฿₫৳₪₦₱₵"
_CODES = re.compile(
    r"(?:US|USD|EUR|GBP|CHF|Rs|INR|RMB|CNY|JPY|Rp|IDR|[KT]sh|[KT]Sh|KES|TZS|R|A|C|HK|NT|S"
    r"|RM|MYR|PHP|SGD|THB|VND|KRW|ZAR|NGN|GHS|ETB|PKR|BDT|NPR|LKR|Tk|TRY|PLN|CZK|HUF|RON|SEK|NOK"
    r"|DKK|UAH|RUB|BRL|MXN|AUD|CAD|NZD|ILS|AED|SAR|EGP|IRR|Kz|Ks|Ft|Nu)\Z"
)
# A ratio, or the hour and the minutes of 10:30; a full hour (8:00) counts as its number.
_RATIO_AFTER = re.compile(r":(?!00)\d{1,2}(?!\d)")
_RATIO_BEFORE = re.compile(r"\d:\d{1,2}\Z")
_TEN_TO = re.compile(
    r"\s?[×x·*]\s?10(?:\s?\^\s?[{(]?([+-]?\d{1,2})[})]?|(⁻?[⁰¹²³⁴-⁹]{1,2}))(?![\d.])"
)
_POWER = re.compile(r"\^\s?[{(]?(\d{1,2})[})]?(?![\d.])")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,2})(?![\d.])")
_ANY_EXPONENT = re.compile(r"[eE][+-]?\d")
# Letters glued to digits: units and endings; a lone x, y or n is an unknown.
_TWO_WORDS = re.compile(r"[^\W\d_]{1,3} [^\W\d_]{2,12}")
_UNKNOWN = re.compile(r"[a-zA-Z](?![^\W\d_])")
_UNITS = frozenset("gmhslLCFVWAtGp")  # no k: "5k" is 5,000 or 5 kilometres
_VULGAR = re.compile(f" ?[{_VULGARS}]")
# "$3.4K"; without the sign of a currency a letter may be a unit.
_OF_MONEY, _THOUSANDS = re.compile(r"[kKMB](?![\w^])"), {"k": 1000, "m": 10**6, "b": 10**9}
_MINUS, _COPULA = BIT["minus"], BIT["copula"]
# Phrases that may hold a number word and count nothing, and how far around it they reach.
_COUNTS_NOTHING = BIT["neither"] | BIT["both"] | BIT["all"] | BIT["percent"] | BIT["half"]
_PHRASE = 32
_MINUS_OPENS = re.compile(r"(?:^|[:：=(\n])\W{0,3}\Z")


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
    found: list[Number] = []
    done = -1
    for match in _RUN.finditer(text, start, end):
        if match.start() < done:
            continue
        done = match.end()
        number = _number(text, folded, lexicon, match.start(), done, start, end, dot_groups)
        if number is not None:
            done = number.end
            found.append(number)
    if len(found) > 1:
        return _summed(text, found)
    if done < 0:
        worded = list(_worded(text, folded, lexicon, start, end, words))
        return [_signed_word(text, folded, lexicon, one, start) for one in worded]
    return found


def _worded(
    text: str, folded: str, lexicon: Lexicon, start: int, end: int, words: bool
) -> Iterator[Number]:
    words = words and PARTS.search(text, start, end) is None  # 四分之三 is no list of 4 and 3
    found = list(number_words(folded, lexicon, start, end)) if words else []
    if not found and not text.isascii():
        found = list(han_numerals(text, lexicon, start, end))
    for one in found:
        if not _within_phrase(folded, lexicon, one[1], one[2], start, end):
            yield Number(*one)


def _within_phrase(
    folded: str, lexicon: Lexicon, left: int, right: int, start: int, end: int
) -> bool:
    """Whether a number word is only part of a longer one: "none of the two", 百分之, ทั้งสอง."""
    near = lexicon.tags(folded, max(start, left - _PHRASE), min(end, right + _PHRASE))
    return any(
        tag.mask & _COUNTS_NOTHING
        and tag.start <= left
        and right <= tag.end
        and right - left < tag.end - tag.start
        for tag in near
    )


def _number(
    text: str,
    folded: str,
    lexicon: Lexicon,
    left: int,
    right: int,
    start: int,
    end: int,
    dot_groups: bool,
) -> Number | None:
    if right - left > 2 * MOST_DIGITS:
        return None
    run, scale = text[left:right], 1
    value = _vulgar(run) if run[0] in _VULGARS else read_number(run, dot_groups=dot_groups)
    if left > start and text[left - 1] == ".":
        left, value = _leading_point(text, left, start, value)
    if value is None:
        return None
    if right < end and text[right] not in ".,)\n":
        money = left > start and text[left - 1] in _CURRENCY
        value, right, scale = _enlarged(text, folded, lexicon, value, right, end, money=money)
    if right < end or (left > start and text[left - 1] != " "):
        nth = right < end and text[right].isalpha() and lexicon.pattern("nth")
        if _is_part(text, left, right, start, end, scale) or (
            nth and nth.match(folded, right, end)
        ):
            return None
    if left <= start:
        return Number(value, left, right, False, scale)
    if lexicon.scale_first and (first := _word_before(folded, lexicon.scale_first, left, start)):
        left, factor = first
        value, scale = value * factor, int(factor)
    if lexicon.added_first and (first := _word_before(folded, lexicon.added_first, left, start)):
        left, part = first
        value += part * scale
    coded = text[left - 1].isalpha() and _CODES.search(text[max(start, left - 3) : left])
    left, negative, currency = _sign(text, folded, lexicon, left, start)
    currency = currency or bool(coded)
    return Number(value.copy_negate() if negative else value, left, right, currency, scale)


def _vulgar(sign: str) -> Decimal:
    part = Fraction(numeric(sign)).limit_denominator(10)
    return Decimal(part.numerator) / Decimal(part.denominator)


def _leading_point(
    text: str, left: int, start: int, value: Decimal | None
) -> tuple[int, Decimal | None]:
    """Return a fraction without its nought (.5) with its place, anything else as it is."""
    before = text[left - 2] if left - 2 >= start else " "
    if (
        value is None
        or value != value.to_integral_value()
        or not (before in "-−–" + _CURRENCY or before.isspace())
    ):
        return left, value
    return left - 1, value.scaleb(-len(_RUN.match(text, left)[0]))  # type: ignore[index]


def _enlarged(
    text: str,
    folded: str,
    lexicon: Lexicon,
    value: Decimal,
    right: int,
    end: int,
    *,
    money: bool,
) -> tuple[Decimal, int, int]:
    """Return the value with what stands behind its digits, its end and scale: 10⅓, 2 million."""
    if text[right] in "eE" and (power := _EXPONENT.match(text, right, end)):
        return value.scaleb(int(power[1])), power.end(), 1
    if text[right] == "^" and value == 10 and (power := _POWER.match(text, right, end)):
        return value ** int(power[1]), power.end(), 1
    if text[right] in " ×x·*" and (power := _TEN_TO.match(text, right, end)):
        tens = int(power[1] or power[2].translate(_RAISED))
        return value.scaleb(tens), power.end(), 1
    vulgar = _VULGAR.match(text, right, end)
    if vulgar and value == value.to_integral_value():
        return value + _vulgar(vulgar[0][-1]), vulgar.end(), 1
    scale = 1
    if money and (of_money := _OF_MONEY.match(text, right, end)):
        scale = _THOUSANDS[of_money[0].lower()]
        return value * scale, of_money.end(), scale
    if added := added_behind(folded, lexicon, right, end):  # 2 and a half million
        value, right = value + added[0], added[1]
    while (more := _scale_behind(folded, lexicon, right, end)) is not None:
        right, factor = more
        scale *= factor
        if factor == 1 or scale > 10**15:
            break
    if scale > 1 and (added := added_behind(folded, lexicon, right, end)):  # 2 million and a half
        value, right = value + added[0], added[1]
    return value * scale, right, scale


def _scale_behind(folded: str, lexicon: Lexicon, right: int, end: int) -> tuple[int, int] | None:
    """Return the end and the worth of a word of scale right behind a number."""
    place, scale = right, lexicon.scale
    if folded[place : place + 1] in (" ", "\u00a0", "-", "\u202f"):
        place += 1
    if place >= end:
        return None
    word = WORD.match(folded, place, end)
    if word:
        known = scale.get(word[0])
        if known is None and (both := _TWO_WORDS.match(folded, place, end)):  # "20 de mii"
            word, known = (both, scale[both[0]]) if both[0] in scale else (word, None)
        if known is None and folded[word.end() : word.end() + 1] == ".":
            known = scale.get(word[0] + ".")
        glued = place == right and len(word[0]) < 2
        return (word.end(), known) if known is not None and not glued else None
    if not is_glued(folded[place]) or folded.startswith(lexicon.words["percent"], place):
        return None  # ร้อยละ, "percent", begins with ร้อย, "hundred"
    for length in (4, 3, 2, 1) if folded[place] > "\u2e80" else (10, 8, 7, 6, 5, 4, 3, 2):
        known = scale.get(folded[place : place + length])
        if known is not None and place + length <= end:
            return place + length, known
    return None


def _word_before(
    folded: str, words: Mapping[str, int | Decimal], left: int, start: int
) -> tuple[int, int | Decimal] | None:
    """Return the place and the worth of a word right before a number: elfu 20, साढ़े 3."""
    if folded[left - 1 : left] != " ":
        return None
    place = folded.rfind(" ", start, left - 1) + 1
    place = max(place, start)
    known = words.get(folded[place : left - 1].lstrip("("))
    return (place, known) if known else None


def _summed(text: str, found: list[Number]) -> list[Number]:
    """Return the numbers with those of falling scale as one: 2 million 300 thousand, 3万5千."""
    summed: list[Number] = []
    for one in found:
        last = summed[-1] if summed else None
        if last and last.scale > 1 and one.value >= 0 and not one.currency:
            smaller = one.scale < last.scale and one.value < last.scale
            gap = text[last.end : one.start]
            if smaller and gap in ("", " ") and (one.scale > 1 or not gap):
                summed[-1] = last._replace(
                    value=last.value + one.value, end=one.end, scale=one.scale
                )
                continue
        summed.append(one)
    return summed


def _is_part(text: str, left: int, right: int, start: int, end: int, scale: int) -> bool:
    """Whether the digits belong to something else: x2, 1_000, 1e999, 5², 3x, 1st, 1.2.3."""
    before = text[left - 1] if left > start else " "
    after = text[right] if right < end else " "
    if after == ":" and _RATIO_AFTER.match(text, right, end):
        return True
    if before == ":" and _RATIO_BEFORE.search(text, max(start, left - 3), right):
        return True
    if (
        before in "_±"
        or after == "_"
        or (after in ".,'’" and text[right + 1 : right + 2].isdigit())
    ):
        return True
    if before in ".,٫" and left - 1 > start and text[left - 2].isdigit():
        return True
    if (
        before.isalpha()
        and before < "\u0590"
        and not _CODES.search(text[max(start, left - 3) : left])
    ):
        return True
    if not after.isalnum() or after > "\u0590":
        return (after.isnumeric() or after.isdigit()) and not after.isalpha()
    if after.isnumeric() and text[right - 1 : right].isdecimal():  # ² and ½: not \d
        return True
    if scale > 1:
        return False
    if _ANY_EXPONENT.match(text, right, end):
        return True
    return bool(_UNKNOWN.match(text, right, end)) and after not in _UNITS


def _sign(
    text: str, folded: str, lexicon: Lexicon, left: int, start: int
) -> tuple[int, bool, bool]:
    """Return where the number begins with its signs, if it is negative, and if it is money."""
    currency = False
    if left > start and text[left - 1] in _CURRENCY:
        left, currency = left - 1, True
    elif left > start + 1 and text[left - 1] == " " and text[left - 2] in _CURRENCY:
        left, currency = left - 2, True
    place = left - 1
    if place >= start and text[place] in "-−–－":
        before = text[place - 1] if place > start else " "
        if place == start or not (before.isalnum() or before in ")]%"):
            return place, True, currency
    if left <= start or (text[left - 1] != " " and text[left - 1] <= "\u0590"):
        return left, False, currency
    worded = _minus_before(text, folded, lexicon, left, start)
    return (worded, True, currency) if worded >= 0 else (left, False, currency)


def _minus_before(text: str, folded: str, lexicon: Lexicon, left: int, start: int) -> int:
    """Return where a minus in words begins right before `left`; -1 where it subtracts or is none.

    It stands where the value begins, behind "is" or a sign, not between two operands.
    """
    if left <= start or not (text[left - 1] == " " or text[left - 1] > "\u0590"):
        return -1
    before = left - (text[left - 1] == " ")
    if not folded.endswith(lexicon.words["minus"], start, before):
        return -1
    reach = max(0, left - 24)
    tags = lexicon.tags(folded, reach, left)
    if not tags or not tags[-1].mask & _MINUS or folded[tags[-1].end : left].strip():
        return -1
    place = tags[-1].start
    if is_glued(folded[place]) or _MINUS_OPENS.search(text, reach, place):
        return place
    opens = place <= start or (len(tags) > 1 and tags[-2].mask & _COPULA)
    return place if opens and (place <= start or not folded[tags[-2].end : place].strip()) else -1


def _signed_word(text: str, folded: str, lexicon: Lexicon, one: Number, start: int) -> Number:
    place = _minus_before(text, folded, lexicon, one.start, start)
    return one._replace(value=-one.value, start=place) if place >= 0 else one
