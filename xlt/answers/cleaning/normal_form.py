"""Unicode normal form C in linear time, with the places that change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from unicodedata import category, is_normalized, normalize

# `normalize` is quadratic on long runs of combining marks, so it only sees pieces of this size.
PIECE = 256


def nfc(text: str) -> str:
    """Return `text` in NFC, a piece at a time."""
    if text.isascii():
        return text
    return "".join([normalize("NFC", text[a:b]) for a, b in _pieces(text, 0, len(text))])


def nfc_edits(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, composed) for every cluster of `text[start:end]` that NFC changes."""
    if text.isascii():
        return
    for left, right in _pieces(text, start, end):
        if is_normalized("NFC", text[left:right]):
            continue
        for first, last in _clusters(text, left, right):
            composed = normalize("NFC", text[first:last])
            if composed != text[first:last]:
                yield first, last, composed


def _pieces(text: str, start: int, last: int) -> Iterator[tuple[int, int]]:
    while start < last:
        end = min(start + PIECE, last)
        # End before a character that cannot join what stands before it, if there is one near.
        cuts = (
            place for place in range(end, end - 64, -1) if place == last or not _joins(text[place])
        )
        end = next(cuts, end)
        yield start, end
        start = end


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    inside = [place for place in range(start + 1, end) if not _joins(text[place])]
    yield from pairwise([start, *inside, end])


@lru_cache(maxsize=4096)
def _joins(character: str) -> bool:
    """Whether the character may compose with the one before it."""
    return category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
