"""`Fault`: one thing wrong in a definition file, and finding its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from xlt.files.yaml import child_node, locate

EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


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
    """Return where `word` stands in the template at `location`, else where the template starts."""
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
    for expression in EXPRESSION.finditer(text):
        found = pattern.search(expression[0])
        if found:
            return expression.start() + found.start()
    return None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, offset) + 1
    return (text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _node_at(node: yaml.Node | None, location: tuple[str | int, ...]) -> yaml.Node | None:
    for step in location:
        node = child_node(node, step)
    return node
