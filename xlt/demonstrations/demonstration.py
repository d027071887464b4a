"""Demonstrations: worked requests that come before the new one (few-shot, the paper's 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.errors import InputError, UnknownName
from xlt.files.compiled import shipped_data
from xlt.files.templates import TemplateFiles, read_text
from xlt.files.validated import check_definition
from xlt.frozen import FrozenDict
from xlt.images.image import take_image
from xlt.registry import get_task
from xlt.task import InputValue, Task

if TYPE_CHECKING:
    from xlt.demonstrations.definition import DemonstrationFile

# Table 4: the form of the input, then of the output, that a demonstration shows.
FORMATS = ("basic+basic", "basic+xlt", "xlt+xlt")


@dataclass(frozen=True, slots=True, eq=False)
class Demonstration:
    """A worked request: its inputs, the `reply` in the strategy's form, the bare `answer`.

    `language` and `target_language` are its own where they differ from the new request's.
    """

    inputs: str | Mapping[str, InputValue]
    reply: str | None = None
    answer: str | None = None
    language: str | None = None
    target_language: str | None = None


def load_demonstrations(path: Path | str, task: Task | None = None) -> tuple[Demonstration, ...]:
    """Return the demonstrations of a YAML file, in its order.

    The file is a list of them, or a mapping that holds the list as `demonstrations`. Raises
    DefinitionError with line and column for one that is not valid, InputError when it says that
    it is about another task than `task`.
    """
    return _demonstrations(read_demonstration_file(path), task, Path(path))


def _demonstrations(
    file: DemonstrationFile, task: Task | None, path: Path
) -> tuple[Demonstration, ...]:
    if task is not None and file.task not in (None, task.name, *task.aliases):
        raise InputError(f"{path} holds demonstrations of {file.task}, not of {task.name}.")
    return tuple(
        [
            Demonstration(
                inputs=with_pictures(task, one.inputs, path.parent),
                reply=one.reply,
                answer=one.answer,
                language=one.language,
                target_language=one.target_language,
            )
            for one in file.demonstrations
        ]
    )


def with_pictures(
    task: Task | None, inputs: str | Mapping[str, Any], folder: Path
) -> str | FrozenDict[str, Any]:
    """Return the inputs with the pictures that their file names, which lie in its folder.

    Raises InputError for one that cannot be used, or lies elsewhere.
    """
    if isinstance(inputs, str):
        return inputs
    pictures = {one.name for one in task.inputs if one.is_image} if task else set()
    taken = {
        name: take_image(value, field=name, inside=folder) if name in pictures else value
        for name, value in inputs.items()
    }
    return FrozenDict(taken)


def read_demonstration_file(path: Path | str) -> DemonstrationFile:
    """Return what a YAML file of demonstrations holds. Raises DefinitionError with the place."""
    from xlt.demonstrations.definition import DemonstrationFile  # most prompts show none
    from xlt.files.yaml import parse_yaml

    path = Path(path)
    text = read_text(path)
    data, start = with_header(parse_yaml(text, path))
    return check_definition(DemonstrationFile, data, text, path, start=start)


def demonstration_from(example: Any) -> Demonstration:
    """Return the demonstration a LangChain example stands for.

    An example is a mapping: `inputs`, or the input fields themselves, beside `reply`, `answer`
    and the languages. Raises InputError for anything else.
    """
    if isinstance(example, Demonstration):
        return example
    if not isinstance(example, Mapping):
        raise InputError(
            f"A demonstration is a Demonstration or a mapping, not {type(example).__name__}."
        )
    names = ("reply", "answer", "language", "target_language")
    about = {name: example[name] for name in names if name in example}
    inputs = example.get("inputs") or {
        name: value for name, value in example.items() if name not in about
    }
    return Demonstration(inputs, **about)


def with_header(data: Any) -> tuple[Any, int]:
    """Return a file's data as a mapping, and how many steps of a place in it the file lacks."""
    return ({"demonstrations": data}, 1) if isinstance(data, list) else (data, 0)


def parse_format(strategy: str, name: str | None) -> tuple[str, str]:
    """Return the (input, output) forms of a demonstration format; None is the strategy's own.

    A strategy shows its own input form and a worked reply; basic shows the bare answer.
    """
    if name is None:
        return (strategy, "basic" if strategy == "basic" else "xlt")
    if name not in FORMATS:
        raise UnknownName("demonstration format", name, FORMATS)
    form, _, output = name.partition("+")
    return (form, output)


def shipped_demonstrations(
    task: str | Task, templates: Path | str | None = None
) -> tuple[Demonstration, ...]:
    """Return the worked requests of `demonstrations/<task>.yaml`, in several languages.

    Each is an XLT prompt's inputs with a reply in the paper's form (figure 4), written for xlt.
    A user's own template folder may replace or add files. Raises UnknownName for a task that
    has none.
    """
    files = TemplateFiles.at(templates)
    return _read(get_task(task, files), files)


@lru_cache(maxsize=64)
def _read(task: Task, files: TemplateFiles) -> tuple[Demonstration, ...]:
    name = f"demonstrations/{task.name}.yaml"
    known = files.names("demonstrations", ".yaml")
    if name not in known:
        raise UnknownName("demonstration file", name, known)
    if files.is_own(name):
        return load_demonstrations(files.find(name), task)
    from xlt.demonstrations.definition import DemonstrationFile

    data, _ = with_header(shipped_data(name))
    return _demonstrations(DemonstrationFile.model_validate(data), task, files.find(name))
