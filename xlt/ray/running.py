"""`run_dataset`: send every row of a dataset to a model, into Parquet that can be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

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
        kept = ray.put(KeptIds.read(parts, id_column, retry_failed=retry_failed))
        work = Work(run, rows, id_column, model, parts.folder, limit, concurrency, give_up_after)
        options = {"num_cpus": sender_cpus, "max_restarts": -1, "max_task_retries": -1}
        sender = ray.remote(Sender).options(max_concurrency=_BATCHES, **options)
        # A process of Ray's takes a second to start: all do so at once, while the rows are found.
        actors = [sender.remote(work, kept, pacer) for _ in range(senders)]
        try:
            dataset = _dataset(source)
            known = dataset.columns(fetch_if_missing=False)
            if known:
                rows.require(known, id_column)
            ray.get(joined)  # before a sender can tell the pacer to stop
            batches = dataset.iter_batches(batch_size=rows_per_file, batch_format="pyarrow")
            total = _send_all(batches, actors)
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
    parts = Parts.at(output)
    names = parts.names()
    if not names:
        raise InputError(f"{output} holds no rows yet.")
    found: Dataset = ray.data.read_parquet([f"{parts.folder}/{name}" for name in names])
    return found


def read_table(output: str | Path) -> pyarrow.Table:
    """Return the rows of an output as an Arrow table in memory, without Ray.

    Raises InputError where there is none yet, DataFileError for a part that is not whole.
    """
    parts = Parts.at(output)
    names = parts.names()
    if not names:
        raise InputError(f"{output} holds no rows yet.")
    return parts.join([parts.read(name) for name in names])


def output_name(folder: str) -> str:
    """Return the name of the actor that is there while a run writes to a folder."""
    return f"output-{sha256(folder.encode()).hexdigest()[:16]}"


def _send_all(batches: Iterable[pyarrow.Table], actors: list[Any]) -> Summary:
    """Return the summed results of the senders, each with a few batches under way."""
    import ray

    total, free, under_way = Summary(), actors * _BATCHES, dict[Any, Any]()

    def take_one() -> Summary:
        (done,), _ = ray.wait([*under_way], num_returns=1)
        free.append(under_way.pop(done))
        found: Summary = ray.get(done)
        return found

    for table in batches:
        if not free:
            total += take_one()
        actor = free.pop(0)
        under_way[actor.send.remote(table)] = actor
    while under_way:
        total += take_one()
    return total


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
