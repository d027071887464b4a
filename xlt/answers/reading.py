"""Reading a reply: the one entry that every caller of a parser uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.continuations import ends
from xlt.answers.reply import CleanReply, clean
from xlt.errors import InputError
from xlt.reply import ending_of

# What the entry-point group "xlt.answers" offers under the name of a kind. It reads
# `reply.text`, finds its place there, and makes the answer by `reply.answer(value, start, end)`
# or `reply.not_found()`; `xlt.answers.rules.read_by_rules` does the anchors for it.
AnswerParser = Callable[[CleanReply, AnswerFormat], Answer]


def read_answer(reply: str, asked: AnswerFormat, *, finish_reason: str | None = None) -> Answer:
    """Return the answer in `reply` to what was `asked`; never raises on a text.

    In a reply that was cut short what only the fallback finds, as its last number, is a guess:
    there is no answer. One that was boxed or stood behind a marker stays, flagged "truncated".
    Raises InputError for what is no text, as the null content of a refusal or a tool call.
    """
    if not isinstance(reply, str):
        raise InputError(f"A reply must be text, not {type(reply).__name__}.")
    answer = _read(reply, asked)
    for end in ends(reply):
        own = _read(reply[:end], asked)
        if own.status == "anchored":  # what follows is the next question, not this answer
            answer = own
            break
    flags = answer.flags
    if finish_reason is not None and ending_of(finish_reason) == "cut":
        flags |= {"truncated"}
        if answer.status == "fallback" and not _boxed(answer, reply):
            return Answer(None, "none", flags=flags, reply=reply, asked=asked)
    # `dataclasses.replace` takes as long as reading the marker.
    return Answer(answer.value, answer.status, answer.text, answer.span, flags, reply, asked)


def _boxed(answer: Answer, reply: str) -> bool:
    """Whether an answer stands in the last \\boxed{...} of its reply."""
    mark = reply.rfind("\\boxed{")
    return mark >= 0 and answer.span is not None and answer.span[1] > mark


def _read(reply: str, asked: AnswerFormat) -> Answer:
    view = clean(reply)
    if view.thinking:
        return view.not_found(frozenset({"unfinished_thought"}))
    return parser_of(asked.kind)(view, asked)


@lru_cache(maxsize=64)
def parser_of(kind: str) -> AnswerParser:
    """Return the parser of a kind of answer ("number"); UnknownName if there is none."""
    from xlt.registry import find

    found: AnswerParser = find("xlt.answers", "kind of answer", kind)
    return found
