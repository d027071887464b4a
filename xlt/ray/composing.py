"""`compose_dataset`: the prompt of every row of a Ray dataset."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from xlt.errors import InputError, XLTError
from xlt.ray.columns import MESSAGES, PROMPTED, error_cells, in_blocks, with_columns
from xlt.ray.row_format import LANGUAGE, TARGET, RowFormat, RowSettings
from xlt.task import Task

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

BATCH = 1024


def compose_dataset(
    dataset: Dataset, task: str | Task, *, batch_size: int = BATCH, **settings: Unpack[RowSettings]
) -> Dataset:
    """Return the dataset with the prompt of every row, made where the row is and when it is read.

    New columns: `messages` (role and content, as chat APIs and `ray.data.llm` take them; of a task
    with images the content is blocks, `type`, `text` and `image_url`, the unused ones null),
    `xlt_language`, `xlt_target_language`, `xlt_signature`. A row that has no prompt (an empty
    input, an unknown language) stays: its `messages` are null, `xlt_error` names the error and
    `xlt_message` says it. Raises UnknownName, and InputError for a strategy of several calls.
    """
    rows = RowFormat(task, **settings)
    if not rows.one_call:
        raise InputError(
            f"The strategy {rows.strategy!r} takes more than one call: use xlt.ray.run_dataset."
        )
    return map_tables(dataset, partial(compose_table, rows=rows), rows, batch_size)


def compose_table(table: pyarrow.Table, rows: RowFormat) -> pyarrow.Table:
    """Return a table of rows with their prompts."""
    found = [_composed(row, rows) for row in cells_of(table, rows)]
    return with_columns(table, PROMPTED, found, blocks=rows.has_images)


def map_tables(
    dataset: Dataset, function: Any, rows: RowFormat, batch_size: int, *more: str
) -> Dataset:
    """Return the dataset mapped by a function of Arrow tables, its columns checked if known."""
    known = dataset.columns(fetch_if_missing=False)
    if known:
        rows.require(known, *more)
    return dataset.map_batches(function, batch_size=batch_size, batch_format="pyarrow")


def cells_of(table: pyarrow.Table, rows: RowFormat, *more: str) -> list[dict[str, Any]]:
    """Return the cells a request is made of, and those named; raises UnknownName."""
    known = table.column_names
    rows.require(known, *more)
    found = [name for name in (LANGUAGE, TARGET) if name in known]
    wanted = [name for name in rows.column_names if name in known]
    cells: list[dict[str, Any]] = table.select({*wanted, *found, *more}).to_pylist()
    return cells


def _composed(row: Mapping[str, Any], rows: RowFormat) -> dict[str, Any]:
    try:
        prompt = rows.prompt(row)
    except XLTError as error:
        return error_cells(error)
    return {
        MESSAGES: in_blocks(prompt.messages) if rows.has_images else prompt.messages,
        LANGUAGE: prompt.language.tag,
        TARGET: prompt.target_language.tag,
        "xlt_signature": prompt.signature,
    }
