"""Which scripts a text is written in (ISO 15924 codes), and which scripts a language uses."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from xlt.files.compiled import derived_data
from xlt.files.templates import TemplateFiles
from xlt.languages.entries import language_tags
from xlt.languages.locking import in_turn

if TYPE_CHECKING:
    from xlt.languages import Language
    from xlt.task import InputValue, Task

# First word of a letter's Unicode name -> script. Han and kana are kept apart.
_SCRIPTS = {
    "LATIN": "Latn",
    "GREEK": "Grek",
    "CYRILLIC": "Cyrl",
    "ARMENIAN": "Armn",
    "GEORGIAN": "Geor",
    "HEBREW": "Hebr",
    "ARABIC": "Arab",
    "SYRIAC": "Syrc",
    "THAANA": "Thaa",
    "NKO": "Nkoo",
    "ETHIOPIC": "Ethi",
    "TIFINAGH": "Tfng",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "GURMUKHI": "Guru",
    "GUJARATI": "Gujr",
    "ORIYA": "Orya",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "KANNADA": "Knda",
    "MALAYALAM": "Mlym",
    "SINHALA": "Sinh",
    "THAI": "Thai",
    "LAO": "Laoo",
    "TIBETAN": "Tibt",
    "MYANMAR": "Mymr",
    "KHMER": "Khmr",
    "MONGOLIAN": "Mong",
    "JAVANESE": "Java",
    "BALINESE": "Bali",
    "SUNDANESE": "Sund",
    "CHEROKEE": "Cher",
    "HANGUL": "Hang",
    "HIRAGANA": "Kana",
    "KATAKANA": "Kana",
    "KATAKANA-HIRAGANA": "Kana",
    "CJK": "Hani",
}
# One character says as much as a few letters of an alphabet.
_WEIGHTS = {"Hani": 3, "Kana": 2, "Hang": 2}
# Scripts written without spaces between words: Thai to Myanmar, Khmer, Javanese, kana, Han.
_UNSPACED = (
    ("\u0e00", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\ua980", "\ua9df"),
    ("\u2e80", "\u31ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\uff66", "\uff9f"),
    ("\U00020000", "\U0003ffff"),
)
# CLDR names one script a language; these are written in others too, every day.
_ALSO = {
    "az": ("Cyrl", "Arab"),
    "bs": ("Cyrl",),
    "jv": ("Java",),
    "kk": ("Latn", "Arab"),
    "ku": ("Arab",),
    "mn": ("Mong",),
    "ms": ("Arab",),
    "pa": ("Arab",),
    "sd": ("Deva",),
    "sr": ("Latn",),
    "tg": ("Arab",),
    "ug": ("Cyrl",),
    "uz": ("Cyrl", "Arab"),
}
_COMPOUND = {
    "Hans": ("Hani",),
    "Hant": ("Hani",),
    "Jpan": ("Kana", "Hani"),
    "Kore": ("Hang",),
}
# Tags of languages that people write for the country: Kanuri, Sami and Ewe are rarely meant.
OF_COUNTRIES = {"kr": "ko", "se": "sv", "ee": "et"}
LOOKED_AT = 400  # characters of a text whose script is looked at


def script_shares(text: str) -> dict[str, float]:
    """Return the share of each script among the letters of `text`, largest first."""
    if text.isascii():
        return {"Latn": 1.0} if any(map(str.isalpha, text)) else {}
    weights: dict[str, int] = {}
    for character, count in Counter(text).items():
        script = script_of(character)
        if script is not None:
            weights[script] = weights.get(script, 0) + count * _WEIGHTS.get(script, 1)
    total = sum(weights.values())
    ordered = sorted(weights.items(), key=itemgetter(1), reverse=True)
    return {script: weight / total for script, weight in ordered}


@lru_cache(maxsize=4096)
def script_of(character: str) -> str | None:
    """Return the script of a letter, None for anything that is not a letter of a known script."""
    if not character.isalpha():
        return None
    return _SCRIPTS.get(unicodedata.name(character, "").split(" ")[0])


def unspaced(character: str) -> bool:
    """Whether words of the character's script stand side by side without spaces."""
    if character < "\u0e00":
        return False
    return any(low <= character <= high for low, high in _UNSPACED)


@lru_cache(maxsize=1024)
@in_turn
def scripts_of_language(tag: str) -> tuple[str, ...]:
    """Return the scripts a language is written in: its tag's own, or CLDR's likely ones."""
    known = derived_data("scripts")
    if known and tag in known["of"]:
        return tuple(known["of"][tag])
    import langcodes

    code = langcodes.Language.get(tag)
    script = code.script or code.maximize().script or ""
    also = () if code.script else _ALSO.get(code.language or "", ())
    return (*_COMPOUND.get(script, (script,)), *also)


@lru_cache(maxsize=64)
@in_turn
def likely_language(script: str) -> str | None:
    """Return the language CLDR takes a text in this script to be in ("Thai": "th")."""
    known = derived_data("scripts")
    if known and script in known["likely"]:
        return str(known["likely"][script])
    import langcodes

    language = langcodes.Language.get(f"und-{script}").maximize().language
    return None if language in (None, "und") else str(language)


def scripts_of_first_letter(language: Language) -> frozenset[str | None]:
    """Return the scripts that the first letter of a text may be of, None for no letter at all.

    No script will do for a tag that people write for the country.
    """
    if language.tag in OF_COUNTRIES:
        return frozenset()
    return frozenset([None, "Latn", *scripts_of_language(language.tag)])


def begins_in(scripts: frozenset[str | None], task: Task, inputs: Mapping[str, InputValue]) -> bool:
    """Tell whether each deciding text begins with a letter of one of the scripts.

    The quick look that each request gets, in a hundredth of the time of `language_warnings` of
    xlt.request_inspection; for the scripts see `scripts_of_first_letter`.
    """
    for field in task.deciding:
        value = inputs[field.name]
        text = "".join(value[:1]) if isinstance(value, tuple) else str(value)
        found = (script for one in text[:LOOKED_AT] if (script := script_of(one)) is not None)
        if next(found, None) not in scripts:
            return False
    return bool(scripts)


def scripts_of_shipped() -> dict[str, dict[str, Any]]:
    """Return the scripts of xlt's languages and who writes each, for `xlt.files.compiled`."""
    likely = {script: likely_language(script) for script in (*_SCRIPTS.values(), *_COMPOUND)}
    return {
        "of": {tag: scripts_of_language(tag) for tag in language_tags(TemplateFiles.at(None))},
        "likely": {script: language for script, language in likely.items() if language},
    }
