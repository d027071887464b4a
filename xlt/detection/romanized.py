"""Hindi and Urdu in Latin letters, which no detector of xlt's knows: told by their small words."""

from __future__ import annotations

import re
from functools import lru_cache

from xlt.detection.scripts import script_shares
from xlt.languages import get_language

_WORD = re.compile(r"[a-z]+")
_LEAST, _SHARE, _LOOKED_AT = 2, 0.35, 1000


def is_romanized_hindustani(sample: str) -> bool:
    """Whether a text in Latin letters is Hindi or Urdu, which look alike there.

    A third of its words and more are small words of theirs, two of them no other language's.

    >>> is_romanized_hindustani("Mujhe mera paisa wapas chahiye")
    True
    >>> is_romanized_hindustani("I want my money back")
    False
    """
    sample = sample[:_LOOKED_AT].casefold()
    said = _WORD.findall(sample)
    if len(said) < _LEAST:
        return False
    small, shared = _small_words()
    own = sum([word in small for word in said])
    others = sum([word in shared for word in said])
    if own < _LEAST or own + others < _SHARE * len(sample.split()):
        return False
    return next(iter(script_shares(sample))) == "Latn"  # not "Tab ... hai" in a Chinese text


@lru_cache(maxsize=1)
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the small words that are only theirs, and those that several languages have."""
    known = get_language("hi").lexicon
    return frozenset(known["romanized"]), frozenset(known["romanized_shared"])
