"""`xlt batch` as a user runs it."""

from __future__ import annotations

import json

import pytest
from service import openai_error, replies_to, requests_in
from typer.testing import CliRunner

from xlt.cli.main import app


@pytest.fixture
def xlt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        done = CliRunner().invoke(app, ["batch", *map(str, arguments)])
        facts = [line.split("\t") for line in done.stdout.splitlines()]
        return done, dict(facts), [value for name, value in facts if name == "send"]

    return run


def test_from_rows_to_answers(xlt, tmp_path):
    lines = ["language\tproblem", "sw\tTano na sita ni ngapi?", "de\tWas ist 5 + 6?"]
    (tmp_path / "rows.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    start = ("export", "mgsm", "rows.tsv", "-m", "gpt", "-o", "run")
    done, facts, files = xlt(*start, "--strategy", "clp", "--per-file", 1)
    assert done.exit_code == 0, done.output
    assert (facts["rows"], facts["requests"], facts["waiting"]) == ("2", "2", "2")
    assert len(files) == 2
    assert "in Swahili." in str(requests_in(tmp_path / files[0])[0]["body"]["messages"])
    (tmp_path / "out.jsonl").write_bytes(b"".join(replies_to([tmp_path / name for name in files])))
    done, facts, files = xlt("import", "run", "out.jsonl")
    assert (done.exit_code, facts["wave"]) == (0, "2")
    assert "Result lines: 2 new." in done.stderr
    assert xlt("status", "run")[1] == facts
    requests = [requests_in(tmp_path / name)[0] for name in files]
    last = [openai_error(requests[0]), replies_to([tmp_path / files[1]])[0]]
    (tmp_path / "out.jsonl").write_bytes(b"".join(last))
    done, facts, _ = xlt("import", "run", "out.jsonl")
    assert done.exit_code == 1
    assert facts["tally"] == "2 planned = 1 answered + 0 unparsed + 1 errored"
    assert "New failures: 1 Expired. Send them again with --retry-failed." in done.stderr
    outcomes = (tmp_path / facts["answers"]).read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["outcome"] for line in outcomes[:2]] == ["errored", "answered"]
    done, facts, files = xlt("import", "run", "--retry-failed")
    assert (done.exit_code, facts["wave"], len(files)) == (0, "3", 1)


INTENTS = """\
name: intents
title: intent classification
inputs: [message]
task_input: "Message: {{ message }}"
input_tag: message
task_goal: say what the message wants, {{ labels }}
output_type: intent
basic_prompt: "{{ message }} ({{ labels }})"
labels: [refund, other]
"""


def test_a_task_of_ones_own_goes_with_the_run(xlt, tmp_path):
    (tmp_path / "intents.yaml").write_text(INTENTS, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("message\nNataka pesa zangu\n", encoding="utf-8")
    start = ("export", "--task-file", "intents.yaml", "rows.csv", "-l", "sw", "-m", "gpt")
    done, _, files = xlt(*start, "-o", "run", "--strategy", "basic")
    assert done.exit_code == 0, done.output
    (tmp_path / "intents.yaml").unlink()
    reply = replies_to([tmp_path / name for name in files], lambda messages: "refund")
    (tmp_path / "out.jsonl").write_bytes(b"".join(reply))
    done, facts, _ = xlt("import", "run", "out.jsonl")
    assert (done.exit_code, facts["tally"]) == (
        0,
        "1 planned = 1 answered + 0 unparsed + 0 errored",
    )


def test_a_changed_task_file_does_not_change_the_run_that_is_there(xlt, tmp_path):
    (tmp_path / "intents.yaml").write_text(INTENTS, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("message\nNataka pesa zangu\n", encoding="utf-8")
    start = ("export", "--task-file", "intents.yaml", "rows.csv", "-l", "sw", "-m", "gpt")
    assert xlt(*start, "-o", "run")[0].exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    (tmp_path / "intents.yaml").write_text(INTENTS.replace("refund", "return"), encoding="utf-8")
    done, _, _ = xlt(*start, "-o", "run")
    assert (done.exit_code, "already holds the run" in done.stderr) == (2, True), done.output
    after = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert after == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["rows.csv", "-o", "rows.csv"], "rows.csv cannot be made"),
        (["rows.csv", "-o", "run", "--templates", "own"], "leave --templates out."),
        (["-o", "run"], "Name the rows: TASK DATA, or --task-file FILE DATA."),
        (["rows.csv", "-o", "run", "--strategy", "nonsense"], "No strategy named 'nonsense'"),
    ],
)
def test_a_task_file_that_cannot_be_taken_leaves_nothing(xlt, tmp_path, more, message):
    (tmp_path / "own").mkdir()
    (tmp_path / "intents.yaml").write_text(INTENTS, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("message\nNataka pesa zangu\n", encoding="utf-8")
    done, _, _ = xlt("export", "--task-file", "intents.yaml", *more, "-m", "gpt")
    assert (done.exit_code, message in done.stderr) == (2, True), done.output
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["status", "nowhere"], "nowhere is not a batch folder"),
        (["import", "nowhere"], "nowhere is not a directory"),
        (["export", "mgms", "r.txt", "-m", "g", "-o", "o"], "Did you mean 'mgsm'"),
        (
            ["export", "mgsm", "r.txt", "-m", "g", "-o", "o", "--provider", "x"],
            "Known: anthropic, openai",
        ),
        (["export", "mgsm", "none.txt", "-m", "g", "-o", "o"], "cannot be read"),
        (
            ["export", "mgsm", "r.txt", "-l", "sw", "-m", "g", "-o", "r.txt"],
            "r.txt cannot be made",
        ),
        (
            ["export", "xcopa", "r.jsonl", "-m", "g", "-o", "o"],
            "r.jsonl:1: has no column 'question'",
        ),
    ],
)
def test_mistakes_are_exit_code_2(xlt, tmp_path, arguments, message):
    (tmp_path / "r.txt").write_text("5 + 6?\n", encoding="utf-8")
    (tmp_path / "r.jsonl").write_text('{"premise": "x"}\n', encoding="utf-8")
    done, _, _ = xlt(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_manifest_that_is_none(xlt, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text('{"format": 2}', encoding="utf-8")
    done, _, _ = xlt("status", "run")
    assert done.exit_code == 2
    assert "not an xlt manifest" in done.stderr
