"""Reading a JSON reply, where a prompt asked for JSON; lenient where models are careless."""

from __future__ import annotations

import json
import re
from itertools import islice
from math import isfinite
from typing import Any, NoReturn

from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import CleanReply
from xlt.answers.cleaning.reply import fold
from xlt.answers.cleaning.thoughts import find_thoughts
from xlt.answers.lexicon import BIT, Lexicon, lexicon_for
from xlt.answers.numerals.finding import MOST_DIGITS
from xlt.frozen import FrozenDict

# A value nested deeper is not an answer; it also keeps `json` far from its recursion limit.
DEEPEST = 50
# A string that is not closed goes to the end: no quote in it is looked at again.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\Z)'
_TOKEN = re.compile(_STRING + r"|[{}\[\]]", re.DOTALL)
_CLOSES = {"{": "}", "[": "]"}
_LOOSE = re.compile(
    _STRING + r"|'(?:[^'\\\n]|\\.)*+'|,(?=\s*+(?://[^\n]*\n\s*+)?[}\]])"
    r"|\b(?:True|False|None)\b|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
    r"|\b[A-Za-z_]\w*+(?=\s*+:)",
    re.DOTALL,
)
_PYTHON = {"True": "true", "False": "false", "None": "null", ",": ""}
_CURLY = (
    str.maketrans("“”„", '"""'),
    str.maketrans("“”„‘’", '"""\'\''),
    str.maketrans("“”„：，", '""":,'),  # as in Chinese
)


def read_json(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the last JSON object (or list) of a reply, frozen.

    Reads the raw reply: mark-up characters inside strings are content. Single or curly quotes,
    a comma too many, comments, keys without quotes, Python's True and None, and line breaks in
    strings are understood.
    """
    if reply.thinking:
        return reply.not_found(frozenset({"unfinished_thought"}))
    found = last_object(reply.raw, lexicon_for(asked))
    if found is None:
        return reply.not_found()
    value, left, right = found
    words = reply.raw[left:right]
    return Answer(
        frozen(value), "anchored", words, (left, right), reply=reply.raw, rule="last object"
    )


def last_object(text: str, lexicon: Lexicon | None = None) -> tuple[Any, int, int] | None:
    """Return the last JSON object or list in a text with its place, None where there is none.

    One that has its own lines comes before one in a sentence ("with tax it would be {...}").
    """
    shift = max([end for _, end in find_thoughts(text).spans], default=0)
    within = None
    for start, end in reversed(_candidates(text[shift:])):
        start, end = shift + start, shift + end
        value = _parsed(text[start:end])
        if isinstance(value, (dict, list)) and not _is_sketch(value):
            head = fold(text[max(0, start - _NEAR) : start].rpartition("\n")[2])
            supposed = lexicon is None or lexicon.mask(head, 0, len(head)) & _SUPPOSED
            if not supposed:
                return value, start, end
            within = within or (value, start, end)
    return within


def _is_sketch(value: dict[str, Any] | list[Any]) -> bool:
    """Whether an object only shows a form: {"name": "..."}."""
    inner = value.values() if isinstance(value, dict) else value
    texts = [one for one in inner if isinstance(one, str)]
    nested = any(isinstance(one, dict | list) for one in inner)
    return bool(texts) and not nested and all(one in ("...", "…") for one in texts)


def value_place(text: str, key: str, value: Any, start: int, end: int) -> tuple[int, int] | None:
    """Return where the value of a key stands in the object `text[start:end]`, without quotes.

    The key as JSON writes it comes before one with other quotes or none, and of several places
    the one that holds the value.
    """
    told = {str(value), json.dumps(value, ensure_ascii=False).strip('"'), json.dumps(value)}
    first = None
    if not key.strip():
        return None
    for quoted in (f'"{re.escape(key)}"', rf"(?<=[{{,\s'“„‘]){re.escape(key)}['”“’]?+"):
        named = re.compile(rf"{quoted}\s*+:\s*+\[?+\s*+{_VALUE}", re.DOTALL)
        for match in islice(named.finditer(text, start, end), _MOST_PLACES):
            left, right = match.span(1)
            if text[left] in "\"'“„‘":
                left, right = left + 1, right - 1
            if text[left:right] in told:
                return left, right
            first = first or (left, right)
        if first is not None:
            return first
    return None


_MOST_PLACES, _NEAR = 20, 80
_SUPPOSED = BIT["if"] | BIT["maybe"] | BIT["judged"] | BIT["case"] | BIT["aside"]
_VALUE = (
    r'("(?:[^"\\]|\\.)*+"|\'(?:[^\'\\\n]|\\.){0,4000}+\'|[“„][^”“\n]{0,4000}+[”“]'
    r"|‘[^’\n]{0,4000}+’|-?[\d.]+(?:[eE][+-]?\d+)?|true|false|null|True|False|None)"
)


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
    for loose in (text, *map(text.translate, _CURLY)):
        try:
            return _loads(loose)
        except ValueError:
            pass
        try:
            return _loads(_LOOSE.sub(_repaired, loose))
        except ValueError:
            pass
    return None


def _loads(text: str) -> Any:
    return json.loads(
        text, parse_int=_whole, parse_float=_finite, parse_constant=_refuse, strict=False
    )


def _repaired(match: re.Match[str]) -> str:
    """Return a piece of careless JSON as JSON writes it."""
    found = match[0]
    if found[0] == "/":  # a comment
        return ""
    if (found[0].isalpha() or found[0] == "_") and found not in _PYTHON:  # a key without quotes
        return f'"{found}"'
    if found[0] != "'":
        return _PYTHON.get(found, found)
    inner = found[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{inner}"'


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _finite(number: str) -> float:
    value = float(number)
    return value if isfinite(value) else _refuse(number)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def frozen(value: Any) -> Any:
    """Return JSON data that cannot change: dicts as FrozenDict."""
    if isinstance(value, dict):
        return FrozenDict({key: frozen(item) for key, item in value.items()})
    return [frozen(item) for item in value] if isinstance(value, list) else value
