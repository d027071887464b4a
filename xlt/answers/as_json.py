"""An answer as JSON for other programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlt.answers.answer import Answer


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the answer as JSON values; `span` is its place in the reply, in characters."""
    return {
        "value": _value(answer.value),
        "status": answer.status,
        "text": answer.text,
        "span": None if answer.span is None else list(answer.span),
        "flags": sorted(answer.flags),
        "rule": answer.rule,
        **({"letter": answer.letter, "words": answer.words} if answer.letter else {}),
    }


def _value(value: Any) -> Any:
    """Return a number where JSON's readers get the very same one, else its digits as a text."""
    if isinstance(value, Decimal):
        return float(value) if Decimal(str(float(value))) == value else str(value)
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if hasattr(value, "items"):
        return {key: _value(item) for key, item in value.items()}
    return value
