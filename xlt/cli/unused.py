"""Options that have no effect beside others: said, not ignored."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from xlt.errors import InputError


def refuse_unused(context: typer.Context, reason: str, names: Iterable[str]) -> None:
    """Raise InputError where the command line gives one of the parameters `names`.

    `reason` says why they have no effect: "--self-test brings its own grid and replies".
    """
    wanted = set(names)
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in wanted and _is_given(context, parameter.name)
    ]
    if given:
        raise InputError(f"{reason}: leave out {', '.join(given)}.")


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
