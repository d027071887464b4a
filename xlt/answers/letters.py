"""Letters that name a choice, in every script: data, and which place of a list a letter means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

# Each list in the order in which its script labels options (А Б В Г, أ ب ج د, क ख ग घ ...).
LETTER_LISTS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰ", "АБВГДЕ", "ΑΒΓΔΕΖ", "أبجد",
    "ابپت", "אבגדה", "कखगघङ", "अबसद", "কখগঘঙ", "กขคงจ", "அஆஇஈ", "అఆఇఈ", "ಅಆಇಈ", "കഖഗഘ",
    "કખગઘ", "ਕਖਗਘ",
    "가나다라마", "ㄱㄴㄷㄹㅁ", "甲乙丙丁戊", "アイウエオ", "イロハニホ",
    "ꦲꦤꦕꦫ", "ԱԲԳԴ", "აბგდ", "ሀለሐመ", "ກຂຄງຈ", "កខគឃង", "ကခဂဃင",
)  # fmt: skip
_CIRCLED = "①②③④⑤⑥⑦⑧", "❶❷❸❹❺❻❼❽", "⑴⑵⑶⑷⑸⑹⑺⑻", "ⒶⒷⒸⒹⒺⒻⒼⒽ", "ⅠⅡⅢⅣⅤⅥⅦⅧ", "🅐🅑🅒🅓🅔🅕🅖🅗"
SIGNS = {sign: place for one in _CIRCLED for place, sign in enumerate(one, 1)}
# Cyrillic and Greek capitals that look like a Latin one of another place in its alphabet.
LOOKALIKES = {"А": 1, "В": 2, "С": 3, "Е": 5, "Α": 1, "Β": 2, "Ε": 5}


def is_small(letter: str) -> bool:
    """Whether a letter is a small one; those of Georgian, which writes no capitals, are not."""
    return letter.islower() and letter.title() != letter


def places_of(lists: Iterable[str]) -> dict[str, int]:
    """Return each letter's place from 1; of lists that share a letter the first one counts."""
    places: dict[str, int] = {}
    for letters in lists:
        for place, letter in enumerate(letters, 1):
            places.setdefault(letter, place)
    return places


@lru_cache(maxsize=1)
def _known_places() -> Mapping[str, int]:
    return places_of(LETTER_LISTS)


def place_of_letter(
    letter: str, count: int, places: Mapping[str, int] | None = None
) -> tuple[int, bool] | None:
    """Return a letter's place in a list of `count` (0: unknown), and whether its look misleads.

    A Cyrillic "В" is the third of its own alphabet and looks like the second of the Latin one;
    where only one of the two can be meant, it is that one. Flagged whenever the look is Latin's.
    """
    capital = letter.upper()
    known = places or _known_places()
    own = known.get(letter) or known.get(capital)  # a Georgian letter has another capital
    look = LOOKALIKES.get(capital)
    most = count or 8
    if look is not None and look <= most:
        return look, True
    return (own, False) if own is not None and own <= most else None
