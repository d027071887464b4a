"""Options of a request that preview, ask and run share: candidates, default language, labels."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from xlt.cli.main import app


def xlt(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def prompt_of(*arguments: str) -> dict[str, Any]:
    done = xlt("preview", *arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_way_out_of_romanized_hindi_is_an_option_of_the_command():
    text = "Kya aap mujhe phone kar sakte hain?"
    told = {name: CliRunner().invoke(app, [name, *more, text]).stderr for name, more in
            (("detect", []), ("preview", ["mgsm"]))}  # fmt: skip
    assert "With only one of them in --candidates, it is that one." in " ".join(
        told["detect"].split()
    )
    assert "Pass --language hi or --language ur." in " ".join(told["preview"].split())


@pytest.mark.parametrize(
    ("arguments", "tag"),
    [
        (("mgsm", "12 + 3 = ?", "--default-language", "Swahili"), "sw"),
        (("mgsm", "A rúa está mollada pola choiva.", "-c", "gl, es,pt"), "gl"),
        (("mgsm", "小明有 3 个苹果。", "--default-language", "sw"), "zh"),
    ],
)
def test_the_language_of_a_text_that_does_not_tell(arguments, tag):
    assert prompt_of(*arguments)["language"]["tag"] == tag


def test_labels_of_a_call():
    asked = prompt_of(
        "classification", "Nataka pesa zangu", "-l", "sw", "--labels", "refund, other"
    )
    assert asked["answer_format"]["labels"] == ["refund", "other"]
    missing = xlt("preview", "classification", "Nataka pesa zangu", "-l", "sw")
    assert missing.exit_code == 2
    assert missing.stderr.endswith("needs labels, as in --labels refund,complaint,other.\n")


def test_the_strategy_of_a_job_is_auto_and_the_preview_says_why():
    done = xlt("preview", "chat", "Habari za asubuhi, rafiki yangu", "-l", "sw")
    assert done.exit_code == 0
    assert done.stderr.startswith("Strategy xlt: ")
    assert xlt("preview", "mgsm", "1 + 1?", "-l", "sw").stderr == ""


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("--thinking", "native", "--answer-language", "de"), "Fikiri kwa Kiswahili."),
        (("--answer-language", "de"), "Antworte auf Deutsch."),
        (("--instruction-language", "zh"), "我希望你担任斯瓦希里语算术推理专家。"),
    ],
)
def test_the_languages_of_answer_thought_and_instructions(options, line):
    done = xlt("preview", "mgsm", "2 + 3?", "-l", "sw", *options)
    assert done.exit_code == 0, done.output
    assert line in done.stdout.splitlines()


def test_a_strategy_for_reasoning_models_takes_the_language_of_the_thought(tmp_path):
    from xlt import Reply, plan, run

    options = {"strategy": "selective_translation", "thinking": "en"}
    lines = []

    def ask(prompt: Any) -> Reply:
        lines.append(json.dumps({"messages": prompt.messages, "text": "Answer: 5"}))
        return Reply("Answer: 5")

    run(plan("mgsm", "2 + 3?", language="sw", **options), ask)
    recorded = tmp_path / "calls.jsonl"
    recorded.write_text("\n".join(lines), encoding="utf-8")
    given = ("--strategy", "selective_translation", "--thinking", "en", "--replay", str(recorded))
    done = xlt("ask", "mgsm", "2 + 3?", "-l", "sw", *given)
    assert (done.exit_code, done.stdout.strip()) == (0, "5"), done.output
