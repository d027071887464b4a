"""Why a sample has no reply to read, by Inspect's own names for why a score is missing."""

from __future__ import annotations

_REASONS = {
    "Refused": "refusal",
    "EmptyReply": "no_response",
    "UnexpectedToolCall": "no_response",
}


def failure_of(kind: str, message: str) -> dict[str, str] | None:
    """Return why there is no reply to read, None where the call itself failed.

    `kind` is the name of an error (`xlt.backends.errors`).
    """
    if kind not in _REASONS:
        return None
    return {"kind": kind, "message": message, "reason": _REASONS[kind]}
