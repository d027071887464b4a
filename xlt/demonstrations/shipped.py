"""The three worked demonstrations per task that xlt ships, for models that only complete text."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from xlt.demonstrations.demonstration import Demonstration, load_demonstrations
from xlt.errors import UnknownName
from xlt.files.templates import TemplateFiles
from xlt.registry import get_task
from xlt.task import Task


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
    return load_demonstrations(files.find(name), task)
