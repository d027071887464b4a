"""`xlt ask` against a real HTTP server: what it writes, and what it exits with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from misbehaving_server import Script, completion, delta, events, serving
from typer.testing import CliRunner, Result

from xlt.cli import settings
from xlt.cli.main import app

pytestmark = pytest.mark.real_server

CANARY = "sk-canary-0123456789abcdef"
ASK = ["ask", "mgsm", "小明有 3 个苹果，又买了 4 个。", "-l", "zh"]


@pytest.fixture(autouse=True)
def _own_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLT_MODEL", raising=False)
    monkeypatch.setenv("XLT_API_KEY", CANARY)
    monkeypatch.setattr(settings, "config_path", lambda: tmp_path / "config.toml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*ASK, *arguments])


def test_answer_on_stdout_reply_on_stderr():
    stream = events(delta("3 + 4 = 7\nAn"), delta("swer: 7", "stop"), "[DONE]")
    with serving(stream) as server:
        result = run("--base-url", server.url, "-m", "fake")
    assert (result.exit_code, result.stdout) == (0, "7\n")
    assert result.stderr == "3 + 4 = 7\nAnswer: 7\n"
    assert server.headers[0]["authorization"] == f"Bearer {CANARY}"


def test_quiet_is_the_answer_alone():
    with serving(completion("Answer: 7")) as server:
        result = run("--base-url", server.url, "-q")
    assert (result.stdout, result.stderr) == ("7\n", "")


def test_json():
    with serving(completion("Answer: 7", "length")) as server:
        told = json.loads(run("--base-url", server.url, "-m", "fake", "--json").stdout)
    assert (told["answer"]["value"], told["answer"]["status"]) == (7, "anchored")
    assert told["replies"][0]["finish_reason"] == "length"
    assert told["signature"].startswith("task:arithmetic_reasoning|lang:zh|strategy:xlt|")


@pytest.mark.parametrize(
    ("text", "code", "answer"), [("3 + 4 = 7\nAnswer: 7", 0, "7\n"), ("3 + 4", 1, "")]
)
def test_what_came_before_the_deadline_is_kept_as_a_cut_reply(text, code, answer):
    with serving(events(delta(text), hang=True)) as server:
        result = run("--base-url", server.url, "--timeout", "1")
        told = run("--base-url", server.url, "--timeout", "1", "--json")
    assert (result.exit_code, result.stdout) == (code, answer)
    assert "did not finish its reply in time. What had come by then is kept" in result.stderr
    kept = json.loads(told.stdout)
    assert "truncated" in kept["answer"]["flags"]
    assert kept["replies"][0]["text"] == text


def test_a_deadline_before_any_text_is_an_error():
    with serving(Script(hang=True)) as server:
        result = run("--base-url", server.url, "--timeout", "0.5")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did not finish its reply in time" in result.stderr


def test_no_answer_is_exit_1():
    with serving(completion("I cannot say.")) as server:
        result = run("--base-url", server.url)
    assert result.exit_code == 1
    assert "no answer that can be read" in result.stderr


@pytest.mark.parametrize(("status", "code"), [(401, 3), (403, 3), (402, 3), (400, 1), (404, 1)])
def test_exit_codes_of_server_errors(status: int, code: int):
    body = json.dumps({"error": {"message": f"no, {CANARY}"}}).encode()
    with serving(Script(body, status)) as server:
        result = run("--base-url", server.url)
    assert result.exit_code == code
    assert str(status) in result.stderr
    assert CANARY not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "No model is chosen. Pass -m MODEL, set XLT_MODEL"),
        (["-m", "gpt-4o"], "neither 'local' nor of the form provider:name"),
        (["-m", "local:"], "local: names no model"),
        (["-m", "local:/nowhere/x.gguf"], "There is no model file"),
        (["-m", "local:~nobody-here/x.gguf"], "There is no model file ~nobody-here"),
        (["-m", "x", "--base-url", "nowhere"], "is not a URL"),
        (["-m", "x", "--base-url", "http://127.0.0.1:1/v1", "--temperature", "hot"], "0 to 2"),
        (
            ["-m", "x", "--base-url", "http://127.0.0.1:1/v1", "--key-env", "XLT_NO"],
            "XLT_NO is not",
        ),
        (["--replay", "/nowhere.jsonl"], "cannot be read"),
    ],
)
def test_wrong_usage_is_exit_2_before_any_call(arguments: list[str], words: str):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_record_then_replay(tmp_path: Path):
    file = str(tmp_path / "calls.jsonl")
    with serving(completion("Answer: 七\u2028")) as server:
        first = run("--base-url", server.url, "-m", "fake", "--record", file)
    again = run("--replay", file)
    assert again.stdout == first.stdout == "7\n"
    assert CANARY not in Path(file).read_text(encoding="utf-8")
    other = CliRunner().invoke(app, ["ask", "mgsm", "1 + 1?", "-l", "en", "--replay", file])
    assert other.exit_code == 2
    assert "(1 in all) is to this prompt" in other.stderr


def test_replay_file_names_its_broken_line(tmp_path: Path):
    file = tmp_path / "calls.jsonl"
    file.write_text('\n{"text": "x"}\n')
    result = run("--replay", str(file))
    assert f"{file}:2: messages is missing" in result.stderr


def test_default_model_of_the_config_file_and_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with serving(completion("Answer: 7")) as server:
        (tmp_path / "config.toml").write_text(f'model = "mine"\nbase_url = "{server.url}"\n')
        assert run().stdout == "7\n"
    assert server.requests[0]["model"] == "mine"
    monkeypatch.setenv("XLT_MODEL", "gpt-4o")
    assert "'gpt-4o' is neither" in run().stderr


def test_key_in_the_config_file_is_refused_without_being_shown(tmp_path: Path):
    (tmp_path / "config.toml").write_text(f'api_key = "{CANARY}"\n')
    result = run()
    assert "api_key is not a known key; it may hold model, base_url" in result.stderr
    assert CANARY not in result.output


def test_layout_and_guard_reach_the_model():
    with serving(completion("Answer: 7")) as server:
        made = run("--base-url", server.url, "-m", "x", "--layout=system+user", "--guard=delimit")
        assert made.stdout == "7\n"
        body = server.requests[-1]
    assert [one["role"] for one in body["messages"]] == ["system", "user"]
    assert "<input-" in body["messages"][1]["content"]
