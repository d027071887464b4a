"""`Sender`: the actor that sends rows side by side, asks the cluster's pacer, and writes parts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from xlt.backends.backend import Backend, send
from xlt.backends.choosing import Choice, choose_backend
from xlt.backends.errors import (
    BackendError,
    ContextOverflow,
    EmptyReply,
    RateLimited,
    Refused,
    UnexpectedToolCall,
    error_in,
)
from xlt.backends.retrying import Retries
from xlt.errors import XLTError
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.ray.output import KeptIds, Parts, check_columns, id_texts, part_name
from xlt.ray.pacing import RateLimit
from xlt.ray.row_format import (
    ERROR,
    SENT,
    RowFormat,
    answer_cells,
    cells_of,
    error_cells,
    prompt_cells,
    with_columns,
    with_whole_texts,
)
from xlt.reply import Reply, Usage
from xlt.running import adrive

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows: planned = kept + answered + unparsed + errored + left.

    `kept` were in the output before; `left` were not sent because the run was stopped. `errors`
    counts the errored rows by the name of their error. The usage is what the server told.
    """

    kept: int = 0
    answered: int = 0
    unparsed: int = 0
    errored: int = 0
    left: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    errors: Mapping[str, int] = field(default_factory=FrozenDict)

    @property
    def planned(self) -> int:
        return self.kept + self.answered + self.unparsed + self.errored + self.left

    def __add__(self, other: Summary) -> Summary:
        kinds = [*self.errors, *[kind for kind in other.errors if kind not in self.errors]]
        both = {kind: self.errors.get(kind, 0) + other.errors.get(kind, 0) for kind in kinds}
        sums = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        return Summary(**sums, errors=FrozenDict(both))

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.errors.items())
        return (
            f"{self.planned} planned = {self.kept} kept + {self.answered} answered + "
            f"{self.unparsed} unparsed + {self.errored} errored"
            + (f" ({kinds})" if kinds else "")
            + (f" + {self.left} left" if self.left else "")
        )


COUNTS = tuple([name for name in Summary.__dataclass_fields__ if name != "errors"])


def summarize(rows: Iterable[Mapping[str, Any]]) -> Summary:
    """Return the summary of rows that were sent."""
    sent = list(rows)
    errors = Counter(row[ERROR] for row in sent if row.get(ERROR) is not None)
    answered = [row.get("xlt_answer") is not None for row in sent if row.get(ERROR) is None]
    return Summary(
        answered=sum(answered),
        unparsed=len(answered) - sum(answered),
        errored=errors.total(),
        calls=sum(row["xlt_calls"] for row in sent),
        input_tokens=sum(row["xlt_input_tokens"] for row in sent),
        output_tokens=sum(row["xlt_output_tokens"] for row in sent),
        errors=FrozenDict(errors),
    )


# The rows after which a sender writes what it has: so few are paid for again after a kill, beside
# those under way, with 64 of these under a hundred.
_PIECE = 16
# The seconds for which a sender believes what the pacer said, where there is no limit to count.
_FRESH = 0.25

Model = Choice | Backend | Callable[[], Backend]
# What a working server answers to a row of a kind; all else may be about the server.
_OF_THE_ROW = (ContextOverflow, EmptyReply, Refused, UnexpectedToolCall)


class Stopped(Exception):
    """The run was stopped; the row was not sent."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every sender of a run is given."""

    run: str
    rows: RowFormat
    id_column: str
    model: Model
    folder: str
    limit: RateLimit
    concurrency: int
    give_up_after: int


@dataclass(slots=True)
class RowUsage:
    """The outcome of one row's calls.

    `truncated` says that a reply of the last round was cut, `last` is the last prompt.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    truncated: bool = False
    last: Prompt | None = None

    def count(self, reply: Reply) -> None:
        usage = reply.usage or Usage()
        self.input_tokens += usage.input_tokens or 0
        self.output_tokens += usage.output_tokens or 0


class Caller:
    """Up to `concurrency` calls at a time, each with the pacer's permission."""

    def __init__(self, work: Work, pacer: Any) -> None:
        self._work, self._pacer = work, pacer
        backend = make_backend(work.model)
        self._retries = backend.retries  # they ask the pacer too
        self._backend = backend.with_retries(Retries(limit=0))
        self._gate = asyncio.Semaphore(work.concurrency)
        self._failures, self._is_stopped = 0, False
        self._asked_again, self._held_for = 0.0, cast(float | None, 0.0)

    async def call(self, prompt: Prompt, usage: RowUsage) -> Reply:
        """Return the reply to a prompt; raises BackendError, or Stopped."""
        attempt = 0
        async with self._gate:
            while True:
                tokens = await self._permit(prompt)
                attempt, usage.calls = attempt + 1, usage.calls + 1
                try:
                    reply = await send(self._backend, prompt)
                except BackendError as error:
                    error.attempts = attempt
                    await self._after(error, attempt)
                else:
                    self._failures = 0
                    usage.count(reply)
                    self._settle(reply, tokens)
                    return reply

    async def _permit(self, prompt: Prompt) -> float:
        """Wait until a call may be sent; return the tokens it was charged as."""
        limit, tokens = self._work.limit, 0.0
        if limit.tokens_per_minute is not None:
            tokens = prompt.count_tokens() + limit.reply_tokens
        if limit.is_open:
            seconds = await self._held()
        else:
            seconds = await self._pacer.take.remote(self._work.run, tokens)
        while seconds:
            await asyncio.sleep(seconds)
            seconds = await self._pacer.held.remote(self._work.run)
        if seconds is None or self._is_stopped:
            raise Stopped
        return tokens

    async def _held(self) -> float | None:
        """Return the pacer's answer; where nothing is limited it is not asked each time.

        Only a call that would be held waits for it: the pacer's process may not be there yet.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._asked_again:
            self._asked_again = now + _FRESH
            self._asking = asyncio.ensure_future(self._ask())
            if self._held_for != 0.0:
                await self._asking
        return self._held_for

    async def _ask(self) -> None:
        self._held_for = await self._pacer.held.remote(self._work.run)

    async def _after(self, error: BackendError, attempt: int) -> None:
        """Wait before the next try, or raise: Stopped where the error would hit every call."""
        if error.final:
            await self._stop(error)
            raise Stopped
        seconds = self._retries.wait(attempt, error.retry_after)
        if isinstance(error, RateLimited):
            await self._pacer.pause.remote(seconds)  # everyone waits, this call too
            self._asked_again, self._held_for = 0.0, seconds
        if not error.retryable or attempt > self._retries.limit:
            await self._count_failure(error)
            raise error
        if not isinstance(error, RateLimited):
            await self._retries.sleep(seconds)

    async def _count_failure(self, error: BackendError) -> None:
        """Stop the run where no call has come through for long: the server is gone, or wrong."""
        self._failures = 0 if isinstance(error, _OF_THE_ROW) else self._failures + 1
        if self._failures >= self._work.give_up_after:
            await self._stop(error)

    async def _stop(self, error: BackendError) -> None:
        self._is_stopped = True  # this sender's other calls do not wait for the pacer to know
        await self._pacer.stop.remote(self._work.run, error)

    def _settle(self, reply: Reply, tokens: float) -> None:
        usage = reply.usage or Usage()
        if self._work.limit.tokens_per_minute is None or usage.input_tokens is None:
            return
        used = usage.input_tokens + (usage.output_tokens or 0)
        self._pacer.settle.remote(used - tokens)


def make_backend(model: Model) -> Backend:
    """Return the backend itself, or the one that is chosen or made in this process."""
    if isinstance(model, Choice):
        return choose_backend(model)
    found: Any = model if hasattr(model, "stream") else model()
    backend: Backend = found
    return backend


class Sender:
    """One process of senders: up to `concurrency` calls at a time over all its batches."""

    def __init__(self, work: Work, kept: KeptIds, pacer: Any) -> None:
        self._work, self._kept, self._pacer = work, kept, pacer
        self._parts = Parts(work.folder)
        self._gate = asyncio.Semaphore(work.concurrency)
        self._caller: Caller | None = None

    async def send(self, table: pyarrow.Table) -> Summary:
        """Send the rows that are not in the output yet; return what became of all rows.

        What no row is to blame for (an id that appears twice, a full disk) stops the run.
        """
        try:
            return await self._send_new(table)
        except XLTError as error:  # raised here it would reach the driver as a text of Ray's
            await self._pacer.stop.remote(self._work.run, error)
            return Summary(left=table.num_rows)

    async def _send_new(self, table: pyarrow.Table) -> Summary:
        self._work.rows.require(table.column_names, self._work.id_column)
        table = with_whole_texts(table)
        check_columns(table)
        ids = id_texts(table[self._work.id_column].to_pylist(), self._work.id_column)
        kept = self._kept.has(ids)
        left = table.filter([not one for one in kept])
        name = part_name([one for one, there in zip(ids, kept, strict=True) if not there])
        if not left.num_rows:
            return Summary(kept=table.num_rows)
        if self._parts.has(name):  # written by a process that was killed before it could say so
            self._parts.drop_pieces(name)
            return replace(summarize(self._parts.read(name, [*SENT]).to_pylist()), kept=sum(kept))
        summary = await self._send_rows(left, name)
        if summary.planned != left.num_rows:
            raise AssertionError(f"{left.num_rows} rows planned, {summary.planned} ended")
        return replace(summary, kept=sum(kept))

    async def _send_rows(self, table: pyarrow.Table, name: str) -> Summary:
        """Send rows and write their part, under another name where rows are left."""
        if self._caller is None:  # not at the start: an error of the model's would be lost there
            self._caller = Caller(self._work, self._pacer)
        rows = cells_of(table, self._work.rows, self._work.id_column)
        ids = [str(row[self._work.id_column]) for row in rows]
        pieces = self._parts.pieces(name)
        cells = await asyncio.to_thread(self._told_before, pieces, ids)
        unsaved: list[int] = []

        def part_of(places: list[int]) -> tuple[str, pyarrow.Table]:
            found = with_columns(table.take(places), SENT, [cells[place] or {} for place in places])
            return part_name([ids[place] for place in places]), found

        async def fill(place: int) -> None:
            cells[place] = await self._send_row(rows[place])
            if cells[place] is not None:
                unsaved.append(place)
            if len(unsaved) >= _PIECE and len(unsaved) < len(rows):
                piece = part_of(unsaved)
                unsaved.clear()
                await asyncio.to_thread(pieces.write, *piece)

        unsent = iter([place for place, one in enumerate(cells) if one is None])

        async def work() -> None:
            async with self._gate:  # rows begin in their order, composed when it is their turn
                for place in unsent:
                    await fill(place)

        # A task for each row would be a third of a row's time, most of it the garbage collector's.
        await asyncio.gather(*[work() for _ in range(min(self._work.concurrency, len(rows)))])
        sent = [place for place, one in enumerate(cells) if one is not None]
        told = [one for one in cells if one is not None]
        if sent:
            await asyncio.to_thread(self._parts.write, *part_of(sent))
            await asyncio.to_thread(self._parts.drop_pieces, name)
        return replace(summarize(told), left=len(rows) - len(sent))

    def _told_before(self, pieces: Parts, ids: list[str]) -> list[dict[str, Any] | None]:
        """Return the cells of the rows that a killed process had sent; None for the others."""
        column, kept = self._work.id_column, pieces.rows(self._work.id_column)
        rows = [] if kept is None else kept.select([column, *SENT]).to_pylist()
        found = {str(row.pop(column)): row for row in rows}
        return [found.get(one) for one in ids]

    async def _send_row(self, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the cells of a row, None where the run was stopped before its last reply."""
        usage = RowUsage()
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

    async def _send_round(self, prompts: tuple[Prompt, ...], usage: RowUsage) -> list[Any]:
        """Return the replies of a round, an exception in place of one that failed."""
        usage.last = prompts[-1]
        assert self._caller is not None
        if len(prompts) == 1:
            try:
                replies: list[Any] = [await self._caller.call(prompts[0], usage)]
            except Exception as error:
                replies = [error]
        else:  # each in a task, which takes a tenth of a call's time
            calls = [self._caller.call(prompt, usage) for prompt in prompts]
            replies = await asyncio.gather(*calls, return_exceptions=True)
        for reply in replies:
            if isinstance(reply, Stopped) or not isinstance(reply, Reply | Exception):
                raise reply
        usage.truncated = any(isinstance(one, Reply) and one.truncated for one in replies)
        return replies


def _usage_cells(usage: RowUsage) -> dict[str, Any]:
    return {
        **(prompt_cells(usage.last) if usage.last else {}),
        "xlt_truncated": usage.truncated,
        "xlt_calls": usage.calls,
        "xlt_input_tokens": usage.input_tokens,
        "xlt_output_tokens": usage.output_tokens,
    }
