"""A glossary's entries that occur in a request, rare words first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from xlt.detection.scripts import unspaced
from xlt.errors import InputError
from xlt.request import Request
from xlt.strategies.translation import free_texts

# Words of the request's language to their translations, or a function of the request.
Glossary = Mapping[str, str | Iterable[str]] | Callable[[Request], Mapping[str, Any]]
Frequencies = Callable[[str], float]


def entries_in(
    request: Request, glossary: Glossary, most: int | None, frequency: Frequencies | None
) -> dict[str, tuple[str, ...]]:
    """Return the words of the glossary that the request holds, with their translations.

    Rare words come first, by `frequency` (a word's share of the language, as of wordfreq); without
    it by how often the request has them, longer ones first. `most` bounds their number.
    Raises InputError for what is no glossary.
    """
    given = glossary(request) if callable(glossary) else glossary
    if not isinstance(given, Mapping):
        raise InputError(
            "glossary must map words to their translations, as in {'agizo': 'order'}, or be a "
            f"function of the request that returns such a mapping, not {type(given).__name__}.",
            field="glossary",
        )
    text = "\n".join(free_texts(request))
    folded = text.casefold()
    counts = {
        word: len(pattern(word).findall(text))
        for word in given
        if isinstance(word, str) and word.strip() and word.casefold() in folded
    }
    found = [word for word, count in counts.items() if count]
    rank = counts.__getitem__ if frequency is None else frequency
    found.sort(key=lambda word: (rank(word), -len(word), word))
    return {word: _translations(word, given[word]) for word in found[:most]}


def pattern(word: str) -> re.Pattern[str]:
    """Return the pattern of a word: the whole word, or anywhere in a script without spaces."""
    start = "" if unspaced(word[0]) else r"(?<!\w)"
    end = "" if unspaced(word[-1]) else r"(?!\w)"
    return re.compile(f"{start}{re.escape(word)}{end}", re.IGNORECASE)


def _translations(word: str, given: Any) -> tuple[str, ...]:
    texts = (given,) if isinstance(given, str) else tuple(given)
    if not texts or not all(isinstance(one, str) and one.strip() for one in texts):
        raise InputError(f"The glossary has no translation of {word!r}.", field="glossary")
    return texts
