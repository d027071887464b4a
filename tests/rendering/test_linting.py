"""`xlt lint`: every fault of a definition file, with its place."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from xlt.cli.main import app
from xlt.files.templates import shipped_folder
from xlt.linting import lint_file

TASK = """\
name: riddle
titel: riddle solving
title: riddle solving
inputs: [{name: riddle, descripton: x}, {name: pivot}]
task_input: "Riddle: {{ ridle }} {{ riddle | upper }}"
input_tag: riddle
task_goal: >-
  solve the riddle
  {{ 1 + 1 }} in {{ lang }}
output_type: answer
output_type: answer
answer: {kind: short_text, options: [x]}
"""
TEMPLATE = """\
{% set a = 1 %}

Solve {{ task_gaol }} {{ x.y }} {{ task_goal | upper }}
"""
INCLUDES = """\
{% include "steps/role_assigning.j2" %}
{% include "steps/no_step.j2" %}

and a word
"""
LANGUAGES = """\
languages:
  tlh: {name: Klingon, tier: rare, answer: jangwI, foo: 1}
  "not a tag": []
dialects: {zh-Hant: []}
"""
DEMONSTRATIONS = """\
task: mgsm
formt: x
format: xlt
demonstrations:
  - inputs: {problm: x}
    language: germn
    reply: ""
  - inputs: x
    answr: "1"
"""


@pytest.mark.parametrize(
    ("name", "content", "faults"),
    [
        (
            "task.yaml",
            TASK,
            [
                (1, 1, "basic_prompt is missing"),
                (2, 1, "No key named 'titel'. Did you mean 'title'?"),
                (4, 25, "No key named 'descripton'. Did you mean 'description'?"),
                (4, 48, "'pivot' cannot be the name of an input"),
                (5, 13, "task_input does not mention the input 'pivot'"),
                (5, 25, "task_input mentions 'ridle'; it may mention labels, language, pivot,"),
                (5, 46, "task_input:1: No filter named 'upper'. Did you mean 'first_upper'?"),
                (7, 12, "task_goal:1: Add is not allowed in a template"),
                (9, 21, "task_goal mentions 'lang'; it may mention labels, language,"),
                (11, 1, "the key 'output_type' appears twice"),
                (12, 38, "the option 'x' is not an input of the task"),
            ],
        ),
        (
            "step.j2",
            TEMPLATE,
            [
                (1, 1, "Assign is not allowed in a template"),
                (1, 8, "No value for a template named 'a'."),
                (3, 10, "No value for a template named 'task_gaol'. Did you mean 'task_goal'?"),
                (3, 26, "No value for a template named 'x'."),
                (3, 28, "only loop.index and its like have attributes"),
                (3, 48, "No filter named 'upper'. Did you mean 'first_upper'?"),
            ],
        ),
        (
            "xlt.j2",
            INCLUDES,
            [
                (2, 13, "No template named 'steps/no_step.j2'."),
                (4, 1, "a template with includes holds nothing else"),
            ],
        ),
        ("broken.j2", "a\n{{ b\n", [(2, 1, "unexpected end of template")]),
        (
            "languages.yaml",
            LANGUAGES,
            [
                (2, 30, "No tier named 'rare'."),
                (2, 44, "the words of tlh.answer must be a list"),
                (2, 57, "No key of language tlh named 'foo'."),
                (3, 16, "'not a tag' is not a language tag (BCP-47)"),
                (4, 21, "the name of zh-Hant must be text"),
            ],
        ),
        (
            "shots.yaml",
            DEMONSTRATIONS,
            [
                (2, 1, "No key named 'formt'. Did you mean 'format'?"),
                (3, 9, "No demonstration format named 'xlt'. Did you mean 'xlt+xlt'?"),
                (5, 5, "a demonstration has a reply, an answer or both"),
                (5, 13, "No input field of arithmetic_reasoning named 'problm'."),
                (6, 15, "No language named 'germn'. Did you mean 'German'?"),
                (7, 12, "demonstrations.0.reply: String should have at least 1 character"),
                (8, 5, "a demonstration has a reply, an answer or both"),
                (9, 5, "No key named 'answr'. Did you mean 'answer'?"),
            ],
        ),
        ("list.yaml", "- {inputs: x, answer: y}\n- answer: z\n", [(2, 3, "1.inputs is missing")]),
        (
            "policy.yaml",
            "rules:\n- {id: a, when: {langauge: [en]}, strategy: xlt, reason: b}\n"
            "models: [{name: x, klass: y}]\n",
            [
                (2, 3, "rules.0.source is missing"),
                (2, 18, "No key named 'langauge'. Did you mean 'language'?"),
                (3, 10, "models.0.class is missing"),
                (3, 20, "No key named 'klass'. Did you mean 'class'? Known: class, name."),
            ],
        ),
        (
            "lines.yaml",
            "instructions:\n  de: {think: a}\n",
            [(2, 7, "the lines of de must be think, format, number, source")],
        ),
        ("syntax.yaml", "name: [a\n", [(2, 1, "not valid YAML: expected ',' or ']'")]),
        ("empty.yaml", "", [(1, 1, "a definition file holds a mapping or a list")]),
        ("anchor.yaml", "name: &a x\n", [(1, 7, "anchors and aliases are not allowed here")]),
        ("latin.yaml", b"name: caf\xe9\n", [(1, 1, "is not UTF-8 (byte 9)")]),
        ("notes.txt", "x", [(1, 1, "is neither a template (.j2) nor a definition (.yaml)")]),
    ],
)  # fmt: skip
def test_every_fault_has_its_place(tmp_path, name, content, faults):
    file = tmp_path / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = lint_file(file)
    assert [(one.line, one.column) for one in found] == [place[:2] for place in faults]
    for one, (_, _, message) in zip(found, faults, strict=True):
        assert message in one.message
        assert str(one) == f"{file}:{one.line}:{one.column}: {one.message}"


@pytest.mark.parametrize(
    ("answer", "place", "message"),
    [
        ("nuber", (9, 9), "No kind of answer named 'nuber'. Did you mean 'number'?"),
        ("{kind: nuber}", (9, 16), "No kind of answer named 'nuber'. Did you mean 'number'?"),
        ("label", (9, 9), "an answer of the kind 'label' needs labels"),
        ("{kind: choice, options: []}", (9, 9), "an answer of the kind 'choice' needs options"),
    ],
)
def test_an_answer_that_cannot_be_read(tmp_path, answer, place, message):
    file = tmp_path / "task.yaml"
    file.write_text(
        "name: riddles\ntitle: riddle solving\ninputs: [{name: riddle}]\n"
        "task_input: '{{ riddle }}'\ninput_tag: riddle\ntask_goal: guess\n"
        f"output_type: answer\nbasic_prompt: '{{{{ riddle }}}}'\nanswer: {answer}\n",
        encoding="utf-8",
    )
    (fault,) = lint_file(file)
    assert (fault.line, fault.column) == place
    assert fault.message.startswith(message)


def test_shipped_files_have_no_faults():
    files = [path for path in shipped_folder().rglob("*") if path.suffix in (".j2", ".yaml")]
    assert len(files) > 15
    assert [str(fault) for path in files for fault in lint_file(path)] == []


def test_lint_command(tmp_path):
    good, bad = tmp_path / "good.j2", tmp_path / "bad.j2"
    good.write_text("Solve {{ task_goal }}\n", encoding="utf-8")
    bad.write_text("Solve {{ goal }} {{ 1 + 1 }}\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["lint", str(good)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "No faults in 1 file.\n"
    result = CliRunner().invoke(app, ["lint", str(good), str(bad)])
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [
        f"{bad}:1:10",
        f"{bad}:1:18",
    ]
    assert result.stderr == "2 faults in 2 files.\n"
