"""The demonstrations of a run: those xlt ships, or those of a file that `xlt demos` built."""

from __future__ import annotations

from pathlib import Path

from xlt.demonstrations import Demonstration, load_demonstrations
from xlt.demonstrations.shipped import shipped_demonstrations
from xlt.errors import InputError, UnknownName
from xlt.strategies.strategy import Strategy, check_options
from xlt.task import Task


def demonstrations_for(
    task: Task, shots: int | None, file: Path | None, templates: Path | None
) -> tuple[Demonstration, ...]:
    """Return the first `shots` demonstrations of a task, all where None.

    Raises InputError where there are fewer, UnknownName for a task without any.
    """
    if file is None:
        found = shipped_demonstrations(task, templates)
    else:
        found = load_demonstrations(file, task)
    if shots is not None and shots > len(found):
        where = "xlt ships" if file is None else f"{file} holds"
        raise InputError(
            f"{shots} shots are wanted, {where} {len(found)} for {task.name}; "
            "build more with xlt demos build and name the file with --demos."
        )
    return found[:shots]


def takes_option(strategy: Strategy, name: str) -> bool:
    """Tell whether the prompts of a strategy can be given this option."""
    try:
        check_options(strategy.name, strategy.takes, {name: ()})
    except UnknownName:
        return False
    return True
