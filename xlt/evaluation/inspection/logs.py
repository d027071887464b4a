"""`write_logs`: a run of `xlt eval` as Inspect logs, for `inspect view` and its data frames."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from xlt.errors import MissingExtra, RunFolderError
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Cell
from xlt.files.safe import place_inside

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog


def write_logs(run: Run, folder: Path | str) -> list[Path]:
    """Write a log (.eval) for each benchmark and strategy of a run; return their paths.

    All languages of a benchmark and strategy stand in one log, as in `inspect eval`. The names
    and ids follow from the run alone: writing it again, as when it has gone on, replaces its
    logs. A run under way gives logs of status "started". Raises MissingExtra without
    inspect-ai, RunFolderError where the folder cannot be written.
    """
    try:
        from inspect_ai.log import write_eval_log
    except ModuleNotFoundError as error:
        raise MissingExtra("Writing Inspect logs", "eval") from error
    from xlt.evaluation.inspection.log_building import build_log

    folder = Path(folder)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for (benchmark, strategy), cells in _groups(run).items():
            name = _digest(run.manifest.fingerprint, benchmark, strategy)
            log: EvalLog = build_log(run, cells, name)
            path = folder / _file_name(run.manifest.created, benchmark, strategy, name)
            write_eval_log(log, place_inside(path, folder), format="eval")
            paths.append(path)
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be written: {error.strerror}.") from error
    return paths


def _groups(run: Run) -> dict[tuple[str, str], tuple[Cell, ...]]:
    """Return the cells by benchmark and strategy, in the run's order."""
    groups: dict[tuple[str, str], tuple[Cell, ...]] = {}
    for cell in run.manifest.cells:
        key = cell.benchmark, cell.strategy
        groups[key] = (*groups.get(key, ()), cell)
    return groups


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:22]


def _file_name(created: str, benchmark: str, strategy: str, name: str) -> str:
    """Return a name in the form of Inspect's own: time, task and id."""
    time, task = (re.sub(r"[^\w]+", "-", one) for one in (created, f"{benchmark}-{strategy}"))
    return f"{time}_{task}_{name}.eval"
