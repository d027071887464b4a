"""The words of the command line: old spellings of options, and errors that name options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xlt.errors import InputError, UnknownName, XLTError

# What a parameter of the commands is called in the library, where that is not its own name.
_ARGUMENTS = {
    "target": "target_language",
    "shots": "demonstrations",
    "shots_format": "demonstration_format",
    "fit": "max_tokens",
}
# A quotation is the user's own text; `name=`, `name='value'`, `name=...` an argument, and so is
# `two_words`, or the word that a message begins with: "steps is empty".
_PARTS = re.compile(
    r"""(?<!\w)(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"|(?<![\w-])(?P<name>[a-z][a-z_]*)=(?:'(?P<value>[^']*)'|\[?\.\.\.\]?|\[(?P<list>\x22[^\]]*)\])?"
    r"|\A(?P<first>[a-z_]+)(?= (?:is|must|goes)\b)"
    r"|(?<![\w-])(?P<bare>[a-z]+(?:_[a-z]+)+)(?!\w)"
)
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])")


def worded(error: XLTError, command: Any) -> str:
    """Return the message of an error that `command` (of click), or one below it, ended in."""
    options = dict(_options(command))
    if isinstance(error, UnknownName) and error.kind.startswith("option of"):
        if "option" in options:  # the command takes them by the library's names
            return str(error)
        known = [options[name] for name in error.known if name in options]
        return str(UnknownName(error.kind, options.get(error.name, error.name), known))
    if not isinstance(error, InputError):
        return str(error)
    first, *advice = _SENTENCE_END.split(str(error))
    kept = [first, *[one for one in advice if not _foreign(one, options)]]
    return _PARTS.sub(lambda part: _in_options(part, options), " ".join(kept))


def _options(command: Any) -> Iterator[tuple[str, str]]:
    """Yield the library's name of each argument that has an option, and the option."""
    for below in getattr(command, "commands", {}).values():
        yield from _options(below)
    for parameter in getattr(command, "params", ()):
        option = max(parameter.opts, key=len)
        if option.startswith("--"):
            yield _ARGUMENTS.get(parameter.name, parameter.name), option


def _foreign(sentence: str, options: Mapping[str, str]) -> bool:
    """Tell whether advice is about an argument that the command has no option for."""
    names = [part["name"] for part in _PARTS.finditer(sentence) if part["name"]]
    return any(name not in options for name in names)


def _in_options(part: re.Match[str], options: Mapping[str, str]) -> str:
    option = options.get(part["name"] or part["first"] or part["bare"] or "")
    if option is None:
        return part[0]
    value = part["value"] or (part["list"] or "").replace('"', "").replace(", ", ",")
    return f"{option} {value}" if value else option


# By command: the old option, and the new one, or None where its value is now an argument.
RENAMED: Mapping[tuple[str, ...], Mapping[str, str | None]] = {
    ("preview",): {"--file": "--data"},
    ("batch", "export"): {"--file": None, "--data": None, "--out": "--output"},
    ("demos", "build"): {"--answer": "--gold", "--concurrency": "--max-concurrency"},
}


def respelled(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command line without old spellings, and a hint for each that it had."""
    command = next((one for one in RENAMED if tuple(words[: len(one)]) == one), ())
    renamed = RENAMED.get(command, {})
    found, last, hints = [], [], []
    rest = iter(words)
    for word in rest:
        if word == "--":
            found += [word, *rest]
            break
        name, sign, value = word.partition("=")
        if name not in renamed:
            found.append(word)
            continue
        new = renamed[name]
        if new is None:
            hints.append(f"{name} is no longer needed: give its value after TASK.")
            last += [value] if sign else [next(rest, "")]
        else:
            hints.append(f"{name} is now {new}.")
            found.append(f"{new}{sign}{value}")
    return [*found, *last], hints
