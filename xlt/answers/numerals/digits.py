"""What a run of digits is worth: every script's digits, the signs of each language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

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


@dataclass(frozen=True, slots=True)
class Number:
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
