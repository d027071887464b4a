"""Languages: any BCP-47 tag, English name or own name -> `Language` (names from CLDR)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from xlt.errors import InputError, UnknownName
from xlt.files.compiled import derived_data
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages.entries import (
    TIERS,
    WORDS,
    Words,
    dialect_names,
    language_entry,
    language_tags,
    lexicon_of,
    normal_tag,
    other_names,
    own_entries,
    shipped_files,
)
from xlt.languages.locking import in_turn

_LONGEST = 100
"""Characters of the longest name or tag that is looked up."""
_COUNTRIES = {"jp": "ja", "cn": "zh", "cz": "cs", "dk": "da", "ua": "uk", "gr": "el", "ir": "fa"}
"""Codes of countries that are not codes of languages, and the language that is meant."""
_NEAREST = {"nb": "no", "nn": "no", "pbt": "ps"}
"""Languages whose macrolanguage CLDR does not name."""
_NO_LANGUAGE = frozenset(["und", "mul", "mis", "zxx"])


@dataclass(frozen=True, slots=True)
class Language:
    """A language as prompts name it.

    `tag` is its normalised BCP-47 tag ("zh-Hant"), `name` the English name, `native_name` its
    own; `tier` its share of Common Crawl (high: 1% or more, very low: under 0.1%), None where
    unknown; `folder` the user's template folder it was looked up in. Compares and hashes by its
    tag.
    """

    tag: str
    name: str = field(compare=False)
    native_name: str = field(compare=False)
    tier: str | None = field(default=None, compare=False)
    folder: str | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.name

    @property
    def lexicon(self) -> FrozenDict[str, Any]:
        """What replies in it call things: `lexicon["or"]` is a tuple of words.

        See `xlt.languages.CLASSES`; further `scale` and `numbers` from words to integers, `time`
        from units to words. A class that nothing is known of is missing.
        """
        return _lexicon(self.tag, self.folder)

    @property
    def words(self) -> Words:
        """The words of the lexicon for the answer, yes, no, maybe, a choice, cause, effect."""
        return _words(self.tag, self.folder)


def languages(files: TemplateFiles | None = None) -> tuple[Language, ...]:
    """Return the languages that xlt knows words of, or a template folder: by tier, then tag.

    Reads the entry of each. Those with a tier are the paper's 27.
    """
    files = files or TemplateFiles.at(None)
    variants = dialect_names(files)
    found = [_language(tag, files) for tag in language_tags(files) if tag not in variants]
    order = (*TIERS, None)
    return tuple(sorted(found, key=lambda one: (order.index(one.tier), one.tag)))


def words(language: Language, name: str) -> tuple[str, ...]:
    """Return the words of a class (`xlt.languages.CLASSES`) in a language, () where it has none."""
    found: tuple[str, ...] = language.lexicon.get(name, ())
    return found


def get_language(name: str | Language, files: TemplateFiles | None = None) -> Language:
    """Return the language of a BCP-47 tag, an English name or its own name.

    Raises UnknownName with a suggestion when no language is called this.
    """
    if isinstance(name, Language):
        return name
    if not isinstance(name, str):
        raise InputError(f"language must be a tag or a name, not {type(name).__name__}")
    files = files or TemplateFiles.at(None)
    if len(name) > _LONGEST:
        raise _unknown(name, files)
    return _find(name, files)


@in_turn
def likely_tag(tag: str, script: str) -> str | None:
    """Return the language of the country whose code `tag` is, where a text's script says so.

    `script` is the text's, by its ISO 15924 code: `likely_tag("kr", "Kore")` is "ko", for Kanuri is
    not written in Hangul. None where the script suits the tag or speaks for nothing.
    """
    import langcodes

    if not re.fullmatch("[A-Za-z]{2}", tag):
        return None
    written = {"Hang": "Kore", "Hira": "Jpan", "Kana": "Jpan", "Hani": "Hans"}.get(script, script)
    own = langcodes.Language.get(tag).maximize().script
    meant = langcodes.Language.get(f"und-{tag.upper()}").maximize()
    usual = meant.script == written or {meant.script, script} in (
        {"Jpan", "Hani"},
        {"Kore", "Hani"},
    )
    if not usual or own == written or meant.language in (None, "und", tag.lower()):
        return None
    return str(meant.language)


@lru_cache(maxsize=4096)
@in_turn
def _find(name: str, files: TemplateFiles) -> Language:
    wanted = name.strip()
    known = language_tags(files)
    tag = wanted if wanted in known else normal_tag(wanted)
    if tag not in known:
        named = _named(files).get(_key(wanted))
        tag = named or _plain_tag(wanted, files) or _tag_of(wanted, files) or _tag_of_name(wanted)
    if tag is None:
        raise _unknown(name, files)
    return _language(tag, files)


@in_turn
def _unknown(name: str, files: TemplateFiles) -> UnknownName:
    known = {language.name for language in languages(files) if language.tier}
    guess = "" if name.isascii() and len(name) < 4 else None  # next to anything is near "a"
    guess = _COUNTRIES.get(name.casefold(), guess)
    if guess is None and len(name) <= _LONGEST:
        # langcodes also finds a name by its first letters: a suggestion, not an answer
        near = _found_by_name(name)
        guess = None if near is None else near.display_name()
    return UnknownName("language", name, known | {"any other BCP-47 tag"}, guess=guess)


@lru_cache(maxsize=4096)
def _language(tag: str, files: TemplateFiles) -> Language:
    own = language_entry(tag, files)
    name = own.get("name") or dialect_names(files).get(tag) or _cldr_names(tag).english
    return Language(
        tag=tag,
        name=name,
        native_name=own.get("native_name") or _cldr_names(tag).native or name,
        tier=language_entry(_nearest_tag(tag, files), files).get("tier"),
        folder=None if files.own is None else str(files.own),
    )


@lru_cache(maxsize=4096)
def _lexicon(tag: str, folder: str | None) -> FrozenDict[str, Any]:
    files = TemplateFiles.at(folder)
    return lexicon_of(_nearest_tag(tag, files), files)


@lru_cache(maxsize=4096)
def _words(tag: str, folder: str | None) -> Words:
    lexicon = _lexicon(tag, folder)
    found = {word: lexicon.get(word, ()) for word in WORDS}
    return Words(**{**found, "choice": lexicon.get("option", ())})


class _Names(NamedTuple):
    """CLDR's names of a language: in English, in itself, and in itself without its variety.

    `native` is in the script it is usually written in; None where CLDR does not know it. Where
    CLDR has none for a variety, that of its language stands for it.
    """

    english: str
    native: str | None
    autonym: str


@lru_cache(maxsize=4096)
def _cldr_names(tag: str) -> _Names:
    kept = (derived_data("languages") or {"names": {}})["names"].get(tag)
    if kept is not None:
        return _Names(*kept)
    import langcodes

    code = langcodes.Language.get(tag)
    english, autonym = str(code.display_name()), str(code.autonym())
    if english.startswith("Unknown"):
        return _Names(english, None, autonym)
    native = str(code.display_name(code.maximize()))
    if native == english:
        native = str(langcodes.Language.get(code.language or tag).autonym())
    return _Names(english, native, autonym)


def facts_of_shipped() -> dict[str, Any]:
    """Return files and names of the languages that xlt knows, for `xlt.files.compiled`."""
    files = TemplateFiles.at(None)
    tags = (*language_tags(files), *dialect_names(files))
    return {"files": shipped_files(), "names": {tag: _cldr_names(tag) for tag in tags}}


@in_turn
def _nearest_tag(tag: str, files: TemplateFiles) -> str:
    """Return the tag, or that of its language or macrolanguage (cmn: zh), that has a lexicon."""
    known = language_tags(files)
    if tag in known and language_entry(tag, files)["lexicon"]:
        return tag
    import langcodes  # a tenth of a second, which most requests can do without

    code = langcodes.Language.get(tag)
    macro = langcodes.standardize_tag(code.language or "und", macro=True)
    for near in (code.language, _NEAREST.get(code.language or "", macro)):
        if near in known and language_entry(near, files)["lexicon"]:
            return str(near)
    return tag


def _tag_of(name: str, files: TemplateFiles) -> str | None:
    """Return the normalised tag if `name` is a valid BCP-47 tag or that of a dialect."""
    import langcodes

    tag = normal_tag(name)
    if tag is None or tag in dialect_names(files):
        return tag
    code = langcodes.Language.get(tag)
    known = code.is_valid() and not code.display_name().startswith("Unknown")
    return tag if known and code.language not in _NO_LANGUAGE else None


def _plain_tag(name: str, files: TemplateFiles) -> str | None:
    """Return "sw" for codes of ISO 639-3, FLORES and NLLB ("swh", "swh_Latn"), None for others.

    A script remains where the language is not usually written in it.
    """
    import langcodes

    if not re.fullmatch("[a-z]{3}(_[A-Z][a-z]{3})?", name):
        return None
    code = langcodes.Language.get(langcodes.standardize_tag(name, macro=True))
    if not code.is_valid() or code.display_name().startswith("Unknown"):
        return None
    plain = langcodes.Language.make(language=code.language)
    is_usual = code.to_tag() not in dialect_names(files) and plain.maximize().script == code.script
    tag = normal_tag((plain if is_usual else code).to_tag())
    return None if tag in _NO_LANGUAGE else tag


def _tag_of_name(name: str) -> str | None:
    """Return the tag of a language by its name in English or in itself, matched whole."""
    from language_data.names import code_to_names

    if len(_key(name)) < 3 and name.isascii():  # there are languages called E, U and Vo
        return None
    code = (_found_by_name(name, "en") if name.isascii() else None) or _found_by_name(name)
    if code is None:
        return _tag_of_variant(name)
    names = {code.display_name(), code.autonym(), *code_to_names(code.to_tag()).values()}
    if _key(name) in {_key(one) for one in names}:
        return normal_tag(code.to_tag())
    return _tag_of_variant(name)


def _tag_of_variant(name: str) -> str | None:
    """Return the tag of a name with a script or a country: "sr-Cyrl" for "Serbian (Cyrillic)"."""
    from language_data.names import name_to_code

    match = re.fullmatch(r"([^()]+) \(([^()]+)\)", name)
    base = _tag_of_name(match[1]) if match else None
    if match is None or base is None:
        return None
    kinds = ("script", "territory")
    found = [name_to_code(kind, match[2].casefold(), "en") for kind in kinds]
    part = next((one for one in found if one), None)
    return normal_tag(f"{base}-{part}") if part else None


def _found_by_name(name: str, language: str | None = None) -> Any:
    """Return what langcodes takes for the language of this name, None for nothing."""
    import langcodes

    if "\0" in name:  # its trie raises a SystemError
        return None
    try:
        return langcodes.find(name, language)
    except (LookupError, ValueError, AssertionError):
        return None


@lru_cache(maxsize=64)
def _named(files: TemplateFiles) -> Mapping[str, str]:
    """Return tags by the comparable form of every name that the languages with entries have.

    Of shipped entries only the tags are looked at: their names are CLDR's, or `other_names`.
    """
    named: dict[str, str] = {}
    for tag in (*dialect_names(files), *language_tags(files)):
        english, native, autonym = _cldr_names(tag)
        for name in (dialect_names(files).get(tag), english, autonym, native):
            named[_key(name or "")] = tag
    for name, tag in other_names(files).items():
        named[_key(name)] = normal_tag(tag) or tag
    for tag, entry in own_entries(files):
        for name in (entry.get("name"), entry.get("native_name")):
            named[_key(name or "")] = tag
    named.pop("", None)
    return named


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFC", name).casefold()
    return " ".join(re.sub(r"[()\-,_]", " ", folded).split())
