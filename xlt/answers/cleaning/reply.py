"""`CleanReply`: a reply without thoughts and mark-up, that knows every place in the original."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from xlt.answers.answer import Answer, AnswerFormat, Status, ThoughtTags, Value
from xlt.answers.cleaning.markup import Edit, markup_edits
from xlt.answers.cleaning.normal_form import nfc, nfc_edits
from xlt.answers.cleaning.thoughts import find_thoughts, hard_end

# A stretch that stands in both: start in the clean text, start and length in the original,
# length in the clean text. Where the lengths differ the stretch was rewritten as a whole.
Stretch = tuple[int, int, int, int]


def _rewritten(text: str, edits: Iterable[Edit]) -> tuple[str, tuple[Stretch, ...]]:
    """Return `text` with each edit done, of two that overlap the first, and the stretches."""
    pieces: list[str] = []
    stretches: list[Stretch] = []
    size = done = 0
    for start, end, new in [*edits, (len(text), len(text), "")]:
        if start < done:
            continue
        kept = text[done:start]
        for piece, place, length in ((kept, done, len(kept)), (new, start, end - start)):
            if piece:
                pieces.append(piece)
                stretches.append((size, place, length, len(piece)))
                size += len(piece)
        done = end
    return "".join(pieces), tuple(stretches) or ((0, done, 0, 0),)


_BOX = re.compile(r"\\(?:boxed|fbox)\s?\{|<\|begin_of_box\|>")
_BRACES = re.compile(r"[{}]")
_MOST_BOXES, _LONGEST_BOX = 8, 600


@dataclass(frozen=True, slots=True)
class CleanReply:
    """What a parser reads: `text` is the reply in NFC without thoughts and mark-up.

    `raw` is the reply as the model gave it; `folded` is `text` in lower case with every
    character at its place. `thinking` says that a thought was not closed: `text` is then what
    the thought holds, in which only what is set apart counts. `asked` is what the answers made
    here were asked for, if it is known.
    """

    raw: str
    text: str
    folded: str = field(repr=False)
    stretches: tuple[Stretch, ...] = field(repr=False)
    thinking: bool = False
    asked: AnswerFormat | None = field(default=None, repr=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]`, not empty, stands in the raw reply."""
        if self.text is self.raw:
            return start, end
        clean, original, length, clean_length = self._stretch(start)
        left = original + (start - clean if length == clean_length else 0)
        clean, original, length, clean_length = self._stretch(max(end - 1, start))
        return left, original + (max(end, start + 1) - clean if length == clean_length else length)

    def _stretch(self, place: int) -> Stretch:
        return self.stretches[max(bisect_left(self.stretches, (place + 1,)) - 1, 0)]

    def place(self, raw_place: int) -> int:
        """Return where what stands at a place in the raw reply begins in `text`, or next to it."""
        places = range(len(self.text))
        return bisect_left(places, raw_place, key=lambda one: self.span(one, one + 1)[0])

    def boxes(self, start: int = 0) -> list[tuple[int, int]]:
        r"""Return the places of what the last \boxed{...} from `start` on hold, last first."""
        if "box" not in self.raw:
            return []
        marks = list(_BOX.finditer(self.raw, max(0, self.span(0, 1)[0] - 20)))[-_MOST_BOXES:]
        places = [(mark.end(), _box_end(self.raw, mark)) for mark in reversed(marks)]
        boxes = [(self.place(left), self.place(right)) for left, right in places]
        return [one for one in boxes if one[0] >= start and self.text[slice(*one)].strip()]

    def answer(
        self,
        value: Value,
        start: int,
        end: int,
        *,
        status: Status = "anchored",
        flags: frozenset[str] = frozenset(),
        rule: str = "",
    ) -> Answer:
        """Return the answer `value` that stands at `text[start:end]`, found by `rule`."""
        place = self.span(start, end)
        raw, asked = self.raw, self.asked
        letter = words = None
        if asked is not None and asked.kind == "choice" and type(value) is int:
            letter = chr(64 + value) if value <= 26 else None
            words = asked.options[value - 1] if value <= len(asked.options) else None
        found = raw[place[0] : place[1]]
        return Answer(value, status, found, place, flags, raw, asked, None, rule, letter, words)

    def not_found(self, flags: frozenset[str] = frozenset(), rule: str = "") -> Answer:
        """Return the answer that there is none; `rule` names what said so."""
        return Answer(None, "none", "", None, flags, self.raw, self.asked, None, rule)


def clean(
    raw: str, think_tags: ThoughtTags = None, asked: AnswerFormat | None = None
) -> CleanReply:
    """Return the cleaned view of a reply, in time linear in its length."""
    known = any(map(raw.__contains__, _SIGNS)) or raw.startswith("analysis")
    if raw.isascii() and not (known or think_tags):
        return CleanReply(raw, raw, fold(raw), (), False, asked)
    hidden, thinking = _hidden(raw, think_tags)
    text, stretches = _rewritten(raw, _with_markup(raw, hidden))
    return CleanReply(raw, text, fold(text), stretches, thinking, asked)


# What the mark of a thought, mark-up, an entity or a line end begins with.
_SIGNS = "<[◁*\\{_`\r&~"


def _hidden(raw: str, think_tags: ThoughtTags) -> tuple[list[Edit], bool]:
    """Return the edits that hide thoughts and what follows the reply's end; and if it thinks on."""
    thoughts = find_thoughts(raw, think_tags)
    edits: list[Edit] = [(start, end, "\n") for start, end in thoughts.spans]
    opened = thoughts.unfinished
    over = hard_end(raw, edits[-1][1] if edits else 0)
    if opened is not None and opened < over:
        return [(0, opened, "")], True
    if over < len(raw):
        edits.append((over, len(raw), ""))
    return edits, False


def _with_markup(raw: str, hidden: list[Edit]) -> list[Edit]:
    """Return all edits in order: what is hidden, and between it mark-up and normal form."""
    found: list[Edit] = []
    place = 0
    for start, end, new in [*hidden, (len(raw), len(raw), "")]:
        found += sorted([*markup_edits(raw, place, start), *nfc_edits(raw, place, start)])
        found += [(start, end, new)] if end > start else []
        place = end
    return found


def _box_end(raw: str, mark: re.Match[str]) -> int:
    """Return where what a box holds ends; 0 if it is not closed within reach."""
    if mark[0][0] == "<":
        return max(0, raw.find("<|end_of_box|>", mark.end(), mark.end() + _LONGEST_BOX))
    depth = 1
    for brace in _BRACES.finditer(raw, mark.end(), mark.end() + _LONGEST_BOX):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start()
    return 0


_APOSTROPHES = "’‘ʻʼ"  # typographic, of Uzbek (o‘zbek, oʻzbek) and of Ukrainian (пʼять)


def fold(text: str) -> str:
    """Return `text` in lower case, as long as it was ("İ" would grow, "ς" depends on its place).

    Apostrophes become the straight one, so that words are found in either spelling.
    """
    if text.isascii():
        return text.lower()
    folded = text.replace("İ", "i").lower().replace("ς", "σ")
    for sign in _APOSTROPHES:
        if sign in folded:
            folded = folded.replace(sign, "'")
    return folded


def words_of(text: str) -> str:
    """Return a word in the form in which words are compared."""
    return fold(nfc(text))
