"""`xlt lint`: the faults of task, template, language and demonstration files."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from xlt.cli.inputs import check_file
from xlt.cli.options import Json
from xlt.cli.terminal import emit, emit_json, remark
from xlt.errors import counted

EPILOG = """\b
Examples:
  xlt lint my_task.yaml
  xlt lint templates/steps/*.j2 templates/languages/sw.yaml
"""


def lint(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="A task, a language, demonstrations or a policy (.yaml), or a template (.j2).",
            callback=check_file,
        ),
    ],
    json: Json = False,
) -> None:
    """Check definition files; every fault is a line `file:line:column: what is wrong`.

    Exit code 1 when there are faults.
    """
    from xlt.linting import lint_file

    faults = [fault for file in files for fault in lint_file(file)]
    count = len(faults)
    if json:
        emit_json([{**asdict(fault), "path": str(fault.path)} for fault in faults])
    else:
        for fault in faults:
            emit(str(fault))
    sys.stdout.flush()
    remark(f"{counted(count, 'fault') if count else 'No faults'} in {counted(len(files), 'file')}.")
    if count:
        raise typer.Exit(1)
