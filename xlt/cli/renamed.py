"""Old spellings of options, which work for one more version with a hint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
