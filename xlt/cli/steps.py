"""The options `--steps` and `--without`: a selection and order of the six steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xlt.errors import UnknownName


def paper_steps(templates: Path | None) -> tuple[str, ...]:
    """Return the names of the six steps in the paper's order (or a template folder's own)."""
    from xlt.files.templates import TemplateFiles
    from xlt.rendering.environment import step_names
    from xlt.strategies.steps import step_name

    return tuple(step_name(name) for name in step_names(TemplateFiles.at(templates), "xlt"))


def chosen_steps(
    steps: str | None, without: Sequence[str], templates: Path | None
) -> list[str] | None:
    """Return the steps that are left, None for all of them in order.

    `steps` is a list as "role_assigning,task_inputting"; `without` are steps to leave out.
    """
    chosen = None if steps is None else [one for one in steps.split(",") if one.strip()]
    if not without:
        return chosen
    known = paper_steps(templates)
    for name in without:
        if comparable(name) not in known:
            raise UnknownName("step", name, known)
    out = {comparable(name) for name in without}
    return [one for one in chosen or known if comparable(one) not in out]


def comparable(name: str) -> str:
    """Return a step's name as templates have it: "Role assigning" is "role_assigning"."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")
