"""Mentions of options or labels in a sentence, and whether they are denied."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from xlt.answers.scripts import alone

# A word that denies what follows it within a few words.
_DENIAL = re.compile(
    r"(?:\b(?:(?:enough|sufficient) (?:information|evidence|details) to \w+|not|never"
    r"|neither|nor|cannot|non|rather than|instead of|than|isn['’]t|doesn['’]t|n['’]t|ruled out"
    r"|eliminate|exclude|reject|nicht|kein|keine|statt|weder|noch|pas|plutôt que|ni"
    r"|en lugar de|не|ни|а не|no)\b"
    r"|不是|而不是|并非|ではなく)[\s\"'“”‘’(\-]*"
    r"(?:\b(?:an?|the|be|is|clearly|really|option|choice|considered|in|as|of|clear"
    r"|explicitly|directly"
    r"|necessarily|logically|actually|either|any|ein|eine|eine[rn]?|une?|la|el"
    r"|либо)\b[\s\"'“”‘’(\-]*){0,4}\Z",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"[\"'”’)\s]{0,3}(?:option|choice)?\s?(?:is|are|seems?|can be|does|do|would be|appears)\s"
    r"(?:also\s|less\s|more\s|the\s)?(?:not|n['’]t|less|incorrect|wrong|false"
    r"|implausible|unlikely|ruled out|eliminated)",
    re.IGNORECASE,
)
_REACH = 60


@dataclass(frozen=True, slots=True)
class Mention:
    """A value named at `start:end` of the text; `denied` where a "not" governs it."""

    value: int | str
    start: int
    end: int
    denied: bool = False
    flags: frozenset[str] = frozenset()


def denied(text: str, start: int, end: int, limit: int) -> bool:
    """Whether the words at `start:end` are governed by a "not" of the same text."""
    before = _DENIAL.search(text, max(0, start - _REACH), start)
    return bool(before) or denied_after(text, end, limit)


def denied_after(text: str, end: int, limit: int) -> bool:
    """Whether the words that end at `end` are denied by what follows: "is less likely"."""
    return _DENIED_AFTER.match(text, end, limit) is not None


def word_mentions(
    text: str, folded: str, start: int, end: int, words: Iterable[tuple[str, int | str]]
) -> list[Mention]:
    """Return where the folded `words` stand in `text[start:end]` as words, first to last.

    Where one lies within another (entail, entailment) the longer counts. At most a few of each.
    """
    found: list[Mention] = []
    for word, value in words:
        place = folded.find(word, start, end)
        for _ in range(8):
            if place < 0:
                break
            stop = place + len(word)
            if alone(folded, place, stop):
                deny = denied(text, place, stop, end)
                found.append(Mention(value, place, stop, deny))
            place = folded.find(word, stop, end)
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Mention] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(_shared_denial(text, kept[-1], one) if kept else one)
    return deny_between_neither_and_nor(text, start, kept)


_OR = re.compile(
    r"[\s\"'”’)]*(?:or|nor|oder|ni|noch|或)\b[\s\"'“‘(]*(?:(?:an?|the|option|choice"
    r"|even)\b[\s\"'“‘(]*)*(?:[A-H]\)\s?)?",
    re.I,
)


def deny_between_neither_and_nor(text: str, start: int, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions with all denied that "neither A, B, nor C" names."""
    if len(mentions) < 3:
        return mentions
    words = text[start : mentions[-1].end].lower()
    first, last = words.find("neither"), words.rfind(" nor ")
    if first < 0 or last < first:
        return mentions
    behind = next((m.start for m in mentions if m.start > start + last), start + last)
    named = range(start + first, behind + 1)
    return [replace(m, denied=m.denied or m.start in named) for m in mentions]


def _shared_denial(text: str, last: Mention, one: Mention) -> Mention:
    """Return `one`, denied when "or" joins it to a mention that is: "no contradiction or ..."."""
    if last.denied and not one.denied and _OR.fullmatch(text, last.end, one.start):
        return replace(one, denied=True)
    return one


def only_value(mentions: Iterable[Mention]) -> Mention | None:
    """Return the first mention that is not denied, when all such name the same value."""
    free = [one for one in mentions if not one.denied]
    return free[0] if free and len({one.value for one in free}) == 1 else None


# What opens a clause that explains the choice and names others on its way.
_CLAUSE = re.compile(
    r"[,;:]\s*(?=\w)|\b(?=(?:as (?:it|the|there|this|they|no)|since|because|without"
    r"|rather than|instead of|while"
    r"|whereas|which|although|neither|meaning|due to|given that|unlike|compared to|over)\b)",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"\W*(?:as|since|because|without|rather than|instead of|while|whereas|which"
    r"|although|though|neither"
    r"|meaning|due to|given|if|unlike|compared to|over|even|nor|not)\b",
    re.IGNORECASE,
)
# Between the members of one list: "which option (A), (B), or (C) is the best".
_GLUE = re.compile(
    r"[)\]\s\"'”]*(?:[^\W\d_]{1,16}[)\s\"'”]*)?(?:[,/]|\b(?:or|nor|and|und|oder)\b)"
    r"(?:[\s,\"'“(\[]|\b(?:or|nor|and|an?|the|option|und|oder)\b)*"
)


def main_mentions(text: str, start: int, end: int, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions outside clauses that only explain ("as it neither contradicts ...").

    All of them where none stands elsewhere.
    """
    if len(mentions) < 2 or only_value(mentions) is not None:
        return mentions
    cuts = [start, *[match.end() for match in _CLAUSE.finditer(text, start, end)], end]
    subordinate = [
        (left, right)
        for left, right in zip(cuts, cuts[1:], strict=False)
        if _SUBORDINATE.match(text, left, right)
    ]
    main: list[Mention] = []
    last: Mention | None = None  # the mention before, if a subordinate clause holds it
    for one in sorted(mentions, key=lambda mention: mention.start):
        listed = last is not None and _GLUE.fullmatch(text, last.end, one.start)
        if listed or any(left <= one.start < right for left, right in subordinate):
            last = one
            continue
        last = None
        if not one.denied:
            main.append(one)
    return main or mentions
