"""`CleanReply`: a reply without thoughts and mark-up, that knows every place in the original."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from xlt.answers.answer import Answer, Status, Value, not_found
from xlt.answers.markup import markup_edits, needs_undressing
from xlt.answers.normal_form import nfc, nfc_edits
from xlt.answers.offsets import OffsetMap, rewrite
from xlt.answers.thoughts import thought_spans


@dataclass(frozen=True, slots=True)
class CleanReply:
    """What a parser reads: `text` is the reply in NFC without thoughts and mark-up.

    `raw` is the reply as the model gave it; `folded` is `text` in lower case with every
    character at its place; `thinking` says that a thought was not closed (`text` is empty then).
    """

    raw: str
    text: str
    folded: str = field(repr=False)
    maps: tuple[OffsetMap, ...] = field(default=(), repr=False)
    thinking: bool = False

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]`, not empty, stands in the raw reply."""
        for one in self.maps:
            start, end = one.span(start, end)
        return start, end

    def place(self, raw_place: int) -> int:
        """Return where what stands at a place in the raw reply begins in `text`, or next to it."""
        places = range(len(self.text))
        return bisect_left(places, raw_place, key=lambda one: self.span(one, one + 1)[0])

    def boxed(self) -> tuple[int, int] | None:
        """Return the place of the line that the last \\boxed{...} opens, as solutions end."""
        mark = self.raw.rfind("\\boxed{")
        if mark < 0:
            return None
        line = self.raw.find("\n", mark)
        return self.place(mark), self.place(len(self.raw) if line < 0 else line)

    def answer(
        self,
        value: Value,
        start: int,
        end: int,
        *,
        status: Status = "anchored",
        flags: frozenset[str] = frozenset(),
    ) -> Answer:
        """Return the answer `value` that stands at `text[start:end]`."""
        left, right = self.span(start, end)
        words = self.raw[left:right]
        return Answer(value, status, text=words, span=(left, right), flags=flags, reply=self.raw)

    def not_found(self, flags: frozenset[str] = frozenset()) -> Answer:
        return not_found(self.raw, flags)

    def words(self, start: int, end: int) -> str:
        """Return `text[start:end]` with the mark-up inside it, as a text answer is given."""
        left, right = self.span(start, end)
        return nfc(self.raw[left:right]).replace("\r\n", "\n").replace("\r", "\n")


def clean(raw: str) -> CleanReply:
    """Return the cleaned view of a reply, in time linear in its length."""
    text, maps = raw, []
    thoughts = thought_spans(text)
    if thoughts is None:
        return CleanReply(raw, "", "", thinking=True)
    if thoughts:
        text, back = rewrite(text, [(start, end, "\n") for start, end in thoughts])
        maps.append(back)
    if needs_undressing(text):
        text, back = rewrite(text, markup_edits(text))
        maps.append(back)
    if not text.isascii() and (edits := list(nfc_edits(text))):
        text, back = rewrite(text, edits)
        maps.append(back)
    return CleanReply(raw, text, fold(text), tuple(reversed(maps)))


def fold(text: str) -> str:
    """Return `text` in lower case, as long as it was ("İ" would grow, "ς" depends on its place)."""
    if text.isascii():
        return text.lower()
    return text.replace("İ", "i").lower().replace("ς", "σ")
