"""Unicode normal form C in linear time, with the places that change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category, combining, normalize

# `normalize` is quadratic on long runs of combining marks, so it only sees pieces of this size.
PIECE = 256


def nfc(text: str) -> str:
    """Return `text` in NFC, a piece at a time."""
    if text.isascii():
        return text
    return "".join([normalize("NFC", text[start:end]) for start, end in _pieces(text)])


def nfc_edits(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, composed) for every cluster of `text` that NFC changes."""
    if text.isascii():
        return
    for start, end in _pieces(text):
        piece = text[start:end]
        if piece.isascii() or normalize("NFC", piece) == piece:
            continue
        for left, right in _clusters(text, start, end):
            composed = normalize("NFC", text[left:right])
            if composed != text[left:right]:
                yield left, right, composed


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = min(start + PIECE, len(text))
        cut = end
        # End before a character that cannot join what stands before it, if there is one near.
        while cut < len(text) and cut > end - 64 and _joins(text[cut]):
            cut -= 1
        if cut > end - 64:
            end = cut
        yield start, end
        start = end


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    left = start
    for place in range(start + 1, end):
        if not _joins(text[place]):
            yield left, place
            left = place
    if left < end:
        yield left, end


@lru_cache(maxsize=4096)
def _joins(character: str) -> bool:
    """Whether the character may compose with the one before it."""
    if character < "\u0300":
        return False
    return (
        combining(character) > 0
        or category(character)[0] == "M"
        or "\u1160" <= character <= "\u11ff"
    )
