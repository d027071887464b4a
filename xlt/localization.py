"""Texts of a program's interface in and out of JSON and gettext files, each checked.

    strings = read_strings("en.json")
    for string in strings.open: ...  # the task "localization", `check`, `strings.set(...)`
    strings.write("sw.json")

Other formats are left to their tools. ICU messages with plural or select forms, and entries of
gettext with plural forms, are refused one by one: a text-by-text translation would break them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.errors import DataFileError, DefinitionError, InputError, MissingExtra
from xlt.files.safe import read_lines, to_object, write_whole
from xlt.files.templates import read_text
from xlt.frozen import FrozenDict
from xlt.rows import TaskRow
from xlt.text_checks import citations, has_plural, placeholders

__all__ = ["Strings", "citations", "has_plural", "placeholders", "read_strings"]

_DEEPEST = 32


@dataclass(slots=True)
class Strings:
    """The texts of one file by key ("menu.open" in JSON, the msgid in gettext).

    `texts` are to be translated; `skipped` those that are left as they are, and why; `context`
    what the file says about a text. `set` puts a translation in, `write` makes the new file.
    """

    path: Path
    texts: dict[str, str]
    skipped: dict[str, str] = field(default_factory=dict)
    context: dict[str, str] = field(default_factory=dict)
    translated: dict[str, str] = field(default_factory=dict)

    def set(self, key: str, translation: str) -> None:
        """Take a translation for a text that the file has."""
        if key not in self.texts:
            raise InputError(f"{self.path} has no text {key!r} to translate.")
        self.translated[key] = translation

    def as_rows(self, language: str, target: str, glossary: Sequence[str] = ()) -> list[TaskRow]:
        """Return a request of the task "localization" for each text; `key` is a cell of the row.

        `glossary` are lines "term = translation".
        """
        return [
            TaskRow(
                line,
                key,
                FrozenDict(source=text, context=self.context.get(key), glossary=tuple(glossary)),
                language,
                target,
                None,
                {"key": key, "source": text},
            )
            for line, (key, text) in enumerate(self.texts.items(), start=1)
        ]

    def take_answers(self, path: Path | str) -> dict[str, str]:
        """Take the translations of the rows as `xlt run` wrote them; return why others were not.

        One with a fault (a placeholder lost, a term not used) is not taken.
        """
        left: dict[str, str] = {}
        for _, line, _ in read_lines(Path(path)):
            row = to_object(line) or {}
            key, value = row.get("key"), row.get("value")
            if not isinstance(key, str) or key not in self.texts:
                continue
            if isinstance(value, str) and not row.get("faults"):
                self.set(key, value)
            else:
                why = row.get("error") or row.get("faults") or "the reply holds no translation"
                left[key] = str(why)
        return left

    def write(self, path: Path | str, language: str) -> None:
        """Write the file in another language, whole or not at all.

        A text without a translation stays as it is (JSON) or untranslated (gettext).
        """
        if self.path.suffix == ".json":
            tree = _replaced(_json(self.path), self.translated, "")
            text = json.dumps(tree, ensure_ascii=False, indent=2) + "\n"
        else:
            text = _po_text(self.path, self.translated, language)
        write_whole(Path(path), [text.encode()])


def read_strings(path: Path | str) -> Strings:
    """Return the texts of a JSON file (nested objects and lists of texts) or a gettext PO file.

    Raises DataFileError for a file that is neither, MissingExtra for PO without polib.
    """
    path = Path(path)
    strings = Strings(path, {})
    if path.suffix == ".json":
        for key, text in _leaves(_json(path), "", 0):
            _take(strings, key, text)
    elif path.suffix in (".po", ".pot"):
        for entry in _po(path):
            key = _po_key(entry)
            if entry.obsolete or not entry.msgid:
                continue
            if entry.msgid_plural:
                strings.skipped[key] = "has plural forms"
                continue
            _take(strings, key, entry.msgid)
            about = [entry.msgctxt or "", entry.comment or ""]
            if any(about):
                strings.context[key] = "; ".join(one for one in about if one)
    else:
        raise DataFileError("is neither JSON nor a gettext .po file", path)
    return strings


def _take(strings: Strings, key: str, text: str) -> None:
    if has_plural(text):
        strings.skipped[key] = "is an ICU message with plural or select forms"
    elif any(character.isalpha() for character in text):
        strings.texts[key] = text
    else:
        strings.skipped[key] = "has no word"


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except DefinitionError as error:
        raise DataFileError(error.message, path, error.line) from error


def _json(path: Path) -> Any:
    try:
        tree = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise DataFileError(f"is not JSON: {error}", path) from error
    if not isinstance(tree, dict):
        raise DataFileError("must hold a JSON object of texts by key", path)
    return tree


def _leaves(tree: Any, place: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise InputError(f"The texts are nested deeper than {_DEEPEST} levels at {place!r}.")
    if isinstance(tree, list):
        tree = dict(enumerate(tree))
    for name, value in tree.items() if isinstance(tree, Mapping) else ():
        key = _key(place, name)
        if isinstance(value, str):
            yield key, value
        else:
            yield from _leaves(value, key, depth + 1)


def _replaced(tree: Any, translated: Mapping[str, str], place: str) -> Any:
    if isinstance(tree, str):
        return translated.get(place, tree)
    if isinstance(tree, Mapping):
        return {name: _replaced(one, translated, _key(place, name)) for name, one in tree.items()}
    if isinstance(tree, list):
        return [_replaced(one, translated, _key(place, name)) for name, one in enumerate(tree)]
    return tree


def _key(place: str, name: Any) -> str:
    return f"{place}.{name}" if place else str(name)


def _po(path: Path) -> Any:
    try:
        import polib
    except ModuleNotFoundError:
        raise MissingExtra("Reading gettext files", "po") from None
    try:
        return polib.pofile(_text(path))  # a text, so that no path inside is followed
    except (OSError, ValueError, UnicodeError) as error:
        raise DataFileError(f"is not a gettext file: {error}", path) from error


def _po_key(entry: Any) -> str:
    return f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else str(entry.msgid)


def _po_text(path: Path, translated: Mapping[str, str], language: str) -> str:
    file = _po(path)
    file.metadata["Language"] = language.replace("-", "_")
    for entry in file:
        text = translated.get(_po_key(entry))
        if text is not None:
            entry.msgstr = text
            if "fuzzy" in entry.flags:
                entry.flags.remove("fuzzy")
    return f"{file}\n"
