"""Reading a reply: the one entry that every caller of a parser uses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import CleanReply, clean
from xlt.answers.lexicon import Lexicon, lexicon_for
from xlt.errors import InputError
from xlt.reply import Reply, ending_of

# What the entry-point group "xlt.answers" offers under the name of a kind. It reads
# `reply.text`, finds its place there, and makes the answer by `reply.answer(value, start, end)`
# or `reply.not_found()`; `xlt.answers.evidence.read_by_evidence` weighs the evidence for it.
AnswerParser = Callable[[CleanReply, AnswerFormat], Answer]

_TRUNCATED, _EMPTY = frozenset({"truncated"}), frozenset({"empty"})
_MOST_TURNS = 8
# A bare answer before the next prompt counts as one behind a marker does.
_FIRM = (
    "bare reply",
    "last line",
    "answer first",
    "boxed",
    "last line 'word: value'",
    "behind ####",
)


def read_reply(reply: Reply, asked: AnswerFormat) -> Answer:
    """Return the answer in a reply, flagged as the reply is (`Reply.flags`).

    A reply that was refused or filtered, or holds no text, is no answer, whatever it says.
    Raises ReplyFailed where an error broke it off.
    """
    if reply.finish_reason is not None:
        reply.raise_for_failure()
    flags = reply.flags
    if flags and not reply.has_answer:  # each reason for none has its flag
        words = reply.text or reply.refusal or ""
        return Answer(None, "none", flags=flags, reply=words, asked=asked, usage=reply.usage)
    answer = read_answer(reply.text, asked, finish_reason=reply.finish_reason)
    if flags <= answer.flags and reply.usage is None:
        return answer
    return replace(answer, flags=answer.flags | flags, usage=reply.usage)


def read_answer(reply: str, asked: AnswerFormat, *, finish_reason: str | None = None) -> Answer:
    """Return the answer in `reply` to what was `asked`; never raises on a text.

    In a reply that was cut only a boxed or marked answer counts. Raises InputError for what is
    not a text, as the null content of a refusal or a tool call.
    """
    if not isinstance(reply, str):
        raise InputError(f"A reply must be text, not {type(reply).__name__}.")
    if not reply or reply.isspace():
        cut = finish_reason is not None and ending_of(finish_reason) == "cut"
        return Answer(
            None, "none", flags=_EMPTY | _TRUNCATED if cut else _EMPTY, reply=reply, asked=asked
        )
    answer = _read_first_turn(reply, asked)
    if asked.lettered and answer.status != "anchored" and asked.kind != "choice":
        answer = _by_letter(reply, asked) or answer
    if finish_reason is not None and ending_of(finish_reason) == "cut":
        if answer.status == "fallback" and not answer.rule.startswith("boxed"):
            return Answer(None, "none", "", None, answer.flags | _TRUNCATED, reply, asked)
        return replace(answer, flags=answer.flags | _TRUNCATED, reply=reply, asked=asked)
    known = answer.asked is asked and answer.reply is reply
    return answer if known else replace(answer, reply=reply, asked=asked)


def _read_first_turn(reply: str, asked: AnswerFormat) -> Answer:
    """Return the answer before the next prompt that a base model goes on with, if it gave one."""
    whole = clean(reply, asked.think_tags, asked)
    opens = _next_turn(lexicon_for(asked)).finditer(whole.folded) if "\n" in reply else ()
    for turn in islice(opens, _MOST_TURNS):
        place = turn.start()
        if not whole.folded[:place].strip():
            continue
        own = _read(reply[: whole.span(place, place + 1)[0]], asked)
        if own.status == "anchored" or (own.status == "fallback" and own.rule in _FIRM):
            return own
    return parser_of(asked.kind)(whole, asked)


def _read(reply: str, asked: AnswerFormat) -> Answer:
    return parser_of(asked.kind)(clean(reply, asked.think_tags, asked), asked)


def _by_letter(reply: str, asked: AnswerFormat) -> Answer | None:
    """Return the answer that a letter behind the marker stands for: "(A) Yes", "(B) No"."""
    shown = asked.lettered
    as_choice = replace(asked, kind="choice", options=shown, option_count=len(shown))
    chosen = _read_first_turn(reply, as_choice)
    if chosen.status != "anchored" or not isinstance(chosen.value, int):
        return None
    word = f"{asked.output_type.capitalize()}: {shown[chosen.value - 1]}"
    meant = _read(word, replace(asked, request=(), lettered=()))
    return replace(chosen, value=meant.value) if meant.value is not None else None


@lru_cache(maxsize=256)
def _next_turn(lexicon: Lexicon) -> re.Pattern[str]:
    """Return what opens the next prompt or turn in folded text, with the line break before it."""
    words = lexicon.words["turn"]
    colon = "|".join([re.escape(word) for word in words if not word.endswith("*")])
    whole = "|".join([re.escape(word[:-1]) for word in words if word.endswith("*")]) or "(?!)"
    return re.compile(
        rf"\n[ \t]*(?:x{{3}}[ \t]*$|{whole}"
        rf"|(?:#+[ \t]*)?\**(?:{colon})(?:[ \t]?\d{{1,3}})?\**[ \t]*[:：])",
        re.MULTILINE,
    )


@lru_cache(maxsize=64)
def parser_of(kind: str) -> AnswerParser:
    """Return the parser of a kind of answer ("number"); UnknownName if there is none."""
    from xlt.registry import find

    found: AnswerParser = find("xlt.answers", "kind of answer", kind)
    return found
