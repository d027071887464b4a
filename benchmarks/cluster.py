"""A local Ray cluster at work: 100,000 rows composed and parsed, 500 sent to the local model.

    python benchmarks/cluster.py

The rows are MGSM-like problems of our own making in four languages. While the 500 are sent, one
sender is killed (-9); the rows in the output are counted afterwards, and the same run is called
again, which sends nothing. Needs the extras ray and local.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path
from threading import Thread

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # nothing listens beyond 127.0.0.1
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import pyarrow  # noqa: E402
import ray
import ray.data
from pyarrow import parquet

import xlt.ray
from xlt.backends.local import local_model
from xlt.ray.mapping import compose_table, parse_table
from xlt.ray.output import Parts
from xlt.ray.row_format import RowFormat

MANY, SENT = 100_000, 500
PROBLEMS = {
    "zh": "小明有 {} 个苹果，又买了 1 个。他现在有几个？",
    "sw": "Juma ana maembe {}. Ananunua embe 1. Ana maembe mangapi?",
    "te": "రవి దగ్గర {} మామిడి పండ్లు ఉన్నాయి, ఇంకొకటి కొన్నాడు. ఇప్పుడు ఎన్ని?",
    "es": "Ana tiene {} lápices y compra 1 más. ¿Cuántos tiene?",
}
LANGUAGE = xlt.ray.RowSettings(language_column="language")


def problems(count: int) -> pyarrow.Table:
    tags = [tag for tag in PROBLEMS for _ in range(count // len(PROBLEMS))]
    texts = [PROBLEMS[tag].format(number) for number, tag in enumerate(tags)]
    return pyarrow.table({"id": list(range(count)), "language": tags, "problem": texts})


def with_reply(table: pyarrow.Table) -> pyarrow.Table:
    replies = [f"Retelling.\nAnswer: {number + 1}" for number in table["id"].to_pylist()]
    return table.append_column("reply", pyarrow.array(replies))


def one_process() -> None:
    table, rows = problems(10_000), RowFormat("mgsm", **LANGUAGE)
    compose_table(table.slice(0, 100), rows)
    start = time.process_time()
    made = compose_table(table, rows)
    middle = time.process_time()
    parse_table(with_reply(made), rows)
    each = [1e6 * one / len(table) for one in (middle - start, time.process_time() - middle)]
    print(f"one process: {each[0]:.0f} us of CPU a row composed, {each[1]:.0f} us parsed")


def many_rows(folder: Path) -> None:
    (folder / "in").mkdir()
    for start in range(0, MANY, MANY // 8):
        part = problems(MANY).slice(start, MANY // 8)
        parquet.write_table(part, folder / "in" / f"{start}.parquet")
    start_time = time.perf_counter()
    rows = xlt.ray.compose_dataset(ray.data.read_parquet(str(folder / "in")), "mgsm", **LANGUAGE)
    replied = rows.map_batches(with_reply, batch_format="pyarrow")
    xlt.ray.parse_dataset(replied, "mgsm", **LANGUAGE).write_parquet(str(folder / "out"))
    took = time.perf_counter() - start_time
    read = parquet.read_table(folder / "out")
    right = sum(row["xlt_answer"] == str(row["id"] + 1) for row in read.to_pylist())
    print(f"{read.num_rows:,} rows composed, parsed, written in {took:.1f} s; {right:,} right")


def killer(output: Path) -> None:
    """Kill a sender as soon as two parts are written."""
    while len(Parts(str(output)).names() if output.is_dir() else ()) < 2:
        time.sleep(0.05)
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and b"MapWorker(MapBatches(Sender" in _command(place):
            os.kill(int(place.name), signal.SIGKILL)
            print(f"killed {_command(place).decode() or place.name}")
            return


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes().rstrip(b"\0")
    except OSError:
        return b""


def sent_rows(folder: Path) -> None:
    model = local_model("gemma-270m", max_tokens=4)
    rows = ray.data.from_arrow(problems(SENT))
    output = folder / "answers"
    Thread(target=killer, args=(output,), daemon=True).start()
    for turn in ("sent", "again"):
        start = time.perf_counter()
        summary = xlt.ray.run_dataset(
            rows, "mgsm", output=output, model=model, concurrency=2, rows_per_file=20, **LANGUAGE
        )
        print(f"{turn}: {time.perf_counter() - start:.1f} s; {summary}; {summary.calls} calls")
    ids = xlt.ray.read_results(output).to_pandas()["id"]
    print(f"{len(ids)} rows in the output, {ids.nunique()} different ids")


def main() -> None:
    argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0]).parse_args()
    one_process()
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    with tempfile.TemporaryDirectory() as folder:
        many_rows(Path(folder))
        sent_rows(Path(folder))
    ray.shutdown()


if __name__ == "__main__":
    main()
