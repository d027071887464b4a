"""Anchors: where a reply says "here is the answer", in English and in the languages asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from xlt.answers.cleaning.markup import ANSWER_TAGS
from xlt.answers.cleaning.reply import words_of
from xlt.answers.letters import is_small
from xlt.answers.lexicon import BIT, WORD, Lexicon, every_lexicon, is_glued, one_of
from xlt.answers.sentences.view import COLONS, COMMAS, SIGNS, STOPS, View, is_letter
from xlt.detection.scripts import unspaced
from xlt.languages import Language, get_language, languages
from xlt.task_checks import TEXT_KINDS

# More anchors than this are not looked at: the last ones count.
MOST = 64
_LEAD = 80

# What ends a sentence or opens a clause, before a marker.
_OPENING = re.compile(rf"[.!?{STOPS}:：{COMMAS}\n]")
_HARMLESS = (
    BIT["final"] | BIT["correct"] | BIT["therefore"] | BIT["and"] | BIT["article"] | BIT["pronoun"]
    | BIT["answer"] | BIT["copula"] | BIT["wait"] | BIT["more"]
)  # fmt: skip
# Words before a marker that say that what follows is not the answer.
_DENIED = (
    BIT["not"] | BIT["question"] | BIT["if"] | BIT["whether"] | BIT["less"] | BIT["except"]
    | BIT["purpose"]
)  # fmt: skip


class Anchor(NamedTuple):
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


class Marker(NamedTuple):
    """One word; a weak one needs a colon; `names_target`: it is of the language wanted."""

    folded: str
    english: bool
    weak: bool = False
    names_target: int = 0
    glued: bool = False


class Markers(NamedTuple):
    """The words to look for, what follows one, and names of languages (1: the target).

    `prefixes` are the letters that Arabic and Hebrew join to a word: "and", "the".
    """

    words: tuple[Marker, ...]
    separator: re.Pattern[str]
    names: Mapping[str, int]
    prefixes: str


def anchors(view: View) -> Iterator[Anchor]:
    """Yield the anchors of a reply from the last to the first.

    Looks for the output type asked for and the words for "answer" in English, the task language
    and the target language; if none stands there, for those of every known language (a pivot).
    """
    limit, end = len(view.text), len(view.text)
    asked = view.asked
    target = asked.target_language if asked.kind in TEXT_KINDS else None
    markers = _markers(asked.kind, asked.output_type, view.lexicon, target)
    for place, marker in _hits(view.folded, markers.words):
        anchor = _anchor_at(view, place, marker, limit, markers) if place < limit else None
        if anchor is not None:
            yield anchor
            limit = place
    if limit < end or _SEPARATORS.search(view.text) is None:
        return
    markers = _foreign(view.folded.isascii())
    for place, marker in _hits(view.folded, markers.words):
        anchor = _anchor_at(view, place, marker, limit, markers) if place < limit else None
        if anchor is not None:
            limit = place
            if not _heads_working(view, anchor.start, anchor.value):
                yield anchor


_SEPARATORS = re.compile("[:：=→|]")


def _hits(folded: str, words: tuple[Marker, ...]) -> Iterator[tuple[int, Marker]]:
    """Yield the places of the words, last first; a word within a longer one is left out.

    The last lines are searched first: there the marker mostly stands.
    """
    last = folded.rfind("\n", 0, max(0, len(folded) - _TAIL)) + 1
    found = 0
    for floor, end in ((last, len(folded)), (0, last)) if last else ((0, len(folded)),):
        # The last place of each word that is still to come, with its length: `max` compares these.
        heads = [
            (place, len(marker[0]), index)
            for index, marker in enumerate(words)
            if (place := folded.rfind(marker[0], floor, end)) >= 0
        ]
        while heads and found < MOST:
            found += 1
            head = heads[0] if len(heads) == 1 else max(heads)
            place, length, index = head
            if len(heads) == 1 or not _covered(place, length, heads):
                yield place, words[index]
            heads.remove(head)
            place = folded.rfind(words[index][0], floor, place + length - 1)
            if place >= 0:
                heads.append((place, length, index))


_TAIL = 160


def _covered(place: int, length: int, heads: list[tuple[int, int, int]]) -> bool:
    """Whether the word lies within a longer one: "translation" in "target translation"."""
    end = place + length
    return any(one[1] > length and one[0] <= place < end <= one[0] + one[1] for one in heads)


def _colon_near(text: str, place: int, marker: Marker) -> bool:
    """Whether what a weak marker needs may follow: a cheap look, for words said often."""
    end = place + len(marker.folded)
    after = text[end : end + 24]
    return not after[:1].isalpha() and any(sign in after for sign in ":：=>→")


def _anchor_at(
    view: View, place: int, marker: Marker, limit: int, markers: Markers
) -> Anchor | None:
    text = view.text
    word, english, weak, names_target, glued = marker
    end = place + len(word)
    if weak and not _colon_near(text, place, marker):
        return None
    begins = not place or text[place - 1] in " \n" or _begins_word(text, place, marker, markers)
    if not begins or (glued and _is_within(view, place, end, limit)):
        return None
    kind, tail, value = "colon", "", end + 1
    if text[end : end + 1] not in _COLON or end >= limit:
        match = markers.separator.match(view.folded, end, limit)
        if match is None:
            return None
        kind, tail, value = match.lastgroup or "", match["tail"] or "", match.end()
        suffix = match["suffix"]
        if suffix and (
            (english and suffix != "s") or _heads_working(view, place, match.end("suffix"))
        ):
            return None
        if weak and (kind != "colon" or tail or suffix):
            return None  # "Option:", not "Options:" or "Option (A):"
    if kind == "bare" and not _bare_value(text, value):
        return None
    lead, opens = place, True
    if place and text[place - 1] != "\n":
        lead = max(0, place - _LEAD)
        for opening in _OPENING.finditer(text, lead, place):
            lead = opening.end()
        opens = not text[lead:place].strip(SIGNS) or view.only(lead, place, _HARMLESS)
    if not opens and (kind in ("line", "dash", "bare") or view.mask(lead, place) & _DENIED):
        return None
    if markers.names:
        beside = f"{view.folded[max(lead, place - 40) : place]} {tail}"
        named = [markers.names[word] for word in WORD.findall(beside) if word in markers.names]
        names_target = max(named, key=abs, default=0) or names_target
    heading = kind == "line" or text[value : value + 2].lstrip(" ")[:1] == "\n"
    return Anchor(place, value, limit, kind in _STRICT, names_target, heading, opens)


_COLON, _STRICT = (":", "："), ("bare", "copula")


def _heads_working(view: View, start: int, end: int) -> bool:
    """Whether a word near to a marker heads the way to the answer instead, as a plan does."""
    mask = view.mask(start, end)
    return mask & (BIT["explanation"] | BIT["step"]) > 0 and not mask & BIT["answer"]


def _is_within(view: View, place: int, end: int, limit: int) -> bool:
    """Whether the marker is part of a phrase: "there is no answer", ตรวจคำตอบ (a check)."""
    for tag in view.tags(max(0, place - 12), min(limit, place + 12)):
        if tag.mask & BIT["uncertain"] and tag.start == place:
            return True
        if tag.mask & BIT["explanation"] and tag.start < place < end <= tag.end:
            return True
    return False


def _bare_value(text: str, place: int) -> bool:
    """Whether a value may stand right behind a marker: a number, a capital alone, a bracket."""
    sign = text[place : place + 1]
    if not sign.isalpha():
        return True
    after = text[place + 1 : place + 2]
    return not is_small(sign) and not is_letter(after or " ") or unspaced(after or " ")


def _begins_word(text: str, place: int, marker: Marker, markers: Markers) -> bool:
    if unspaced(marker.folded[0]) or not is_letter(text[place - 1]):
        return True
    if unspaced(text[place - 1]) or marker.glued:
        return not "\uac00" <= text[place - 1] <= "\ud7ff" or not marker.glued
    joined = text[max(0, place - 3) : place].lstrip(" \n")
    return bool(markers.prefixes) and not joined.strip(markers.prefixes)


@lru_cache(maxsize=1024)
def _markers(kind: str, output_type: str, lexicon: Lexicon, target: Language | None) -> Markers:
    """Return the markers of what is asked; a `target` names itself in those of a text."""
    found: dict[str, Marker] = {}
    for word, names in _asked(kind, output_type):
        found[word] = Marker(word, word.isascii(), names_target=names if target else 0)
    english = {words_of(word) for word in get_language("en").lexicon.get("answer", ())}
    named = target is not None and target.tag != "en"
    wanted = set(map(words_of, target.lexicon.get("answer", ()))) if target and named else set()
    for word in target.lexicon.get("output", ()) if target and named else ():  # "Übersetzung"
        found.setdefault(words_of(word), Marker(words_of(word), False, names_target=1))
    for word in lexicon.words["answer"]:
        found.setdefault(word, Marker(word, word in english, names_target=int(word in wanted)))
    for tag in ANSWER_TAGS:
        found.setdefault(tag, Marker(tag, True, weak=True))
    if kind == "choice":
        for word in lexicon.words["option"]:
            found.setdefault(word, Marker(word, word.isascii(), weak=True))
    names_of = _language_names(target) if target else {}
    words = [one._replace(glued=is_glued(one.folded)) for one in found.values()]
    return Markers(tuple(words), _separator(lexicon), names_of, "".join(lexicon.words["prefix"]))


@lru_cache(maxsize=2)
def _foreign(ascii_only: bool) -> Markers:
    """Return the words for "answer" of every language that ships."""
    lexicon = every_lexicon()
    words = [word for word in lexicon.words["answer"] if word.isascii() or not ascii_only]
    markers = tuple([Marker(word, False, len(word) < 2, 0, is_glued(word)) for word in words])
    return Markers(markers, _separator(lexicon), {}, "".join(lexicon.words["prefix"]))


def _asked(kind: str, output_type: str) -> Iterator[tuple[str, int]]:
    folded = words_of(output_type).strip()
    if folded:
        yield folded, int(" " in folded)
        if " " in folded:
            yield folded.replace(" ", "_"), 1
    head = folded.rpartition(" ")[2]
    if kind in TEXT_KINDS and head != folded:
        yield head, 0


@lru_cache(maxsize=256)
def _language_names(target: Language) -> Mapping[str, int]:
    names: dict[str, int] = {}
    for language in (*languages(), target):
        value = 1 if language == target else -1
        for name in (language.name, language.native_name):
            for word in WORD.findall(words_of(name)):
                if len(word) > 3 or not word.isascii():
                    names[word] = value
    return names


def _separator(lexicon: Lexicon) -> re.Pattern[str]:
    """Return what may follow a marker, in folded text; every repeat is bounded.

    Groups: suffix, tail and one of colon, line, dash, copula (colon behind it), bare.
    """
    copulas = lexicon.words["copula"]
    spaced = one_of([word for word in copulas if not is_glued(word)])
    glued = one_of([word for word in copulas if is_glued(word)])
    is_ = rf"(?:[ \t]{{0,4}}(?:{spaced}|{glued}))"
    adjective = rf"(?:[ \t]?{lexicon.one_of('final', 'correct', 'more')}){{0,2}}"
    number = rf"(?:[ \t]?{lexicon.one_of('number')})?"  # "Choice number: 3"
    in_brackets = r"[(（\[][^()（）\[\]\n]{0,60}[)）\]]"
    tail = (
        rf"(?P<tail>[ \t]?(?:{in_brackets}|{lexicon.one_of('preposition')}[^\n:：.!?=]{{0,80}}?))?"
    )
    # "| Answer | 42 |": the two cells of a table's row, but not of its head.
    cell = r"\|(?=[^|\n]{1,60}\|[ \t]*(?:\n(?![ \t]*\|?[ \t]*:?-)|\Z))"
    return re.compile(
        rf"""(?P<suffix>[^\W\d_]{{0,4}}?)["'”’»)\]]{{0,2}}{number}{adjective}{tail}"""
        rf"[ \t]{{0,4}}(?:"
        rf"(?P<colon>{is_}?[ \t]{{0,4}}(?:[{COLONS}]|=(?!=)|=>|->|→|{cell}))"
        rf"|(?P<line>[ \t]{{0,8}}(?=\n))"
        rf"|(?P<dash>[-–—](?=[ \t]))"
        rf"|(?P<copula>{is_})"
        rf"|(?P<bare>(?=[\d$€£¥₹+−-]|(?<=[ \t])[^\W\d_](?![^\W\d_])"
        rf"|[^\W\d_a-z](?![^\W\d_])|(?<=[ \t])[(\[（]))"
        rf")"
    )
