"""Keeping keys out of messages: a known key is never shown, nor what the environment calls one."""

from __future__ import annotations

import os
from collections.abc import Mapping

_SHORTEST = 8
_ENDINGS = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")


def redacted(text: str) -> str:
    """Return `text` with every value of a key variable of the environment replaced."""
    return without(
        text,
        {
            name: value
            for name, value in os.environ.items()
            if name.upper().endswith(_ENDINGS) and len(value) >= _SHORTEST
        },
    )


def without(text: str, secrets: Mapping[str, str]) -> str:
    """Return `text` with every secret, not empty, replaced by its name.

    A message may have been cut in the middle of one: its beginning goes as well.
    """
    for name, secret in secrets.items():
        pieces = text.replace(secret, f"[{name}]").split("…")
        cut = [_without_end(piece, name, secret) for piece in pieces[:-1]]
        text = "…".join([*cut, pieces[-1]])
    return text


def _without_end(text: str, name: str, secret: str) -> str:
    for length in range(min(len(secret), len(text)), _SHORTEST // 2 - 1, -1):
        if text.endswith(secret[:length]):
            return f"{text[:-length]}[{name}]"
    return text
