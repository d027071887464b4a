"""What the shell completes: tasks, languages, strategies, steps, demonstration formats."""

from __future__ import annotations

from collections.abc import Iterable


def complete_task(incomplete: str) -> list[str]:
    from xlt.registry import tasks

    return _starting(incomplete, (name for one in tasks() for name in (one.name, *one.aliases)))


def complete_language(incomplete: str) -> list[str]:
    from xlt.languages import languages

    return _starting(incomplete, (name for one in languages() for name in (one.tag, one.name)))


def complete_model(incomplete: str) -> list[str]:
    from xlt.models import local_models

    return _starting(incomplete, (one.name for one in local_models()))


def complete_layout(incomplete: str) -> list[str]:
    from xlt.prompt import LAYOUTS

    return _starting(incomplete, LAYOUTS)


def complete_guard(incomplete: str) -> list[str]:
    from xlt.strategies.guarding import GUARDS

    return _starting(incomplete, GUARDS)


def complete_strategy(incomplete: str) -> list[str]:
    from xlt.registry import names

    return _starting(incomplete, names("xlt.strategies"))


def complete_strategies(incomplete: str) -> list[str]:
    """Complete the last name of a list ("basic,xl")."""
    done, comma, last = incomplete.rpartition(",")
    return [f"{done}{comma}{name}" for name in complete_strategy(last)]


def complete_step(incomplete: str) -> list[str]:
    from xlt.cli.options import paper_steps

    return _starting(incomplete, paper_steps(None))


def complete_steps(incomplete: str) -> list[str]:
    """Complete the last name of a list ("role_assigning,task_in")."""
    done, comma, last = incomplete.rpartition(",")
    return [f"{done}{comma}{step}" for step in complete_step(last)]


def complete_shots_format(incomplete: str) -> list[str]:
    from xlt.demonstrations.demonstration import FORMATS

    return _starting(incomplete, FORMATS)


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    start = incomplete.casefold()
    return [name for name in names if name.casefold().startswith(start)]
