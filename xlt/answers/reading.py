"""Reading a reply: the one entry that every caller of a parser uses."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.continuations import ends
from xlt.answers.reply import CleanReply, clean
from xlt.errors import InputError

# What the entry-point group "xlt.answers" offers under the name of a kind. It reads
# `reply.text`, finds its place there, and makes the answer by `reply.answer(value, start, end)`
# or `reply.not_found()`; `xlt.answers.rules.read_by_rules` does the anchors for it.
AnswerParser = Callable[[CleanReply, AnswerFormat], Answer]

# The finish reasons by which APIs say that a reply was cut.
CUT_SHORT = frozenset(
    ["length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"]
)


def read_answer(reply: str, asked: AnswerFormat, *, finish_reason: str | None = None) -> Answer:
    """Return the answer in `reply` to what was `asked`; never raises on a text.

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
    if finish_reason is not None and finish_reason.lower() in CUT_SHORT:
        flags |= {"truncated"}
    # `dataclasses.replace` takes as long as reading the marker.
    return Answer(answer.value, answer.status, answer.text, answer.span, flags, reply, asked)


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
