"""The detector "py3langid": naive Bayes over byte n-grams, 139 languages, deterministic.

Its model is an npz inside its own package, read with pickling refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from xlt.languages.locking import ForkSafeLock

# Languages it knows under another tag than BCP-47 prefers.
_LABELS = {"fil": "tl", "quy": "qu", "quz": "qu"}
# Varieties it knows that are read as the standard language unless somebody asks for them.
_STANDARD = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "grc": "el", "hbo": "he"}
_CANTONESE = frozenset("嘅咗唔冇喺嚟佢哋嘢啲咁乜嗰")
_NO_LANGUAGE = "zxx"

_loading = ForkSafeLock()


def rank(text: str, languages: tuple[str, ...] | None = None) -> list[tuple[str, float]]:
    """Return the languages `text` may be in with their probabilities (see `Detector`)."""
    found: dict[str, float] = {}
    tags = _tags(languages, cantonese=not _CANTONESE.isdisjoint(text))
    for label, probability in _identifier().rank(text):
        tag = tags[label]
        if tag is not None:
            found[tag] = found.get(tag, 0.0) + probability
    return list(found.items())


@lru_cache(maxsize=64)
def _tags(languages: tuple[str, ...] | None, *, cantonese: bool) -> Mapping[str, str | None]:
    """Return the tag that each label of the model counts for, if any."""
    labels = _identifier().labels
    if languages is None:
        kept = {"yue": "yue"} if cantonese else {}
        names = _STANDARD | kept | {_NO_LANGUAGE: None}
        return {label: names.get(label, label) for label in labels}
    asked = {_LABELS.get(language, language): language for language in languages}
    return {label: asked.get(label) or asked.get(_STANDARD.get(label, "")) for label in labels}


def _identifier() -> Any:
    with _loading:  # a second thread waits for the first one's model
        return _load()


@lru_cache(maxsize=1)
def _load() -> Any:
    """Return an identifier of our own; py3langid's shared one can be changed by anybody."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
