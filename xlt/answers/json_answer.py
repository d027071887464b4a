"""Reading a JSON reply, where a prompt asked for JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.numbers import MOST_DIGITS
from xlt.answers.reply import CleanReply
from xlt.answers.thoughts import thought_spans
from xlt.frozen import FrozenDict

# A value nested deeper is no answer; it also keeps `json` far from its recursion limit.
DEEPEST = 50
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"|[{}\[\]]')
_CLOSES = {"{": "}", "[": "]"}


def read_json(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the last JSON object (or list) of a reply, frozen; "anchored" in a code block.

    Reads the raw reply: mark-up characters inside strings are content.
    """
    shift = max([end for _, end in thought_spans(reply.raw) or ()], default=0)
    raw = reply.raw[shift:]
    for start, end in reversed(_candidates(raw)):
        value = _parsed(raw[start:end])
        if isinstance(value, (dict, list)):
            left, right = start + shift, end + shift
            return Answer(
                _frozen(value), "anchored", reply.raw[left:right], (left, right), reply=reply.raw
            )
    return reply.not_found()


def _candidates(text: str) -> list[tuple[int, int]]:
    """Return the outermost bracketed stretches, closed and not nested too deep; the last 50."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    deepest = 0
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign in "{[":
            opened.append((sign, match.start()))
            deepest = max(deepest, len(opened))
        elif sign in "}]" and opened:
            if _CLOSES[opened[-1][0]] != sign:
                opened, deepest = [], 0
                continue
            start = opened.pop()[1]
            if not opened:
                if deepest <= DEEPEST:
                    found.append((start, match.end()))
                deepest = 0
    return found[-50:]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_int=_whole, parse_constant=_refuse)
    except ValueError:
        return None


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return FrozenDict({key: _frozen(item) for key, item in value.items()})
    return [_frozen(item) for item in value] if isinstance(value, list) else value
