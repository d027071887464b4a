"""Linting definition files and templates: every fault, with its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml
from jinja2 import TemplateSyntaxError, nodes
from pydantic import BaseModel, ValidationError

from xlt.demonstrations.definition import DemonstrationFile
from xlt.demonstrations.demonstration import FORMATS, with_header, with_pictures
from xlt.errors import DefinitionError, UnknownName, XLTError
from xlt.files.templates import TemplateFiles, read_text
from xlt.files.validated import fault_text
from xlt.files.yaml import build, child_node, compose_yaml, locate
from xlt.languages import get_language
from xlt.languages.entries import SECTIONS, entry_faults, file_faults, is_language_file
from xlt.registry import get_task, names
from xlt.rendering.allowlist import check_size, outgrown, tree_faults
from xlt.rendering.environment import FILTERS, parse_source, parts_of, syntax_tree
from xlt.request import check_inputs
from xlt.strategies.policy import Policy
from xlt.task import Task
from xlt.task_checks import LANGUAGE_PARTS, REQUEST_PARTS, TEMPLATE_VALUES, mentioned, task_faults

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["lint_file"]

Faults = Iterator[tuple[tuple[int, int], str]]
MAX_FAULTS = 100
TEXTS = frozenset((*REQUEST_PARTS, *LANGUAGE_PARTS))
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


def lint_file(path: Path | str) -> tuple[Fault, ...]:
    """Return the faults of a definition file, in its order.

    A `.j2` file is a template. A YAML file in a folder `languages`, or one with `lexicon` or
    `tier`, defines the language it is named after; one with `languages`, `dialects`, `other_names`
    or `instructions` several; one that is a list or has `demonstrations` holds demonstrations, one
    with `rules` a policy; any other is a task.
    Raises nothing for what the file holds, or for a file that cannot be read: that is a fault.
    """
    path = Path(path)
    try:
        text = read_text(path)
        if path.suffix == ".j2":
            return _sorted(path, source_faults(text, path))
        if path.suffix not in (".yaml", ".yml"):
            return (Fault(str(path), 1, 1, "is neither a template (.j2) nor a definition (.yaml)"),)
        return _sorted(path, _yaml_faults(text, path))
    except DefinitionError as error:
        return (Fault(str(path), error.line or 1, error.column or 1, error.message),)


def _sorted(path: Path, faults: Faults) -> tuple[Fault, ...]:
    """Return the first faults, in the order of the file; a file can have a hundred thousand."""
    named = list(islice(faults, MAX_FAULTS + 1))
    found = dict.fromkeys(
        Fault(str(path), *place, message) for place, message in named[:MAX_FAULTS]
    )
    listed = sorted(found, key=lambda fault: (fault.line, fault.column))
    if len(named) > MAX_FAULTS:
        last = listed[-1]
        more = f"there are more than {MAX_FAULTS} faults; the rest is not shown"
        listed.append(Fault(str(path), last.line, last.column, more))
    return tuple(listed)


def _yaml_faults(text: str, path: Path) -> Faults:
    node = compose_yaml(text)
    wrong_keys: list[DefinitionError] = []
    data = build(node, report=wrong_keys.append)
    for fault in wrong_keys:
        yield (fault.line or 1, fault.column or 1), fault.message
    if (
        path.name in ("images.yaml", "markers.yaml", "models.yaml", "related.yaml")
        or path.parent.name == "flair"
        or path.parent.parent.name == "instructions"
    ):
        return  # checked where they are used
    if is_language_file(data, path):
        faults = file_faults(data or {}, path.stem)
        yield from ((locate(node, where), message) for where, message in faults)
    elif isinstance(data, dict) and set(SECTIONS) & data.keys():
        yield from ((locate(node, where), message) for where, message in entry_faults(data))
    elif isinstance(data, list) or (isinstance(data, dict) and "demonstrations" in data):
        yield from _demonstration_faults(data, node, path.parent)
    elif isinstance(data, dict) and "rules" in data:
        yield from _model_faults(Policy, data, node)
    elif isinstance(data, dict):
        yield from _task_faults(data, node, text)
    else:
        yield (1, 1), "a definition file holds a mapping or a list"


def _task_faults(data: dict[str, Any], node: yaml.Node | None, text: str) -> Faults:
    yield from _model_faults(Task, data, node)
    answer, known = data.get("answer"), names("xlt.answers")
    kind = answer.get("kind") if isinstance(answer, dict) else answer
    if isinstance(kind, str) and kind not in known:
        message = str(UnknownName("kind of answer", kind, known))
        yield locate(node, ("answer", "kind")), message
    for fault in task_faults(data):
        yield place_of_word(node, fault.location, fault.word, text), fault.message


def _demonstration_faults(data: Any, node: yaml.Node | None, folder: Path) -> Faults:
    data, start = with_header(data)
    yield from _model_faults(DemonstrationFile, data, node, start)
    task, name = None, data.get("task")
    if isinstance(name, str):
        try:
            task = get_task(name)
        except XLTError as error:
            yield locate(node, ("task",)), str(error)
    form = data.get("format")
    if isinstance(form, str) and form not in FORMATS:
        yield locate(node, ("format",)), str(UnknownName("demonstration format", form, FORMATS))
    entries = data["demonstrations"] if isinstance(data["demonstrations"], list) else []
    for number, entry in enumerate(entries):
        if isinstance(entry, dict):
            at = ("demonstrations", number)[start:]
            faults = _entry(entry, task, folder)
            yield from ((locate(node, (*at, *where)), what) for where, what in faults)


def _entry(
    entry: dict[str, Any], task: Task | None, folder: Path
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what is wrong in one demonstration that its form alone does not show."""
    for key in ("language", "target_language"):
        if isinstance(entry.get(key), str):
            try:
                get_language(entry[key])
            except XLTError as error:
                yield (key,), str(error)
    if not entry.get("reply") and not entry.get("answer"):
        yield (), "a demonstration has a reply, an answer or both"
    if task is not None and isinstance(entry.get("inputs"), str | dict):
        try:
            check_inputs(task, with_pictures(task, entry["inputs"], folder))
        except XLTError as error:
            yield ("inputs",), str(error)


def _model_faults(
    model: type[BaseModel], data: Any, node: yaml.Node | None, start: int = 0
) -> Faults:
    """Yield what pydantic finds; the first `start` steps of its places are not in the file."""
    try:
        model.model_validate(data)
    except (ValidationError, DefinitionError) as raised:
        error = raised if isinstance(raised, ValidationError) else raised.__cause__
        if not isinstance(error, ValidationError):
            raise
        for fault in error.errors(include_url=False):
            # Without the names that pydantic gives to the members of a union.
            steps = [one for one in fault["loc"][start:] if one not in ("str", "dict[str,str]")]
            location = tuple(steps)
            if _is_cascade(fault):
                continue  # without a place: the parts' own check, all of whose faults follow
            if fault["type"] == "extra_forbidden":
                key = str(location[-1])
                known = _keys(model, location)
                yield place_of_key(node, location), str(UnknownName("key", key, known))
            else:
                yield locate(node, location), fault_text({**fault, "loc": location})


def _is_cascade(fault: ErrorDetails) -> bool:
    """Tell a fault that only follows from others: a list short of the items that are wrong."""
    return not fault["loc"] or (fault["type"] == "too_short" and bool(fault["input"]))


def _keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the mapping around an unknown one may have."""
    for step in location[:-1]:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_model_in(one) for one in get_args(annotation)]
    return next((one for one in inner if one is not None), None)


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
            offset = find_word(text, name)
            yield (1, 1) if offset is None else line_and_column(text, offset), message
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
