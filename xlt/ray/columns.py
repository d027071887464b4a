"""The columns xlt adds to a table, with types that never depend on the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xlt.answers.answer import Answer
from xlt.answers.as_json import answer_json
from xlt.backends.replies import whole_text
from xlt.ray.row_format import LANGUAGE, TARGET

if TYPE_CHECKING:
    import pyarrow

MESSAGES = "messages"
ERROR, MESSAGE = "xlt_error", "xlt_message"
PROMPTED = (MESSAGES, LANGUAGE, TARGET, "xlt_signature", ERROR, MESSAGE)
READ = ("xlt_answer", "xlt_status", "xlt_flags", ERROR, MESSAGE)
SENT = (
    LANGUAGE,
    TARGET,
    "xlt_signature",
    "xlt_reply",
    "xlt_answer",
    "xlt_status",
    "xlt_flags",
    "xlt_truncated",
    "xlt_calls",
    "xlt_input_tokens",
    "xlt_output_tokens",
    ERROR,
    MESSAGE,
)
_LONGEST = 500


def with_columns(
    table: pyarrow.Table,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    blocks: bool = False,
) -> pyarrow.Table:
    """Return the table with the cells of `rows` as columns, in place of those of these names.

    `blocks` says that the content of messages is blocks, not texts.
    """
    import pyarrow

    kept = table.drop_columns([name for name in names if name in table.column_names])
    for name in names:
        cells = pyarrow.array([_whole(row.get(name)) for row in rows], _type_of(name, blocks))
        kept = kept.append_column(name, cells)
    return kept


def answer_cells(answer: Answer) -> dict[str, Any]:
    """Return an answer as cells.

    `xlt_answer` is a text whatever the task: a number's digits, a choice's number from 1, a
    label, "true" or "false", a text, or JSON. It is null where nothing was found.
    """
    value = answer_json(answer)["value"]
    text = value if value is None or isinstance(value, str) else json.dumps(value)
    return {"xlt_answer": text, "xlt_status": answer.status, "xlt_flags": sorted(answer.flags)}


def error_cells(error: Exception) -> dict[str, Any]:
    """Return what a row failed with as cells: the name of the error, and its words."""
    return {ERROR: type(error).__name__, MESSAGE: " ".join(str(error).split())[:_LONGEST]}


def _whole(cell: Any) -> Any:
    """Return a cell that Arrow takes: a third party's text may hold a lone surrogate."""
    return whole_text(cell) if isinstance(cell, str) else cell


def in_blocks(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return messages whose content is always a list of blocks, as one Arrow type holds them."""
    return [
        {**one, "content": [{"type": "text", "text": one["content"]}]}
        if isinstance(one["content"], str)
        else dict(one)
        for one in messages
    ]


def _type_of(name: str, blocks: bool) -> pyarrow.DataType:
    import pyarrow

    text = pyarrow.string()
    if name == MESSAGES:
        link = pyarrow.struct([("url", text)])
        block = pyarrow.struct([("type", text), ("text", text), ("image_url", link)])
        content = pyarrow.list_(block) if blocks else text
        return pyarrow.list_(pyarrow.struct([("role", text), ("content", content)]))
    if name == "xlt_flags":
        return pyarrow.list_(text)
    if name == "xlt_truncated":
        return pyarrow.bool_()
    counts = ("xlt_calls", "xlt_input_tokens", "xlt_output_tokens")
    return pyarrow.int64() if name in counts else text
