"""A cleaned copy of a text that knows, for every place in it, the place in the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

# A stretch that stands in both: start in the clean text, start and length in the original,
# length in the clean text. Where the lengths differ the stretch was rewritten as a whole.
Stretch = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Stretches in order; empty when the clean text is the original."""

    stretches: tuple[Stretch, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original of the clean text's non-empty `start:end`."""
        if not self.stretches:
            return start, end
        return self._start(start), self._end(max(end - 1, start))

    def _find(self, place: int) -> Stretch:
        index = bisect_right(self.stretches, place, key=lambda stretch: stretch[0])
        return self.stretches[max(index - 1, 0)]

    def _start(self, place: int) -> int:
        clean, original, length, clean_length = self._find(place)
        return original + (place - clean if length == clean_length else 0)

    def _end(self, last: int) -> int:
        clean, original, length, clean_length = self._find(last)
        return original + (last + 1 - clean if length == clean_length else length)


def rewrite(text: str, edits: Iterable[tuple[int, int, str]]) -> tuple[str, OffsetMap]:
    """Return `text` with each (start, end, new) done, in order, and the map back."""
    pieces: list[str] = []
    stretches: list[Stretch] = []
    size = done = 0
    for start, end, new in edits:
        if start > done:
            pieces.append(text[done:start])
            stretches.append((size, done, start - done, start - done))
            size += start - done
        if new:
            pieces.append(new)
            stretches.append((size, start, end - start, len(new)))
            size += len(new)
        done = end
    if done < len(text) or not stretches:
        pieces.append(text[done:])
        stretches.append((size, done, len(text) - done, len(text) - done))
    return "".join(pieces), OffsetMap(tuple(stretches))
