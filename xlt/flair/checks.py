"""Checking a reply against a key: a number, a text, or edits that follow the rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from xlt.composing import parse
from xlt.languages import Language, get_language

Key = tuple[str, ...]
"""How a reply is checked, then with what: ("number", value, tolerance), ("text", text), or
("edits", operation, first, second, count, results, string)."""

_QUOTED = re.compile(r"""["'`*«»„“”‘’「」『』]+""")
_EXPLAINED = re.compile(r"[(（:：,，、;.。–—]| - ")
_BITS = re.compile("[01]+")


def is_right(key: Key, reply: str, language: str | Language) -> bool:
    """Tell whether a reply, or the answer read from one, is right.

    >>> is_right(("number", "4806", "0.05"), "About 4,810 metres.", "en")
    True
    >>> is_right(("edits", "drop", "1", "0", "1", "2", "10110"), "0110 and 1010", "en")
    True
    """
    check, *how = key
    return _CHECKS[check](reply, language, *how)


def _number(reply: str, language: str | Language, value: str, tolerance: str) -> bool:
    wanted, read = Decimal(value), _read_number(reply, get_language(language))
    return read is not None and abs(read - wanted) <= abs(wanted) * Decimal(tolerance)


def _read_number(reply: str, language: Language) -> Decimal | None:
    """Return the number in a reply; a person may well write it as a word of the language."""
    read = parse("arithmetic_reasoning", reply, language=language).value
    if isinstance(read, int | Decimal):
        return Decimal(read)
    words = language.lexicon.get("numbers", {})
    answer = parse("question_answering", reply, language=language).value
    word = words.get(str(answer).strip(" .!।。").casefold())
    return None if word is None else Decimal(word)


def _text(reply: str, language: str | Language, wanted: str) -> bool:
    """Tell whether the answer is the text: alone, quoted, last in a sentence, or explained."""
    answer = parse("question_answering", reply, language=language).value
    if not isinstance(answer, str):
        return False
    words = answer.split()
    *_, quoted = [part for part in _QUOTED.split(answer)[1::2] if part] or [""]
    named = _EXPLAINED.split(answer, maxsplit=1)[0]  # "C (the cat)"
    return _folded(wanted) in {_folded(one) for one in (answer, quoted, named, *words[-1:])}


def _edits(
    reply: str,
    language: str | Language,
    operation: str,
    first: str,
    second: str,
    count: str,
    results: str,
    string: str,
) -> bool:
    """Tell whether a reply gives that many different results, and not one that breaks the rule."""
    number = int(count)
    digits = "".join(str(unicodedata.decimal(one, one)) for one in reply)
    found = [
        run
        for run in _BITS.findall(digits)
        if len(string) - number <= len(run) and run != string  # it may repeat the question
    ]
    if len(found) < int(results) or len(set(found)) < len(found):
        return False
    return all(_follows(operation, first, second, number, string, one) for one in found)


def _follows(operation: str, first: str, second: str, count: int, string: str, result: str) -> bool:
    """Tell whether `result` is what an operation, applied `count` times, makes of `string`."""
    more = {character: result.count(character) - string.count(character) for character in "01"}
    if operation == "drop":
        return more == {first: -count, second: 0} and _is_within(result, string)
    if operation == "insert":
        return more == {first: count, second: 0} and _is_within(string, result)
    if len(result) != len(string):
        return False
    changed = sum(old != new for old, new in zip(string, result, strict=True))
    if operation == "substitute":
        return more == {first: -count, second: count} and changed == count
    return more == {first: 0, second: 0} and changed == 2 * count


def _is_within(short: str, long: str) -> bool:
    """Tell whether `short` is `long` with characters left out."""
    rest = iter(long)
    return all(character in rest for character in short)


def _folded(text: str) -> str:
    """Return the letters, marks and digits of a text in normal form and without case."""
    normal = unicodedata.normalize("NFC", text).casefold()
    return "".join(one for one in normal if unicodedata.category(one)[0] in "LMN")


_CHECKS: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {"number": _number, "text": _text, "edits": _edits}
)
