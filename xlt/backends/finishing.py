"""Why a model stopped: each provider's field for it, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlt.reply import ending_of

_FIELDS = ("finish_reason", "stop_reason", "done_reason", "stopReason")
_ENDED = ("end_turn", "stop_sequence")


def read_finish(metadata: Mapping[str, Any] | None) -> str | None:
    """Return why the model stopped, from the metadata its provider sent; None if unsaid."""
    if not metadata:
        return None
    details = metadata.get("incomplete_details")
    inner = details.get("reason") if isinstance(details, Mapping) else None
    for reason in (*[metadata.get(name) for name in _FIELDS], inner):
        if isinstance(reason, str) and reason:
            return plain_finish(reason)
    return None


def plain_finish(reason: str) -> str:
    """Return a provider's word as OpenAI's "stop" or "length", any other in lower case."""
    word = reason.lower()
    if ending_of(word) == "cut":
        return "length"
    return "stop" if word in _ENDED else word
