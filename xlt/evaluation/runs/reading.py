"""`load_run`: a run's folder as its manifest and its results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from xlt.errors import DataFileError
from xlt.evaluation.runs.records import Manifest, Result
from xlt.files.safe import read_file, read_lines
from xlt.files.validated import first_fault

Record = TypeVar("Record", bound=BaseModel)

MANIFEST = "run.json"
RESULTS = "results.jsonl"


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder keeps it; `results` stand in the order they ended, each id once."""

    folder: Path
    manifest: Manifest
    results: tuple[Result, ...]


def load_run(folder: Path | str) -> Run:
    """Return what a run's folder holds; the run may still be under way.

    A last line cut short by a kill is left out. Of two lines about one id the first counts,
    unless it is errored: then the sample was tried again, and the later one counts.
    Raises DataFileError, with the line at fault, InputError for a file that cannot be read.
    """
    folder = Path(folder)
    manifest = load_manifest(folder)
    results: dict[str, Result] = {}
    for result in _results(folder / RESULTS):
        if result.id not in results or results[result.id].outcome == "errored":
            results[result.id] = result
    return Run(folder, manifest, tuple(results.values()))


def load_manifest(folder: Path) -> Manifest:
    """Return the plan of a run; raises DataFileError where the folder holds none."""
    path = folder / MANIFEST
    try:
        data = read_file(path, inside=folder)
    except DataFileError as error:
        raise DataFileError(
            f"{error.message}; a run's folder is one that xlt eval -o made", path
        ) from error
    return _checked(Manifest, data, path, None)


def _results(path: Path) -> Iterator[Result]:
    if path.exists():
        for number, line, whole in read_lines(path, inside=path.parent):
            if whole:  # else a kill cut it
                yield _checked(Result, line, path, number)


def _checked(kind: type[Record], data: bytes, path: Path, line: int | None) -> Record:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise DataFileError(first_fault(error), path, line) from None
