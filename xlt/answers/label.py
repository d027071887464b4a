"""Reading a label by its words, never out of "not entailment"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.conclusions import concluding, hypothetical
from xlt.answers.mentions import Mention, main_mentions, only_value, word_mentions
from xlt.answers.normal_form import nfc
from xlt.answers.option_names import begins_list, named_first, named_options, skip_signs
from xlt.answers.refusals import declined, declines
from xlt.answers.reply import CleanReply, fold
from xlt.answers.rules import NO_ANCHOR, Found, read_by_rules
from xlt.answers.scripts import alone
from xlt.answers.sentences import last_line, line_end, sentences, skip_blank, value_start
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.languages.entries import Words as LanguageWords

_UNDECIDED = frozenset({"undetermined"})
_REACH = 1500
_SHORT = 200
_NEAR = 4000
# Short words that stand for a label only where the answer begins with them: "no" also says
# "there is no evidence". Their translations come from languages.yaml.
_HEAD_ONLY = ("yes", "no", "maybe")
_JUDGING = ("true", "false", "unknown", "possibly", "correct", "incorrect")

_JOINT = re.compile(
    r"[\s\"'”’)]*(?:/|(?:,\s*)?\b(?:or|oder|ou|o|или)\b|或|,(?=[^,]{1,20},? or\b))\s*",
    re.IGNORECASE,
)

_BOTH = re.compile(r"\s+(?:and|und|et|y|e|и)\s+", re.IGNORECASE)
_SO = re.compile(r"[,;–—]\s*(?:so|therefore|thus|hence|then),?\s+", re.IGNORECASE)

Words = tuple[tuple[str, str], ...]


def read_label(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the label a reply gives, as the task spells it."""
    return read_by_rules(reply, asked, _at_anchor, _conclude)


def _at_anchor(reply: CleanReply, anchor: Anchor, asked: AnswerFormat) -> Found | None:
    text = reply.text
    start = value_start(text, anchor.value, anchor.end)
    end = min(line_end(text, start, anchor.end), start + _REACH)
    head = head_word(reply, start, end, label_words(asked)[1])
    if head is not None:
        if _begins_list(reply, head, end, asked):
            return Found(None, start, end, _UNDECIDED)
        return Found(head.value, head.start, head.end)
    option = named_first(text, start, end, asked)
    listed = _label_of(reply, option, asked) if option else None
    if option and begins_list(text, option, len(text), lines=anchor.heading):
        return NO_ANCHOR
    if option and listed:
        return Found(listed, option.start, option.end)
    if anchor.strict:
        end = min(end, start + 60)
    for left, right in sentences(text, start, end)[:3]:
        found = _in_sentence(reply, left, right, asked)
        if found is not None:
            return found
    return None


def _begins_list(reply: CleanReply, head: Mention, end: int, asked: AnswerFormat) -> bool:
    """Whether the labels are only listed: "contradiction, neutral, or entailment"."""
    words = label_words(asked)[1]
    joint = _JOINT.match(reply.text, head.end, end)
    after = head_word(reply, joint.end(), end, words) if joint else None
    both = _BOTH.match(reply.text, head.end, end)
    if both:  # "Yes and no", not "Yes and no change at all"
        after = _alone(reply, both.end(), end, asked)
    return after is not None and after.value != head.value


def _closes(text: str, one: Mention, end: int) -> bool:
    """Whether no word follows in the sentence."""
    return not any(character.isalnum() for character in text[one.end : end])


def _conclude(reply: CleanReply, asked: AnswerFormat) -> Found | None:
    text = reply.text
    start = skip_blank(text, 0, len(text))
    head = head_word(reply, start, len(text), label_words(asked)[1])
    bare = "\n" not in text[start:].rstrip() or text[start].isalnum()  # no list of options
    if head is not None and bare and not text[head.end : head.end + 2].lstrip(" ")[:1].isalnum():
        return Found(head.value, head.start, head.end)
    boxed = reply.boxed()
    apart = head_word(reply, *boxed, label_words(asked)[1]) if boxed else _last_line(reply, asked)
    if apart is not None:
        return Found(apart.value, apart.start, apart.end)
    only = "\n" not in text.strip() and len(text) <= _SHORT  # a reply of a sentence or two
    for left, right, cue in concluding(text):
        if not cue and not only:
            continue
        found = _in_sentence(reply, left, right, asked, hypotheses=False)
        if found is None:
            continue
        if found.value is not None or not declines(text, left, right):
            return found
    return None


def _last_line(reply: CleanReply, asked: AnswerFormat) -> Mention | None:
    """Return the label that the last line consists of, unless the line above is one as well."""
    start, end = last_line(reply.text, len(reply.text))
    lines = (last_line(reply.text, start), (start, end))
    above, last = [_alone(reply, *line, asked) for line in lines]
    return last if above is None else None


def _alone(reply: CleanReply, start: int, end: int, asked: AnswerFormat) -> Mention | None:
    head = head_word(reply, start, end, label_words(asked)[1])
    return head if head is not None and _closes(reply.text, head, end) else None


def _in_sentence(
    reply: CleanReply, start: int, end: int, asked: AnswerFormat, *, hypotheses: bool = True
) -> Found | None:
    text = reply.text
    mentions = word_mentions(text, reply.folded, start, end, label_words(asked)[0])
    mentions += _by_option(reply, start, end, asked, mentions)
    if not hypotheses:
        mentions = [one for one in mentions if not hypothetical(text, start, one.start)]
    main = main_mentions(text, start, end, mentions)
    chosen = only_value(main) or only_value(_marked(text, main))
    if chosen is not None and declined(text, start, chosen.start):
        return Found(None, start, end, _UNDECIDED)
    if chosen is not None:
        return Found(chosen.value, chosen.start, chosen.end)
    so = _SO.search(text, start, end)  # "They mean the same, so yes."
    head = _alone(reply, so.end(), end, asked) if so and not mentions else None
    if head is not None:
        return Found(head.value, head.start, head.end)
    several = len({one.value for one in mentions}) > 1
    return Found(None, start, end, _UNDECIDED) if several else None


def _marked(text: str, mentions: list[Mention]) -> list[Mention]:
    """Return the labels named with their option's letter: "(B) neutral"."""
    return [
        one
        for one in mentions
        if text[max(0, one.start - 3) : one.start].strip(" -\"'")[-1:] == ")"
    ]


def _by_option(
    reply: CleanReply, start: int, end: int, asked: AnswerFormat, known: list[Mention]
) -> list[Mention]:
    """Return the labels of the options named only by letter or number: "option (C)"."""
    found = []
    for one in named_options(reply.text, reply.folded, start, end, asked)[:8]:
        # "(C) entailment" and "neutral (B)" name their label themselves.
        beside = any(
            -4 <= other.start - one.end <= 6 or 0 <= one.start - other.end <= 4 for other in known
        )
        label = None if beside else _label_of(reply, one, asked)
        if label is not None:
            found.append(replace(one, value=label))
    return found


def _label_of(reply: CleanReply, option: Mention, asked: AnswerFormat) -> str | None:
    """Return the label listed under an option, in the request or where the reply repeats it."""
    words = label_words(asked)[1]
    if isinstance(option.value, int) and option.value <= len(asked.options):
        listed = dict(words).get(fold(nfc(asked.options[option.value - 1])).strip())
        if listed:
            return listed
    letter = re.escape(reply.text[option.start : option.end])
    head = re.compile(rf"(?<![^\W_]){letter}[\])）.:：]{{1,2}}[\s\"'“]{{0,3}}")
    near = max(0, option.start - _NEAR), option.start + _NEAR
    for match in islice(head.finditer(reply.text, *near), 20):
        found = head_word(reply, match.end(), len(reply.text), words)
        if found is not None:
            return str(found.value)
    return None


def head_word(reply: CleanReply, start: int, end: int, words: Words) -> Mention | None:
    """Return the longest of the words that the text begins with, quotes and "(B)" skipped."""
    text, folded = reply.text, reply.folded
    start = skip_openers(text, start, end)
    for word, value in words:
        stop = start + len(word)
        if stop <= end and folded.startswith(word, start) and alone(folded, start, stop):
            return Mention(value, start, stop)
    return None


def skip_openers(text: str, start: int, end: int) -> int:
    """Return where the words begin, behind quotes and an option's letter: "(B) No"."""
    start = skip_signs(text, start, end)
    if text[start + 1 : start + 2] in (")", ".", "]", "）") and text[start].isalnum():
        start = skip_signs(text, start + 2, end)
    return start


def label_words(asked: AnswerFormat) -> tuple[Words, Words]:
    """Return (word, label) pairs: those that count anywhere, and those at an answer's head."""
    labels = FrozenDict({label: tuple(words) for label, words in asked.labels.items()})
    return _label_words(labels, asked.language.words, asked.target_language.words)


@lru_cache(maxsize=256)
def _label_words(
    labels: FrozenDict[str, tuple[str, ...]], own: LanguageWords, target: LanguageWords
) -> tuple[Words, Words]:
    anywhere: dict[str, str] = {}
    head: dict[str, str] = {}
    for label, aliases in labels.items():
        for alias in (label, *aliases):
            word = fold(nfc(alias))
            head.setdefault(word, label)
            if word in _HEAD_ONLY:
                for words in (get_language("en").words, own, target):
                    for native in getattr(words, word):
                        head.setdefault(fold(nfc(native)), label)
            elif word not in _JUDGING:
                anywhere.setdefault(word, label)
    return _longest_first(anywhere), _longest_first(head)


def _longest_first(words: dict[str, str]) -> Words:
    return tuple(sorted(words.items(), key=lambda pair: -len(pair[0])))
