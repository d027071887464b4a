"""`xlt demos build|show|check`, and `xlt preview --fit`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from xlt.cli.main import app
from xlt.composing import compose
from xlt.demonstrations.demonstration import load_demonstrations, read_demonstration_file

REPLY = """\
Retelling the request in English: {0} plus one.
Step-by-step answer:
1. {0} + 1 = {1}.
Answer: {1}"""


def xlt(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


@pytest.fixture
def data(tmp_path) -> Path:
    path = tmp_path / "rows.tsv"
    path.write_text("".join(f"{n} 加 1？\t{n + 1}\n" for n in range(4)), encoding="utf-8")
    return path


@pytest.fixture
def replies(tmp_path) -> Path:
    path = tmp_path / "replies.jsonl"
    lines = [
        {
            "messages": compose("mgsm", f"{n} 加 1？", language="zh").messages,
            "text": REPLY.format(n, n + 1) if n else "Answer: 7",
        }
        for n in range(4)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_build_then_show_then_check(tmp_path, data, replies):
    file = tmp_path / "shots.yaml"
    made = xlt(
        *("demos", "build", "mgsm", data, "-l", "zh", "--shots", 3, "--limit", 4),
        *("--replay", replies, "-m", "recorded", "-o", file),
    )
    assert made.exit_code == 0, made.output
    assert made.stdout == f"{file}: 3 demonstrations\n"
    head = read_demonstration_file(file)
    assert head.model == "recorded"
    assert len(head.date) == 10
    assert {one.answer for one in load_demonstrations(file)} == {"2", "3", "4"}
    shown = xlt("demos", "show", file)
    assert "model\trecorded" in shown.stdout
    assert "2 加 1？\n\nRetelling the request in English: 2 plus one." in shown.stdout
    checked = xlt("demos", "check", file)
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "No faults in 3 demonstrations." in checked.stderr


def test_build_and_check_as_json(tmp_path, data, replies):
    file = tmp_path / "shots.yaml"
    made = xlt(
        *("demos", "build", "mgsm", data, "-l", "zh", "--shots", 3, "--limit", 4, "--json"),
        *("--replay", replies, "-m", "recorded", "-o", file),
    )
    told = json.loads(made.stdout)
    assert (told["output"], told["demonstrations"], told["asked"]) == (str(file), 3, 3)
    assert json.loads(xlt("demos", "check", file, "--json").stdout) == []


def test_too_few_say_what_to_do(tmp_path, data, replies):
    file = tmp_path / "shots.yaml"
    made = xlt(
        *("demos", "build", "mgsm", data, "-l", "zh", "--replay", replies, "-o", file),
    )
    assert made.exit_code == 1
    assert "3 of 4 replies agreed with gold" in made.stderr
    assert "xlt demos check FILE" in made.stderr


def test_wrong_replies_are_faults(tmp_path):
    file = tmp_path / "shots.yaml"
    file.write_text(
        """\
- {language: en, inputs: "1 + 1?", reply: "Answer: 3", answer: "2"}
- {language: en, inputs: "1 + 1?", reply: two, answer: "2"}
- {language: en, inputs: "1 + 1?", reply: "Answer: 2", answer: "2"}
- {language: en, inputs: "1 + 1?"}
- {language: en, inputs: {text: "1 + 1?"}, answer: "2"}
""",
        encoding="utf-8",
    )
    checked = xlt("demos", "check", file, "--task", "mgsm")
    assert checked.exit_code == 1
    assert checked.stdout.replace(f"{file}: ", "").splitlines() == [
        "demonstration 1: its reply says '3', its answer '2'.",
        "demonstration 2: its reply has no answer behind “answer:”.",
        "demonstration 3: its reply lacks the retelling or the steps.",
        "demonstration 4: it has neither a reply nor an answer.",
        "demonstration 5: No input field of arithmetic_reasoning named 'text'. Known: problem.",
    ]
    assert "4 faults in 5 demonstrations." in checked.stderr


def test_choices_of_the_data_that_count_from_zero(tmp_path):
    row = {"premise": "Piove.", "question": "effect", "choice1": "Asciutto.", "choice2": "Bagnato."}
    data = tmp_path / "it.jsonl"
    data.write_text(json.dumps({**row, "label": 1}) + "\n", encoding="utf-8")
    replies = tmp_path / "replies.jsonl"
    messages = compose("xcopa", row, language="it").messages
    line = {"messages": messages, "text": "Choice number: 2"}
    replies.write_text(json.dumps(line) + "\n", encoding="utf-8")
    file = tmp_path / "shots.yaml"
    common = ("demos", "build", "xcopa", data, "-l", "it", "--replay", replies, "-o", file)
    made = xlt(*common, "--gold", "label", "--from-zero", "--shots", 1)
    assert made.exit_code == 0, made.output
    assert load_demonstrations(file)[0].answer == "2"
    wrong = xlt(*common)
    assert wrong.exit_code == 2
    assert "it.jsonl:1: has no column 'answer' (right answers" in wrong.stderr


def test_preview_fits_and_says_what_it_left_out():
    article = " ".join(str(number) for number in range(600))
    common = ("preview", "xlsum", "-", "-l", "en", "--fit", 250)
    plain = xlt(*common, "--format", "text", stdin=article)
    assert plain.stderr.startswith("Left out: ")
    assert "characters of article (head)" in plain.stderr
    rich = xlt(*common, "--format", "rich", stdin=article)
    assert "left out" in rich.stdout
    omitted = json.loads(xlt(*common, "--format", "json", stdin=article).stdout)["omitted"]
    assert (omitted["field"], omitted["reduce"]) == ("article", "head")
    assert xlt("preview", "xlsum", "-", "-l", "en", "--fit", 5, stdin=article).exit_code == 2


FIRST = """
import sys, xlt

def ask(prompt):
    print("asked", flush=True)
    sys.stdin.readline()
    return "Answer: 1"

rows = [{"inputs": "0 加 1？", "language": "zh", "answer": 1}]
xlt.build_demonstrations("mgsm", rows, ask, shots=1, output=sys.argv[1], model="first")
"""


def test_a_second_build_of_one_file_is_refused(tmp_path, data, replies, run):
    file = tmp_path / "shots.yaml"
    second = ("demos", "build", "mgsm", str(data), "-l", "zh", "--shots", "1", "--replay")
    second += (str(replies), "-m", "second", "-o", str(file))
    with subprocess.Popen(
        [sys.executable, "-c", FIRST, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout.readline() == b"asked\n"
        refused = run(*second)
        assert first.poll() is None
        first.communicate(b"\n", timeout=120)
    assert (refused.returncode, refused.stdout, refused.stderr.decode()) == (
        4,
        b"",
        f"Error: Another process is working on the demonstrations of {file}. Wait for its end, or "
        "use another folder.\n",
    )
    assert first.returncode == 0
    assert read_demonstration_file(file).model == "first"
    assert run(*second).returncode == 0
    assert read_demonstration_file(file).model == "second"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", "frage,answer,note\n1 加 1？,2,x\n"),
        ("rows.tsv", "note\tfrage\tanswer\nx\t1 加 1？\t2\n"),
        ("rows.jsonl", '{"frage": "1 加 1？", "answer": 2, "note": "x"}\n'),
    ],
)
def test_rows_by_the_columns_that_the_task_names(tmp_path, monkeypatch, name, text):
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    task = tmp_path / "task.yaml"
    task.write_text(
        "name: sums\ntitle: sums\ninputs: [{name: problem, columns: [frage]}]\n"
        'task_input: "{{ problem }}"\ninput_tag: sum\ntask_goal: add\noutput_type: answer\n'
        'basic_prompt: "{{ problem }}"\nanswer: number\n',
        encoding="utf-8",
    )
    data = tmp_path / name
    data.write_text(text, encoding="utf-8")
    file = tmp_path / "shots.yaml"
    made = xlt(
        *("demos", "build", "sums", data, "-l", "zh", "--task-file", task, "--shots", 1),
        *("--format", "basic+basic", "-m", "openai:x", "-o", file),
    )
    assert made.exit_code == 0, made.output
    (shown,) = load_demonstrations(file)
    assert (dict(shown.inputs), shown.answer) == ({"problem": "1 加 1？"}, "2")
