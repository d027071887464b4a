"""Samples from your own data file: CSV, TSV, JSON, JSON lines or Parquet, by its columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlt.errors import InputError
from xlt.evaluation.samples import Loaded, Sample
from xlt.frozen import FrozenDict
from xlt.languages import Language
from xlt.registry import get_task
from xlt.rows import Columns, read_task_rows
from xlt.task import Task


def load_file(
    path: Path | str,
    task: str | Task,
    language: str | Language | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    gold: str = "answer",
    id_column: str | None = None,
    target_language: str | Language | None = None,
) -> Loaded:
    """Return the samples of a data file, gzipped or not.

    `columns` maps the task's input fields to columns (default: of the same name), `gold` is the
    column of the right answer (`xlt.rows.read_gold` says in what forms). `language` None takes
    each row's own, from the column `language`.
    Raises UnknownName for a field the task lacks, DataFileError with the line of a bad row,
    InputError for rows without a language, MissingExtra for Parquet without pyarrow.
    """
    place = Columns(
        get_task(task),
        columns or FrozenDict(),
        gold=gold,
        id=id_column,
        language=language,
        target_language=target_language,
    )
    samples = []
    for row in read_task_rows(Path(path), place):
        if row.language is None or row.gold is None:
            raise InputError(
                f"{path} does not say what language its rows are in: give one, or a column "
                "called language."
            )
        samples.append(Sample(row.id, row.inputs, row.gold, row.language, row.target_language))
    return Loaded(Path(path).name, tuple(samples))
