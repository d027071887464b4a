"""The detectors that ship: "default", "py3langid", which serves in it, and "langdetect"."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.detection.scripts import likely_language, script_of, script_shares, scripts_of_language
from xlt.detection.varieties import chinese_script
from xlt.languages.locking import ForkSafeLock

if TYPE_CHECKING:
    from xlt.detection.mapped_model import Model, TagColumns

_PRESENT = 0.3
"""A script with a smaller share of the letters is a name, a unit or a quotation."""
_SHARED = frozenset(["Latn", "Cyrl", "Arab", "Deva", "Hani"])
"""Scripts of many languages; any other is taken for the language CLDR names."""
_KANA = 0.05
_ASSAMESE = frozenset("ৰৱ")

# Languages py3langid knows under another tag than BCP-47 prefers.
_LABELS = {"fil": "tl", "quy": "qu", "quz": "qu"}
# Varieties it knows that are read as the standard language unless somebody asks for them.
_STANDARD = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "grc": "el", "hbo": "he"}
_CANTONESE = frozenset("嘅咗唔冇喺嚟佢哋嘢啲咁乜嗰")
_NO_LANGUAGE = "zxx"

_LANGDETECT_TAGS = {"zh-cn": "zh", "zh-tw": "zh-Hant"}
_SEED = 0

_loading = ForkSafeLock()


def rank(text: str, languages: tuple[str, ...] | None = None) -> list[tuple[str, float]]:
    """Rank by the script first, then by py3langid among the languages written in it.

    langdetect is no tie-breaker: wherever py3langid was unsure (under 0.5, 0.7, 0.9) it lowered
    the number of right answers on the samples of the 27 languages, whole or cut to two, three or
    five words (docs/languages.md). See `Detector`.
    """
    shares = script_shares(text)
    scripts = _scripts(shares)
    # Latin does not count beside another script: English titles occur in questions everywhere.
    carrying = scripts - {"Latn"} or scripts
    if languages is None:
        return _rank_any(text, carrying, shares)
    fitting = _written_in(carrying, languages)
    if not fitting:
        carrying = scripts & {"Latn"}
        fitting = _written_in(carrying, languages)
    if len(fitting) == 1 and "Latn" not in carrying:
        return [(fitting[0], 1.0)]
    return rank_py3langid(_only(text, carrying, shares), fitting) if fitting else []


def _rank_any(
    text: str, scripts: frozenset[str], shares: Mapping[str, float]
) -> list[tuple[str, float]]:
    if len(scripts) == 1 and not scripts & _SHARED:
        (script,) = scripts
        language = likely_language("Jpan" if script == "Kana" else script)
        if script == "Beng" and _ASSAMESE.intersection(text):
            language = "as"
        return [(language, 1.0)] if language else []
    ranking = rank_py3langid(_only(text, scripts, shares), None)
    if "Hani" in scripts and chinese_script(text) == "Hant":
        return [("zh-Hant" if tag == "zh" else tag, p) for tag, p in ranking]
    return ranking


def _scripts(shares: Mapping[str, float]) -> frozenset[str]:
    """Return the scripts that carry a text; kana beside Han is Japanese, whatever its share."""
    han, kana = shares.get("Hani", 0.0), shares.get("Kana", 0.0)
    if han and kana:
        both = "Kana" if kana > _KANA * (han + kana) else "Hani"
        shares = {**shares, "Hani": 0.0, "Kana": 0.0, both: han + kana}
    return frozenset([script for script, share in shares.items() if share >= _PRESENT])


def _written_in(scripts: frozenset[str], languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in languages if scripts.intersection(scripts_of_language(one)))


def _only(text: str, scripts: frozenset[str], shares: Mapping[str, float]) -> str:
    """Return the text without the letters of scripts that are only quoted in it."""
    kept = {*scripts, *(("Hani",) if "Kana" in scripts else ()), None}
    if shares.keys() <= kept:
        return text
    quoted = [one for one in set(text) if script_of(one) not in kept]
    return text.translate(dict.fromkeys(map(ord, quoted), " ")) if quoted else text


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


@lru_cache(maxsize=256)
def is_told(tag: str) -> bool:
    """Tell whether the default detector knows a language: by py3langid or by a script of its own.

    >>> is_told("sw"), is_told("su")
    (True, False)
    """
    primary = tag.partition("-")[0]
    if _LABELS.get(primary, primary) in _loaded().labels:
        return True
    return any(likely_language(one) == primary for one in scripts_of_language(tag))


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
