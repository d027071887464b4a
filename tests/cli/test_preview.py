"""`xlt preview` on a pipe: the prompt alone, or JSON for programs."""

from __future__ import annotations

import gzip
import json

import pytest
from typer.testing import CliRunner

from xlt.cli.main import app

PROBLEM = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
FIGURE_2 = f"""\
I want you to act as an arithmetic reasoning expert for Chinese.
Request: {PROBLEM}
You should retell the request in English.
You should do step-by-step answer to obtain a number answer.
You should step-by-step answer the request.
You should tell me the answer in this format 'Answer:'.
"""
ITALIAN = [
    *("preview", "xcopa", "-l", "it", "-i", "premise=Piove.", "-i", "question=effect"),
    *("-i", "choice1=La strada è bagnata.", "-i", "choice2=Il sole scotta."),
]


def preview(*arguments: str, stdin: str | bytes | None = None) -> str:
    result = CliRunner().invoke(app, ["preview", *arguments], input=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_prompt_alone_to_the_letter(run):
    result = run("preview", "mgsm", PROBLEM)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == FIGURE_2


def test_text_from_standard_input_is_verbatim(run):
    text = 'a\r\n\x00\x1b[31m\u202e[bold]b[/bold] {{ 7*7 }} "c"\t'
    result = run("preview", "mgsm", "-", "-l", "en", stdin=f"{text}\n".encode())
    assert result.stdout.decode().split("Request: ")[1].split("\nYou should retell")[0] == text


def test_several_fields():
    assert CliRunner().invoke(app, ITALIAN).stdout.splitlines()[1] == (
        "Here is a premise: Piove. What is the effect? Help me pick the more plausible option: "
        "-choice1: La strada è bagnata, -choice2: Il sole scotta."
    )


def test_one_field_from_standard_input():
    output = preview("xlsum", "-i", "article=-", "-l", "fr", stdin="Le mauvais temps.\n")
    assert output.splitlines()[1] == "Text: Le mauvais temps."


def test_target_language():
    output = preview("flores", "Habari ya asubuhi", "-l", "sw", "--target", "中文")
    assert output.startswith(
        "I want you to act as a machine translation expert for Swahili to Chinese.\n"
        "Source sentence: Habari ya asubuhi\n"
    )


def test_without_a_step():
    output = preview(
        "mgsm", PROBLEM, "-l", "zh", "--without", "cross-lingual thinking", "--without",
        "role_assigning",
    )  # fmt: skip
    lines = FIGURE_2.splitlines(keepends=True)
    assert output == "".join([lines[1], *lines[3:]])


def test_steps_in_another_order():
    output = preview("mgsm", "x", "-l", "zh", "--steps", "output_formatting,task_inputting")
    assert output == "You should tell me the answer in this format 'Answer:'.\nRequest: x\n"


def test_rephrasing_word():
    assert "You should repeat the request in English.\n" in preview(
        "mgsm", "x", "-l", "zh", "--rephrase", "repeat"
    )


def test_another_strategy():
    assert preview("mgsm", "x?", "-l", "zh", "--strategy", "basic") == "Request: x?\n"


def test_messages():
    assert json.loads(preview("mgsm", PROBLEM, "-l", "zh", "--format", "messages")) == [
        {"role": "user", "content": FIGURE_2.rstrip("\n")}
    ]


def test_openai_body():
    output = preview("mgsm", PROBLEM, "-l", "zh", "--format", "openai", "-m", "gpt-4o")
    assert PROBLEM in output  # in its own script, not escaped
    assert json.loads(output) == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": FIGURE_2.rstrip("\n")}],
        "temperature": 0,
    }


def test_json_says_everything():
    found = json.loads(preview("mgsm", PROBLEM, "--format", "json"))
    assert list(found) == [
        *("task", "strategy", "language", "target_language", "detection", "inputs", "steps"),
        *("demonstrations", "omitted", "messages", "text", "tokens", "answer_format", "signature"),
    ]
    assert found["language"] == {"tag": "zh", "name": "Chinese", "native_name": "中文"}
    assert found["detection"]["detector"] == "default"
    assert found["detection"]["confidence"] > 0.9
    assert [step["name"] for step in found["steps"]][2] == "cross_lingual_thinking"
    assert found["answer_format"] == {
        "kind": "number", "output_type": "answer", "options": [], "labels": [],
    }  # fmt: skip
    assert found["tokens"]["count"] > 60
    assert found["signature"].startswith("task:arithmetic_reasoning|lang:zh|strategy:xlt|")


RIDDLE = """\
name: riddle
title: riddle solving
inputs: [{name: riddle}]
task_input: "Riddle: {{ riddle }}"
input_tag: riddle
task_goal: solve the riddle
output_type: answer
basic_prompt: "{{ riddle | with_question_mark }}"
answer: short_text
"""


@pytest.mark.parametrize("arguments", [("What is it?",), ("riddle", "What is it?")])
def test_own_task_file(tmp_path, arguments):
    file = tmp_path / "riddle.yaml"
    file.write_text(RIDDLE, encoding="utf-8")
    output = preview("--task-file", str(file), "-l", "en", *arguments)
    assert output.startswith(
        "I want you to act as a riddle solving expert for English.\nRiddle: What is it?\n"
    )


def test_own_template_folder(tmp_path):
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "role_assigning.j2").write_text("Be an expert.\n", encoding="utf-8")
    (tmp_path / "languages.yaml").write_text(
        "languages: {x-elvish: {name: Elvish}}\n", encoding="utf-8"
    )
    output = preview("mgsm", "x", "-l", "Elvish", "--templates", str(tmp_path))
    assert output.startswith("Be an expert.\nRequest: x\n")


SHOTS = """\
task: mgsm
model: by hand
demonstrations:
- language: es
  inputs: ¿Cuánto es 1 + 1?
  reply: |-
    Retelling: How much is 1 + 1?
    Answer: 2
  answer: "2"
"""


def test_demonstrations(tmp_path):
    file = tmp_path / "shots.yaml"
    file.write_text(SHOTS, encoding="utf-8")
    output = preview("mgsm", PROBLEM, "-l", "zh", "--shots", str(file))
    assert output.startswith(
        "I want you to act as an arithmetic reasoning expert for Spanish.\n"
        "Request: ¿Cuánto es 1 + 1?\n"
    )
    assert output.endswith(f"Retelling: How much is 1 + 1?\nAnswer: 2\nXXX\nXXX\n{FIGURE_2}")
    output = preview(
        "mgsm", PROBLEM, "-l", "zh", "--shots", str(file), "--shots-format", "basic+basic"
    )
    assert output == f"Request: ¿Cuánto es 1 + 1?\n2\nXXX\nXXX\n{FIGURE_2}"


def test_demonstrations_of_another_task(tmp_path):
    file = tmp_path / "shots.yaml"
    file.write_text(SHOTS, encoding="utf-8")
    result = CliRunner().invoke(app, ["preview", "mkqa", "x", "-l", "en", "--shots", str(file)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {file} holds demonstrations of mgsm, not of question_answering.\n"
    )


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("task", "file", "row", "line"),
    [
        ("mgsm", "mgsm/mgsm_de.tsv", 1, "Request: "),
        ("xcopa", "xcopa/data/zh/test.zh.jsonl", 0, "Here is a premise: "),
        ("xnli", "xnli/jsonl/ar.jsonl", 0, "Premise: "),
        ("xnli", "xnli/xnli.test.tsv", 0, "Premise: "),
        ("mkqa", "mkqa/mkqa.original_rows.jsonl.gz", 0, "Question: "),
        ("xlsum", "xlsum/french_test.jsonl", 0, "Text: "),
        ("pawsx", "pawsx/x-final/ko/test_2k.tsv", 299, "Sentence 1: "),
        ("flores", "flores/flores200_dataset/devtest/tha_Thai.devtest", 99, "Source sentence: "),
    ],
)
def test_rows_of_real_data(shared_data, task, file, row, line):
    languages = {"flores": ("--target", "en"), "mkqa": ("-l", "zh")}.get(task, ())
    output = preview(task, "--data", str(shared_data / file), "--row", str(row), *languages)
    assert output.splitlines()[1].startswith(line)


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("data.jsonl", '{"problem": "zero\\u2028"}\n\n{"problem": "one", "answer": 1}\n', 1),
        ("data.csv", 'answer,problem\n0,"ze\nro"\n1,one\n', 1),
        ("data.tsv", 'answer\tproblem\n0\tze"ro\n1\tone\n', 1),
        ("mgsm.tsv", "zero\t0\none\t1\n", 1),
        ("lines.txt", "zero\r\none\r\n", 1),
    ],
)
def test_data_files(tmp_path, name, content, row):
    file = tmp_path / name
    file.write_bytes(content.encode())
    output = preview("mgsm", "-l", "en", "--data", str(file), "--row", str(row))
    assert output.splitlines()[1] == "Request: one"


@pytest.mark.parametrize(
    ("language", "question"),
    [("zh", "谁？"), ("zh-Hant", "誰？"), ("Deutsch", "Wer?"), ("de-AT", "Wer?")],
)
def test_a_text_for_each_language(tmp_path, language, question):
    file = tmp_path / "mkqa.jsonl.gz"
    texts = {"zh_tw": "誰？", "zh_cn": "谁？", "de": "Wer?", "not a tag": "?"}
    file.write_bytes(gzip.compress(json.dumps({"query": "Who?", "queries": texts}).encode()))
    output = preview("mkqa", "--data", str(file), "-l", language)
    assert output.splitlines()[1] == f"Question: {question}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "{}:1: holds a text for each language in 'queries'; name one: de, es"),
        (["-l", "gl"], "{}:1: holds a text for each language in 'queries'; none in gl: de, es"),
    ],
)
def test_no_text_in_the_language(tmp_path, options, message):
    file = tmp_path / "mkqa.jsonl"
    file.write_text('{"queries": {"de": "Wer?", "es": "¿Quién?"}}', encoding="utf-8")
    result = CliRunner().invoke(app, ["preview", "mkqa", "--data", str(file), *options])
    assert (result.exit_code, result.stderr) == (2, f"Error: {message.format(file)}\n")


@pytest.mark.parametrize(
    ("name", "content", "row", "message"),
    [
        ("d.tsv", "a\t1\nb\t2\n", 2, "{} has no row 2: it has 2 rows, 0 to 1."),
        ("d.tsv", "a\t1\nb\t2\n", -1, "{} has no row -1: it has 2 rows, 0 to 1."),
        ("d.tsv", "a\t1\n", 10**30, f"{{}} has no row {10**30}: it has 1 rows, 0 to 0."),
        ("d.tsv", "", 0, "{} has no row 0: it has no rows."),
    ],
)
def test_a_row_that_is_not_there(tmp_path, name, content, row, message):
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(
        app, ["preview", "mgsm", "-l", "en", "--data", str(file), f"--row={row}"]
    )
    assert (result.exit_code, result.stderr) == (2, f"Error: {message.format(file)}\n")


def test_rows_name_their_languages(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("Satz;Language;target_language\nHabari;sw;Chinese\n", encoding="utf-8")
    output = preview("flores", "--data", str(file), "--columns", "source=Satz")
    assert "for Swahili to Chinese" in output


def test_an_old_spelling_works_with_a_hint(tmp_path):
    file = tmp_path / "rows.txt"
    file.write_text("1 + 1?\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["preview", "mgsm", "-l", "en", f"--file={file}"])
    assert (result.exit_code, result.stderr) == (0, "Note: --file is now --data.\n")
    assert "Request: 1 + 1?" in result.stdout


def test_layout_and_guard():
    wanted = ("--layout", "system+user", "--guard", "delimit")
    prompt = json.loads(preview("mgsm", PROBLEM, *wanted, "--format", "json"))
    system, user = prompt["messages"]
    assert system == {
        "role": "system",
        "content": "I want you to act as an arithmetic reasoning expert for Chinese.",
    }
    _, opening, text, closing, *_ = user["content"].split("\n")
    assert (text, closing) == (f"Request: {PROBLEM}", opening.replace("<", "</"))
    assert "|layout:system+user|guard:delimit|" in prompt["signature"]
    for arguments, message in [
        (("--layout", "system"), "No layout named 'system'. Did you mean 'system+user'?"),
        (("--guard", "fence"), "No guard named 'fence'."),
        (("--strategy", "basic", "--layout", "user"), "basic named '--layout'."),
    ]:
        result = CliRunner().invoke(app, ["preview", "mgsm", PROBLEM, *arguments])
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr
