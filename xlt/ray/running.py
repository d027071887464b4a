"""`run_dataset`: send every row of a dataset to a model, into Parquet that can be resumed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from socket import gethostname
from threading import Thread
from typing import TYPE_CHECKING, Any, Unpack, cast

from xlt.errors import InputError, MissingExtra
from xlt.files.safe import LOCK, only_writer
from xlt.ray.output import KeptIds, Parts, adopt_pieces, check_record
from xlt.ray.pacing import PACER_OPTIONS, Pacer, RateLimit, find_pacer
from xlt.ray.row_format import RowFormat, RowSettings
from xlt.ray.sending import Model, Sender, Summary, Work
from xlt.task import Task

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

    Send = Callable[[pyarrow.Table], Future[Summary]]

# Batches that a sender works on side by side, so that none waits for a slow reply.
_BATCHES = 4


def run_dataset(
    source: Dataset | str | Path | Sequence[str],
    task: str | Task,
    *,
    output: str | Path,
    model: Model,
    id_column: str = "id",
    rate: RateLimit | None = None,
    senders: int = 2,
    concurrency: int = 64,
    rows_per_file: int = 1000,
    sender_cpus: float = 0.25,
    give_up_after: int = 100,
    retry_failed: bool = False,
    force: bool = False,
    **settings: Unpack[RowSettings],
) -> Summary:
    """Send every row to a model, by any strategy, and write rows and answers as Parquet.

    `source` is a Ray dataset, or Parquet files or folders; every row has its own id in
    `id_column` (text or whole number). `output` is a folder or URI that every machine reaches:
    rows that are in it already are not sent again, so the same call goes on after a stop or a
    kill. `model` is a Choice (keys come from each machine's environment), a Backend, or a
    function that makes one. `senders` processes keep `concurrency` calls under way each, and
    write a part after `rows_per_file` rows; `rate` holds for all of them, and for other runs.
    Where this process started Ray, on one machine, and `model` is no function and no model to
    load, the first four parts are sent from here, while the senders start.

    What a row fails with is in its `xlt_error` and `xlt_message`; `retry_failed` sends those
    again. A wrong key or an empty account stops the run, as do `give_up_after` calls of a sender
    that fail one after the other for want of a server: replies that came are kept, and the
    BackendError is raised. Raises InputError for an output of another run or other settings.
    """
    rows = RowFormat(task, **settings)
    if min(senders, concurrency, rows_per_file, give_up_after) < 1:
        raise InputError("senders, concurrency, rows_per_file, give_up_after must be at least 1.")
    ray = _ray()
    parts = Parts.at(output)
    parts.make()
    with _alone(parts, rate) as (run, limit, pacer):
        joined = pacer.join.remote(run, limit)
        check_record(parts, rows, model, id_column, force)
        parts.sweep()
        adopt_pieces(parts, id_column)
        kept = KeptIds.read(parts, id_column, retry_failed=retry_failed)
        work = Work(run, rows, id_column, model, parts.folder, limit, concurrency, give_up_after)
        own = Sender(replace(work, concurrency=concurrency * senders), kept, pacer)
        options = {"num_cpus": sender_cpus, "max_restarts": -1, "max_task_retries": -1}
        sender = ray.remote(Sender).options(max_concurrency=_BATCHES, **options)
        given, actors = (ray.put(work), ray.put(kept), pacer), list[Any]()

        def start() -> list[Send]:
            actors.extend([sender.remote(*given) for _ in range(senders)])
            ray.get(joined)  # before a sender can tell the pacer to stop
            return [_sending_by(actor) for actor in actors]

        try:
            dataset = _dataset(source)
            known = dataset.columns(fetch_if_missing=False)
            if known:
                rows.require(known, id_column)
            batches = _batches(dataset, rows_per_file)
            with _sending_here(own) if _may_send(model) else nullcontext() as here:
                total = _send_all(batches, here, start)
        finally:
            for actor in actors:
                ray.kill(actor)
        stopped = ray.get(pacer.stopped.remote(run))
        parts.sweep()
    if stopped is not None:
        stopped.add_note(f"{total}. Run again to continue.")
        raise stopped
    return total


def read_results(output: str | Path) -> Dataset:
    """Return the rows of an output as a dataset, those whose part is whole.

    Raises InputError where there is none yet.
    """
    ray = _ray()
    parts, names = _written(output)
    found: Dataset = ray.data.read_parquet([f"{parts.folder}/{name}" for name in names])
    return found


def read_table(output: str | Path) -> pyarrow.Table:
    """Return the rows of an output as an Arrow table in memory, without Ray.

    Raises InputError where there is none yet, DataFileError for a part that is not whole.
    """
    parts, names = _written(output)
    return parts.join([parts.read(name) for name in names])


def _written(output: str | Path) -> tuple[Parts, list[str]]:
    parts = Parts.at(output)
    if names := parts.names():
        return parts, names
    raise InputError(f"{output} holds no rows yet.")


def output_name(folder: str) -> str:
    """Return the name of the actor that is there while a run writes to a folder."""
    return f"output-{sha256(folder.encode()).hexdigest()[:16]}"


def _send_all(
    batches: Iterable[pyarrow.Table], here: Send | None, start: Callable[[], list[Send]]
) -> Summary:
    """Return the summed results of the senders, each with a few batches under way.

    A process of Ray's takes a second to start: if this one may send, it takes the first batches,
    and those that `start` gives begin when it has ended, so that there are not too many calls.
    """
    total, under_way = Summary(), dict[Any, Any]()
    free = ([here] if here else start()) * _BATCHES

    def take_one() -> Summary:
        done = wait(under_way, return_when=FIRST_COMPLETED).done.pop()
        free.append(under_way.pop(done))
        found: Summary = done.result()
        return found

    for table in batches:
        if here and not free:
            others, here = start(), None
            total = sum([take_one() for _ in [*under_way]], total)
            free[:] = others * _BATCHES
        if not free:
            total += take_one()
        send = free.pop(0)
        under_way[send(table)] = send
    return sum([take_one() for _ in [*under_way]], total)


def _sending_by(actor: Any) -> Send:
    return lambda table: actor.send.remote(table).future()


@contextmanager
def _sending_here(sender: Sender) -> Iterator[Send]:
    """Give a function that sends a table in this process: in a thread, with a loop of its own."""
    begun = Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def work() -> None:
        begun.set_result((asyncio.get_running_loop(), asyncio.Event()))
        await begun.result()[1].wait()

    thread = Thread(target=lambda: asyncio.run(work()), daemon=True)
    thread.start()
    loop, over = begun.result()
    try:
        yield lambda table: asyncio.run_coroutine_threadsafe(sender.send(table), loop)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


def _may_send(model: Model) -> bool:
    """Whether this process may send too: it started Ray, on this machine alone.

    Then it reaches what the senders reach. A function may load a model: it is called in theirs.
    """
    import ray

    context, nodes = ray.get_runtime_context(), cast(Any, ray).nodes()
    ours = context.get_session_name().endswith(f"_{os.getpid()}") and not context.runtime_env
    alone = [one["NodeManagerHostname"] for one in nodes if one["Alive"]] == [gethostname()]
    return ours and alone and bool(hasattr(model, "stream") or getattr(model, "base_url", None))


@contextmanager
def _alone(parts: Parts, rate: RateLimit | None) -> Iterator[tuple[str, RateLimit, Any]]:
    """Give the name of the run, its limit and pacer; raises while another works on the output.

    The pacer of a run's own is there as long as the run is; Ray ends it with the driver. Its name
    is taken at once, its process starts beside the senders'.
    """
    import ray

    run = output_name(parts.folder)
    limit = rate or RateLimit(name=run)
    folder = parts.local
    with nullcontext() if folder is None else only_writer(folder / LOCK, f"the run in {folder}"):
        try:
            own: Any = ray.remote(Pacer).options(**PACER_OPTIONS, name=run).remote(limit)
        except ValueError as error:  # Ray's word for a name that is taken
            raise InputError(
                f"Another run on this cluster is writing to {parts.folder}. Wait for it, or name "
                "another folder."
            ) from error
        pacer = own if rate is None else find_pacer(rate)
        try:
            yield run, limit, pacer
        finally:
            ray.get(pacer.leave.remote(run))
            ray.kill(own)


def _batches(dataset: Dataset, size: int) -> Iterator[pyarrow.Table]:
    """Yield the rows as tables of so many, the last with what is left.

    Rows in memory are taken from there: Ray Data would first start processes, for seconds. Raises
    InputError for blocks that cannot be joined.
    """
    import pyarrow
    import ray
    from ray.data.dataset import MaterializedDataset

    if not isinstance(dataset, MaterializedDataset):
        yield from dataset.iter_batches(batch_size=size, batch_format="pyarrow")
        return
    held: list[pyarrow.Table] = []
    blocks = dataset.to_arrow_refs()
    for place, block in enumerate(blocks, 1):
        held.append(ray.get(block))
        if sum(map(len, held)) < size and place < len(blocks):
            continue
        try:
            joined = pyarrow.concat_tables(held, promote_options="permissive")
        except pyarrow.ArrowException as error:
            raise InputError(f"The blocks of the dataset do not fit together: {error}") from error
        end = len(joined) if place == len(blocks) else len(joined) // size * size
        for start in range(0, end, size):
            yield joined.slice(start, min(size, end - start)).combine_chunks()
        held = [joined.slice(end)]


def _dataset(source: Any) -> Dataset:
    ray = _ray()
    if isinstance(source, str | Path):
        source = [str(source)]
    if isinstance(source, list | tuple):
        source = ray.data.read_parquet([str(one) for one in source])
    found: Dataset = source
    return found


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtra("xlt.ray", "ray") from None
    return ray
