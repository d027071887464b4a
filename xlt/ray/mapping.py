"""Datasets mapped: the prompt of every row, the answer in every reply; also for `ray.data.llm`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from xlt.backends.errors import EmptyReply
from xlt.backends.replies import read_completion, read_object
from xlt.errors import InputError, XLTError
from xlt.ray.row_format import (
    ERROR,
    LANGUAGE,
    MESSAGE,
    MESSAGES,
    PROMPTED,
    READ,
    TARGET,
    RowFormat,
    RowSettings,
    answer_cells,
    cells_of,
    error_cells,
    in_blocks,
    prompt_cells,
    with_columns,
    with_whole_texts,
)
from xlt.reply import Reply
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
    table = with_whole_texts(table)
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


def _composed(row: Mapping[str, Any], rows: RowFormat) -> dict[str, Any]:
    try:
        prompt = rows.prompt(row)
    except XLTError as error:
        return error_cells(error)
    messages = in_blocks(prompt.messages) if rows.has_images else prompt.messages
    return {MESSAGES: messages, **prompt_cells(prompt)}


def parse_dataset(
    dataset: Dataset,
    task: str | Task,
    *,
    reply: str = "reply",
    finish_reason: str | None = None,
    batch_size: int = BATCH,
    **settings: Unpack[RowSettings],
) -> Dataset:
    """Return the dataset with the answer that each row's reply holds.

    `reply` names the column of the model's text, `finish_reason` that of the API's word for how
    it ended; the settings are those the prompts were made with. New columns: `xlt_answer` (text
    for every task), `xlt_status` (anchored, fallback, none), `xlt_flags`. A row with an
    `xlt_error` of before keeps it, one without a reply gets EmptyReply. Raises UnknownName.
    """
    rows = RowFormat(task, **settings).reading()
    columns = tuple([name for name in (reply, finish_reason) if name])
    parse = partial(parse_table, rows=rows, reply=reply, finish_reason=finish_reason)
    return map_tables(dataset, parse, rows, batch_size, *columns)


def parse_table(
    table: pyarrow.Table, rows: RowFormat, reply: str = "reply", finish_reason: str | None = None
) -> pyarrow.Table:
    """Return a table of rows with their answers."""
    table = with_whole_texts(table)
    also = [name for name in (ERROR, MESSAGE) if name in table.column_names]
    columns = [name for name in (reply, finish_reason) if name]
    found = [
        _read(row, rows, row[reply], row[finish_reason] if finish_reason else None)
        for row in cells_of(table, rows, *columns, *also)
    ]
    return with_columns(table, READ, found)


def _read(
    row: Mapping[str, Any], rows: RowFormat, reply: Any, finish_reason: Any
) -> dict[str, Any]:
    if row.get(ERROR):  # of another job too, whose column may be of any type
        return {ERROR: str(row[ERROR]), MESSAGE: str(row.get(MESSAGE) or "") or None}
    if not isinstance(reply, str) or not reply:
        return error_cells(EmptyReply("The row has no reply."))
    try:
        prompt = rows.prompt(row)
    except XLTError as error:
        return error_cells(error)
    reason = finish_reason if isinstance(finish_reason, str) else None
    return answer_cells(prompt.parse(reply, finish_reason=reason))


RowFunction = Callable[[dict[str, Any]], dict[str, Any]]
# Ray's own column: a row that has it passes by every stage of a processor, to its end.
FAILED = "__inference_error__"
_WHERE = "The server"


def vllm_request(
    task: str | Task, *, sampling: Mapping[str, Any] | None = None, **settings: Unpack[RowSettings]
) -> RowFunction:
    """Return the `preprocess` of a vLLM (or SGLang) processor: adds messages and sampling_params.

    `sampling` are the engine's ({"max_tokens": 400, "temperature": 0}). A row without a prompt
    is not sent: it comes out with `xlt_error` and `xlt_message`.
    """
    rows = RowFormat(task, **settings)
    chosen = dict(sampling or {"temperature": 0.0})
    return lambda row: _asked(
        rows, row, lambda messages: {MESSAGES: messages, "sampling_params": dict(chosen)}
    )


def http_request(
    task: str | Task,
    *,
    model: str,
    extra: Mapping[str, Any] | None = None,
    **settings: Unpack[RowSettings],
) -> RowFunction:
    """Return the `preprocess` of an HTTP processor: adds the `payload` of a chat completion.

    `extra` are further fields of its body (temperature, max_tokens).
    """
    rows = RowFormat(task, **settings)
    body = {"model": model, "temperature": 0.0, **(extra or {})}
    return lambda row: _asked(
        rows, row, lambda messages: {"payload": {**body, "messages": messages}}
    )


def read_vllm(
    task: str | Task, *, keep: Sequence[str] = (), **settings: Unpack[RowSettings]
) -> RowFunction:
    """Return the `postprocess` of a vLLM processor: the columns to `keep`, reply and answer."""
    rows = RowFormat(task, **settings).reading()

    def reply(row: dict[str, Any]) -> Reply:
        if not row.get("generated_text"):
            raise EmptyReply("The engine generated no text.")
        return Reply(row["generated_text"])

    return lambda row: _answered(rows, row, keep, reply)


def read_http(
    task: str | Task, *, keep: Sequence[str] = (), **settings: Unpack[RowSettings]
) -> RowFunction:
    """Return the `postprocess` of an HTTP processor: the columns to `keep`, reply and answer.

    A body that is no chat completion (an error, a refusal) becomes the row's `xlt_error`.
    """
    rows = RowFormat(task, **settings).reading()

    def reply(row: dict[str, Any]) -> Reply:
        # Ray hands lists over as numpy's arrays.
        text = json.dumps(row["http_response"], default=lambda array: array.tolist())
        return read_completion(read_object(text, _WHERE), _WHERE)

    return lambda row: _answered(rows, row, keep, reply)


def _asked(
    rows: RowFormat, row: Mapping[str, Any], make: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    try:
        prompt = rows.prompt(row)
    except XLTError as error:
        cells = error_cells(error)
        return {FAILED: f"{cells[ERROR]}: {cells[MESSAGE]}", **cells}
    return {**make(prompt.messages), **prompt_cells(prompt), FAILED: ""}


def _answered(
    rows: RowFormat,
    row: dict[str, Any],
    keep: Sequence[str],
    reply: Callable[[dict[str, Any]], Reply],
) -> dict[str, Any]:
    kept = {name: row[name] for name in (*keep, LANGUAGE, TARGET, "xlt_signature")}
    empty = dict.fromkeys(("xlt_reply", "xlt_answer", "xlt_status", ERROR, MESSAGE))
    try:
        said = reply(row)
        answer = rows.prompt(row).parse(said)
    except XLTError as error:
        return {**kept, **empty, "xlt_flags": [], **error_cells(error)}
    return {**kept, **empty, "xlt_reply": said.text, **answer_cells(answer)}
