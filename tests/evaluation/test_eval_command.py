"""`xlt eval` as a user types it: its table, its words for wrong usage, its bars."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress
from scripted_runs import Scripted, run_small, small
from warm_cli import WarmCLI

from xlt.backends.errors import DeadlineExceeded, ServerFailed
from xlt.cli.eval_view import Bars, Lines, _facts, shown_seconds
from xlt.evaluation.runs.run_folder import load_manifest, load_run
from xlt.evaluation.runs.tally import summarize
from xlt.evaluation.self_test import DATA

FAKE = ("-m", "langchain:fake_model:answer")
MGSM = ("eval", "--benchmarks", "mgsm", "--data", str(DATA))

SELF_TEST = """\
benchmark\tlanguage\tmetric\tbasic\txlt\tclp
mgsm\ten\taccuracy\t83.3\t100.0\t100.0
mgsm\tzh\taccuracy\t66.7\t83.3\t100.0
mgsm\tsw\taccuracy\t33.3\t66.7\t83.3
mgsm\tth\taccuracy\t33.3\t83.3\t66.7
xnli\ten\taccuracy\t83.3\t83.3\t83.3
xnli\tsw\taccuracy\t33.3\t66.7\t66.7
xnli\tar\taccuracy\t50.0\t83.3\t83.3

samples\t126 planned = 121 scored + 5 unparsed + 0 errored
"""


def test_self_test_needs_neither_model_nor_data(warm: WarmCLI):
    ended = warm.run("eval", "--self-test", "-o", "self")
    assert ended.code == 0, ended.err
    assert ended.out.startswith(SELF_TEST)
    assert "The report: self/report.html\n" in ended.err
    assert (warm.folder / "self" / "report.html").stat().st_size > 10_000
    assert len(list((warm.folder / "self" / "logs").glob("*.eval"))) == 6
    assert len(load_run(warm.folder / "self").results) == 126


def test_everything_as_json(warm: WarmCLI):
    ended = warm.run("eval", "--self-test", "-o", "self", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == json.loads((warm.folder / "self" / "report.json").read_text())
    listed = json.loads(warm.run("eval", "--list", "--json").out)
    assert listed[0]["benchmark"] == "afrimgsm"
    assert listed[0]["rows_a_language"] == "250"


def test_one_command_twice_is_one_run(warm: WarmCLI):
    first = warm.run(*MGSM, *FAKE, "--languages", "zh,sw", "--limit", "2")
    assert first.code == 0, first.err
    (folder,) = (warm.folder / "xlt-runs").iterdir()
    assert folder.name.startswith("langchain-fake_model-answer-")
    assert f"folder\txlt-runs/{folder.name}\n" in first.out
    lines = (folder / "results.jsonl").read_bytes()
    again = warm.run(*MGSM, *FAKE, "--languages", "zh,sw", "--limit", "2")
    assert again.out == first.out
    assert (folder / "results.jsonl").read_bytes() == lines
    assert load_manifest(folder).command.startswith("xlt eval --benchmarks mgsm --data ")


def test_a_run_can_be_replayed_from_its_own_folder(warm: WarmCLI):
    arguments = (*MGSM, "--languages", "zh", "--strategies", "clp", "--limit", "2")
    first = warm.run(*arguments, *FAKE, "-o", "first")
    again = warm.run(*arguments, "--replay", "first", "-o", "again")
    assert again.code == 0, again.err
    table = first.out.partition("\n\n")[0]
    assert again.out.startswith(table)


def test_options_and_the_cost(warm: WarmCLI):
    ended = warm.run(
        *MGSM, *FAKE, "--languages", "sw", "--strategies", "xlt", "--limit", "1", "-o", "run",
        "--option", "xlt.rephrase=repeat", "--price-in", "1000000", "--price-out", "0",
        "--repeats", "2", "--shots", "1", "--seed", "3",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    results = load_run(warm.folder / "run").results
    assert all("rephrase:repeat" in one.signature for one in results)
    assert all("shots:1" in one.signature for one in results)
    read = sum(one.prompt_tokens for one in results)
    assert f"cost\t{read:.4f} USD\n" in ended.out


def test_own_data(warm: WarmCLI):
    for name in ("zh", "sw"):
        path = warm.folder / f"mine_{name}.csv"
        path.write_text("frage,antwort\n2 + 2?,4\n", encoding="utf-8")
    ended = warm.run(
        "eval", "--task", "mgsm", "--data", "mine_{language}.csv", "--columns", "problem=frage",
        "--gold", "antwort", "--strategies", "basic", *FAKE, "-o", "run",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    cells = [cell.name for cell in load_manifest(warm.folder / "run").cells]
    assert cells == ["mine/sw/basic", "mine/zh/basic"]


def test_folder_whose_name_is_no_utf8(warm: WarmCLI):
    ended = warm.run(*MGSM, "--languages", "zh", "--limit", "1", *FAKE, "-o", "run\udcff")
    assert ended.code == 0, ended.err
    assert load_run(warm.folder / "run\udcff").manifest.command.endswith("-o 'run\ufffd'")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["eval"], "Name what to run: --benchmarks mgsm,... (xlt eval --list"),
        (["eval", "--benchmarks", "mgsm"], "The benchmarks need --data"),
        (["eval", "--benchmarks", "mgsm", "--data", "no"], "no: is not a folder"),
        ([*MGSM, "--languages", "ja"], "mgsm has no data in ja"),
        ([*MGSM, "--languages", "zh", "--strategies", "xtl"], "Did you mean 'xlt'?"),
        ([*MGSM, "--option", "rephrase=x"], "--option takes STRATEGY.NAME=VALUE"),
        (
            [*MGSM, "--option", "xlt.foo=1"],
            "No option of the strategy xlt named 'foo'. Known: ",
        ),
        ([*MGSM, "--option", f"xlt.steps={'[' * 99_999}"], "No step named '[["),
        ([*MGSM, *["--option", "xlt.rephrase=repeat"] * 2], "--option gives xlt.rephrase twice."),
        ([*MGSM, "--option", "xlt.rephrase=NaN"], "rephrase must be a word"),
        ([*MGSM, "--columns", "a=b"], "no file of your own: leave out --columns."),
        ([*MGSM, "--gold", "a"], "no file of your own: leave out --gold."),
        ([*MGSM, "--replay", "r", "--timeout", "9"], "calls no model: leave out --timeout."),
        (
            [*MGSM, "--shots", "0", "--demos", str(DATA / "mgsm" / "mgsm_en.tsv")],
            "leave out --demos.",
        ),
        (
            ["eval", "--self-test", "--benchmarks", "mgsm", "--limit", "1"],
            "brings its own samples and replies: leave out --benchmarks, --limit, --model.",
        ),
        (["eval", "--task", "mgsm", "--data", "a.csv", "--split", "dev"], "leave out --split."),
        ([*MGSM, "--price-in", "1"], "Give --price-in and --price-out together"),
        ([*MGSM, "--temperature", "hot"], "--temperature takes a number from 0 to 2"),
        ([*MGSM, "--replay", "no"], "no: is neither a file nor a folder"),
        (["eval", "--task", "mgsm"], "--task needs --data"),
        (["eval", "--task", "mgsm", "--data", "a.csv", "--columns", "a"], "FIELD=COLUMN,..."),
        (["eval", "--task", "mgsm", "--data", "a.csv", "--columns", "a=b,a=c"], "a field twice"),
    ],
    ids=lambda value: " ".join(value[-2:])[:40] if isinstance(value, list) else None,
)
def test_wrong_usage_is_2_and_says_what_to_do(warm: WarmCLI, arguments: list[str], message: str):
    ended = warm.run(*arguments, *([] if "--replay" in arguments else FAKE))
    assert ended.code == 2, ended.err
    assert ended.err.startswith("Error: ")
    assert message in ended.err
    assert not (warm.folder / "xlt-runs").exists()


def test_no_model_is_told_with_all_ways(warm: WarmCLI):
    ended = warm.run(*MGSM, env={"XDG_CONFIG_HOME": str(warm.folder), "XLT_MODEL": ""})
    assert ended.code == 2
    assert "No model is chosen." in ended.err


def test_the_first_error_is_told(warm: WarmCLI):
    (warm.folder / "two.csv").write_text("problem,answer,language\nMbili?,2,sw\nZwei?,2,de\n")
    (warm.folder / "none.jsonl").write_text("")
    ended = warm.run(
        "eval", "--task", "mgsm", "--data", "two.csv", "--replay", "none.jsonl", "-o", "two"
    )
    kind = re.search(r"^errors\t4 (\w+)$", ended.out, re.MULTILINE)
    assert kind, ended.out + ended.err
    assert f"\nthe first\t{kind[1]}: " in ended.out


def test_bars_count_what_was_there_and_what_errors(tmp_path: Path):
    def failing(prompt: Any, place: Any) -> None:
        if place.sample.language == "sw":
            raise ServerFailed("busy")

    run_small(tmp_path, Scripted(failing))
    bars = Bars(Progress(disable=True))
    run_small(tmp_path, Scripted(failing), watcher=bars)
    *cells, total = bars._progress.tasks
    assert [task.description for task in cells] == [
        "mgsm/zh/xlt", "mgsm/zh/clp", "mgsm/sw/xlt", "mgsm/sw/clp",
    ]  # fmt: skip
    assert (total.completed, total.total) == (12, 12)
    assert [task.fields["note"] for task in cells[2:]] == ["-, 3 errored", "-, 3 errored"]
    assert str(bars) == "12 of 12 samples are in the folder"


def test_a_pipe_gets_lines_with_pace_and_running_scores(tmp_path: Path, capsys: Any):
    run_small(tmp_path, watcher=Lines(every=0))
    last = capsys.readouterr().err.splitlines()[-1]
    shown = re.fullmatch(r"12 of 12 samples, .+ samples/s, 0 s left, .+ tokens/s: (.+)", last)
    assert shown
    cell, score = shown[1].split(" ")
    assert score == next(
        f"{one.score.value:.1f}" for one in summarize(load_run(tmp_path))
        if one.cell.name == cell and one.score
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5, "5 s"), (133, "2 min 13 s"), (7500, "2 h 5 min")]
)
def test_time_left_is_short(seconds: float, shown: str):
    assert shown_seconds(seconds) == shown


def test_a_server_that_never_answers_in_time_ends_the_run(tmp_path: Path):
    def slow(prompt: Any, place: Any) -> None:
        raise DeadlineExceeded("slow did not finish its reply in 1 s.")

    with pytest.raises(DeadlineExceeded, match=r"(?s)5 samples failed this way .*--timeout"):
        run_small(tmp_path, Scripted(slow))
    assert len(load_run(tmp_path).results) < 12


def test_price_in_the_facts(tmp_path: Path):
    ended = run_small(tmp_path, None, small(), price_in=1.0, price_out=2.0, currency="EUR")
    facts = dict(_facts(ended, ended.cells))
    assert facts["tokens, xlt"] == "30 in, 12 out, 6 calls"
    assert facts["cost"] == f"{(90 * 1.0 + 36 * 2.0) / 1e6:.4f} EUR"


@pytest.mark.slow
def test_bars_are_for_a_terminal(tmp_path: Path):
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "xlt.cli.main", "eval", "--self-test"],
        stdin=child, stdout=subprocess.PIPE, stderr=child, cwd=tmp_path, close_fds=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(child)
    assert process.stdout
    with process.stdout:
        written = process.stdout.read()
    shown = b""
    while select.select([parent], [], [], 60)[0]:
        try:
            data = os.read(parent, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        shown += data
    os.close(parent)
    assert process.wait(60) == 0
    assert written.decode().startswith(SELF_TEST)
    assert "all" in shown.decode()
    assert "126/126" in shown.decode()
