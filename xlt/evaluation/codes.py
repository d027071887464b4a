"""`Codes`: what a benchmark's files call languages, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from xlt.errors import UnknownName
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language

# Where FLORES names the variety it has instead of the language.
_VARIETIES = {"ar": "arb", "sw": "swh", "qu": "quy", "ms": "zsm", "fa": "pes", "no": "nob"} | {
    "et": "est",
    "lv": "lvs",
    "az": "azj",
    "mn": "khk",
    "mg": "plt",
    "ps": "pbt",
    "om": "gaz",
    "or": "ory",
    "uz": "uzn",
    "sq": "als",
    "ne": "npi",
    "yi": "ydd",
    "ku": "kmr",
    "fil": "tgl",
}
# What FLORES+ and later sets call two of them.
_RENAMED = {"cmn": "zho", "ekk": "est"}
_LANGUAGE_OF = {variety: tag for tag, variety in _VARIETIES.items()}


@dataclass(frozen=True, slots=True)
class Codes:
    """How a benchmark spells a language: by a rule, except for those in `exceptions`.

    `exceptions` maps BCP-47 tags to codes.
    """

    spell: Callable[[Language], str] = lambda language: language.tag
    exceptions: Mapping[str, str] = FrozenDict()

    def of(self, language: Language) -> str:
        """Return the code of a language."""
        return self.exceptions.get(language.tag) or self.spell(language)

    def tag(self, code: str) -> str | None:
        """Return the BCP-47 tag of a code, None for a code of no known language."""
        known = {own: tag for tag, own in reversed([*self.exceptions.items()])}
        return known.get(code) or _flores_tag(code) or language_tag(code)


def language_tag(name: str) -> str | None:
    """Return the tag of a language by tag or name ("scottish_gaelic"), None where unknown."""
    for one in dict.fromkeys((name, name.replace("_", " "))):
        try:
            tag = get_language(one).tag
        except UnknownName:
            continue
        return tag
    return None


def flores_code(language: Language) -> str:
    """Return a language as FLORES-200 spells it: ISO 639-3 and script, `swh_Latn`."""
    import langcodes

    code = langcodes.Language.get(language.tag)
    variety = _VARIETIES.get(code.language or "und") or code.to_alpha3()
    return f"{variety}_{code.maximize().script}"


def flores_tags(codes: str) -> tuple[str, ...]:
    """Return the tags of FLORES codes with blanks between, without those of unknown languages."""
    return tuple(dict.fromkeys(filter(None, map(_flores_tag, codes.split()))))


def iso3_code(language: Language) -> str:
    """Return a language's ISO 639-3 code: `amh`."""
    return flores_code(language).partition("_")[0]


def _flores_tag(code: str) -> str | None:
    """Return the tag of `swh_Latn`, without a script that goes without saying."""
    import langcodes

    variety, _, script = code.partition("_")
    if len(variety) != 3 or len(script) != 4:
        return None
    variety, script = _RENAMED.get(variety, variety), script.title()
    language = _LANGUAGE_OF.get(variety) or langcodes.standardize_tag(variety)
    usual = str(langcodes.Language.get(language).maximize().script)
    try:
        return get_language(language if script == usual else f"{language}-{script}").tag
    except UnknownName:
        return None


def split_pair(name: str) -> tuple[str, str] | None:
    """Return the tags of "zh-ru", None where the name is not two languages."""
    parts = name.replace("→", "-").replace(">", "-").split("-")
    for middle in range(1, len(parts)):
        source, target = map(language_tag, ("-".join(parts[:middle]), "-".join(parts[middle:])))
        if source and target:
            return source, target
    return None
