"""xlt in promptfoo: its two functions, and a run of promptfoo's own command."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from misbehaving_server import completion, serving

import xlt
from xlt.errors import DataFileError, InputError, UnknownName
from xlt.promptfoo import answered, prompt

TEST = {"task": "mgsm", "problem": "Juma ana mayai 16. Anakula 3.", "language": "sw", "answer": 13}
XCOPA = {
    "task": "xcopa",
    "premise": "Kikombe kilianguka.",
    "question": "effect",
    "choice1": "Kilivunjika.",
    "choice2": "Kilicheka.",
    "language": "sw",
    "answer": "Kilivunjika.",
}
RAG = {
    "task": "rag",
    "question": "Dhamana ni ya muda gani?",
    "passages": '["The warranty lasts two years."]',
    "language": "sw",
    "answer": "miaka miwili",
}
SENTIMENT = {"task": "classification", "text": "Quiero mi dinero", "language": "es"}


def test_a_prompt_is_the_librarys_with_the_options_of_its_config():
    made = prompt({"vars": {**TEST, "__evalId": "1"}, "config": {"strategy": "native_cot"}})
    composed = xlt.compose("mgsm", TEST["problem"], language="sw", strategy="native_cot")
    assert json.loads(made) == composed.messages


def test_braces_of_a_user_begin_no_template():
    test = {**TEST, "problem": "{{ env.KEY }} {% raw %} {# {{{% } {"}
    made = prompt({"vars": test})
    assert "{{ env" not in made
    assert "{%" not in made
    assert "{#" not in made
    assert json.loads(made.replace("{{ '{' }}", "{")) == (
        xlt.compose("mgsm", test["problem"], language="sw").messages
    )


@pytest.mark.parametrize(
    ("test", "config", "output", "passes", "reason"),
    [
        (TEST, {}, "Jibu: ١٣", True, "The answer read is 13 (anchored); the right one is 13."),
        (TEST, {}, "Answer: 14", False, "The answer read is 14 (anchored); the right one is 13."),
        (
            TEST,
            {},
            "I cannot say.",
            False,
            "No answer was read (none; undetermined); the right one is 13.",
        ),
        ({**TEST, "language": "de"}, {}, "Antwort: 13,0", True, None),
        (XCOPA, {}, "Kilivunjika.", True, None),
        (RAG, {}, "Answer: miaka miwili", True, None),
        (RAG, {}, "Answer: ni miaka miwili", False, None),
        (RAG, {"threshold": 0.5}, "Answer: ni miaka miwili", True, None),
        ({**SENTIMENT, "answer": "Refund"}, {"labels": ["refund", "other"]}, "refund", True, None),
        (TEST, {}, {"answer": 13}, True, None),
    ],
)
def test_an_output_is_read_and_scored(test, config, output, passes, reason):
    found = answered(output, {"vars": test, "config": config})
    assert found["pass"] is passes
    assert found["namedScores"] == {test["language"]: found["score"]}
    assert reason in (None, found["reason"])


def test_a_cut_output_is_flagged():
    context = {"vars": TEST, "providerResponse": {"finishReason": "length"}}
    assert "(none; truncated)" in answered("16 - 3 = 13", context)["reason"]


@pytest.mark.parametrize(
    ("test", "error", "message"),
    [
        ({**TEST, "task": "mgms"}, UnknownName, "No task named 'mgms'"),
        ({"task": "mgsm", "text": "Juma", "answer": 1}, DataFileError, "has no column 'problem'"),
        ({**TEST, "answer": "thirteen"}, InputError, "is not a number"),
        ({"task": "mgsm", "problem": "Juma", "language": "sw"}, InputError, "no var 'answer'"),
    ],
)
def test_a_test_that_cannot_be_scored_is_an_error(test, error, message):
    with pytest.raises(error, match=message):
        answered("Answer: 13", {"vars": test})


CONFIG = """\
prompts:
  - {id: "file://prompts.py:prompt", label: basic, config: {strategy: basic}}
  - {id: "file://prompts.py:prompt", label: xlt, config: {strategy: xlt}}
providers:
  - {id: "openai:chat:m", config: {apiBaseUrl: URL, apiKey: none}}
defaultTest:
  vars: {task: mgsm}
  assert:
    - {type: python, value: "file://prompts.py:answered"}
tests:
  - vars: {problem: "Juma ana mayai 16. Anakula 3. {{ 1 + 1 }}", language: sw, answer: 13}
  - vars: {problem: "Anna hat 5 Äpfel.", language: de, answer: 5}
"""


@pytest.mark.slow
@pytest.mark.real_server
def test_promptfoos_own_command_runs_both(tmp_path):
    command = shutil.which("promptfoo")
    if command is None:
        pytest.skip("promptfoo is not on this machine: npm install -g promptfoo (1.4 GB)")
    (tmp_path / "prompts.py").write_text("from xlt.promptfoo import answered, prompt\n")
    kept = {name: one for name, one in os.environ.items() if "proxy" not in name.lower()}
    own = {
        "PROMPTFOO_CONFIG_DIR": str(tmp_path / "home"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1",
        "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_PYTHON": sys.executable,
    }
    with serving(completion("16 - 3 = 13\nAnswer: 13")) as server:
        config = CONFIG.replace("URL", server.url)
        (tmp_path / "promptfooconfig.yaml").write_text(config, encoding="utf-8")
        done = subprocess.run(
            [command, "eval", "--no-cache", "--max-concurrency", "1", "-o", "out.json"],
            cwd=tmp_path,
            env={**kept, **own},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 100, done.stdout + done.stderr  # promptfoo's word for a failed test
    results = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["results"]
    found = [
        (one["prompt"]["label"], one["vars"]["language"], one["success"], one["namedScores"])
        for one in results["results"]
    ]
    assert sorted(found) == [
        ("basic", "de", False, {"de": 0}),
        ("basic", "sw", True, {"sw": 1}),
        ("xlt", "de", False, {"de": 0}),
        ("xlt", "sw", True, {"sw": 1}),
    ]
    sent = [one["messages"] for one in server.requests]
    problem = "Juma ana mayai 16. Anakula 3. {{ 1 + 1 }}"
    for strategy in ("basic", "xlt"):
        assert xlt.compose("mgsm", problem, language="sw", strategy=strategy).messages in sent
