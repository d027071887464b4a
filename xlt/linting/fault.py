"""`Fault`: one thing wrong in a definition file, and finding its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from xlt.files.yaml import child_node, locate

_CLOSER = {"{{": "}}", "{%": "%}"}
_OPENER = re.compile(r"\{\{|\{%")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place; `line` and `column` count from 1."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


def place_of_word(
    node: yaml.Node | None, location: tuple[str | int, ...], word: str, text: str
) -> tuple[int, int]:
    """Return where `word` is in the template at `location`, else where the template starts."""
    found = _node_at(node, location)
    if found is not None and word:
        raw = text[found.start_mark.index : found.end_mark.index]
        offset = find_word(raw, word)
        if offset is not None:
            return line_and_column(text, found.start_mark.index + offset)
    return locate(node, location)


def place_of_key(node: yaml.Node | None, location: tuple[str | int, ...]) -> tuple[int, int]:
    """Return where the key at the end of `location` stands."""
    parent = _node_at(node, location[:-1])
    if isinstance(parent, yaml.MappingNode):
        for key, _ in parent.value:
            if key.value == str(location[-1]):
                return (key.start_mark.line + 1, key.start_mark.column + 1)
    return locate(node, location)


def find_word(text: str, word: str) -> int | None:
    """Return the offset of `word` in the first template expression of `text` that has it."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    for start, end in expressions(text):
        found = pattern.search(text, start, end)
        if found:
            return found.start()
    return None


def expressions(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each template expression of a text starts and ends, in linear time."""
    closers, at = dict(_CLOSER), 0
    for opener in _OPENER.finditer(text):
        if opener.start() < at or opener[0] not in closers:
            continue
        end = text.find(closers[opener[0]], opener.end())
        if end < 0:  # nor for any that follows
            del closers[opener[0]]
        else:
            at = end + 2
            yield opener.start(), at


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, offset) + 1
    return (text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _node_at(node: yaml.Node | None, location: tuple[str | int, ...]) -> yaml.Node | None:
    for step in location:
        node = child_node(node, step)
    return node
