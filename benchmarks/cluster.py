"""A local Ray cluster at work: rows composed and parsed, sent to a slow server and to a model.

    python benchmarks/cluster.py [rows] [calls] [model]

`rows`: 100,000 MGSM-like problems of our own making in four languages, composed and parsed.
`calls`: 2,000 calls that a server of this machine takes 50 ms for, 64 at a time, by run_dataset and
by the plain backend, in turns (the replies are invented); then both readers of the output. The
first turn is the one that is the first of its cluster.
`model`: 500 rows sent to the local model while a sender is killed (-9); the rows in the output are
counted afterwards, and the same run is called again, which sends nothing. Needs the extras ray and
local.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
import time
from functools import partial
from pathlib import Path
from threading import Thread

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # nothing listens beyond 127.0.0.1
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import pyarrow  # noqa: E402
import ray
import ray.data
from calls import CALLS, PROBLEM, WIDE, measure, plain, served
from pyarrow import parquet

import xlt.ray
from xlt.backends.local import local_model
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.ray.mapping import compose_table, parse_table
from xlt.ray.output import Parts
from xlt.ray.row_format import RowFormat

MANY, SENT, TURNS = 100_000, 500, 5
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
        if place.name.isdigit() and b"ray::Sender" in _command(place):
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


def slow_calls(folder: Path) -> None:
    """Print what run_dataset takes beside the plain backend, after ray.init."""
    rows = [{"id": number, "problem": PROBLEM.format(number)} for number in range(CALLS)]
    dataset = ray.data.from_items(rows)
    with served() as url:
        model = OpenAICompatible(url, "m", streamed=False)

        def by_plain() -> None:
            asyncio.run(plain(url, CALLS))

        def by_ray(senders: int, turn: int) -> None:
            xlt.ray.run_dataset(
                dataset,
                "mgsm",
                output=folder / f"calls-{senders}-{turn}",
                model=model,
                language="zh",
                senders=senders,
                concurrency=WIDE // senders,
            )

        by_plain()
        for turn in range(TURNS):
            alone = measure("plain backend", by_plain, CALLS)
            for senders in (1, 2):
                took = measure(f"Ray, {senders} sender(s)", partial(by_ray, senders, turn), CALLS)
                print(f"Ray with {senders} sender(s): {took / alone:.2f}x the plain backend")
    for name, read in (("read_table", xlt.ray.read_table), ("pyarrow", parquet.read_table)):
        start = time.perf_counter()
        count = len(read(folder / "calls-1-1"))
        print(f"{name}: {count} rows read in {time.perf_counter() - start:.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help="rows, calls, model")
    chosen = parser.parse_args().parts or ["rows", "calls", "model"]
    if "rows" in chosen:
        one_process()
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    with tempfile.TemporaryDirectory() as folder:
        for part, work in {"rows": many_rows, "calls": slow_calls, "model": sent_rows}.items():
            if part in chosen:
                work(Path(folder))
    ray.shutdown()


if __name__ == "__main__":
    main()
