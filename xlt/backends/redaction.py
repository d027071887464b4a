"""Keeping keys out of all that is shown or kept: of a backend's own, and of the environment's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from xlt.backends.errors import BackendError

Value = TypeVar("Value")
# A shorter "key" is one that a server on this machine does not look at, such as "none" or "ollama":
# a reply may hold that word.
_SHORTEST = 8
# The fewest characters of a secret beside a "…" that count as a part of it.
_LEAST = 4
_DEEPEST = 100
_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_NONE: Mapping[str, str] = MappingProxyType({})


def redacted(value: Value, secrets: Mapping[str, str] = _NONE) -> Value:
    """Return `value` with every secret in it replaced by its name, in brackets.

    Secrets are those given, by their names, and the environment's variables that end in _KEY,
    _TOKEN, _SECRET or _PASSWORD. `value` is a text, or lists, tuples, dicts and dataclasses of
    texts, to any depth; all else in it stays as it is.

        >>> redacted({"reply": ["the key is sk-12345678"]}, {"key": "sk-12345678"})
        {'reply': ['the key is [key]']}
    """
    environment = {
        name: secret for name, secret in os.environ.items() if name.upper().endswith(_ENDINGS)
    }
    return without(value, {**environment, **secrets})


def without(value: Value, secrets: Mapping[str, str]) -> Value:
    """Return `value` as `redacted` does, without the given secrets only.

    Call it before a text is cut. Where another has cut one ("sk-12…78"), what is left of the
    secret on both sides of the "…" goes as well.
    """
    known = {name: secret for name, secret in secrets.items() if len(secret) >= _SHORTEST}
    found: Value = _walk(value, known) if known else value
    return found


def redact_error(error: BackendError, secrets: Mapping[str, str]) -> None:
    """Take the secrets out of an error's message, and of the reply it holds, in place."""
    error.args = without(error.args, secrets)
    if error.partial:
        error.partial = without(error.partial, secrets)


def held_back(text: str, secrets: Mapping[str, str]) -> str:
    """Return the end of `text` that may be the beginning of a secret, often none."""
    longest = ""
    for secret in secrets.values():
        if len(secret) >= _SHORTEST:
            longest = max(longest, _overlap(text, secret[:-1]), key=len)
    return longest


def _walk(value: Any, secrets: Mapping[str, str], depth: int = 0) -> Any:
    def walk(inner: Any) -> Any:
        return _walk(inner, secrets, depth + 1)

    if isinstance(value, str):
        return _plain(value, secrets)
    if depth > _DEEPEST:
        return "[nested too deeply]"
    if isinstance(value, Mapping):
        return {walk(key): walk(one) for key, one in value.items()}
    if isinstance(value, list):
        return [walk(one) for one in value]
    if isinstance(value, tuple):
        inner = [walk(one) for one in value]
        return type(value)(*inner) if hasattr(value, "_fields") else tuple(inner)
    if is_dataclass(value) and not isinstance(value, type):
        held = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        return replace(value, **{name: walk(one) for name, one in held.items()})
    return value


def _plain(text: str, secrets: Mapping[str, str]) -> str:
    for name, secret in secrets.items():
        text = text.replace(secret, f"[{name}]")
        if "…" in text:
            first, *others = text.split("…")
            kept = [first]
            for piece in others:
                kept[-1] = _without_end(kept[-1], name, secret)
                kept.append(_without_start(piece, name, secret))
            text = "…".join(kept)
    return text


def _without_end(text: str, name: str, secret: str) -> str:
    if secret[:_LEAST] not in text[-len(secret) :]:
        return text
    begun = _overlap(text, secret)
    return f"{text[: -len(begun)]}[{name}]" if len(begun) >= _LEAST else text


def _without_start(text: str, name: str, secret: str) -> str:
    if secret[-_LEAST:] in text[: len(secret)]:
        for length in range(min(len(secret), len(text)), _LEAST - 1, -1):
            if text.startswith(secret[-length:]):
                return f"[{name}]{text[length:]}"
    return text


def _overlap(text: str, secret: str) -> str:
    """Return the longest end of `text` that `secret` begins with."""
    for length in range(min(len(secret), len(text)), 0, -1):
        if text.endswith(secret[:length]):
            return secret[:length]
    return ""
