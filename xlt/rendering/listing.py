"""The template filters for lists of texts: numbered, lettered, or in one line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, product
from string import ascii_uppercase


def numbered(items: Sequence[str]) -> str:
    """Return the texts a line each behind [1], [2] ..., as an answer cites them."""
    return "\n".join([f"[{number}] {item}" for number, item in enumerate(_items(items), start=1)])


def lettered(items: Sequence[str]) -> str:
    """Return the texts a line each behind A., B. ... Z., AA. ..., as an exam does."""
    letters = ("".join(one) for size in count(1) for one in product(ascii_uppercase, repeat=size))
    return "\n".join(
        [f"{letter}. {item}" for letter, item in zip(letters, _items(items), strict=False)]
    )


def listed(items: Sequence[str]) -> str:
    """Return the texts in one line: "refund, complaint, other"."""
    return ", ".join(_items(items))


def _items(items: Sequence[str]) -> Sequence[str]:
    """Return the texts of a list; a single text is a list of one."""
    return [items] if isinstance(items, str) else items
