"""Rows with gold answers: what an import prints at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from service import openai_error, openai_line, replies_to, requests_in
from typer.testing import CliRunner

from xlt.batches.answering import read_answers
from xlt.batches.importing import import_results
from xlt.cli.main import app
from xlt.errors import DataFileError, InputError
from xlt.evaluation.batch_scores import score_batch, write_golds

ROWS = (
    "language\tproblem\tright\nsw\tTano na sita?\t11\nsw\tMoja?\t1,5\nde\t5 + 6?\t11\nde\tX?\t3\n"
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        done = CliRunner().invoke(app, ["batch", *map(str, arguments)])
        return done, dict(line.split("\t") for line in done.stdout.splitlines())

    return invoke


def answer(folder, replies):
    """Write a result line for each request, in order: a text, a (text, finish) or None (failed)."""
    (path,) = folder.glob("batch-*")
    lines = []
    for request, reply in zip(requests_in(path), replies, strict=True):
        text, finish = reply if isinstance(reply, tuple) else (reply, "stop")
        failed = reply is None
        lines.append(openai_error(request) if failed else openai_line(request, text, finish))
    (folder.parent / "out.jsonl").write_bytes(b"".join(lines))


def test_own_rows_with_gold_are_scored_by_language(run, tmp_path):
    (tmp_path / "rows.tsv").write_text(ROWS.replace("1,5", "1.5"), encoding="utf-8")
    start = ("export", "mgsm", "rows.tsv", "-m", "m", "-o", "run")
    done, _ = run(*start, "--gold", "right")
    assert done.exit_code == 0, done.output
    answer(tmp_path / "run", ["Answer: 11", "Answer: 1.5", ("I think", "length"), None])
    done, facts = run("import", "run", "out.jsonl")
    assert done.exit_code == 1
    assert facts["tally"] == "4 planned = 2 scored + 1 unparsed + 1 errored"
    assert facts["score sw"] == "100.0 (accuracy, n=2)"
    assert facts["score de"] == "0.0 (accuracy, n=1)"
    flags = [one.answer and set(one.answer.flags) for one in read_answers(tmp_path / "run")]
    assert ["truncated" in (one or ()) for one in flags] == [False, False, True, False]


def test_a_benchmark_brings_its_own_gold(run, tmp_path):
    (tmp_path / "data").mkdir()
    rows = "Tano na sita?\t11\nElfu mbili?\t2,125\nMoja?\t1\n"
    (tmp_path / "data" / "mgsm_sw.tsv").write_text(rows, encoding="utf-8")
    start = ("export", "mgsm", "data", "-l", "sw", "-m", "m", "-o", "run")
    done, facts = run(*start, "--limit", 2)
    assert (done.exit_code, facts["rows"]) == (0, "2"), done.output
    answer(tmp_path / "run", ["Answer: 12", "Answer: 2,125"])
    done, facts = run("import", "run", "out.jsonl")
    assert done.exit_code == 0
    assert facts["tally"] == "2 planned = 2 scored + 0 unparsed + 0 errored"
    assert facts["score sw"] == "50.0 (accuracy, n=2)"


def test_demonstrations_stand_in_front_of_every_row(run, tmp_path):
    (tmp_path / "rows.tsv").write_text(ROWS, encoding="utf-8")
    shots = (
        'demonstrations:\n- language: sw\n  inputs: {problem: "Moja na moja?"}\n'
        '  reply: "Answer: 2"\n  answer: "2"\n'
    )
    (tmp_path / "shots.yaml").write_text(shots, encoding="utf-8")
    start = ("export", "mgsm", "rows.tsv", "-m", "m", "-o", "run")
    done, _ = run(*start, "--shots", "shots.yaml")
    assert done.exit_code == 0, done.output
    (path,) = (tmp_path / "run").glob("batch-*")
    for request in requests_in(path):
        assert "Moja na moja?" in json.dumps(request["body"]["messages"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["rows.tsv", "--gold", "righ"],
            "has no column 'righ' (right answers, --gold). Did you mean 'right'?",
        ),
        (["rows.tsv", "--gold", "right"], "rows.tsv:3: '1,5' is not a number"),
        ([], "Name the rows: TASK DATA, or --task-file FILE DATA."),
        (["."], "need their language"),
        (["--file", "rows.tsv", "--out=a", "--gold", "right"], "--file is no longer needed"),
    ],
)
def test_mistakes_are_exit_code_2_before_anything_is_written(run, tmp_path, arguments, message):
    (tmp_path / "rows.tsv").write_text(ROWS, encoding="utf-8")
    done, _ = run("export", "mgsm", "-m", "m", "-o", "run", *arguments)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "run").exists()


def test_golds_of_every_kind_are_kept(export, finish, tmp_path):
    finish(export())
    golds = [11, Decimal("1.50"), ("a", "b")]
    write_golds(tmp_path / "run", golds)
    assert set(score_batch(tmp_path / "run").scores) == {"sw", "zh", "de"}
    with pytest.raises(InputError, match="2 gold answers do not fit 3 rows"):
        write_golds(tmp_path / "run", golds[:2])
    (path,) = (tmp_path / "run").glob("gold-*.jsonl")
    path.write_text('{"row": 0}\n', encoding="utf-8")
    with pytest.raises(DataFileError, match=r"jsonl:1: not a gold answer"):
        score_batch(tmp_path / "run")


KILLED = """
import os, signal, sys
from xlt.batches.importing import import_results
real, calls = os.replace, 0

def replace(source, target):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)

os.replace = replace
import_results(sys.argv[1], [sys.argv[2]])
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on Windows")
@pytest.mark.parametrize("place", [1, 2, 3])
def test_an_import_killed_for_real_is_done_by_the_next(export, tmp_path, place):
    """The process dies before its first, second or third rename; the lock must not stay."""
    results = tmp_path / "out.jsonl"
    ends = []
    for folder in ("whole", "killed"):
        status = export(folder)
        results.write_bytes(b"".join(replies_to(status.files)))
        if folder == "killed":
            killed = import_in_process(tmp_path / folder, results, place)
            assert killed == -signal.SIGKILL
        import_results(tmp_path / folder, [results])
        files = sorted((tmp_path / folder).iterdir())
        ends.append({path.name: path.read_bytes() for path in files if path.suffix != ".tmp"})
    assert ends[0] == ends[1]
    assert len([name for name in ends[0] if name.startswith("batch-")]) == 2


def import_in_process(folder: Path, results: Path, place: int) -> int:
    command = [sys.executable, "-c", KILLED, str(folder), str(results), str(place)]
    return subprocess.run(command, env=dict(os.environ), check=False).returncode
