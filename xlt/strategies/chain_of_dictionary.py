"""Chain of dictionary: a glossary's entries in front of a translation, or inside any request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from xlt.detection.scripts import unspaced
from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import free_texts, in_language

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
    if most is not None and (type(most) is not int or most < 1):
        raise InputError(
            f"max_entries must be a number from 1 on, or None for all, not {most!r}.",
            field="max_entries",
        )
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
    is_list = isinstance(given, Iterable) and not isinstance(given, str | Mapping)
    texts = tuple(given) if is_list else (given,)
    if not texts or not all(isinstance(one, str) and one.strip() for one in texts):
        raise InputError(f"The glossary has no translation of {word!r}.", field="glossary")
    return texts


def compose_prompt(
    request: Request,
    *,
    glossary: Glossary | None = None,
    max_entries: int | None = None,
    frequency: Frequencies | None = None,
) -> Prompt:
    """Return the prompt with what `glossary` says of the request's words, rare words first.

    A translation gets the chains of its words and their translations in front ("agizo = order =
    Bestellung"). Any other request gets the first translation behind each word in brackets, as
    in DIP, and is thought about in English. The wording is ours.
    """
    if glossary is None:
        raise InputError(
            "chain_of_dictionary needs glossary=, as in {'agizo': ['order', 'Bestellung']}; "
            "without one use basic or en_cot.",
            field="glossary",
        )
    entries = entries_in(request, glossary, max_entries, frequency)
    name, used = "chain_of_dictionary", (("entries", str(len(entries))),)
    if request.task.target_language == "required":
        chains = "\n".join([" = ".join((word, *texts)) for word, texts in entries.items()])
        prompt = compose_from_template(
            request, name, template=name if entries else "en_basic", output_type="answer",
            values=(("entries", chains),),
        )  # fmt: skip
    else:
        texts = [_annotated(text, entries) for text in free_texts(request)]
        shown = in_language(request, texts, request.language.tag)
        prompt = compose_from_template(shown, name, template="en_cot", output_type="answer")
        prompt = replace(prompt, inputs=request.inputs)
    return replace(prompt, options=(*prompt.options, *used))


def _annotated(text: str, entries: Mapping[str, tuple[str, ...]]) -> str:
    """Return the text with the first translation behind each word, the longest words first."""
    if not entries:
        return text
    first = {word.casefold(): texts[0] for word, texts in entries.items()}
    words = sorted(entries, key=len, reverse=True)
    any_word = re.compile("|".join(pattern(word).pattern for word in words), re.IGNORECASE)
    return any_word.sub(lambda found: f"{found[0]} ({first[found[0].casefold()]})", text)


SOURCE = "Lu et al. 2023, arXiv 2305.06575; DIP, arXiv 2411.01141; wording ours"
STRATEGY = single_call("chain_of_dictionary", SOURCE, compose_prompt)
