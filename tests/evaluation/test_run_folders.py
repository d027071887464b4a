"""A run's folder: gone on with, refused to another run and to a second runner, full, read-only."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from scripted_runs import Scripted, outcome, run_small, small
from warm_cli import WarmCLI

from xlt.backends import SimpleBackend
from xlt.backends.errors import ConnectionFailed, DeadlineExceeded
from xlt.errors import DataFileError, InputError, RunFolderError
from xlt.evaluation import evaluate
from xlt.evaluation.runs.records import Price
from xlt.evaluation.runs.run_folder import load_manifest, load_run, open_folder
from xlt.evaluation.runs.tally import price_of
from xlt.evaluation.self_test import DATA

COMMAND = (
    "eval", "--benchmarks", "mgsm", "--languages", "zh", "--strategies", "xlt",
    "--data", str(DATA), "-m", "langchain:fake_model:answer", "-o", "run",
)  # fmt: skip


def test_the_same_run_again_asks_nothing(tmp_path: Path):
    first = run_small(tmp_path)
    again = Scripted()
    assert run_small(tmp_path, again).run.results == first.run.results
    assert again.calls == []
    assert str(first.tally) == "12 planned = 10 scored + 2 unparsed + 0 errored"


def test_samples_come_first_in_the_order_planned(tmp_path: Path):
    run_small(tmp_path, max_concurrency=1)
    ids = [one.id for one in load_run(tmp_path).results]
    assert [one.rsplit("/", 2)[0] for one in ids[::3]] == [
        "mgsm/zh/xlt", "mgsm/zh/clp", "mgsm/sw/xlt", "mgsm/sw/clp",
    ]  # fmt: skip


def failing(prompt: Any, place: Any) -> None:
    if place.sample.language == "sw":
        raise ConnectionFailed("no connection")


def test_errored_samples_are_tried_again_and_counted_once(tmp_path: Path):
    first = run_small(tmp_path, Scripted(failing))
    assert str(first.tally).endswith("+ 6 errored")
    kept = run_small(tmp_path, Scripted(failing), retry_errors=False)
    assert kept.tally.errored == 6
    again = Scripted()
    assert run_small(tmp_path, again).tally.errored == 0
    assert {place.sample.language for _, place in again.calls} == {"sw"}
    lines = (tmp_path / "results.jsonl").read_bytes().count(b"\n")
    assert (lines, len(load_run(tmp_path).results)) == (18, 12)
    run_small(tmp_path / "whole")
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


def nobody(prompt: Any, place: Any) -> None:
    raise ConnectionFailed("No connection to http://127.0.0.1:9/v1")


@pytest.mark.parametrize(("workers", "asked"), [(1, 5), (3, 5), (7, 7)])
def test_first_samples_that_find_no_server_stop_the_run(tmp_path: Path, workers: int, asked: int):
    with pytest.raises(ConnectionFailed) as caught:
        run_small(tmp_path, Scripted(nobody), max_concurrency=workers)
    assert str(caught.value).startswith("No connection to http://127.0.0.1:9/v1\n")
    assert f"{asked} samples failed this way before any had a reply" in str(caught.value)
    assert asked <= len(load_run(tmp_path).results) < asked + workers
    run_small(tmp_path)
    run_small(tmp_path / "whole")
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


class Slow(SimpleBackend):
    """Writes three words and is then broken off."""

    name, settings = "slow", {"max_tokens": 100}

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces

    async def stream(self, prompt: Any) -> Any:
        for piece in self.pieces:
            yield piece
        raise DeadlineExceeded("http://127.0.0.1:9 did not finish its reply in time.")


@pytest.mark.parametrize(
    ("pieces", "advice"),
    [
        (
            ("one ", "two ", "three"),
            r"the server writes \S+ tokens a second to each call, 100 of them",
        ),
        (("one ", "two ", "three"), r"--timeout \d+ would be enough"),
        ((), "no token arrived in that time. Give each call more time"),
    ],
)
def test_a_slow_server_is_noticed_after_the_first_few(tmp_path: Path, pieces: Any, advice: str):
    with pytest.raises(DeadlineExceeded, match=advice) as caught:
        evaluate(small(output=tmp_path / "run", max_concurrency=1), Slow(*pieces))
    assert "5 samples failed this way before any had a reply" in str(caught.value)
    assert len(load_run(tmp_path / "run").results) == 5


def test_a_server_that_goes_away_later_stops_nothing(tmp_path: Path):
    def going(prompt: Any, place: Any) -> None:
        if len(replies.calls) > 1:
            nobody(prompt, place)

    replies = Scripted(going)
    assert run_small(tmp_path, replies, max_concurrency=1).tally.errored == 11


def test_a_server_that_is_down_is_said_once_with_1(warm: WarmCLI):
    ended = warm.run(*COMMAND, env={"FAKE_DOWN": "1"})
    assert ended.code == 1
    assert ended.err == (
        "Error: Cannot connect to langchain:fake_model:answer, or the connection broke: "
        "connection refused\n"
        "6 samples failed this way before any had a reply, and the run was stopped. Start the "
        "server, or correct its address, and run it again.\n"
        "6 of 6 samples are in the folder; run the same command again to continue.\n"
    )
    assert warm.run(*COMMAND).code == 0


class Renamed(Scripted):
    name = "another model"


class Warmer(Scripted):
    settings = {"temperature": 1.0}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "basic.j2").write_text("{{ task_input }} Now!", encoding="utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    path = folder / "mgsm" / "mgsm_sw.tsv"
    path.write_text(path.read_text("utf-8").replace("4", "5", 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("replies", "changes", "named"),
    [
        (Renamed, {}, 'model: "scripted", now "another model"'),
        (Warmer, {}, "temperature: not in the run, now 1.0"),
        (Scripted, {"templates": "templates"}, 'templates: "'),
        (Scripted, {"data": "data"}, 'data mgsm/sw: "'),
        (Scripted, {"seed": 1}, "seed: 0, now 1"),
        (Scripted, {"limit": 2}, "limit: 3, now 2"),
        (Scripted, {"repeats": 2}, "repeats: 1, now 2"),
        (Scripted, {"strategies": ("xlt",)}, "cell mgsm/zh/clp: "),
        (Scripted, {"shots": 1, "strategies": ("xlt",)}, "demonstrations of arithmetic_reasoning"),
        (Scripted, {"options": {"clp": {"pivot": "fr"}}}, "options of clp pivot: not in the run"),
    ],
    ids=lambda value: None if isinstance(value, type) else str(value)[:20],
)  # fmt: skip
def test_another_run_is_refused_and_named(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    replies: type[Scripted],
    changes: dict[str, Any],
    named: str,
):
    changes = {
        name: request.getfixturevalue(name) if name in ("templates", "data") else value
        for name, value in changes.items()
    }
    folder = tmp_path / "run"
    run_small(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError) as caught:
        run_small(folder, replies(), small(**changes))
    assert named in str(caught.value)
    assert "--force" in str(caught.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are Unicode elsewhere")
def test_names_of_files_need_not_be_utf_8(warm: WarmCLI):
    odd = os.fsdecode(b"d\xff.csv")
    (warm.folder / odd).write_text("problem,answer\nTwo?,2\n", encoding="utf-8")
    command = (
        "eval", "--task", "mgsm", "--data", odd, "--languages", "zh", "--strategies", "xlt",
        "-m", "langchain:fake_model:answer", "-o", "run",
    )  # fmt: skip
    assert [warm.run(*command).code for _ in range(2)] == [0, 0]
    assert "d\ufffd.csv" in load_manifest(warm.folder / "run").command


def test_a_price_given_later_counts(tmp_path: Path):
    run_small(tmp_path)
    run_small(tmp_path, price_in=1.0, price_out=2.0, currency="EUR")
    again = run_small(tmp_path)
    assert price_of(again.run.manifest) == price_of(load_manifest(tmp_path)) == Price(1, 2, "EUR")


def test_forced_it_goes_on_with_what_is_still_planned(tmp_path: Path):
    run_small(tmp_path)
    replies = Renamed()
    ended = run_small(tmp_path, replies, small(limit=4, strategies=("xlt",)), force=True)
    assert str(ended.tally).startswith("8 planned = ")
    assert len(replies.calls) == 2  # the larger draw holds the smaller one
    assert len((tmp_path / "set-aside.jsonl").read_bytes().splitlines()) == 6
    forced = load_manifest(tmp_path).settings["forced"]
    assert 'model: "scripted", now "another model"' in forced
    assert run_small(tmp_path, Renamed(), small(limit=4, strategies=("xlt",))).tally == ended.tally


def test_a_second_runner_is_refused(tmp_path: Path):
    manifest = run_small(tmp_path / "other").run.manifest
    run_small(tmp_path / "run")
    with (
        open_folder(tmp_path / "free", manifest, frozenset()),
        pytest.raises(RunFolderError, match="Another process is working on the run in"),
        open_folder(tmp_path / "free", manifest, frozenset()),
    ):
        pass
    with open_folder(tmp_path / "free", manifest, frozenset()):
        pass  # it is free again


def test_a_second_command_is_refused_with_4(warm: WarmCLI):
    assert warm.run(*COMMAND).code == 0
    manifest = load_manifest(warm.folder / "run")
    with open_folder(warm.folder / "run", manifest, frozenset({""}), force=True):
        ended = warm.run(*COMMAND)
    assert ended.code == 4
    assert ended.err == (
        "Error: Another process is working on the run in run. Wait for its end, or use another "
        "folder.\n"
    )


@pytest.mark.parametrize("size", [100, 3000, 4500])
def test_a_full_disk_counts_nothing_by_halves(warm: WarmCLI, size: int):
    ended = warm.run(*COMMAND, file_size=size)
    assert ended.code == 4, ended.err
    assert "cannot be written: File too large" in ended.err
    path = warm.folder / "run" / "results.jsonl"
    data = path.read_bytes() if path.exists() else b""
    assert data == b"" or data.endswith(b"\n")
    assert len(data) <= size
    assert warm.run(*COMMAND).code == 0
    assert len(load_run(warm.folder / "run").results) == 6
    assert path.read_bytes().startswith(data)


def test_a_disk_full_in_the_middle_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write, lines = os.write, []

    def half(handle: int, data: bytes) -> int:
        if not data.startswith(b'{"schema_version"') and data[-1:] != b"\n":
            return write(handle, data)
        lines.append(data)
        if len(lines) == 4:
            return write(handle, data[:100])
        if len(lines) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(RunFolderError, match="No space left on device"):
        run_small(tmp_path, max_concurrency=1)
    monkeypatch.undo()
    assert (tmp_path / "results.jsonl").read_bytes().endswith(b"\n")
    assert len(load_run(tmp_path).results) == 3
    run_small(tmp_path)
    run_small(tmp_path / "whole")
    assert outcome(tmp_path) == outcome(tmp_path / "whole")


def test_an_output_that_is_a_file_is_said_before_any_call(tmp_path: Path):
    (tmp_path / "run").write_text("mine", encoding="utf-8")
    replies = Scripted()
    with pytest.raises(RunFolderError, match="cannot be written"):
        run_small(tmp_path / "run", replies)
    assert replies.calls == []
    assert (tmp_path / "run").read_text("utf-8") == "mine"


def test_results_without_their_plan_are_left_alone(tmp_path: Path):
    run_small(tmp_path)
    (tmp_path / "run.json").unlink()
    with pytest.raises(InputError, match="results.jsonl without run.json"):
        run_small(tmp_path)
    assert (tmp_path / "results.jsonl").stat().st_size


def test_a_damaged_line_is_named(tmp_path: Path):
    run_small(tmp_path)
    path = tmp_path / "results.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"outcome"', b'"outcom\x00"', 1))
    with pytest.raises(DataFileError, match="results.jsonl:1: .*the line is damaged"):
        run_small(tmp_path)
