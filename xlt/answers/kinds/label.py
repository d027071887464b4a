"""Reading a label by its words, never out of "not entailment"; and yes or no, which are two."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import CleanReply
from xlt.answers.cleaning.reply import words_of
from xlt.answers.evidence import read_by_evidence
from xlt.answers.found import DENIED, NO_ANCHOR, SEVERAL, UNDETERMINED, Found
from xlt.answers.kinds.options import named_options, skip_signs
from xlt.answers.lexicon import BIT, Lexicon
from xlt.answers.sentences.mentions import (
    Mention,
    joined_list,
    main_mentions,
    only_value,
    with_denials,
    word_mentions,
)
from xlt.answers.sentences.verdicts import concluding, judged_in_clauses, judged_lines
from xlt.answers.sentences.view import (
    COMMAS,
    STOPS,
    View,
    alone,
    behind_arrow,
    last_line,
    line_end,
    skip_blank,
)
from xlt.frozen import FrozenDict

_REACH, _SHORT, _NEAR, _BESIDE = 1500, 200, 4000, 80
# A label that is called like one of these classes takes its words in every near language.
_NATIVE = (
    "yes", "no", "maybe", "entailment", "contradiction", "neutral", "paraphrase",
    "different_meaning",
)  # fmt: skip
# Classes whose words stand for a label only where the answer begins with them: "no" also says
# "there is no evidence".
_WEAK = ("yes", "no", "maybe", "correct", "less", "uncertain")
_OR, _AND, _THEREFORE, _NOT = BIT["or"], BIT["and"], BIT["therefore"], BIT["not"]
_OPENS = _THEREFORE | BIT["answer"]
_CONCEDES = BIT["because"] | BIT["except"] | BIT["if"]
_SPOKEN = BIT["yes"] | BIT["no"] | BIT["maybe"]
_HEAD_END = re.compile(rf"\s{{0,2}}(?:[.!?:：{COMMAS}{STOPS})\]\n|/–—-]|\Z)")


class LabelWords(NamedTuple):
    """Words with their labels, longest first: those that count anywhere, those at the head.

    `opening` are those at the head alone.
    """

    anywhere: tuple[tuple[str, str], ...]
    head: tuple[tuple[str, str], ...]
    opening: tuple[str, ...]


def read_label(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the label a reply gives, as the task spells it."""
    return read_by_evidence(View(reply, asked), LABEL)


def read_boolean(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return True for yes and False for no.

    A task may list, as labels "yes" and "no", what else says so ("paraphrases").
    """
    labels = _two_labels(asked.labels.get("yes", ()), asked.labels.get("no", ()))
    answer = read_label(reply, replace(asked, labels=labels))
    return answer if answer.value is None else replace(answer, value=answer.value == "yes")


@lru_cache(maxsize=64)
def _two_labels(yes: tuple[str, ...], no: tuple[str, ...]) -> FrozenDict[str, tuple[str, ...]]:
    return FrozenDict({"yes": yes, "no": no})


class _Labels:
    """How labels are found: see `xlt.answers.found.Kind`."""

    __slots__ = ()
    own_lines = False

    def at(self, view: View, anchor: Anchor, start: int) -> Found | None:
        """Return the label that a marker announces."""
        text = view.text
        end = min(line_end(text, start, anchor.end), start + _REACH)
        head = head_word(view, start, end)
        if head is not None:
            found = _from_head(view, head, start, end)
            listed = anchor.heading and found is not None and found.flags == SEVERAL
            return NO_ANCHOR if listed else found
        if anchor.strict:
            end = min(end, start + 60)
        for place, (left, right) in enumerate(view.sentences(start, end)[:3]):
            found = _in_sentence(view, left, right, suppositions=not place)
            if found is not None:
                return found
        return None

    def alone(self, view: View, start: int, end: int) -> Found | None:
        """Return the label of which a part consists, or with which it begins and a sign follows."""
        head = head_word(view, start, end)
        if head is None:
            return None
        if view.blank(head.end, end) or _HEAD_END.match(view.text, head.end, end):
            return _from_head(view, head, start, end)
        again = only_value(_mentions(view, start, end)[-1:])  # "तटस्थ (neutral)"
        beside = again and view.blank(head.end, again.start) and view.blank(again.end, end)
        return _labelled(head) if again and beside and again.value == head.value else None

    first = alone

    def conclude(self, view: View) -> Found | None:
        """Return the label of the last line, or of the last sentence that concludes."""
        text = view.text
        judged = judged_lines(view, head_word)
        apart = judged if judged and judged.value is not None else self._last_line(view)
        if apart is not None:
            return apart
        start = view.opened(skip_blank(text, 0, len(text)))
        only = "\n" not in text.strip() and len(text) <= _SHORT  # a reply of a sentence or two
        found = self._verdict(view, only=only)
        return found or self._replied(view, start) or self._first_word(view, start)

    def _verdict(self, view: View, *, only: bool) -> Found | None:
        """Return the label of the last sentence that concludes."""
        denied, end = None, len(view.text.rstrip())
        for left, right, cue in concluding(view):
            if not (cue or only or right >= end):
                continue
            found = _in_sentence(view, left, right, suppositions=False)
            if found is None:
                continue
            found = found._replace(rule="verdict sentence")
            if found.flags == DENIED:
                denied = denied or found
            elif found.value is not None or not view.declines(left, right):
                return found
        return denied

    def _replied(self, view: View, start: int) -> Found | None:
        """Return the label of which a last sentence consists, or that answers a question."""
        last = view.sentences(start, len(view.text))[-2:] or [(start, start)]
        asked = len(last) > 1 and view.asks(*last[0])  # "The same? Yes."
        found = self._first_word(view, last[-1][0]) if asked else None
        return found or _labelled(_is_label(view, *last[-1]))

    def _first_word(self, view: View, start: int) -> Found | None:
        """Return the label that a reply begins with."""
        head = _spoken(view, start, len(view.text))
        if head is None:
            return None
        found = _from_head(view, head, start, line_end(view.text, start, len(view.text)))
        return found._replace(rule="first word", sure=False) if found else None

    def _last_line(self, view: View) -> Found | None:
        """Return the label that the last line consists of, unless the line above is another."""
        start, end = last_line(view.text, len(view.text))
        above = _is_label(view, *last_line(view.text, start))
        last = _is_label(view, behind_arrow(view.text, start, end), end)
        if last is not None and above is not None and above.value != last.value:
            return Found(None, above.start, last.end, SEVERAL, "last lines")
        return Found(last.value, last.start, last.end, rule="last line") if last else None


LABEL = _Labels()


def _labelled(one: Mention | None) -> Found | None:
    return Found(one.value, one.start, one.end) if one is not None else None


def _is_label(view: View, start: int, end: int) -> Mention | None:
    head = head_word(view, start, end)
    if head is None or view.blank(head.end, end):
        return head
    tags = view.tags(head.end, end)  # a copula closes the clause, as in Hindi
    closed = len(tags) == 1 and tags[0].mask & BIT["copula"] and view.blank(head.end, tags[0].start)
    return head if closed and view.blank(tags[0].end, end) else None


def _from_head(view: View, head: Mention, start: int, end: int) -> Found | None:
    """Return the label that an answer begins with, unless it is denied, listed or corrected."""
    limit = view.sentences(head.start, end)[0][1]
    mentions = _mentions(view, head.start, limit)
    rest = [one for one in mentions if one.start >= head.end]
    said = view.mask(head.start, head.end)
    if _begins_list(view, head, limit):
        return Found(None, start, end, SEVERAL)
    if mentions and mentions[0].denied and (said & _NOT or not said & _SPOKEN):  # "no entailment"
        free = _labelled(only_value(rest)) or _other_of_two(view, mentions)
        return free or Found(None, start, end, DENIED)
    if not said & _SPOKEN:
        return _labelled(head)
    chosen = only_value(main_mentions(view, head.end, limit, rest))
    if chosen is not None and len(view.asked.labels) > 2:
        return _labelled(chosen)  # "No, it is neutral"
    closed = _HEAD_END.match(view.text, head.end, limit)
    return (None if closed else _by_head(view, head.end, limit)) or _labelled(head)


def _by_head(view: View, start: int, end: int) -> Found | None:
    """Return the label behind "so" or a comma, as in "They mean the same, so yes"."""
    if view.declines(start, end):
        return None
    for tag in reversed(view.tags(start, end)):
        before = view.text[max(0, tag.start - 3) : tag.start].rstrip(' ("“«「')[-1:]
        if tag.mask & _OPENS or before in tuple(f"{COMMAS}:："):
            place = tag.end if tag.mask & _OPENS else tag.start
            said = None if before in (":", "：") else _spoken(view, place, end)
            head = _is_label(view, place, end) or said
            if head is not None and (place == tag.end or tag.mask & _SPOKEN):
                return Found(head.value, head.start, head.end)
    return None


def _spoken(view: View, start: int, end: int) -> Mention | None:
    """Return the label word at a place that a comma or a stop closes: "so yes, they do"."""
    head = head_word(view, start, end)
    return head if head and _HEAD_END.match(view.text, head.end, end) else None


def _begins_list(view: View, head: Mention, end: int) -> bool:
    """Whether labels are only listed: "contradiction, neutral, or entailment", "yes and no"."""
    pair = word_mentions(view, head.start, min(end, head.end + _BESIDE), label_words(view).head)[:2]
    if not joined_list(view, pair):
        return False
    gap, mask = view.text[head.end : pair[1].start], view.mask(head.end, pair[1].start)
    if mask & _AND:
        return view.blank(pair[1].end, end)
    spoken = view.mask(head.start, head.end) & _SPOKEN  # "No, neutral"
    return bool(not spoken or mask & _OR or {*gap} & {*"/|"})


def _in_sentence(view: View, start: int, end: int, *, suppositions: bool = True) -> Found | None:
    """Return the label that a sentence states; the first of 'No, though one might say "Yes"'."""
    found = _stated(view, start, end, suppositions=suppositions)
    if found is None or found.value is None or not view.mask(found.start, found.end) & _SPOKEN:
        return found
    said = _spoken(view, start, end) if view.mask(start, found.start) & _CONCEDES else None
    return _labelled(said) or found


def _stated(view: View, start: int, end: int, *, suppositions: bool) -> Found | None:
    mentions = _mentions(view, start, end)
    mentions += _by_option(view, start, end, mentions)
    mentions.sort(key=lambda one: one.start)
    if not suppositions:
        mentions = [one for one in mentions if not view.supposes(start, one.start)]
    main = main_mentions(view, start, end, mentions)
    chosen = only_value(main)
    chosen = chosen or only_value(judged_in_clauses(view, main, start, end))
    if chosen is not None and (view.declined(start, chosen.start) or _withdrawn(view, chosen, end)):
        return Found(None, start, end, UNDETERMINED)
    if chosen is not None:
        return Found(chosen.value, chosen.start, chosen.end)
    if not mentions:
        return _by_head(view, start, end)
    flipped = _other_of_two(view, mentions)
    if flipped is not None:
        return flipped
    if any(not one.denied for one in mentions):
        return Found(None, start, end, UNDETERMINED)
    left = [label for label in view.asked.labels if label not in {one.value for one in mentions}]
    if len(left) == 1 and words_of(left[0]) in view.lexicon.words["neutral"]:  # neither of two
        return Found(left[0], mentions[0].start, mentions[-1].end)
    return Found(None, start, end, DENIED)


def _withdrawn(view: View, one: Mention, end: int) -> bool:
    """Whether a clause behind a label says that none can be told: "..., so I cannot say"."""
    clause = view.last_clause(one.end, end)
    neutral = words_of(str(one.value)) in view.lexicon.words["neutral"]
    return clause > one.end and not neutral and view.declines(clause, end)


def _other_of_two(view: View, mentions: list[Mention]) -> Found | None:
    """Return no for a yes in words that is denied: "they do not have the same meaning"."""
    if tuple(view.asked.labels) != ("yes", "no") or len({one.value for one in mentions}) > 1:
        return None
    one = mentions[0]
    return Found("no" if one.value == "yes" else "yes", one.start, one.end)


def _mentions(view: View, start: int, end: int) -> list[Mention]:
    words = label_words(view).anywhere
    return with_denials(view, start, end, word_mentions(view, start, end, words))


def _by_option(view: View, start: int, end: int, known: list[Mention]) -> list[Mention]:
    """Return the labels of the options named only by letter or number: "option (C)"."""
    found = []
    for one in named_options(view, start, end)[:8]:
        # "(C) entailment" and "neutral (B)" name their label themselves.
        beside = any(
            -4 <= other.start - one.end <= 6 or 0 <= one.start - other.end <= 4 for other in known
        )
        shown = None if beside else head_word(view, one.end, min(end, one.end + 24))
        if shown is not None and shown.start - one.end <= 4:  # "(B) No, they do not"
            found.append(shown)
            continue
        label = None if beside else _label_of(view, one)
        if label is not None:
            found.append(one._replace(value=label))
    return found


def _label_of(view: View, option: Mention) -> str | None:
    """Return the label listed under an option, in the request or where the reply repeats it."""
    words = label_words(view).head
    shown = view.asked.lettered or view.asked.options
    if isinstance(option.value, int) and option.value <= len(shown):
        listed = dict(words).get(words_of(shown[option.value - 1]).strip())
        if listed:
            return listed
    letter = re.escape(view.text[option.start : option.end])
    head = re.compile(rf"(?<![^\W_]){letter}[\])）.:：]{{1,2}}[\s\"'“]{{0,3}}")
    near = max(0, option.start - _NEAR), option.start + _NEAR
    for match in islice(head.finditer(view.text, *near), 20):
        found = head_word(view, match.end(), len(view.text))
        if found is not None:
            return str(found.value)
    return None


def head_word(view: View, start: int, end: int) -> Mention | None:
    """Return the longest of the words that the text begins with, quotes and "(B)" skipped."""
    text, folded = view.text, view.folded
    start = _skip_openers(text, start, end)
    words = label_words(view)
    for word, value in words.head if folded.startswith(words.opening, start) else ():
        stop = start + len(word)
        if stop <= end and folded.startswith(word, start) and alone(folded, start, stop):
            if len(word) == 1 and word.isascii() and not view.blank(stop, end):
                continue  # "Y", not "y = 5"
            return Mention(value, start, stop)
    return None


def _skip_openers(text: str, start: int, end: int) -> int:
    """Return where the words begin, behind quotes and an option's letter: "(B) No"."""
    start = skip_signs(text, start, end)
    if text[start + 1 : start + 2] in (")", ".", "]", "）") and text[start].isalnum():
        behind = skip_signs(text, start + 2, end)
        return behind if behind < end else start  # "Y." is a word of its own
    return start


def label_words(view: View) -> LabelWords:
    """Return the words that stand for the labels asked for."""
    labels = view.asked.labels
    frozen = labels if isinstance(labels, FrozenDict) else FrozenDict(labels)
    return _label_words(frozen, view.lexicon)


@lru_cache(maxsize=256)
def _label_words(labels: FrozenDict[str, tuple[str, ...]], lexicon: Lexicon) -> LabelWords:
    weak = {word for name in _WEAK for word in lexicon.words[name]}
    found: dict[str, str] = {}
    for label, aliases in labels.items():
        for word in map(words_of, (label, *aliases)):
            for one in (word, *(lexicon.words[word] if word in _NATIVE else ())):
                found.setdefault(one, label)
    head = tuple(sorted(found.items(), key=lambda pair: -len(pair[0])))
    anywhere = tuple([pair for pair in head if pair[0] not in weak])
    return LabelWords(anywhere, head, tuple(found))
