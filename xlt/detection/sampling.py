"""The part of a text that detection looks at: bounded, without addresses, in one normal form."""

from __future__ import annotations

import re
import unicodedata

HEAD, PART = 2_048, 1_024
"""Characters looked at from the start, and from the middle and the end each."""

_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST = 64


def take_sample(text: str) -> str:
    """Return at most some 4,000 characters of `text`, in NFKC, URLs and e-mail addresses cut.

    A long text is looked at in three places; where those hold next to no letters, its first
    letters are gathered from wherever they stand. Work grows linearly with the text.
    """
    sample = _clean(text if len(text) <= HEAD + 2 * PART else _three_parts(text))
    if len(text) > len(sample) and sum(map(str.isalpha, sample)) < _LEAST:
        return _clean(_first_letters(text))
    return sample


def has_word(text: str) -> bool:
    """Tell whether two letters stand side by side, or a character that is a word by itself."""
    before = False
    for character in text:
        category = unicodedata.category(character)
        if category == "Lo" and unicodedata.name(character, "").startswith("CJK"):
            return True
        if before and category[0] in "LM":
            return True
        before = category[0] == "L"
    return False


def _three_parts(text: str) -> str:
    middle = (len(text) - PART) // 2
    return "\n".join((text[:HEAD], text[middle : middle + PART], text[-PART:]))


def _first_letters(text: str) -> str:
    words: list[str] = []
    room = HEAD
    for match in _LETTERS.finditer(_ADDRESS.sub(" ", text)):
        words.append(match.group()[:room])
        room -= len(words[-1])
        if room <= 0:
            break
    return " ".join(words)


def _clean(text: str) -> str:
    # The pattern is tried at every letter; what every address holds is found in one look.
    if "@" in text or "://" in text or "www." in text.lower():
        text = _ADDRESS.sub(" ", text)
    return unicodedata.normalize("NFKC", text)
