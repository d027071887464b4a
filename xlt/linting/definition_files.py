"""`lint_file`: every fault of a definition file, with its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from xlt.demonstrations.definition import DemonstrationFile
from xlt.demonstrations.demonstration import FORMATS, with_header, with_pictures
from xlt.errors import DefinitionError, UnknownName, XLTError
from xlt.files.templates import read_text
from xlt.files.yaml import build, compose_yaml, locate
from xlt.languages import get_language
from xlt.languages.entries import SECTIONS, entry_faults, file_faults, is_language_file
from xlt.linting.fault import Fault, place_of_key, place_of_word
from xlt.linting.template_source import source_faults
from xlt.registry import get_task, names
from xlt.request import check_inputs
from xlt.strategies.policy import Policy
from xlt.task import Task
from xlt.task_checks import task_faults

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Faults = Iterator[tuple[tuple[int, int], str]]
MAX_FAULTS = 100


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
            location = _in_file(fault["loc"][start:])
            if _is_cascade(fault):
                continue  # without a place: the parts' own check, all of whose faults follow
            if fault["type"] == "extra_forbidden":
                key = str(location[-1])
                known = _keys(model, location)
                yield place_of_key(node, location), str(UnknownName("key", key, known))
            elif fault["type"] == "missing":
                where = ".".join(str(step) for step in location)
                yield locate(node, location), f"{where} is missing"
            else:
                message = re.sub(r"^Value error, ", "", fault["msg"])
                where = ".".join(str(step) for step in location)
                yield locate(node, location), f"{where}: {message}"


def _in_file(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return a place without the names pydantic gives to the members of a union."""
    return tuple(step for step in location if step not in ("str", "dict[str,str]"))


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
