"""The faults of a template file (`.j2`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes

from xlt.errors import UnknownName, XLTError
from xlt.files.templates import TemplateFiles
from xlt.linting.fault import expressions, find_word, line_and_column
from xlt.rendering.allowlist import check_size, outgrown, tree_faults
from xlt.rendering.environment import FILTERS, parse_source, parts_of, syntax_tree
from xlt.task_checks import LANGUAGE_PARTS, REQUEST_PARTS, TEMPLATE_VALUES, mentioned

Faults = Iterator[tuple[tuple[int, int], str]]
TEXTS = frozenset((*REQUEST_PARTS, *LANGUAGE_PARTS))


def source_faults(text: str, path: Path) -> Faults:
    """Yield the faults of a template: syntax, what is not allowed, unknown values and includes."""
    check_size(text, str(path))
    try:
        tree = syntax_tree(text)
    except TemplateSyntaxError as error:
        yield _place(text, error.lineno, ""), error.message or "syntax error"
        return
    if fault := outgrown(tree):
        yield _place(text, fault[0], ""), fault[1]
        return
    places = _Places(text)
    for line, message, word in tree_faults(tree, FILTERS):
        yield places.of(line or 1, word, message), message
    for loop in tree.find_all(nodes.For):
        if isinstance(loop.iter, nodes.Name) and loop.iter.name in TEXTS:
            name = loop.iter.name
            message = f"a loop runs over a list, and {name!r} is a text"
            yield _place(text, loop.lineno, name), message
    known = TEMPLATE_VALUES | _shipped_values()
    for name in mentioned(tree):
        if name not in known:
            message = str(UnknownName("value for a template", name, known - {"loop"}))
            yield _place_of_value(text, name), message
    yield from _include_faults(tree, text, path)


def _include_faults(tree: nodes.Template, text: str, path: Path) -> Faults:
    includes = list(tree.find_all(nodes.Include))
    if not includes:
        return
    files = TemplateFiles(path.resolve().parent)
    for include in includes:
        name = include.template.value if isinstance(include.template, nodes.Const) else None
        if isinstance(name, str):
            try:
                files.find(name)
            except XLTError as error:
                yield _place(text, include.lineno, name), str(error)
    for part in parts_of(tree):
        if not isinstance(part, nodes.Include):
            yield _place(text, _first_line(part), ""), "a template with includes holds nothing else"
            return


def _first_line(part: nodes.Node) -> int:
    """Return the line on which a part's text begins, blank lines in front left out."""
    if not isinstance(part, nodes.TemplateData):
        return part.lineno
    return part.lineno + len(part.data[: -len(part.data.lstrip())].split("\n")) - 1


@lru_cache(maxsize=1)
def _shipped_values() -> frozenset[str]:
    """Return the values that some shipped template mentions, those of its strategy included."""
    files = TemplateFiles.at(None)
    trees = [parse_source(files.read(name), name) for name in files.names(suffix=".j2")]
    return frozenset(name for tree in trees for name in mentioned(tree))


def _place_of_value(text: str, name: str) -> tuple[int, int]:
    offset = find_word(text, name)
    return (1, 1) if offset is None else line_and_column(text, offset)


def _place(text: str, line: int | None, word: str) -> tuple[int, int]:
    """Return where in a line the fault is: at `word`, or at the first expression."""
    line = line or 1
    here = (text.split("\n", line) + [""] * line)[line - 1]
    offset = find_word(here, word) if word else None
    if offset is None:
        starts = [at for at in (here.find("{{"), here.find("{%")) if at >= 0]
        offset = min(starts, default=0)
    return (line, offset + 1)


class _Places:
    """Finds the expression that has a fault by itself; each expression is parsed once."""

    def __init__(self, text: str) -> None:
        self._text, self._lines = text, text.split("\n")
        self._found: dict[int, dict[str, int]] = {}

    def of(self, line: int, word: str, message: str) -> tuple[int, int]:
        here = self._lines[line - 1] if line <= len(self._lines) else ""
        offset = find_word(here, word) if word else None
        if offset is None:
            if line not in self._found:
                self._found[line] = _offsets_of_faults(here)
            offset = self._found[line].get(message)
        return _place(self._text, line, "") if offset is None else (line, offset + 1)


def _offsets_of_faults(line: str) -> dict[str, int]:
    """Return the offset of the first expression of a line that has each fault."""
    offsets: dict[str, int] = {}
    for start, end in expressions(line):
        try:
            tree = syntax_tree(line[start:end])
        except TemplateSyntaxError:
            continue  # one half of a block
        for _, message, _ in tree_faults(tree, FILTERS):
            offsets.setdefault(message, start)
    return offsets
