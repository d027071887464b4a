"""Reading a choice: by number, by letter of any script, or by the choice's own words."""

from __future__ import annotations

import re

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.conclusions import concluding, hypothetical
from xlt.answers.mentions import Mention, denied_after, main_mentions, only_value, word_mentions
from xlt.answers.normal_form import nfc
from xlt.answers.option_names import begins_list, named_first, named_options
from xlt.answers.refusals import declined, declines
from xlt.answers.reply import CleanReply, fold
from xlt.answers.rules import NO_ANCHOR, Found, read_by_rules
from xlt.answers.sentences import last_line, line_end, sentences, skip_blank, value_start

_UNDECIDED = frozenset({"undetermined"})
_REACH = 1500


def read_choice(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the number of the choice a reply picks, from 1."""
    return read_by_rules(reply, asked, _at_anchor, _conclude)


def _at_anchor(reply: CleanReply, anchor: Anchor, asked: AnswerFormat) -> Found | None:
    text = reply.text
    start = value_start(text, anchor.value, anchor.end)
    end = min(line_end(text, start, anchor.end), start + _REACH)
    if start >= end:
        return None
    head = named_first(text, start, end, asked)
    if head is not None and begins_list(text, head, len(text), lines=anchor.heading):
        return NO_ANCHOR
    if head is not None and not denied_after(text, head.end, end):  # "1 is less likely than 2"
        return Found(head.value, head.start, head.end, head.flags)
    if anchor.strict:
        worded = only_value(_worded(reply, start, end, asked))
        return Found(worded.value, worded.start, worded.end) if worded else None
    for left, right in sentences(text, start, end)[:4]:
        found = _in_sentence(reply, left, right, asked)
        if found is not None:
            return found
    return _by_overlap(reply, start, end, asked)


def _in_sentence(
    reply: CleanReply, start: int, end: int, asked: AnswerFormat, *, hypotheses: bool = True
) -> Found | None:
    text = reply.text
    named = named_options(text, reply.folded, start, end, asked)
    worded = _worded(reply, start, end, asked)
    if not hypotheses:
        named = [one for one in named if not hypothetical(text, start, one.start)]
        worded = [one for one in worded if not hypothetical(text, start, one.start)]
    main = main_mentions(text, start, end, named)
    free = [one for one in main if not one.denied]
    several = len({one.value for one in free}) > 1
    named_both = len({one.value for one in named if not one.denied}) > 1
    if named_both and declines(text, start, named[0].start):
        return Found(None, start, end, _UNDECIDED)
    if several and (declines(text, start, end) or not _compares(text, free)):
        return Found(None, start, end, _UNDECIDED)
    if not free and len({one.value for one in named}) > 1:  # neither A nor B
        return Found(None, start, end, _UNDECIDED)
    chosen = free[0] if free else only_value(main_mentions(text, start, end, worded))
    if free and any(
        0 <= one.start - free[0].end <= 6 and one.value != free[0].value for one in worded
    ):
        return Found(None, start, end, _UNDECIDED)  # "(B) contradiction", which is A
    if chosen is not None and not declined(text, start, chosen.start):
        return Found(chosen.value, chosen.start, chosen.end, chosen.flags)
    if chosen is not None or declines(text, start, end):
        return Found(None, start, end, _UNDECIDED)
    return None


_COMPARES = re.compile(
    r"\b(?:more|better|likelier|greater)\b[^.]{0,60}\b(?:than|compared)\b"
    r"|\b(?:because|rather than)\b",
    re.I,
)


def _compares(text: str, free: list[Mention]) -> bool:
    """Whether the first option is set against the others: "A is more plausible than B"."""
    second = next(one for one in free if one.value != free[0].value)
    return _COMPARES.search(text, free[0].end, second.start) is not None


def _conclude(reply: CleanReply, asked: AnswerFormat) -> Found | None:
    text = reply.text
    start = skip_blank(text, 0, len(text))
    bare = len(text) - start <= 80 and "\n" not in text[start:].rstrip()
    if set_apart := (start, len(text)) if bare else reply.boxed():
        head = named_first(text, *set_apart, asked) or _worded_alone(reply, *set_apart, asked)
        if head is not None:
            return Found(head.value, head.start, head.end, head.flags)
    alone = _last_line(reply, asked)
    if alone is not None:
        return Found(alone.value, alone.start, alone.end, alone.flags)
    for left, right, cue in concluding(text):
        found = _in_sentence(reply, left, right, asked, hypotheses=False) if cue else None
        if found is not None and (found.value is not None or not declines(text, left, right)):
            return found
    return None


def _last_line(reply: CleanReply, asked: AnswerFormat) -> Mention | None:
    """Return the option that the last line consists of, unless the line above is one as well."""
    text = reply.text
    start, end = last_line(text, len(text))
    above = last_line(text, start)
    listed = named_first(text, *above, asked) or _worded_alone(reply, *above, asked)
    if listed or end - start > _REACH:
        return None
    head = named_first(text, start, end, asked)
    if head is None or not isinstance(head.value, int):
        return _worded_alone(reply, start, end, asked)
    rest = _option(reply.folded[head.end : end].lstrip(" )]）.:：-–—"))
    own = [_option(one) for one in asked.options[head.value - 1 : head.value]]
    return head if rest in ("", *own) else None


def _worded_alone(reply: CleanReply, start: int, end: int, asked: AnswerFormat) -> Mention | None:
    """Return the option of whose words `start:end` consists, nothing else said."""
    said = _option(reply.folded[start:end]).strip("$ ")
    named = _worded(reply, start, end, asked)
    return next((one for one in named if reply.folded[one.start : one.end] == said), None)


def _worded(reply: CleanReply, start: int, end: int, asked: AnswerFormat) -> list[Mention]:
    """Return the options whose own words stand in `start:end`."""
    words = [(_option(option), place) for place, option in enumerate(asked.options, 1)]
    return word_mentions(reply.text, reply.folded, start, end, [one for one in words if one[0]])


def _option(option: str) -> str:
    return fold(nfc(option)).strip(" \t\r\n.。!！?？।\"'“”")


def _by_overlap(reply: CleanReply, start: int, end: int, asked: AnswerFormat) -> Found | None:
    """Return the option most of whose words stand there, when no other comes near."""
    if len(asked.options) < 2:
        return None
    said = set(re.findall(r"\w+", reply.folded[start:end]))
    shares = []
    for place, option in enumerate(asked.options, 1):
        words = set(re.findall(r"\w+", _option(option)[:_REACH]))
        shares.append((len(words & said) / max(len(words), 1), place))
    (best, place), (next_best, _) = sorted(shares, reverse=True)[:2]
    if best < 0.7 or best - next_best < 0.3:
        return None
    return Found(place, start, end, frozenset({"by_words"}))
