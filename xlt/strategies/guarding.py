"""Guards: marks around the task input that the text inside cannot close."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from xlt.errors import InputError, UnknownName, shown

GUARDS = ("delimit",)
_NONCE = re.compile(r"[0-9A-Za-z]{8,64}")


def guard_mark(guard: str | None, nonce: str | None, texts: Iterable[str]) -> str | None:
    """Return the name of the marks to set around the task input, None without a guard.

    Without a `nonce` it is 128 bits of a SHA-256 over the input texts: the same inputs give the
    same prompt, and whoever writes a text cannot write its own hash into it.
    """
    if guard is None:
        if nonce is not None:
            raise InputError("nonce goes with guard='delimit'.", field="nonce")
        return None
    if guard not in GUARDS:
        raise UnknownName("guard", guard, GUARDS)
    inside = tuple(texts)
    return f"input-{_derived(inside) if nonce is None else _checked(nonce, inside)}"


def fence(text: str, mark: str) -> str:
    """Return `text` between its marks, each on its own line."""
    return f"<{mark}>\n{text}\n</{mark}>"


def _derived(texts: tuple[str, ...]) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()[:32]


def _checked(nonce: str, texts: tuple[str, ...]) -> str:
    if not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise InputError(
            f"nonce is {shown(str(nonce))}; it must be 8 to 64 ASCII letters and digits.",
            field="nonce",
        )
    if any(nonce in text for text in texts):
        raise InputError("The input contains the nonce; choose another one.", field="nonce")
    return nonce
