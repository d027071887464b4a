"""`View`: a cleaned reply with the words that matter in it, as every rule reads it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any
from unicodedata import category

from xlt.answers.answer import AnswerFormat
from xlt.answers.cleaning import CleanReply
from xlt.answers.lexicon import BIT, Lexicon, Tag, lexicon_for
from xlt.answers.numerals.finding import Number, numbers
from xlt.detection.scripts import unspaced

# The stops that end a sentence anywhere, of Han, Indic, Arabic, Ethiopic, Burmese, Khmer, Armenian.
STOPS = "。！？।॥؟۔።။។៕։"


@lru_cache(maxsize=64)
def _sentence_ends(abbreviations: tuple[str, ...]) -> re.Pattern[str]:
    """Return what ends a sentence: a stop before white space, a closing sign or the end.

    Stops of other scripts do so anywhere; "p.m. to" and an abbreviation's stop do not.
    """
    kept = "".join(rf"(?<!\b{re.escape(one)}.)" for one in abbreviations)
    return re.compile(
        rf"[.!?…{STOPS}\n](?:(?<=[{STOPS}\n])|(?=[\s\"'”’)\]»]|\Z)"
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


def behind_arrow(text: str, start: int, end: int) -> int:
    """Return where what a line concludes with by an arrow begins: "no difference → yes"."""
    for sign in _ARROWS:
        place = text.rfind(sign, start, end)
        start = place + len(sign) if place >= 0 else start
    return start


# A dash behind a blank, an arrow, an ellipsis; it begins with one class, to which the engine skips.
_TURN = re.compile(r"[–—→⇒…-](?:(?<=\s.)[–—-]{0,2}|(?<=[→⇒…]))\s(?=\S)")
_ARROWS = ("→", "⇒", "➡", "=>", "->")


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


_UNCERTAIN, _UNABLE, _TELL = BIT["uncertain"], BIT["unable"], BIT["tell"]
_SAYS_NOT = _UNCERTAIN | _UNABLE
_IF, _WHETHER, _BUT = BIT["if"], BIT["whether"], BIT["but"]
_CHOOSE, _ANSWER = BIT["choose"], BIT["answer"]
_THEREFORE, _THEN, _BECAUSE = BIT["therefore"], BIT["then"], BIT["because"]
_SO = _THEREFORE | BIT["pronoun"] | BIT["article"] | BIT["but"]
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|「[^」\n]*」")
_STOPS = re.compile(rf"[.!?{STOPS}\n]")
# The commas and semicolons of all scripts, and the colons; visarga, or a sign of its own, stands
# for one in Bengali, Nepali, Khmer, Amharic and Armenian.
COMMAS, COLONS = ",;，；、،؛၊፣", ":：ঃः៖፡፦՝︰"
# What stands behind "no" where it takes back what was said.
RETRACTED = tuple(f"{COMMAS}{COLONS}.!…—–-。！")
_COMMA = re.compile(f"[{COMMAS}:：]")
_CLAUSE = re.compile(rf"[{COMMAS}:：]|(?<=[\u0e00-\u0eff]) ")  # Thai and Lao put a blank
_ENDS = re.compile(rf"[\s\"'”»)*]*(?:[{COMMAS}:：.!?{STOPS}\n]|\Z)")
_TELLING, _TOLD, _OPENING, _WAIT = 60, 24, 24, BIT["wait"]
QUESTION_MARKS = ("?", "？", "؟", ";")


# What may stand around words and says nothing itself.
SIGNS = " \t\r\n0123456789-–—•*#>:：\"'“”«»„‘’「」『』()[]（【|+=~.№°_`$✅✔☑👉➡️🎯"


class View:
    """A cleaned reply, what was asked, and the lexicon of its languages."""

    __slots__ = ("_masks", "_tags", "asked", "folded", "lexicon", "named", "reply", "text")

    def __init__(self, reply: CleanReply, asked: AnswerFormat) -> None:
        self.reply, self.asked = reply, asked
        self.text, self.folded = reply.text, reply.folded
        self.lexicon: Lexicon = lexicon_for(asked)
        self._tags: dict[tuple[int, int], list[Tag]] = {}
        self._masks: dict[tuple[int, int], int] = {}
        self.named: dict[tuple[int, int, bool], Any] = {}  # the options named in a part

    def tags(self, start: int, end: int) -> list[Tag]:
        """Return the known words of `text[start:end]`; remembered."""
        found = self._tags.get((start, end))
        if found is None:
            found = self._tags[start, end] = self.lexicon.tags(self.folded, start, end)
        return found

    def mask(self, start: int, end: int) -> int:
        """Return the classes of all known words in `text[start:end]`."""
        found = self._masks.get((start, end))
        if found is None:
            found = 0
            for tag in self.tags(start, end) if start < end else ():
                found |= tag.mask
            self._masks[start, end] = found
        return found

    def sentences(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the places of the sentences in `text[start:end]`.

        One that takes back what was said begins behind a dash or an arrow too: "48 - no, wait, 47".
        """
        found = sentences(self.text, start, end, self.lexicon.words["abbreviation"])
        for match in reversed(list(_TURN.finditer(self.text, start, end))):
            near = min(end, match.end() + 2 * _OPENING)
            behind = self.takes_back(match.end(), near)
            closed = self.text[behind : behind + 1] in RETRACTED
            if behind and (closed or self.takes_back(behind, near)):
                at = max(bisect_right(found, match.start(), key=lambda span: span[0]) - 1, 0)
                (left, right), opens = found[at], match.end()
                found[at : at + 1] = [(left, match.start()), (opens, right)][
                    left >= match.start() :
                ]
        return found

    def numbers(
        self, start: int, end: int, *, dot_groups: bool = False, words: bool = False
    ) -> list[Number]:
        """Return the numbers of `text[start:end]`, number words too with `words`."""
        return numbers(
            self.text, self.folded, self.lexicon, start, end, dot_groups=dot_groups, words=words
        )

    def asks(self, start: int, end: int) -> bool:
        """Whether the sentence is a question, unless a quotation ends it."""
        last = self.text[start:end].rstrip()[-1:]
        return last in QUESTION_MARKS and self.text[end : end + 1] not in tuple('"”»」')

    def declines(self, start: int, end: int) -> bool:
        """Whether the words say that the answer cannot be told."""
        if not self.mask(start, end) & _SAYS_NOT:
            return False
        unable = told = -1
        tags = self.tags(start, end)
        for place, tag in enumerate(tags):
            if tag.mask & _UNCERTAIN and not self._names_a_number(tags, place):
                return not self._ventures(tag.end, end)
            if tag.mask & _TELL and unable >= 0 and tag.start - unable <= _TELLING:
                same = _STOPS.search(self.text, unable, tag.start) is None
                return same and not self._ventures(tag.end, end)
            if tag.mask & _UNABLE:
                unable = tag.end
                if told >= 0 and self._closes_clause(told, tag, end):
                    return not self._ventures(tag.end, end)
            elif tag.mask & _TELL:
                told = tag.end
        return False

    def _closes_clause(self, told: int, tag: Tag, end: int) -> bool:
        """Whether "cannot" follows a verb and ends the clause: "определить ответ невозможно"."""
        near = tag.start - told <= _TOLD and _CLAUSE.search(self.text, told, tag.start) is None
        return near and _ENDS.match(self.text, tag.end, end) is not None

    def _names_a_number(self, tags: Sequence[Tag], place: int) -> bool:
        """Whether a word of doubt only goes with "number": "the unknown number is 7"."""
        for first, second in pairwise(tags[max(0, place - 1) : place + 2]):
            if (first.mask | second.mask) & BIT["number"]:
                return self.text[first.end : second.start] == " "
        return False

    def _ventures(self, start: int, end: int) -> bool:
        """Whether what follows a hedge chooses all the same: "I'm not sure, but I think it's 5"."""
        turned, chosen, before = 0, False, 0
        for tag in self.tags(start, end) if self.mask(start, end) & (_CHOOSE | _ANSWER) else ():
            denied, before = before & BIT["not"], tag.mask
            if denied:
                continue  # "so I won't pick one"
            if tag.mask & _IF or (turned and tag.mask & _SAYS_NOT):
                return False
            picks = tag.mask & (_CHOOSE | (_ANSWER if turned & _BUT else 0))
            chosen = chosen or bool(turned and picks)
            if not tag.mask & BIT["question"]:
                turned |= tag.mask & (_BUT | _THEREFORE | _BECAUSE)
        return chosen

    def declined(self, start: int, place: int) -> bool:
        """Whether the clause before `place` says that what it names cannot be told."""
        return self.declines(self.last_clause(start, place), place)

    def last_clause(self, start: int, place: int) -> int:
        """Return where the clause that reaches `place` begins: behind a comma that opens one."""
        for match in _COMMA.finditer(self.text, start, place):
            behind = match.end()
            known = self.lexicon.tags(self.folded, behind, min(place, behind + 24))[:1]
            opens = known and known[0].mask & _SO and self.blank(behind, known[0].start)
            if opens or match[0] in ";:；：؛" or self.text[behind : behind + 1] > "\u2e7f":
                start = behind
        return start

    def supposes(self, start: int, place: int, *, only_if: bool = False) -> bool:
        """Whether an "if" or "whether" governs what stands at `place`, quotations left out."""
        if not self.mask(start, place) & (_IF | _WHETHER):
            return False
        quoted = [match.span() for match in _QUOTED.finditer(self.text, start, place)]
        clause = self.last_clause(start, place)
        tags = self.tags(start, place)
        for tag in tags:
            clitic = self.text[tag.start - 1 : tag.start] == "-"  # "trata-se"
            if clitic or any(left <= tag.start < right for left, right in quoted):
                continue
            if tag.mask & _WHETHER and tag.start >= clause and not only_if:
                return True  # "whether" governs its own clause only
            if tag.mask & (_IF | _WHETHER) == _IF:
                before = self.tags_before(tags, tag)
                told = before is not None and before.mask & (_TELL | _SAYS_NOT)
                if not (told or self.concludes(tag.end, place)):
                    return True
        return False

    def concludes(self, start: int, end: int) -> bool:
        """Whether an "if" before `start` is over: a clause follows it, then a "so"."""
        tags = self.tags(start, end)
        so = [tag.start for tag in tags if tag.mask & _THEREFORE]
        if not so or any(tag.mask & _THEN for tag in tags):  # "if he came, then we conclude that"
            return False
        return _CLAUSE.search(self.text, start, so[-1]) is not None

    def tags_before(self, tags: Sequence[Tag], one: Tag) -> Tag | None:
        """Return the known word right before another, None where other words stand between."""
        place = tags.index(one)
        before = tags[place - 1] if place else None
        return before if before and not self.text[before.end : one.start].strip() else None

    def opened(self, start: int) -> int:
        """Return where a reply goes on behind what opens it politely: "No problem!", "Sure,"."""
        match = self.lexicon.pattern("opener").match(self.folded, start)
        closed = match and self.text[match.end() : match.end() + 1] in tuple(f"{COMMAS}{STOPS}.!:")
        behind = skip_blank(self.text, match.end() + 1, len(self.text)) if match else start
        return behind if closed and behind < len(self.text) else start

    def takes_back(self, start: int, end: int) -> int:
        """Return where a sentence goes on that opens by taking back what was said, else 0.

        "No, wait: it is 42", "But actually it is 42".
        """
        opening = min(end, start + _OPENING)
        known = self.mask(start, end) & _WAIT  # remembered, as of most sentences
        for tag in self.lexicon.tags(self.folded, start, opening)[:2] if known else ():
            if not self.blank(start, tag.start):
                break
            if tag.mask & _WAIT:
                return tag.end
            if not tag.mask & (BIT["but"] | BIT["and"] | BIT["no"]):
                break
            start = tag.end
        return 0

    def only(self, start: int, end: int, mask: int) -> bool:
        """Whether all words of `text[start:end]` are of the classes of `mask`."""
        place = start
        for tag in self.lexicon.tags(self.folded, start, end):
            if not tag.mask & mask or self.text[place : tag.start].strip(SIGNS):
                return False
            place = tag.end
        return not self.text[place:end].strip(SIGNS)

    def blank(self, start: int, end: int) -> bool:
        """Whether no letter or digit stands in `text[start:end]`."""
        return not any(c.isalnum() for c in self.text[start:end])
