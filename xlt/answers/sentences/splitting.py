"""Sentences and lines of a reply, in any script, with their places."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category

# Scripts written without spaces between words: Thai to Myanmar, Khmer, Javanese, kana, Han.
_UNSPACED = (
    ("\u0e00", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\ua980", "\ua9df"),
    ("\u2e80", "\u31ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uff9f"),
    ("\U00020000", "\U0003ffff"),
)


@lru_cache(maxsize=64)
def _sentence_ends(abbreviations: tuple[str, ...]) -> re.Pattern[str]:
    """Return what ends a sentence: a stop before white space, a closing sign or the end.

    Stops of other scripts do so anywhere; "p.m. to" and an abbreviation's stop do not.
    """
    kept = "".join(rf"(?<!\b{re.escape(one)}.)" for one in abbreviations)
    return re.compile(
        r"[.!?…。！？।॥؟۔።\n](?:(?<=[。！？।॥؟۔።\n])|(?=[\s\"'”’)\]»]|\Z)"
        rf"(?<![ .][a-z].){kept})"
    )


def sentences(
    text: str, start: int, end: int, abbreviations: tuple[str, ...] = ()
) -> list[tuple[int, int]]:
    """Return the places of the sentences in `text[start:end]` that are not blank."""
    found: list[tuple[int, int]] = []
    place = start
    for match in _sentence_ends(abbreviations).finditer(text, start, end):
        if text[place : match.start()].strip():
            found.append((place, match.end()))
        place = match.end()
    if text[place:end].strip():
        found.append((place, end))
    return found


def skip_blank(text: str, start: int, end: int) -> int:
    """Return the first place from `start` that is not white space; `end` if there is none."""
    while start < end and text[start].isspace():
        start += 1
    return start


def line_end(text: str, start: int, end: int) -> int:
    """Return where the line that holds `start` ends."""
    place = text.find("\n", start, end)
    return end if place < 0 else place


def last_line(text: str, end: int) -> tuple[int, int]:
    """Return the place of the last line before `end` that is not blank, without blanks behind."""
    end = len(text[:end].rstrip())
    return text.rfind("\n", 0, end) + 1, end


def unspaced(character: str) -> bool:
    """Whether words of the character's script stand side by side without spaces."""
    if character < "\u0e00":
        return False
    return any(low <= character <= high for low, high in _UNSPACED)


def is_letter(character: str) -> bool:
    """Whether a character is part of a word: a letter or a mark on one."""
    return character.isalpha() or (character > "\u02ff" and category(character)[0] == "M")


def alone(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is not part of a longer word or number."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if text[start].isdigit() and (
        before.isdigit() or (before in ".,-−" and text[start - 2 : start - 1].isdigit())
    ):
        return False
    if text[end - 1].isdigit() and (
        after.isdigit() or (after in ".,:/" and text[end + 1 : end + 2].isdigit())
    ):
        return False
    if is_letter(before) and not (unspaced(before) or unspaced(text[start])):
        return False
    return not is_letter(after) or unspaced(after) or unspaced(text[end - 1])
