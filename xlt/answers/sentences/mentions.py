"""Mentions of options or labels in a sentence: which one it states, which it denies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from xlt.answers.lexicon import BIT, RUN, Tag, is_glued
from xlt.answers.sentences.view import COMMAS, STOPS, View, alone, is_letter

_NOT, _EXCEPT, _NEITHER, _THAN, _BUT, _ALL, _LESS, _OR, _AND = (
    BIT[name] for name in ("not", "except", "neither", "than", "but", "all", "less", "or", "and")
)
_BECAUSE, _THEREFORE, _COPULA, _MORE, _IF, _BETWEEN, _CHOOSE = (
    BIT[name] for name in ("because", "therefore", "copula", "more", "if", "between", "choose")
)
_DENIES = _NOT | _EXCEPT | _NEITHER
_THAN_AFTER = BIT["than_after"]
_WEIGHED = _MORE | _LESS | BIT["correct"] | BIT["choose"]
_MAY_DENY = _DENIES | _THAN | _BUT | _LESS | _THAN_AFTER
_SMALL = (
    BIT["article"] | BIT["copula"] | BIT["option"] | BIT["about"] | BIT["preposition"]
    | BIT["number"] | BIT["pronoun"] | BIT["or"] | BIT["choose"] | BIT["answer"] | BIT["tell"]
    | BIT["more"] | BIT["correct"] | BIT["judged"] | BIT["therefore"] | BIT["all"]
)  # fmt: skip
_SIGNS = " \t\"'“”„«»‘’()[]（）【】「」*:：-–—"
_CLOSERS = tuple(")]）】\"'”’:.,")
_JUDGES = _NOT | _LESS | _COPULA | _MORE | BIT["judged"] | BIT["option"]
# Words that end the reach of a denial behind a value, unless they may be "is" as well.
_ENDS = _BECAUSE | _THEREFORE | _AND | _BUT | _THAN | _IF | _EXCEPT | _MORE
_BEFORE, _AFTER, _MOST = 60, 48, 8
_CLAUSE_END = re.compile(f"[.!?:：{COMMAS}{STOPS}]")
_THAI = re.compile("[\u0e00-\u0eff] [\u0e00-\u0eff]{3}")
_COMMA = re.compile(rf"[:：{COMMAS}]|\s[—–]\s")


class Mention(NamedTuple):
    """A value named at `start:end` of the text; `denied` where a "not" governs it."""

    value: int | str
    start: int
    end: int
    denied: bool = False
    flags: frozenset[str] = frozenset()


def word_mentions(
    view: View, start: int, end: int, words: Iterable[tuple[str, int | str]]
) -> list[Mention]:
    """Return where the folded `words` stand in `text[start:end]` as words, first to last.

    Where one lies within another (entail, entailment) the longer counts. At most a few of each.
    """
    folded = view.folded
    found: list[Mention] = []
    for word, value in words:
        place = folded.find(word, start, end)
        for _ in range(_MOST):
            if place < 0:
                break
            stop = place + len(word)
            if alone(folded, place, stop) or _inflected(view, place, stop):
                found.append(Mention(value, place, stop))
            place = folded.find(word, stop, end)
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Mention] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _inflected(view: View, start: int, end: int) -> bool:
    """Whether a Korean ending is glued to a word that stands alone otherwise: 부산이, Rom입니다."""
    return (
        is_glued(view.folded[end : end + 1])
        and view.folded.startswith(view.lexicon.words["particles"], end)
        and not is_letter(view.folded[start - 1 : start] or " ")
    )


def with_denials(view: View, start: int, end: int, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions, those denied that a "not", "less likely" or "except" governs."""
    if not mentions or not view.mask(start, end) & _MAY_DENY:
        return mentions
    tags = view.tags(start, end)
    if _is_less_than(tags, mentions):
        return [one._replace(denied=one.value != mentions[-1].value) for one in mentions]
    nor = _neither(tags, mentions)
    marked: list[Mention] = []
    for one, limit in zip(mentions, [*(after.start for after in mentions[1:]), end], strict=True):
        denied = (
            _denied_before(view, tags, one, marked[-1].end if marked else start)
            or (
                _denied_after(view, tags, one, limit)
                and not (limit < end and _affirmed(view, tags, one, limit))
            )
            # "no contradiction or entailment"
            or (bool(marked) and marked[-1].denied and _shares(view, marked[-1], one))
            or nor[0] <= one.start <= nor[1]  # "neither A, B, nor C"
        )
        marked.append(one._replace(denied=denied))
    for place in range(len(marked) - 2, -1, -1):  # a "not" behind the last of a list denies all
        one, after = marked[place], marked[place + 1]
        if not after.denied or one.denied or _denied_before(view, tags, after, one.end):
            continue
        if _shares(view, one, after) or _is_listed(view, tags, marked[place:]):
            marked[place] = one._replace(denied=True)
    return marked


def _is_listed(view: View, tags: Sequence[Tag], mentions: Sequence[Mention]) -> bool:
    """Whether "and" alone joins a value to the next ones, and no "is" leads it: "A and D are"."""
    for one, after in pairwise(mentions):
        gap = view.text[one.end : after.start]
        joined = view.mask(one.end, after.start) & _AND
        if not after.denied or len(RUN.findall(gap)) > (1 if joined else 0):
            return False
        if joined:
            return not _is_led(view, tags, mentions[0])
    return False


def _is_less_than(tags: Sequence[Tag], mentions: list[Mention]) -> bool:
    """Whether a "than" behind the second of two values compares the first as less: AはBより低い."""
    if len({one.value for one in mentions}) != 2:
        return False
    behind = [tag.mask for tag in tags if tag.start >= mentions[-1].end][:3]
    return any(mask & _LESS for mask in behind) and behind[0] & _THAN_AFTER > 0


def _neither(tags: Sequence[Tag], mentions: list[Mention]) -> tuple[int, int]:
    """Return from where to where "neither ... nor" denies what stands between; an empty place."""
    places = [tag.start for tag in tags if tag.mask & _NEITHER]
    if len(places) < 2:
        return 1, 0
    behind = next((one.start for one in mentions if one.start > places[-1]), places[-1])
    return places[0], behind


def _affirmed(view: View, tags: Sequence[Tag], one: Mention, after: int) -> bool:
    """Whether "is" leads a value and only a "not" stands before the next: "it is B not D"."""
    late = view.asked.language.lexicon.get("than_after")  # the verb comes last: so does "not"
    behind = next((tag.mask for tag in tags if tag.start >= one.end), 0)
    if late or behind & (_NOT | _BUT) != _NOT or not view.only(one.end, after, ~0):
        return False
    return _is_led(view, tags, one)


def _is_led(view: View, tags: Sequence[Tag], one: Mention) -> bool:
    """Whether "is" or "I choose" stands before a value, articles and nouns between left out."""
    place = one.start
    for tag in reversed([tag for tag in tags if tag.end <= place]):
        led = not view.text[tag.end : place].strip(_SIGNS)
        if not led or not tag.mask & (BIT["article"] | BIT["option"]) or tag.mask & _COPULA:
            return led and tag.mask & (_COPULA | _CHOOSE) > 0
        place = tag.start
    return False


def _denied_before(view: View, tags: Sequence[Tag], one: Mention, floor: int) -> bool:
    place, unknown, is_ = one.start, 0, False
    for tag in reversed(tags):
        if tag.end > one.start:
            continue
        if tag.start < floor or one.start - tag.end > _BEFORE:
            return False
        unknown += len(RUN.findall(view.text[tag.end : place].strip(_SIGNS)))
        if unknown > 1 or _CLAUSE_END.search(view.text, tag.end, place):
            return False
        if view.text[tag.end] == " " and _THAI.match(view.text, tag.end - 1):
            return False  # ไม่ใช่ ความหมายไม่เหมือนกัน
        if tag.mask & _BUT:
            before = view.mask(max(floor, tag.start - 24), tag.start)
            return not tag.mask & _NOT and before & _ALL > 0  # "all but A"
        if tag.mask & _THAN and view.mask(floor, tag.start) & (_LESS | _NOT) == _LESS:
            return False  # "A is less likely than B"
        if tag.mask & _DENIES or (tag.mask & _THAN and not is_ and _compares(view, tag, floor)):
            return True
        if not tag.mask & (_SMALL | _THAN):  # German "als" that compares nothing
            return False
        place, is_ = tag.start, is_ or tag.mask & _COPULA > 0
    return False


def _compares(view: View, tag: Tag, floor: int) -> bool:
    """Whether a "than" compares: German "als" and Spanish "que" say other things as well."""
    return " " in view.text[tag.start : tag.end] or view.mask(floor, tag.start) & _WEIGHED > 0


def _denied_after(view: View, tags: Sequence[Tag], one: Mention, limit: int) -> bool:
    if any(tag.mask & _NOT and tag.start <= one.start and one.end < tag.end for tag in tags):
        return True  # 矛盾しない, the denial of its own
    place, unknown = one.end, 0
    closed = view.text[one.end : one.end + 1] in _CLOSERS  # "(B) The lid did not cover it"
    for tag in tags:
        if tag.start < one.end:
            continue
        if tag.start >= limit or tag.start - one.end > _AFTER:
            return False
        gap = view.text[place : tag.start]
        unknown += len(RUN.findall(gap))
        if closed and (unknown or not tag.mask & _JUDGES):
            return False
        closed = False
        if tag.mask & _NOT and view.text[tag.start - 1] in view.lexicon.words["prefix"]:
            return False  # وليست: "and not" what follows
        if unknown > 3 or _COMMA.search(gap) or "." in gap.strip(")") or "(" in gap or "（" in gap:
            return False
        if tag.mask & _THAN_AFTER or (tag.mask & _NOT and tag.mask & _BUT):
            return True  # より, and ではなく, değil: they put off what stands before
        if tag.mask & (_LESS | _NOT) and not tag.mask & (_BUT | _EXCEPT):
            return True
        if tag.mask & _ENDS and not tag.mask & _COPULA:
            return False
        place = tag.end
    return False


def _shares(view: View, last: Mention, one: Mention) -> bool:
    """Whether "or" joins two mentions, so that one "not" denies both."""
    gap = view.text[last.end : one.start]
    mask = view.mask(last.end, one.start)
    words = len(RUN.findall(gap))
    return mask & (_OR | _NEITHER) > 0 and not mask & (_BUT | _THEREFORE) and words <= 4


def only_value(mentions: Iterable[Mention]) -> Mention | None:
    """Return the first mention that is not denied, when all such name the same value."""
    free = [one for one in mentions if not one.denied]
    return free[0] if free and len({one.value for one in free}) == 1 else None


def main_mentions(view: View, start: int, end: int, mentions: list[Mention]) -> list[Mention]:
    """Return the mentions outside clauses that only explain ("as it neither contradicts ...").

    All of them where none stands elsewhere; those behind "so" where it draws a conclusion.
    """
    if len(mentions) < 2 or only_value(mentions) is not None:
        return mentions
    if len(mentions) > 2 and view.mask(start, mentions[0].start) & _BETWEEN:
        joined = view.mask(mentions[1].end, mentions[2].start) & (_OR | _AND)
        if joined and isinstance(mentions[0].value, str):
            return mentions  # "between entailment, neutral and contradiction"
        return main_mentions(view, start, end, mentions[2:])  # "Between A and B, A is better"
    tags = view.tags(start, end)
    last = max([tag.end for tag in tags if tag.mask & _THEREFORE], default=-1)
    if last < 0 and view.mask(start, end) & _CHOOSE:  # "either A or B, but I'd go with B"
        last = max([tag.end for tag in tags if tag.mask & _BUT], default=-1)
    concluded = [one for one in mentions if one.start >= last >= 0]
    if only_value(concluded) is not None:
        return concluded
    hidden = list(_explaining(view, tags, mentions, start, end))
    main = [one for one in mentions if not any(left <= one.start < right for left, right in hidden)]
    return main or mentions


def _explaining(
    view: View, tags: Sequence[Tag], mentions: list[Mention], start: int, end: int
) -> Iterable[tuple[int, int]]:
    """Yield the clauses of reason or contrast: from their word to the comma that ends them."""
    for tag in tags:
        if not tag.mask & (_BECAUSE | _EXCEPT):
            continue
        leads = view.blank(start, tag.start)
        comma = _COMMA.search(view.text, tag.end, mentions[-1].start) if leads else None
        yield tag.start, comma.end() if comma else end


def joined_list(view: View, mentions: Sequence[Mention]) -> bool:
    """Whether two mentions of different values stand side by side as a list: "A or B", "1, 2"."""
    for first, second in pairwise(mentions):
        if first.value == second.value or first.denied or second.denied:
            continue
        gap = view.text[first.end : second.start]
        words = RUN.findall(gap)
        mask = view.mask(first.end, second.start)
        if mask & (_NOT | _BUT | _THEREFORE | _BECAUSE | _THAN | _EXCEPT):
            continue
        if not words or (mask & (_OR | _AND) and len(words) <= 4):
            return True
    return False
