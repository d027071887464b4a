"""Parts of speech of English words, by spaCy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from xlt.errors import InputError, MissingExtra


def spacy_tagger(model: str = "en_core_web_sm") -> Callable[[Sequence[str]], list[str]]:
    """Return a tagger that gives words their universal part of speech ("NOUN", "ADJ" ...).

    Raises MissingExtra without spaCy, InputError without its `model`, which spaCy itself
    installs.
    """
    try:
        spacy: Any = import_module("spacy")
        tokens: Any = import_module("spacy.tokens")
    except ModuleNotFoundError as error:
        raise MissingExtra('Reducing a text by "syntax" without a tagger=', "syntax") from error
    try:
        pipeline = spacy.load(model, exclude=["ner", "lemmatizer"])
    except OSError as error:
        raise InputError(
            f"spaCy's model {model!r} is not installed: python -m spacy download {model}"
        ) from error

    def tag(words: Sequence[str]) -> list[str]:
        document = tokens.Doc(pipeline.vocab, words=list(words))
        return [token.pos_ for token in pipeline(document)]

    return tag
