"""What template folders say of a language, each file read when its language is first used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlt.errors import DefinitionError, UnknownName
from xlt.files.compiled import derived_data, shipped_data
from xlt.files.templates import TemplateFiles, read_text
from xlt.frozen import FrozenDict
from xlt.languages.locking import in_turn

TIERS = ("high", "middle", "very low")
CLASSES = (
    *("answer", "final", "option", "letters", "correct", "copula", "particles", "step", "english"),
    *("or", "and", "not", "neither", "both", "all", "but", "because", "therefore", "about"),
    *("yes", "no", "maybe", "uncertain", "refusal", "explanation", "cause", "effect"),
    *("entailment", "contradiction", "neutral", "paraphrase", "different_meaning"),
    *("minus", "point", "percent", "then", "aside", "currency", "opener"),
    *("unable", "tell", "if", "whether", "than", "than_after", "between", "range"),
    *("preposition", "article", "pronoun", "given", "respectively", "less", "more", "choose"),
    *("wait", "turn", "number"),
    *("half", "part", "placeholder", "question", "purpose", "judged", "case", "clock", "except"),
    *("result", "abbreviation", "that", "total", "idiom", "nth", "nth_before", "prefix"),
    "number_joins",
    *("retell", "retold", "working", "solving", "aim", "output", "name_particle"),
    *("romanized", "romanized_shared"),
)
"""Classes of words in a lexicon, each a list."""
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
"""Units of time in a lexicon, each a list of words under `time`."""
SECTIONS = ("languages", "dialects", "other_names", "instructions")
INSTRUCTIONS = ("think", "format", "number", "source")
"""Instruction lines that a language has together, or none of them; native_cot needs them."""
LINES = ("answer_in", "think_in", "thought", "thinking", "boxed", "answer_is")
"""Further lines, each by itself: "Answer in German.", "Think in German.", the first words of a
thought in German, "Use German to think and answer.", where to put the box, "The answer is ({})"."""

_INDEX, _FOLDER = "languages.yaml", "languages"
_NAMES = ("name", "native_name")
_KEYS = (*_NAMES, "tier", "lexicon", "numbers", "instructions")
_MAPPINGS = ("lexicon", "instructions")
_NUMBERED = ("scale", "scale_first", "ordinal", "former", "numbers", "added", "added_first")
_PARTS = {  # those that may hold parts of one, and their form: 1.5, -0.25
    "numbers": re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,3})?"),
    **dict.fromkeys(("added", "added_first"), re.compile(r"-?[0-9](?:\.[0-9]{1,3})?")),
}
_OLD_CLASSES = {"choice": "option"}

Entry = Mapping[str, Any]
Fault = tuple[tuple[str | int, ...], str]
"""Where in the file (keys and indices), and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Words:
    """What replies in a language call these; empty where its lexicon has none."""

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


@lru_cache(maxsize=64)
@in_turn
def language_tags(files: TemplateFiles) -> tuple[str, ...]:
    """Return the sorted tags of all languages with an entry; no entry is read for it."""
    return tuple(sorted({*shipped_files(), *_own_files(files), *_index(files)["languages"]}))


@lru_cache(maxsize=1024)
@in_turn
def language_entry(tag: str, files: TemplateFiles) -> Entry:
    """Return the entry of a normalised tag, empty for others; a user's own comes on top.

    `lexicon` and `instructions` are merged key by key.
    """
    layers = []
    if tag in shipped_files():
        layers.append(shipped_data(shipped_files()[tag]))
    layers.append(_index(files)["languages"].get(tag, {}))
    layers.append({"instructions": _index(files)["instructions"].get(tag, {})})
    if tag in _own_files(files):
        path = files.find(_own_files(files)[tag])
        layers.append(_checked(path, file_faults(_load(path), tag)))
    entry: dict[str, Any] = {}
    for layer in layers:
        layer = _with_lexicon(layer)
        entry |= layer | {key: entry.get(key, {}) | layer.get(key, {}) for key in _MAPPINGS}
    return entry


def own_entries(files: TemplateFiles) -> Iterator[tuple[str, Entry]]:
    """Yield tag and entry of the languages in the user's own folder."""
    for tag in sorted({*_own_files(files), *_index(files)["languages"]}):
        yield tag, language_entry(tag, files)


@lru_cache(maxsize=1024)
def lexicon_of(tag: str, files: TemplateFiles) -> FrozenDict[str, Any]:
    """Return what replies in a language call things, from its entry.

    A tuple of words for each of `CLASSES` it has, and mappings: `scale` and `numbers` from words
    to numbers (integers, or a Decimal for a half), `time` from `UNITS` to tuples of words.
    """
    entry = language_entry(tag, files)
    lexicon: dict[str, Any] = {}
    for name, value in (entry["lexicon"] | {"numbers": entry.get("numbers", {})}).items():
        if name == "time":
            lexicon[name] = FrozenDict({unit: tuple(words) for unit, words in value.items()})
        elif name in _NUMBERED:
            lexicon[name] = FrozenDict({word: _number(text) for word, text in value.items()})
        else:
            lexicon[name] = tuple(value)
    return FrozenDict(lexicon)


def _number(text: str) -> int | Decimal:
    return int(text) if text.isdecimal() else Decimal(text)


def dialect_names(files: TemplateFiles) -> Mapping[str, str]:
    """Return the English names of variants by tag ("pt-BR": "Brazilian Portuguese")."""
    return _index(files)["dialects"]


def other_names(files: TemplateFiles) -> Mapping[str, str]:
    """Return tags by further names of languages ("Farsi": "fa")."""
    return _index(files)["other_names"]


def instruction_lines(tag: str, files: TemplateFiles) -> Mapping[str, str]:
    """Return the instruction lines in a language: those of `INSTRUCTIONS` and `LINES` it has."""
    lines: Mapping[str, str] = language_entry(tag, files)["instructions"]
    return lines


def nearest_tags(tag: str) -> tuple[str, ...]:
    """Return a tag and those it is a variant of: sr-Cyrl-RS, sr-Cyrl, sr."""
    parts = tag.split("-")
    return tuple(["-".join(parts[:count]) for count in range(len(parts), 0, -1)])


def nearest_line(tag: str, name: str, files: TemplateFiles) -> str | None:
    """Return a line of a language, or of the one it is a variant of ("de-AT": "de")."""
    for one in nearest_tags(tag):
        if line := instruction_lines(one, files).get(name):
            return line
    return None


@lru_cache(maxsize=64)
def own_texts(files: TemplateFiles) -> str:
    """Return all that template folders change of what shipped entries say, as one text."""
    own = sorted(_own_files(files).values())
    return "\0".join([files.read(name) for name in (_INDEX, *own)])


@in_turn
def normal_tag(name: str) -> str | None:
    """Return the normalised form of a well-formed BCP-47 tag, known or not; None for others."""
    tag = name.replace("_", "-")
    if not tag.isascii() or len(tag) > 100 or not tag.replace("-", "").isalnum():
        return None
    import langcodes

    try:
        normal = str(langcodes.Language.get(tag).to_tag())
        langcodes.Language.get(normal)  # "00_AAA_00A" is put into a form that is no tag itself
    except ValueError:  # LanguageTagError: not well-formed
        return None
    return normal


def is_language_file(data: object, path: Path) -> bool:
    """Tell whether a definition file is about one language: by its folder, or by its keys."""
    return path.parent.name == _FOLDER or (
        isinstance(data, dict) and bool({"lexicon", "tier"} & data.keys())
    )


def file_faults(data: object, tag: str) -> Iterator[Fault]:
    """Yield every fault in what a `languages/<tag>.yaml` holds, and its place."""
    if normal_tag(tag) is None:
        yield (), f"{tag!r} is not a language tag (BCP-47): name the file after one, or x-name"
    elif not isinstance(data, dict):
        yield (), f"the file must be a mapping with the keys {', '.join(_KEYS)}"
    else:
        yield from _entry_faults(tag, data)


def entry_faults(data: object) -> Iterator[Fault]:
    """Yield every fault in what a `languages.yaml` holds, and its place."""
    if not isinstance(data, dict):
        yield (), f"the file must be a mapping with the keys {', '.join(SECTIONS)}"
        return
    for key, section in data.items():
        if key not in SECTIONS:
            yield (key,), str(UnknownName("key", key, SECTIONS))
        elif section and not isinstance(section, dict):
            of = "names" if key == "other_names" else "language tags"
            yield (key,), f"{key} must be a mapping from {of}"
        else:
            yield from _section_faults(key, section or {})


@lru_cache(maxsize=64)
@in_turn
def _index(files: TemplateFiles) -> Mapping[str, Mapping[str, Any]]:
    """Return the sections of `languages.yaml`, the user's own on top, by normalised tag."""
    shipped = shipped_data(_INDEX)
    found = {section: dict(shipped.get(section) or {}) for section in SECTIONS}
    if files.is_own(_INDEX):
        path = files.find(_INDEX)
        own = _checked(path, entry_faults(_load(path)))
        for section in SECTIONS:
            for tag, entry in (own.get(section) or {}).items():
                key = tag if section == "other_names" else normal_tag(tag)
                found[section][key or tag] = entry
    return found


@lru_cache(maxsize=1)
def shipped_files() -> Mapping[str, str]:
    """Return the names of xlt's own files by tag."""
    facts = derived_data("languages")
    if facts is not None:
        files: dict[str, str] = facts["files"]
        return files
    shipped = TemplateFiles.at(None)
    names = shipped.names(_FOLDER, ".yaml")
    plain = {Path(name).stem: name for name in names if "-" not in name}  # needs no langcodes
    return {**plain, **_names_by_tag(shipped, [name for name in names if "-" in name])}


@lru_cache(maxsize=64)
def _own_files(files: TemplateFiles) -> Mapping[str, str]:
    """Return the names of the files in the user's own folder by tag."""
    if files.own is None:
        return {}
    names = files.names(_FOLDER, ".yaml")
    return _names_by_tag(files, [name for name in names if files.is_own(name)])


def _names_by_tag(files: TemplateFiles, names: Iterable[str]) -> Mapping[str, str]:
    found = {}
    for name in names:
        tag = normal_tag(Path(name).stem)
        if tag is None:
            _checked(files.find(name), file_faults({}, Path(name).stem))
        found[str(tag)] = name
    return found


def _load(path: Path) -> Any:
    from xlt.files.yaml import load_yaml  # only a user's own entries are YAML

    return load_yaml(path) or {}


def _checked(path: Path, faults: Iterator[Fault]) -> Mapping[str, Any]:
    """Return what a user's file holds; raise DefinitionError at its first fault."""
    for where, fault in faults:
        from xlt.files.yaml import compose_yaml, locate

        line, column = locate(compose_yaml(read_text(path), path), where)
        raise DefinitionError(fault, path=path, line=line, column=column)
    checked: Mapping[str, Any] = _load(path)
    return checked


def _with_lexicon(entry: Entry) -> dict[str, Any]:
    """Return an entry whose classes of words, which may lie beside its names, are in `lexicon`."""
    names = {key: value for key, value in entry.items() if key in _KEYS}
    flat = {key: value for key, value in entry.items() if key not in _KEYS} | dict(
        entry.get("lexicon", {})
    )
    lexicon = {_OLD_CLASSES.get(key, key): value for key, value in flat.items()}
    return names | {"lexicon": lexicon}


def _section_faults(key: str, section: Mapping[str, object]) -> Iterator[Fault]:
    for tag, value in section.items():
        if key == "other_names":
            if not isinstance(value, str) or normal_tag(value) is None:
                yield (key, tag), f"the tag of {tag} must be a language tag (BCP-47)"
        elif normal_tag(tag) is None:
            yield (key, tag), f"{tag!r} is not a language tag (BCP-47); one of your own is x-name"
        elif key == "dialects":
            if not _is_text(value):
                yield (key, tag), f"the name of {tag} must be text"
        elif not isinstance(value, dict):
            yield (key, tag), f"the entry of {tag} must be a mapping"
        else:
            check = _instruction_faults if key == "instructions" else _entry_faults
            yield from (((key, tag, *where), fault) for where, fault in check(tag, value))


def _entry_faults(tag: str, entry: Mapping[str, object]) -> Iterator[Fault]:
    for key, value in entry.items():
        if key in _NAMES:
            if not _is_text(value):
                yield (key,), f"{tag}.{key} must be text"
        elif key == "tier":
            if value not in TIERS:
                yield (key,), str(UnknownName("tier", str(value), TIERS))
        elif key in _MAPPINGS and not isinstance(value, dict):
            yield (key,), f"{tag}.{key} must be a mapping"
        elif key in _MAPPINGS and isinstance(value, dict):
            check = _lexicon_faults if key == "lexicon" else _instruction_faults
            yield from (((key, *where), fault) for where, fault in check(tag, value))
        else:
            yield from _class_faults(tag, key, value, _KEYS)
    if not entry.get("name") and not _is_known(tag):
        yield (), f"CLDR does not know {tag}: give it a name"


def _lexicon_faults(tag: str, lexicon: Mapping[str, object]) -> Iterator[Fault]:
    for key, value in lexicon.items():
        yield from _class_faults(tag, key, value)


def _class_faults(tag: str, key: str, value: object, others: Iterable[str] = ()) -> Iterator[Fault]:
    """Yield what is wrong in a class of words; `others` are keys that could have been meant."""
    if key in (*_NUMBERED, "time"):
        if not isinstance(value, dict):
            yield (key,), f"{tag}.{key} must be a mapping"
        elif key == "time":
            for unit, words in value.items():
                if unit not in UNITS:
                    yield (key, unit), str(UnknownName("unit of time", unit, UNITS))
                else:
                    yield from (((key, *at), what) for at, what in _list_faults(tag, unit, words))
        else:
            for word, number in value.items():
                if not (isinstance(number, str) and _is_number(key, number)):
                    form = "a number, such as 2 or 2.5" if key in _PARTS else "a whole number"
                    yield (key, word), f"the value of {tag}.{key}.{word} must be {form}"
    elif key not in CLASSES and key not in _OLD_CLASSES:
        known = {*others, *CLASSES, *_NUMBERED, "time"}
        yield (key,), str(UnknownName(f"key of language {tag}", key, known))
    else:
        yield from _list_faults(tag, key, value)


def _is_number(key: str, text: str) -> bool:
    if key in _PARTS:
        return _PARTS[key].fullmatch(text) is not None
    return text.isdecimal() and len(text) < 20


def _list_faults(tag: str, key: str, words: object) -> Iterator[Fault]:
    if not isinstance(words, list):
        yield (key,), f"the words of {tag}.{key} must be a list"
        return
    for index, word in enumerate(words):
        if not _is_text(word):
            yield (key, index), f"a word of {tag}.{key} must be text"


def _instruction_faults(tag: str, lines: Mapping[str, object]) -> Iterator[Fault]:
    needed = set(INSTRUCTIONS)
    if lines.keys() & needed and not needed <= lines.keys():
        yield (), f"the lines of {tag} must be {', '.join(INSTRUCTIONS)}"
    for key, line in lines.items():
        if key not in (*INSTRUCTIONS, *LINES, "or"):
            known = (*INSTRUCTIONS, *LINES)
            yield (key,), str(UnknownName(f"instruction line of {tag}", key, known))
        elif not _is_text(line):
            yield (key,), f"the line {tag}.{key} must be text"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_known(tag: str) -> bool:
    import langcodes

    code = langcodes.Language.get(tag.replace("_", "-"))
    return bool(code.language) and not code.display_name().startswith("Unknown")
