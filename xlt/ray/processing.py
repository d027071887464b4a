"""Functions for the processors of `ray.data.llm`: before the model (vLLM, HTTP) and after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from xlt.backends.errors import EmptyReply
from xlt.backends.replies import read_choice, read_object, reply_of
from xlt.errors import XLTError
from xlt.ray.columns import ERROR, MESSAGE, MESSAGES, answer_cells, error_cells
from xlt.ray.row_format import LANGUAGE, TARGET, RowFormat, RowSettings
from xlt.task import Task

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

    def request(row: dict[str, Any]) -> dict[str, Any]:
        return _asked(rows, row, lambda messages: _engine(messages, chosen))

    return request


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

    def request(row: dict[str, Any]) -> dict[str, Any]:
        return _asked(rows, row, lambda messages: {"payload": {**body, "messages": messages}})

    return request


def read_vllm(
    task: str | Task, *, keep: Sequence[str] = (), **settings: Unpack[RowSettings]
) -> RowFunction:
    """Return the `postprocess` of a vLLM processor: the columns to `keep`, reply and answer."""
    rows = RowFormat(task, **settings).reading()

    def read(row: dict[str, Any]) -> dict[str, Any]:
        def reply() -> tuple[str, str | None]:
            if not row.get("generated_text"):
                raise EmptyReply("The engine generated no text.")
            return row["generated_text"], None

        return _answered(rows, row, keep, reply)

    return read


def read_http(
    task: str | Task, *, keep: Sequence[str] = (), **settings: Unpack[RowSettings]
) -> RowFunction:
    """Return the `postprocess` of an HTTP processor: the columns to `keep`, reply and answer.

    A body that is no chat completion (an error, a refusal) becomes the row's `xlt_error`.
    """
    rows = RowFormat(task, **settings).reading()

    def read(row: dict[str, Any]) -> dict[str, Any]:
        def reply() -> tuple[str, str | None]:
            text = json.dumps(row["http_response"], default=_as_list)
            found = read_choice(read_object(text, _WHERE), _WHERE)
            whole = reply_of(found, _WHERE)
            return whole.text, whole.finish_reason

        return _answered(rows, row, keep, reply)

    return read


def _asked(
    rows: RowFormat, row: Mapping[str, Any], make: Callable[[Any], dict[str, Any]]
) -> dict[str, Any]:
    try:
        prompt = rows.prompt(row)
    except XLTError as error:
        cells = error_cells(error)
        return {FAILED: f"{cells[ERROR]}: {cells[MESSAGE]}", **cells}
    about = {
        LANGUAGE: prompt.language.tag,
        TARGET: prompt.target_language.tag,
        "xlt_signature": prompt.signature,
    }
    return {**make(prompt.messages), **about, FAILED: ""}


def _answered(
    rows: RowFormat,
    row: Mapping[str, Any],
    keep: Sequence[str],
    reply: Callable[[], tuple[str, str | None]],
) -> dict[str, Any]:
    kept = {name: row[name] for name in (*keep, LANGUAGE, TARGET, "xlt_signature")}
    empty = dict.fromkeys(("xlt_reply", "xlt_answer", "xlt_status", ERROR, MESSAGE))
    try:
        text, finish_reason = reply()
        answer = rows.prompt(row).parse(text, finish_reason=finish_reason)
    except XLTError as error:
        return {**kept, **empty, "xlt_flags": [], **error_cells(error)}
    return {**kept, **empty, "xlt_reply": text, **answer_cells(answer)}


def _engine(messages: list[dict[str, str]], sampling: dict[str, Any]) -> dict[str, Any]:
    return {MESSAGES: messages, "sampling_params": dict(sampling)}


def _as_list(value: Any) -> Any:
    """Return the list in an array: Ray hands lists over as numpy's."""
    return value.tolist()
