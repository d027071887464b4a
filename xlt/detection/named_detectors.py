"""The detectors with a name: "py3langid", which also serves in the default, and "langdetect"."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.languages.locking import ForkSafeLock

if TYPE_CHECKING:
    from xlt.detection.mapped_model import Model, TagColumns

# Languages it knows under another tag than BCP-47 prefers.
_LABELS = {"fil": "tl", "quy": "qu", "quz": "qu"}
# Varieties it knows that are read as the standard language unless somebody asks for them.
_STANDARD = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "grc": "el", "hbo": "he"}
_CANTONESE = frozenset("嘅咗唔冇喺嚟佢哋嘢啲咁乜嗰")
_NO_LANGUAGE = "zxx"

_LANGDETECT_TAGS = {"zh-cn": "zh", "zh-tw": "zh-Hant"}
_SEED = 0

_loading = ForkSafeLock()


def rank_py3langid(text: str, languages: tuple[str, ...] | None = None) -> list[tuple[str, float]]:
    """Rank by py3langid: naive Bayes over byte n-grams, 139 languages, deterministic.

    Its model is an npz inside its own package, read with pickling refused. Of all languages it
    gives the two likeliest, which decide. See `Detector`.
    """
    columns = _columns(languages, cantonese=not _CANTONESE.isdisjoint(text))
    return _loaded().rank(text, columns, most=2 if languages is None else None)


@lru_cache(maxsize=64)
def _columns(languages: tuple[str, ...] | None, *, cantonese: bool) -> TagColumns:
    """Return the columns of the model that count, each for a language that may be named."""
    model = _loaded()
    if languages is None:
        named = _STANDARD | ({"yue": "yue"} if cantonese else {})
        return model.columns(
            {one: named.get(one, one) for one in model.labels if one != _NO_LANGUAGE}
        )
    asked = {_LABELS.get(language, language): language for language in languages}
    found = {one: asked.get(one) or asked.get(_STANDARD.get(one, "")) for one in model.labels}
    return model.columns({label: tag for label, tag in found.items() if tag is not None})


def _loaded() -> Model:
    with _loading:  # a second thread waits for the first one's model
        return _model()


@lru_cache(maxsize=1)
def _model() -> Model:
    from xlt.detection.mapped_model import load_model

    return load_model()


def rank_langdetect(text: str, languages: tuple[str, ...] | None = None) -> list[tuple[str, float]]:
    """Rank by langdetect: Google's 2010 profiles of 55 languages, seeded, in its own factory.

    It does not know gl, jv, ht or qu; it is kept for comparison. See `Detector`.
    """
    from langdetect.lang_detect_exception import LangDetectException

    with _loading:  # a second thread waits for the first one's profiles
        factory = _factory()
    detector = factory.create()
    if languages is not None:
        prior = {name: 1.0 for name in factory.langlist if name.split("-")[0] in languages}
        if not prior:
            return []
        detector.set_prior_map(prior)
    detector.append(text)
    try:
        found = detector.get_probabilities()
    except LangDetectException:  # no n-gram of the text is in any profile
        return []
    return [(_LANGDETECT_TAGS.get(one.lang, one.lang), one.prob) for one in found]


@lru_cache(maxsize=1)
def _factory() -> Any:
    """Return a factory of our own, seeded; profiles in one order on every file system."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    profiles = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if path.is_file())
    factory.load_json_profile([path.read_text(encoding="utf-8") for path in profiles])
    factory.set_seed(_SEED)
    return factory
