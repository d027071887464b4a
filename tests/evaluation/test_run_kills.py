"""A run may be killed at any moment: nothing is lost, and nothing is counted twice."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_runs import Scripted, outcome, run_small
from warm_cli import WarmCLI

from xlt.backends.errors import ConnectionFailed
from xlt.evaluation.runs.run_folder import ResultLog, load_run
from xlt.evaluation.self_test import DATA

KILLS = 50
SAMPLES = 24
COMMAND = (
    "eval", "--benchmarks", "mgsm", "--languages", "zh,sw", "--strategies", "xlt,clp",
    "--data", str(DATA), "-m", "langchain:fake_model:answer", "--max-concurrency", "3",
)  # fmt: skip


@pytest.mark.slow
def test_killed_at_50_random_points(warm: WarmCLI):
    seed = int(os.environ.get("XLT_KILL_SEED") or time.time_ns() % 10**6)
    print(f"XLT_KILL_SEED={seed}")
    chance = random.Random(seed)
    timed(warm, "first")  # which loads what the children share
    lasts, wanted = timed(warm, "whole")
    number = 0
    for _ in range(KILLS):
        folder = warm.folder / f"run{number}"
        results = folder / "results.jsonl"
        before = results.read_bytes() if results.exists() else b""
        warm.start(*COMMAND, "-o", folder.name)
        time.sleep(chance.uniform(0, lasts * 1.2))  # at times while the report is written
        warm.end(signal.SIGKILL)
        after = results.read_bytes() if results.exists() else b""
        assert after.startswith(before[: before.rfind(b"\n") + 1]), f"seed {seed}"
        if after.count(b"\n") == SAMPLES:
            assert outcome(folder) == wanted, f"seed {seed}"
            number += 1
    assert warm.run(*COMMAND, "-o", f"run{number}").code == 0
    assert outcome(warm.folder / f"run{number}") == wanted, f"seed {seed}"


def timed(warm: WarmCLI, name: str) -> tuple[float, Any]:
    """Run once; return how many seconds it asked for, and what it found."""
    begun = time.monotonic()
    warm.start(*COMMAND, "-o", name)
    results = warm.folder / name / "results.jsonl"
    while not results.exists() or results.read_bytes().count(b"\n") < SAMPLES:
        time.sleep(0.001)
    lasts = time.monotonic() - begun
    ended = warm.end()
    assert ended.code == 0, ended.err
    return lasts, outcome(warm.folder / name)


def test_cut_at_every_byte_of_the_last_record(tmp_path: Path):
    run_small(tmp_path)
    path = tmp_path / "results.jsonl"
    data, wanted = path.read_bytes(), outcome(tmp_path)
    start = data.rindex(b"\n", 0, -1) + 1
    for end in range(start, len(data)):
        path.write_bytes(data[:end])
        assert len(load_run(tmp_path).results) == 11
        ResultLog.open(path).close()
        assert path.read_bytes() == data[:start]
        if end % 150 == 0 or end > len(data) - 2:
            replies = Scripted()
            path.write_bytes(data[:end])
            run_small(tmp_path, replies)
            assert outcome(tmp_path) == wanted
            assert len({place.sample.id for _, place in replies.calls}) == 1


class Killed(BaseException):
    """Stands for the kill: nothing in the run may catch it."""


STOP = st.tuples(st.integers(0, 20), st.integers(0, 400), st.integers(0, 6))


@settings(max_examples=15, deadline=None)
@given(stops=st.lists(STOP, max_size=5), workers=st.integers(1, 4))
def test_any_kills_and_resumes_end_in_the_scores_of_one_run(
    tmp_path_factory: pytest.TempPathFactory, stops: list[tuple[int, int, int]], workers: int
):
    """Each stop: so many calls, then a kill; so many bytes lost; every so many calls fail."""
    whole, folder = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("run")
    run_small(whole)
    for calls, lost, failing in stops:
        replies = Scripted()

        def stop(prompt: object, place: object, calls: int = calls, failing: int = failing) -> None:
            made = len(replies.calls)  # noqa: B023
            if made > calls:
                raise Killed
            if failing and made % failing == 0:
                raise ConnectionFailed("no connection")

        replies.before = stop
        try:
            run_small(folder, replies, max_concurrency=workers)
        except (Killed, ConnectionFailed):
            path = folder / "results.jsonl"
            data = path.read_bytes()
            last = data.rfind(b"\n", 0, -1) + 1
            path.write_bytes(data[: max(last, len(data) - lost)])
        ids = [one.id for one in load_run(folder).results]
        assert len(ids) == len(set(ids)) <= 12
    assert run_small(folder, max_concurrency=workers).tally.errored == 0
    assert outcome(folder) == outcome(whole)


def test_interrupted_it_says_so_and_goes_on(warm: WarmCLI):
    arguments = (*COMMAND, "-o", "interrupted", "--max-concurrency", "1")
    warm.start(*arguments, env={"FAKE_SECONDS": "0.5"})
    results = warm.folder / "interrupted" / "results.jsonl"
    while not results.exists() or results.read_bytes().count(b"\n") < 2:
        time.sleep(0.001)
    ended = warm.end(signal.SIGINT)
    assert ended.code == 130, ended.err
    assert " of 24 samples are in the folder; run the same command again to continue." in ended.err
    assert "Traceback" not in ended.err
    assert warm.run(*arguments).code == 0
    assert len(load_run(warm.folder / "interrupted").results) == 24
