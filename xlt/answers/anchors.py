"""Anchors: where a reply says "here is the answer", in English and in the languages asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from xlt.answers.answer import AnswerFormat
from xlt.answers.markers import Marker, Markers, markers_of
from xlt.answers.reply import CleanReply
from xlt.answers.scripts import is_letter, unspaced

# More anchors than this are not looked at: the last ones count.
MOST = 256
_LEAD = 80

# What ends a sentence or opens a clause, before a marker.
_OPENING = re.compile(r"[.!?。！？।॥؟۔:：;,，、،\n]")
_HARMLESS = re.compile(
    r"(?:[\s\d\-–—•*#>\"'“”«»„‘’「」『』()\[|+=~.]"
    r"|\b(?:the|a|my|our|your|final|correct|right|so|therefore|thus|hence|and|then|now|step|here is"
    r"|doğru|õige|सही|درست|صحیح"
    r"|die|das|der|also|daher|somit|richtige|endgültige|la|el|le|l|il|lo|o|η|итак"
    r"|правильный)\b)*\Z",
    re.IGNORECASE,
)
# A lead of such words says that what follows is not the answer.
_DENIED = re.compile(
    r"\b(?:not|n't|n’t|no|cannot|what|which|whether|if|when|how|why|find|wrong"
    r"|incorrect|other|another"
    r"|each|determine|need to|should|analy[sz]e|evaluate|identify|judge|assess|nicht"
    r"|kein\w*|falsch\w*|welche\w*|pas|qué|cuál|quelle|не|какой|неверн\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A marker in a cleaned reply and where its answer may stand.

    `start` is the marker's place, `value` where what it announces begins, `end` where it ends at
    the latest (the next marker or the end of the text). `strict`: the marker stands within a
    sentence or is bare, so that only a value right behind it counts. `names_target` is 1 when
    the marker names the language wanted, -1 when it names another one. `heading`: it has a line
    of its own. `opens`: nothing stands before it on its line or in its sentence.
    """

    start: int
    value: int
    end: int
    strict: bool = False
    names_target: int = 0
    heading: bool = False
    opens: bool = True


def anchors(reply: CleanReply, asked: AnswerFormat) -> Iterator[Anchor]:
    """Yield the anchors of a reply from the last to the first.

    Looks for the output type asked for and the words for "answer" in English, the task language
    and the target language; if none stands there, for those of every known language (a pivot).
    """
    markers = markers_of(asked)
    any_near = False
    for anchor in _anchors(reply, markers, markers.words):
        any_near = True
        yield anchor
    if not any_near:
        ascii_only = reply.folded.isascii()
        foreign = markers.foreign_ascii if ascii_only else markers.foreign
        yield from _anchors(reply, markers, foreign)


def _anchors(reply: CleanReply, markers: Markers, words: tuple[Marker, ...]) -> Iterator[Anchor]:
    limit = len(reply.text)
    for place, marker in _hits(reply.folded, words):
        if place >= limit or (marker.weak and not _colon_near(reply.text, place, marker)):
            continue
        anchor = _anchor_at(reply.text, place, marker, limit, markers)
        if anchor is not None:
            yield anchor
            limit = place


def _hits(folded: str, words: tuple[Marker, ...]) -> Iterator[tuple[int, Marker]]:
    """Yield the places of the words, last first; a word within a longer one is left out."""
    heads: list[tuple[int, int, Marker]] = []  # the last place of each word that is still to come
    for marker in words:
        place = folded.rfind(marker.folded)
        if place >= 0:
            heads.append((place, len(marker.folded), marker))
    for _ in range(MOST):
        if not heads:
            return
        last = heads[0] if len(heads) == 1 else max(heads, key=_by_place)
        place, length, marker = last
        if len(heads) == 1 or not _covered(place, length, heads):
            yield place, marker
        heads.remove(last)
        place = folded.rfind(marker.folded, 0, place + length - 1)
        if place >= 0:
            heads.append((place, length, marker))


def _by_place(head: tuple[int, int, Marker]) -> tuple[int, int]:
    return head[0], head[1]


def _covered(place: int, length: int, heads: list[tuple[int, int, Marker]]) -> bool:
    """Whether the word lies within a longer one: "translation" in "target translation"."""
    end = place + length
    return any(one[1] > length and one[0] <= place < end <= one[0] + one[1] for one in heads)


def _colon_near(text: str, place: int, marker: Marker) -> bool:
    """Whether what a weak marker needs may follow: a cheap look, for words said often."""
    end = place + len(marker.folded)
    after = text[end : end + 24]
    return not after[:1].isalpha() and any(sign in after for sign in ":：=>→")


def _anchor_at(
    text: str, place: int, marker: Marker, limit: int, markers: Markers
) -> Anchor | None:
    if not _begins_word(text, place, marker):
        return None
    match = markers.separator.match(text, place + len(marker.folded), limit)
    if match is None or (match["suffix"] and marker.english and match["suffix"] not in "sS"):
        return None
    clause = _OPENING.split(text[max(0, place - _LEAD) : place])[-1]
    opens = not clause or _HARMLESS.match(clause) is not None
    kind = match.lastgroup
    if kind in ("line", "dash", "bare") and not opens:
        return None
    if (marker.weak and not _plain(match)) or (not opens and _DENIED.search(clause)):
        return None
    names = 0
    if markers.names:
        named = markers.naming(f"{clause[-40:]} {match['tail'] or ''}")
        names = max(named, key=abs, default=0)
    return Anchor(
        start=place,
        value=match.end(),
        end=limit,
        strict=kind in ("bare", "copula"),
        names_target=names or marker.names_target,
        heading=kind == "line" or text[match.end() : match.end() + 2].lstrip(" ")[:1] == "\n",
        opens=opens,
    )


def _plain(match: re.Match[str]) -> bool:
    """Whether a colon stands right behind the word: "Option:", not "Options:" or "Option (A):"."""
    return match.lastgroup == "colon" and not (match["tail"] or match["suffix"])


def _begins_word(text: str, place: int, marker: Marker) -> bool:
    if not place or unspaced(marker.folded[0]) or not is_letter(text[place - 1]):
        return True
    prefix = text[max(0, place - 3) : place]
    return "؀" <= marker.folded[0] <= "ۿ" and prefix.lstrip(" \n").strip("وفبكلا") == ""
