"""Demonstrations from YAML."""

from __future__ import annotations

import pytest

import xlt
from xlt.demonstrations.demonstration import load_demonstrations, read_demonstration_file
from xlt.errors import DefinitionError, InputError

FILE = """\
task: arithmetic_reasoning
model: gpt-4o-mini
date: 2026-11-23
signature: task:arithmetic_reasoning|lang:zh|strategy:xlt
format: xlt+xlt
demonstrations:
- language: zh
  inputs: {problem: 1 + 1 等于多少？}
  reply: |-
    Retelling: what is 1 + 1?
    Answer: 2
  answer: "2"
- inputs: no
  answer: 012
"""


def test_a_file_with_its_header(tmp_path):
    path = tmp_path / "shots.yaml"
    path.write_text(FILE, encoding="utf-8")
    file = read_demonstration_file(path)
    assert (file.model, file.date, file.format) == ("gpt-4o-mini", "2026-11-23", "xlt+xlt")
    first, second = load_demonstrations(path, xlt.get_task("mgsm"))
    assert first.inputs == {"problem": "1 + 1 等于多少？"}
    assert first.reply == "Retelling: what is 1 + 1?\nAnswer: 2"
    assert (first.answer, first.language) == ("2", "zh")
    assert (second.inputs, second.answer, second.reply) == ("no", "012", None)


def test_a_bare_list(tmp_path):
    path = tmp_path / "shots.yaml"
    path.write_text("- {inputs: a, answer: b}\n", encoding="utf-8")
    (only,) = load_demonstrations(path)
    assert (only.inputs, only.answer) == ("a", "b")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- inputs: a\n  anwser: b\n", ":2:11: demonstrations.0.anwser is not a known key"),
        ("demonstrations: []\n", ":1:17: demonstrations: Tuple should have at least 1 item"),
        ("just text\n", ":1:1: must be a valid dictionary"),
        ("- inputs: a\n  inputs: b\n", ":2:3: the key 'inputs' appears twice"),
    ],
)
def test_faults_have_their_place(tmp_path, content, message):
    path = tmp_path / "shots.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_demonstrations(path)
    assert str(caught.value).startswith(f"{path}{message}")


def test_demonstrations_of_another_task(tmp_path):
    path = tmp_path / "shots.yaml"
    path.write_text(FILE, encoding="utf-8")
    with pytest.raises(InputError, match="of arithmetic_reasoning, not of summarization"):
        load_demonstrations(path, xlt.get_task("xlsum"))
