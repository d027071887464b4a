"""Name -> object, loaded when asked for: built-in, or from an installed package's entry point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NamedTuple

from xlt.errors import DefinitionError, DuplicateName, UnknownName
from xlt.files.compiled import derived_data, shipped_data
from xlt.files.templates import TemplateFiles
from xlt.task import CHECKED, Task

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "xlt.strategies": {
        "auto": "xlt.strategies.auto:STRATEGY",
        "autocap": "xlt.strategies.autocap:STRATEGY",
        "basic": "xlt.strategies.basic:STRATEGY",
        "chain_of_dictionary": "xlt.strategies.chain_of_dictionary:STRATEGY",
        "clc": "xlt.strategies.clc:STRATEGY",
        "clp": "xlt.strategies.clp:STRATEGY",
        "clsp": "xlt.strategies.clsp:STRATEGY",
        "cot": "xlt.strategies.basic:COT",
        "csicl": "xlt.strategies.csicl:STRATEGY",
        "emcee": "xlt.strategies.emcee:STRATEGY",
        "en_basic": "xlt.strategies.basic:EN_BASIC",
        "en_cot": "xlt.strategies.basic:EN_COT",
        "native_cot": "xlt.strategies.native_cot:STRATEGY",
        "pim": "xlt.strategies.pim:STRATEGY",
        "related_feedback": "xlt.strategies.related_feedback:STRATEGY",
        "selective_translation": "xlt.strategies.selective_translation:STRATEGY",
        "self_translate": "xlt.strategies.self_translate:STRATEGY",
        "translate_en": "xlt.strategies.translate_en:STRATEGY",
        "xlt": "xlt.strategies.xlt:STRATEGY",
    },
    "xlt.wire_formats": {
        "anthropic": "xlt.wire_formats:to_anthropic",
        "completion": "xlt.wire_formats:to_completion",
        "gemini": "xlt.wire_formats:to_gemini",
        "inspect": "xlt.evaluation.runs.models:to_inspect",
        "langchain": "xlt.langchain.prompt:to_langchain",
        "openai": "xlt.wire_formats:to_openai_chat",
        "openai-responses": "xlt.wire_formats:to_openai_responses",
    },
    "xlt.answers": {
        "number": "xlt.answers.kinds.number:read_number_answer",
        "choice": "xlt.answers.kinds.choice:read_choice",
        "label": "xlt.answers.kinds.label:read_label",
        "labels": "xlt.answers.several_labels:read_labels",
        "boolean": "xlt.answers.kinds.label:read_boolean",
        "short_text": "xlt.answers.kinds.text:read_short_text",
        "long_text": "xlt.answers.kinds.text:read_long_text",
        "json": "xlt.answers.kinds.json:read_json",
    },
    "xlt.detectors": {
        "default": "xlt.detection.detectors:rank",
        "py3langid": "xlt.detection.detectors:rank_py3langid",
        "langdetect": "xlt.detection.detectors:rank_langdetect",
    },
}


@lru_cache(maxsize=256)
def find(group: str, kind: str, name: str) -> Any:
    """Return the object called `name` in an entry-point group ("xlt.strategies")."""
    providers = _providers(group)
    if name not in providers:
        raise UnknownName(kind, name, providers)
    return _load(providers[name])


def names(group: str) -> tuple[str, ...]:
    return tuple(sorted(_providers(group)))


def get_task(name: str | Task, files: TemplateFiles | None = None) -> Task:
    """Return a task by its name ("arithmetic_reasoning") or benchmark alias ("mgsm")."""
    if isinstance(name, Task):
        return name
    known = _tasks(files or TemplateFiles.at(None))
    task = known.get(name) if isinstance(name, str) else None
    if task is None:
        raise UnknownName("task", str(name), known)
    return task


def tasks(files: TemplateFiles | None = None) -> tuple[Task, ...]:
    """Return every task: those of the paper, of the template folder and of installed packages."""
    known = _tasks(files or TemplateFiles.at(None))
    return tuple(task for name, task in known.items() if name == task.name)


class _Shipped(NamedTuple):
    """A task of xlt's own that nobody has asked for yet."""

    name: str
    aliases: tuple[str, ...]


class _Tasks(Mapping[str, Task]):
    """Tasks by name and alias; one of xlt's own is made when it is first asked for."""

    def __init__(self, known: Mapping[str, Task | _Shipped]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Task:
        task = self._known[name]
        return task if isinstance(task, Task) else _shipped_task(task.name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


@lru_cache(maxsize=64)
def _tasks(files: TemplateFiles) -> Mapping[str, Task]:
    known: dict[str, Task | _Shipped] = {}
    homes: dict[str, str] = {}
    for name, task, home in [*_tasks_in(files), *_tasks_installed()]:
        if name != task.name:
            raise DefinitionError(f"the task in {name!r} calls itself {task.name!r}", path=name)
        for one in (task.name, *task.aliases):
            if one in known:
                raise DuplicateName(
                    f"two tasks are called {one!r}: {known[one].name} of {homes[one]} and "
                    f"{task.name} of {home}"
                )
            known[one], homes[one] = task, home
    return _Tasks(known)


def _tasks_in(files: TemplateFiles) -> Iterator[tuple[str, Task | _Shipped, str]]:
    shipped = {
        f"tasks/{name}.yaml": _Shipped(name, tuple(aliases))
        for name, aliases in (derived_data("tasks") or index_of_shipped()).items()
    }
    for name in shipped if files.own is None else files.names("tasks", ".yaml"):
        if files.is_own(name):
            path = files.find(name)
            yield path.stem, Task.from_yaml(path), str(path)
        else:
            yield shipped[name].name, shipped[name], "xlt"


def index_of_shipped() -> dict[str, tuple[str, ...]]:
    """Return the aliases of xlt's own tasks by name, each task checked."""
    names = TemplateFiles.at(None).names("tasks", ".yaml")
    found = [Task.model_validate(shipped_data(name)) for name in names]
    return {task.name: task.aliases for task in found}


@lru_cache(maxsize=64)
def _shipped_task(name: str) -> Task:
    return Task.model_validate(shipped_data(f"tasks/{name}.yaml"), context=CHECKED)


def _tasks_installed() -> Iterator[tuple[str, Task, str]]:
    for name, point in _providers("xlt.tasks").items():
        found = _load(point)
        task = found if isinstance(found, Task) else Task.from_yaml(Path(found))
        yield name, task, _package(point)


@lru_cache(maxsize=16)
def _providers(group: str) -> Mapping[str, str | EntryPoint]:
    found: dict[str, str | EntryPoint] = dict(BUILT_IN.get(group, {}))
    for point in _installed().select(group=group):
        if point.name in found:
            owners = f"{_package(found[point.name])} and {_package(point)}"
            raise DuplicateName(f"{owners} both offer {point.name!r} in {group}")
        found[point.name] = point
    return found


@lru_cache(maxsize=1)
def _installed() -> Any:
    """Return the entry points of every installed package, looked through once."""
    return entry_points()


def _load(provider: str | EntryPoint) -> Any:
    if isinstance(provider, str):
        module, _, attribute = provider.partition(":")
        return getattr(import_module(module), attribute)
    try:
        return provider.load()
    except Exception as error:  # a third party's module may raise anything while it is imported
        raise DefinitionError(
            f"the entry point {provider.name!r} ({provider.value}) of {_package(provider)} "
            f"cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _package(provider: str | EntryPoint) -> str:
    if isinstance(provider, str):
        return "xlt"
    return f"package {provider.dist.name!r}" if provider.dist else "an unnamed package"
