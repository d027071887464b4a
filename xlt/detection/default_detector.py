"""The default detector: the script first, then py3langid among the languages written in it.

langdetect is only a separate detector: as a tie-breaker wherever py3langid was unsure
(under 0.5, 0.7, 0.9) it lowered the number of right answers on the samples of the 27 languages,
whole or cut to two, three or five words (docs/languages.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from xlt.detection.named_detectors import rank_py3langid
from xlt.detection.scripts import likely_language, script_of, script_shares, scripts_of_language
from xlt.detection.varieties import chinese_script

_PRESENT = 0.3
"""A script with a smaller share of the letters is a name, a unit or a quotation."""
_SHARED = frozenset(["Latn", "Cyrl", "Arab", "Deva", "Hani"])
"""Scripts of many languages; any other is taken for the language CLDR names."""
_KANA = 0.05
_ASSAMESE = frozenset("ৰৱ")


def rank(text: str, languages: tuple[str, ...] | None = None) -> list[tuple[str, float]]:
    """Return the languages `text` may be in with their probabilities (see `Detector`)."""
    shares = script_shares(text)
    scripts = _scripts(shares)
    carrying = _carrying(scripts)
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


def _carrying(scripts: frozenset[str]) -> frozenset[str]:
    """Leave Latin out beside another script: English titles occur in questions everywhere."""
    return scripts - {"Latn"} or scripts


def _only(text: str, scripts: frozenset[str], shares: Mapping[str, float]) -> str:
    """Return the text without the letters of scripts that are only quoted in it."""
    kept = {*scripts, *(("Hani",) if "Kana" in scripts else ()), None}
    if shares.keys() <= kept:
        return text
    quoted = [one for one in set(text) if script_of(one) not in kept]
    return text.translate(dict.fromkeys(map(ord, quoted), " ")) if quoted else text
