"""The entries of `languages.yaml`: what CLDR does not say, checked, faults with their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlt.errors import DefinitionError, UnknownName
from xlt.files.templates import TemplateFiles, read_text
from xlt.files.yaml import compose_yaml, load_yaml, locate
from xlt.languages.locking import in_turn

TIERS = ("high", "middle", "very low")
_NAMES = ("name", "native_name")


@dataclass(frozen=True, slots=True)
class Words:
    """What replies in a language call these; empty where `languages.yaml` has none."""

    answer: tuple[str, ...] = ()
    copula: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    choice: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    effect: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    english: tuple[str, ...] = ()


WORDS = tuple(field.name for field in fields(Words))

INSTRUCTIONS = ("think", "format", "number", "or", "source")
SECTIONS = ("languages", "dialects", "instructions")

Entries = Mapping[str, Mapping[str, Any]]
Fault = tuple[tuple[str | int, ...], str]
"""Where in the file (keys and indices), and what is wrong there."""


def language_entries(files: TemplateFiles) -> Entries:
    """Return the language entries by normalised tag; a user's own come on top, key by key."""
    return _definitions(files)["languages"]


def dialect_names(files: TemplateFiles) -> Mapping[str, str]:
    """Return the English names of variants by tag ("pt-BR": "Brazilian Portuguese")."""
    names: Mapping[str, Any] = _definitions(files)["dialects"]
    return names


def instruction_lines(files: TemplateFiles) -> Entries:
    """Return the instruction lines of native_cot by tag: `INSTRUCTIONS`, each a text."""
    return _definitions(files)["instructions"]


@in_turn
def normal_tag(name: str) -> str | None:
    """Return the normalised form of a well-formed BCP-47 tag, known or not; None for others."""
    import langcodes

    tag = name.replace("_", "-")
    if not tag.isascii() or len(tag) > 100 or not tag.replace("-", "").isalnum():
        return None
    try:
        normal = str(langcodes.Language.get(tag).to_tag())
        langcodes.Language.get(normal)  # "00_AAA_00A" is put into a form that is no tag itself
    except ValueError:  # LanguageTagError: not well-formed
        return None
    return normal


def entry_faults(data: object) -> Iterator[Fault]:
    """Yield every fault in what a `languages.yaml` holds, and its place."""
    if not isinstance(data, dict):
        yield (), f"the file must be a mapping with the keys {', '.join(SECTIONS)}"
        return
    for key, section in data.items():
        if key not in SECTIONS:
            yield (key,), str(UnknownName("key", key, SECTIONS))
        elif section and not isinstance(section, dict):
            yield (key,), f"{key} must be a mapping from language tags"
        else:
            yield from _section_faults(key, section or {})


@lru_cache(maxsize=64)
@in_turn
def _definitions(files: TemplateFiles) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for root in reversed(files.roots):
        path = root / "languages.yaml"
        if not path.is_file():
            continue
        data = _load(path)
        for section in SECTIONS:
            for tag, entry in (data.get(section) or {}).items():
                normal = normal_tag(tag) or tag
                before = found[section].get(normal, {})
                found[section][normal] = {**before, **entry} if section == "languages" else entry
    return found


def _load(path: Path) -> Mapping[str, Any]:
    data = load_yaml(path) or {}
    for where, fault in entry_faults(data):
        line, column = locate(compose_yaml(read_text(path), path), where)
        raise DefinitionError(fault, path=path, line=line, column=column)
    checked: Mapping[str, Any] = data
    return checked


def _section_faults(key: str, section: Mapping[str, object]) -> Iterator[Fault]:
    for tag, value in section.items():
        if normal_tag(tag) is None:
            yield (key, tag), f"{tag!r} is not a language tag (BCP-47); one of your own is x-name"
        elif key == "dialects":
            if not _is_text(value):
                yield (key, tag), f"the name of {tag} must be text"
        elif not isinstance(value, dict):
            yield (key, tag), f"the entry of {tag} must be a mapping"
        elif key == "instructions":
            if set(value) != set(INSTRUCTIONS) or not all(map(_is_text, value.values())):
                yield (key, tag), f"the lines of {tag} must be {', '.join(INSTRUCTIONS)}"
        else:
            yield from (((key, tag, *where), fault) for where, fault in _entry_faults(tag, value))


def _entry_faults(tag: str, entry: Mapping[str, object]) -> Iterator[Fault]:
    for key, value in entry.items():
        if key in _NAMES:
            if not _is_text(value):
                yield (key,), f"{tag}.{key} must be text"
        elif key == "tier":
            if value not in TIERS:
                yield (key,), str(UnknownName("tier", str(value), TIERS))
        elif key not in WORDS:
            yield (key,), str(UnknownName(f"key of language {tag}", key, {*_NAMES, "tier", *WORDS}))
        elif not isinstance(value, list):
            yield (key,), f"the words of {tag}.{key} must be a list"
        else:
            for index, word in enumerate(value):
                if not _is_text(word):
                    yield (key, index), f"a word of {tag}.{key} must be text"
    if not entry.get("name") and not _is_known(tag):
        yield (), f"CLDR does not know {tag}: give it a name"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_known(tag: str) -> bool:
    import langcodes

    code = langcodes.Language.get(tag.replace("_", "-"))
    return bool(code.language) and not code.display_name().startswith("Unknown")
