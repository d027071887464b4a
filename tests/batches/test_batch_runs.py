"""A run through files gives the answers of xlt.run, whatever happens on the way."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service import ROWS, openai_error, openai_line, replies_to, requests_in, scripted

import xlt
from xlt.batches.answering import read_answers
from xlt.batches.exporting import export_batch
from xlt.batches.folder import read_status
from xlt.batches.importing import import_results


def expected(strategy, **options):
    return [
        xlt.run(
            xlt.plan("mgsm", row["inputs"], language=row["language"], strategy=strategy, **options),
            lambda prompt: scripted(prompt.messages),
        )
        for row in ROWS
    ]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("strategy", "options", "waves"),
    [
        ("xlt", {}, 1),
        ("clp", {}, 2),
        ("clsp", {}, 2),
        ("clsp", {"pivots": ["en", "de", "sw"], "early_stop": True}, 4),
        ("self_translate", {}, 2),
    ],
)
def test_same_answers_as_run(export, finish, tmp_path, provider, strategy, options, waves):
    started = export(provider=provider, strategy=strategy, **options)
    imported = finish(started)
    answers = [one.answer for one in read_answers(tmp_path / "run")]
    assert answers == expected(strategy, **options)
    assert imported.tally.planned == sum(imported.tally[1:]) == len(ROWS)
    assert imported.status.wave <= waves
    lines = (tmp_path / "run" / "answers.jsonl").read_bytes().split(b"\n")[:-1]
    assert [json.loads(line)["answer"]["value"] for line in lines] == [one.value for one in answers]
    assert json.loads(lines[0])["id"] == f"{started.run}-r0"


def all_bytes(folder: Path) -> dict[str, bytes]:
    kept = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return {path.name: path.read_bytes() for path in kept}


def test_the_same_import_again_changes_nothing(export, give, finish, tmp_path):
    first = replies_to(export().files)
    before = give(first)
    state = all_bytes(tmp_path / "run")
    again = give(first)
    assert again.status == before.status
    assert again.lines == {"duplicate": 3}
    assert all_bytes(tmp_path / "run") == state
    finish(again.status)
    state = all_bytes(tmp_path / "run")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").glob("[!.]*")}
    assert give(first).tally.answered == 3
    assert all_bytes(tmp_path / "run") == state
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert export().answers is not None
    assert all_bytes(tmp_path / "run") == state


@pytest.fixture(scope="module")
def one_end(tmp_path_factory):
    """The end of a clsp run whose results came in order, at once, some failed and sent again."""
    folder = tmp_path_factory.mktemp("straight") / "run"
    play(folder, random.Random(0), pieces=1, shuffled=False)
    return all_bytes(folder)


def play(folder: Path, chance: random.Random, *, pieces: int, shuffled: bool) -> None:
    status = export_batch(
        folder, "mgsm", ROWS, provider="openai", model="m", strategy="clsp", pivots=["en", "de"]
    )
    for _ in range(10):
        lines = []
        for request in [one for path in status.files for one in requests_in(path)]:
            name = request["custom_id"]
            if name.endswith("-a1") and "-p1-" in name:
                lines += [openai_error(request), openai_error(request, "batch_cancelled")]
            else:
                reply = openai_line(request, scripted(request["body"]["messages"]))
                lines += [reply, reply] if "-r0-" in name else [reply]
        if shuffled:
            chance.shuffle(lines)
        parts = [lines[place::pieces] for place in range(pieces)]
        for part in parts:
            path = folder.parent / "results.jsonl"
            path.write_bytes(b"".join(part))
            imported = import_results(folder, [path], retry_failed=True)
        status = imported.status
        if imported.tally is not None:
            assert imported.tally == (3, 3, 0, 0)
            return
    raise AssertionError("the run does not end")


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), pieces=st.integers(1, 9))
def test_any_order_and_partition_gives_the_same_end(tmp_path_factory, one_end, seed, pieces):
    folder = tmp_path_factory.mktemp("mixed") / "run"
    play(folder, random.Random(seed), pieces=pieces, shuffled=True)
    assert all_bytes(folder) == one_end
    shutil.rmtree(folder.parent)


class Killed(BaseException):
    """Ends the process, as far as the code under test can tell."""


def test_a_kill_at_any_write_loses_nothing(tmp_path, monkeypatch):
    """Dies before and after every rename, begins the same step again, and comes to the same end."""
    reference = tmp_path / "reference"
    steps = walk(reference)
    for place in range(steps):
        folder = tmp_path / f"run{place}"
        calls = 0

        def rename(source, target, *, die_at=place, real=os.replace):
            nonlocal calls
            calls += 1
            if calls == die_at // 2 + 1:
                if die_at % 2:
                    real(source, target)
                raise Killed
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr("xlt.files.safe.os.replace", rename)
            with pytest.raises(Killed):
                walk(folder)
        walk(folder)
        assert all_bytes(folder) == all_bytes(reference), place


def walk(folder: Path) -> int:
    """Run clp to its end; return twice the number of files renamed."""
    count = 0
    real = os.replace

    def counted(source, target):
        nonlocal count
        count += 1
        real(source, target)

    os.replace = counted
    try:
        export_batch(folder, "mgsm", ROWS, provider="openai", model="m", strategy="clp")
        for _ in range(5):
            status = read_status(folder)
            path = folder.parent / "results.jsonl"
            path.write_bytes(b"".join(replies_to(status.files)))
            if import_results(folder, [path]).tally is not None:
                return 2 * count
    finally:
        os.replace = real
    raise AssertionError("the run does not end")
