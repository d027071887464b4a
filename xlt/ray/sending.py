"""`Sender`: the actor that sends a batch of rows side by side and writes them as one part."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xlt.backends.errors import error_in
from xlt.errors import XLTError
from xlt.prompt import Prompt
from xlt.ray.calling import Caller, Stopped, Usage, Work
from xlt.ray.columns import SENT, answer_cells, error_cells, with_columns
from xlt.ray.kept_ids import KeptIds, id_texts
from xlt.ray.parts import Parts, part_name
from xlt.ray.row_format import LANGUAGE, TARGET
from xlt.ray.summary import COUNTS, Summary, summarize
from xlt.reply import Reply
from xlt.running import adrive

if TYPE_CHECKING:
    import pyarrow


class Sender:
    """One process of senders: up to `concurrency` calls at a time over all its batches."""

    def __init__(self, work: Work, kept: Any, pacer: Any) -> None:
        """`kept` are the KeptIds, or Ray's reference to them: one copy a machine."""
        self._work, self._pacer = work, pacer
        self._kept: KeptIds = kept if isinstance(kept, KeptIds) else _fetched(kept)
        self._parts = Parts(work.folder)
        self._caller: Caller | None = None

    async def __call__(self, table: pyarrow.Table) -> pyarrow.Table:
        """Send the rows that are not in the output yet; return what became of them, one row.

        What no row is at fault for (ids that are there twice, a full disk) stops the run.
        """
        try:
            return await self._send_new(table)
        except XLTError as error:  # raised here it would reach the driver as a text of Ray's
            await self._pacer.stop.remote(self._work.run, error)
            return _report("", Summary(left=table.num_rows))

    async def _send_new(self, table: pyarrow.Table) -> pyarrow.Table:
        self._work.rows.require(table.column_names, self._work.id_column)
        ids = id_texts(table[self._work.id_column].to_pylist(), self._work.id_column)
        kept = self._kept.has(ids)
        left = table.filter([not one for one in kept])
        name = part_name([one for one, there in zip(ids, kept, strict=True) if not there])
        if not left.num_rows:
            return _report("", Summary(kept=table.num_rows))
        if self._parts.has(name):  # written by a process that was killed before it could say so
            sent = self._parts.read(name, [*SENT])
            return _report(name, replace(summarize(sent.to_pylist()), kept=sum(kept)))
        name, summary = await self._send_rows(left, name)
        if summary.planned != left.num_rows:
            raise AssertionError(f"{left.num_rows} rows planned, {summary.planned} ended")
        return _report(name, replace(summary, kept=sum(kept)))

    async def _send_rows(self, table: pyarrow.Table, name: str) -> tuple[str, Summary]:
        """Send rows; return the name of their part, which is another one where rows are left."""
        if self._caller is None:  # not at the start: an error of the model's would be lost there
            self._caller = Caller(self._work, self._pacer)
        rows = table.to_pylist()
        cells = await asyncio.gather(*[self._send_row(row) for row in rows])
        sent = [place for place, one in enumerate(cells) if one is not None]
        told = [one for one in cells if one is not None]
        if sent:
            whole = with_columns(table.take(sent), SENT, told)
            if len(sent) < len(rows):
                name = part_name([str(rows[place][self._work.id_column]) for place in sent])
            await asyncio.to_thread(self._parts.write, name, whole)
        return (name if sent else ""), replace(summarize(told), left=len(rows) - len(sent))

    async def _send_row(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the cells of a row, None where the run was stopped before its last reply."""
        usage = Usage()
        try:
            plan = self._work.rows.plan(row)
            answer = await adrive(plan, lambda prompts: self._send_round(prompts, usage))
            if declined := error_in(answer):
                raise declined
        except Stopped:
            return None
        except Exception as error:  # of a third party's strategy or client too: a row, never lost
            return {**_usage_cells(usage), **error_cells(error)}
        return {**_usage_cells(usage), "xlt_reply": answer.reply, **answer_cells(answer)}

    async def _send_round(self, prompts: tuple[Prompt, ...], usage: Usage) -> list[Any]:
        """Return the replies of a round, an exception in place of one that failed."""
        usage.last = prompts[-1]
        assert self._caller is not None
        calls = [self._caller.call(prompt, usage) for prompt in prompts]
        replies = await asyncio.gather(*calls, return_exceptions=True)
        for reply in replies:
            if isinstance(reply, Stopped) or not isinstance(reply, Reply | Exception):
                raise reply
        usage.truncated = any(isinstance(one, Reply) and one.truncated for one in replies)
        return replies


def _usage_cells(usage: Usage) -> dict[str, Any]:
    last = usage.last
    return {
        LANGUAGE: last.language.tag if last else None,
        TARGET: last.target_language.tag if last else None,
        "xlt_signature": last.signature if last else None,
        "xlt_truncated": usage.truncated,
        "xlt_calls": usage.calls,
        "xlt_input_tokens": usage.input_tokens,
        "xlt_output_tokens": usage.output_tokens,
    }


def _report(part: str, summary: Summary) -> pyarrow.Table:
    """Return a summary as a table of one row, which Ray carries to the driver."""
    import pyarrow

    counts = {name: [getattr(summary, name)] for name in COUNTS}
    kinds = pyarrow.array([json.dumps(dict(summary.errors))], pyarrow.string())
    return pyarrow.table({"part": [part], **counts, "errors": kinds})


def _fetched(reference: Any) -> Any:
    import ray

    return ray.get(reference)
