"""The answer in a reply that is a JSON object: which key names it, in any case style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from unicodedata import combining, normalize

from xlt.answers.cleaning.reply import words_of
from xlt.answers.found import NO_FLAGS, SEVERAL, UNDETERMINED, Found, Kind, is_closed
from xlt.answers.kinds.json import last_object, value_place
from xlt.answers.lexicon import BIT, Lexicon
from xlt.answers.sentences.view import View

_KEY_PARTS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
_MOST_KEYS, _DEEPEST = 50, 6


def json_object(view: View) -> tuple[dict[str, Any], int, int] | None:
    """Return the JSON object that a reply is, alone or in a code block, with its place."""
    raw = view.reply.raw
    if "{" not in raw or raw.rstrip()[-1:] not in ("}", "`", "]"):
        return None
    found = last_object(raw, view.lexicon)
    return found if found is not None and isinstance(found[0], dict) else None


def keyed(view: View, kind: Kind) -> Found | None:
    """Return the value of the answer's key where the reply is a JSON object."""
    data, *span = json_object(view) or (None,)
    if data is None:
        return None
    path = answer_key(view, data)
    if path is None:
        return _only_value(view, kind, data, *span) if is_closed(view) else None
    key, value = path
    if value is None or isinstance(value, dict | list):
        return Found(None, 0, 0, NO_FLAGS if value is None else SEVERAL, "JSON key")
    place = _value_place(view, key, value, *span)
    if place is None:
        return None
    start, end = place
    found = kind.alone(view, start, end)
    if found is None:
        return Found(None, start, end, UNDETERMINED, "JSON key")
    return found._replace(rule="JSON key")


def _value_place(view: View, key: str, value: Any, left: int, right: int) -> tuple[int, int] | None:
    place = value_place(view.reply.raw, key, value, left, right)
    return place and (view.reply.place(place[0]), view.reply.place(place[1]))


def _only_value(
    view: View, kind: Kind, data: dict[str, Any], left: int, right: int
) -> Found | None:
    """Return the only value of an object that is a label or an option: {"topic": "sports"}.

    Or the one key that is true: {"neutral": true, "contradiction": false}.
    """
    found = []
    flags = [str(key) for key, value in list(data.items())[:_MOST_KEYS] if value in (True, False)]
    true = [key for key in flags if data.get(key) is True]
    if len(flags) > 1 and len(true) == 1:
        start = view.reply.raw.find(f'"{true[0]}"', left, right) + 1
        left_of, right_of = view.reply.place(start), view.reply.place(start + len(true[0]))
        one = kind.alone(view, left_of, right_of) if start else None
        if one is not None and one.value is not None:
            return one._replace(rule="JSON key that is true")
    for key, value in list(data.items())[:_MOST_KEYS]:
        if _key(view, key)[1] & BIT["explanation"]:
            continue
        if not isinstance(value, str) and not (isinstance(value, bool) and _affirms(view, key)):
            continue
        place = _value_place(view, str(key), value, left, right)
        one = kind.alone(view, *place) if place else None
        if one is not None and one.value is not None:
            found.append(one._replace(rule="JSON value"))
    return found[0] if len({one.value for one in found}) == 1 else None


def _affirms(view: View, key: Any) -> bool:
    """Whether true under a key says yes: "is_paraphrase", and not "different_meaning"."""
    parts, mask = _key(view, key)
    said, pattern = " ".join(parts), view.lexicon.pattern
    differs = mask & _NOT or pattern("different_meaning").search(said)
    return not differs and pattern("paraphrase").search(said) is not None


def _key(view: View, key: Any) -> tuple[list[str], int]:
    """Return the words of a key in any case style, and their classes."""
    parts, mask = [words_of(part) for part in _KEY_PARTS.findall(str(key))], 0
    for part in parts:
        mask |= view.lexicon.mask(part, 0, len(part))
    if not mask and parts and " ".join(parts) in _plain_answers(view.lexicon):
        mask = BIT["answer"]
    return parts, mask


@lru_cache(maxsize=64)
def _plain_answers(lexicon: Lexicon) -> frozenset[str]:
    """Return the words for "answer" without their accents, as keys are written: "reponse"."""
    words = [normalize("NFD", word.replace("đ", "d")) for word in lexicon.words["answer"]]
    return frozenset(["".join([c for c in word if not combining(c)]) for word in words])


def answer_key(view: View, data: dict[str, Any]) -> tuple[str, Any] | None:
    """Return the key that names the answer, with its value; a list of one is what it holds."""
    path = min(_answer_keys(view, data), key=lambda one: one[:2], default=None)
    if path is None:
        return None
    _, _, key, value = path
    return key, value[0] if isinstance(value, list) and len(value) == 1 else value


def _answer_keys(
    view: View, data: dict[str, Any], depth: int = 0
) -> Iterator[tuple[int, int, str, Any]]:
    """Yield (rank, place, key, value) of the keys that name the answer, in any case style."""
    asked = words_of(view.asked.output_type).split()
    place = depth * _MOST_KEYS
    for key, value in list(data.items())[:_MOST_KEYS]:
        place += 1
        parts, mask = _key(view, key)
        named = parts == asked or (parts and parts[-1:] == asked[-1:]) or mask & _ANSWERS
        if not named and len(data) > 1 and not (mask & _WEAK and view.asked.kind == "choice"):
            continue
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _answer_keys(view, value, depth + 1)
        elif not mask & BIT["explanation"] or parts == asked:
            yield (0 if parts == asked else 1 if named else 2), place, str(key), value


_ANSWERS = BIT["answer"] | BIT["final"]
_WEAK, _NOT = BIT["option"] | BIT["choose"], BIT["not"]
