"""Exit codes, error wording and streams."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from command_line import COMMAND, environment
from typer.testing import CliRunner

from xlt.cli.main import app

MISSING = (
    "Error: The input field 'problem' (the word problem) of arithmetic_reasoning is missing.\n"
)


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        (["preview", "mgsm", "x", "-l", "zh"], b"", 0, ""),
        (["preview", "mgsm", "-l", "zh"], b"", 2, MISSING),
        (["preview", "mgms", "x"], b"", 2, "Error: No task named 'mgms'. Did you mean 'mgsm'?"),
        (["preview", "mgsm", "x", "-l", "germn"], b"", 2, "Did you mean 'German'?"),
        (["preview", "mgsm", "x", "-l", "zh", "--strategy", "xtl"], b"", 2, "Did you mean 'xlt'?"),
        (["preview", "mgsm", "x", "-l", "zh", "--steps", ""], b"", 2, "Error: --steps is empty;"),
        (["preview", "mgsm", "x", "-l", "zh", "--without", "rol"], b"", 2, "Error: No step named"),
        (["preview", "mgsm", "x", "-l", "zh", "--format", "xml"], b"", 2, "'--format': 'xml'"),
        (["preview", "mgsm", "x", "-l", "zh", "--row", "one"], b"", 2, "Invalid value"),
        (["preview", "mgsm", "x", "-l", "zh", "--row", "1"], b"", 2, "leave out --row."),
        (["preview", "mgsm", "x", "-l", "zh", "--reduce", "head"], b"", 2, "leave out --reduce."),
        (
            ["preview", "mgsm", "x", "-l", "zh", "--shots-format", "a+b"],
            b"",
            2,
            "leave out --shots-f",
        ),
        (
            ["batch", "export", "mgsm", ".", "-m", "m", "--gold", "a", "-o", "o"],
            b"",
            2,
            "Error: A benchmark has its own columns: leave out --gold.",
        ),
        (["preview", "mgsm", "x", "-i", "problem=y"], b"", 2, "Error: Give the inputs as TEXT or"),
        (
            ["preview", "mgsm", "-i", "problem"],
            b"",
            2,
            "Error: -i takes field=value, not 'problem'",
        ),
        (["preview", "mgsm", "-i", "problm=x"], b"", 2, "Did you mean 'problem'?"),
        (["preview", "xnli", "x"], b"", 2, "needs 2 inputs: -i premise=... -i hypothesis=..., not"),
        (["preview", "mgsm", "12"], b"", 2, "has no words to detect a language from."),
        (["preview"], b"", 2, "Error: Name a task, or give its file with --task-file."),
        (["preview", "--task-file", "no.yaml", "x"], b"", 2, "no.yaml cannot be read: No such"),
        (["preview", "--task-file", ".", "x"], b"", 2, "Error: . cannot be read: Is a directory."),
        (["preview", "mgsm", "x", "--shots", "no.yaml"], b"", 2, "no.yaml cannot be read:"),
        (["preview", "mgsm", "x", "--templates", "no"], b"", 2, "'no' is not a directory."),
        (["tasks", "--task-file", "no.yaml"], b"", 2, "no.yaml cannot be read:"),
        (["ask", "mgsm", "x", "--replay", "no"], b"", 2, "no cannot be read:"),
        (["ask", "mgsm", "x", "--task-file", "no", "-m", "local"], b"", 2, "no cannot be read:"),
        (["explain", "mgsm", "-l", "sw", "--policy", "no"], b"", 2, "no cannot be read:"),
        (["demos", "show", "no.yaml"], b"", 2, "no.yaml cannot be read:"),
        (["demos", "check", "no.yaml"], b"", 2, "no.yaml cannot be read:"),
        (["demos", "build", "mgsm", "no", "-o", "o", "-m", "x"], b"", 2, "no cannot be read:"),
        (["eval", "--demos", "no", "-m", "x"], b"", 2, "no cannot be read:"),
        (["batch", "import", "no"], b"", 2, "no is not a directory."),
        (["preview", "mgsm", "--data", "no.tsv"], b"", 2, "Error: no.tsv cannot be read: No such"),
        (["preview", "mgsm", "--data", "."], b"", 2, "Error: . cannot be read: Is a directory."),
        (["preview", "flores", "x", "-l", "sw"], b"", 2, "needs a --target, the language"),
        (
            ["preview", "mgsm", "-", "-l", "zh"],
            b"\xff",
            2,
            "Error: Standard input is not UTF-8: byte 0xff at offset 0.\n",
        ),
        (
            ["preview", "mgsm", "-", "-l", "zh"],
            "小明".encode() + b"\xff",
            2,
            "Error: Standard input is not UTF-8: byte 0xff at offset 6.\n",
        ),
        (["ask", "mgsm", "x", "-m", "\udcff"], b"", 2, r"Error: '\udcff' is not UTF-8."),
        (["ask", "mgsm", "x", "--base-url", "http://a/\udcff"], b"", 2, "is not UTF-8."),
        (["batch", "export", "mgsm", "r", "-m", "\udcff", "-o", "o"], b"", 2, "is not UTF-8."),
        (["batch", "export", "mgsm", "r", "-m", " ", "-o", "o"], b"", 2, "Name the model: --model"),
        (
            ["batch", "export", "mgsm", "r", "-m", "m", "-o", "o", "--shots", "no"],
            b"",
            2,
            "no cannot be read:",
        ),
        (
            ["preview", "mgsm", "x", "-l", "sw", "--strategy", "clp", "--steps", "task_analyzing"],
            b"",
            2,
            "Error: No option of the strategy clp named '--steps'. "
            "Known: --answer-language, --instruction-language.",
        ),
        (["eval", "--repeats", "1001"], b"", 2, "Invalid value for '--repeats'"),
        (["eval", "--max-concurrency", "1001"], b"", 2, "Invalid value for"),
        (["preview", "--nonsense"], b"", 2, "No such option: --nonsense"),
        (["nonsense"], b"", 2, "No such command 'nonsense'"),
        (["tasks"], b"", 0, ""),
        (["tasks", "nothing"], b"", 2, "Error: No task named 'nothing'."),
        (["languages"], b"", 0, ""),
        (
            ["languages", "germn"],
            b"",
            2,
            "Error: No language named 'germn'. Did you mean 'German'?",
        ),
        (["detect", "Mtu anaimba wimbo mzuri."], b"", 0, ""),
        (
            ["detect", "123"],
            b"",
            2,
            "The text '123' has no words to detect a language from.",
        ),
        (["detect", "x", "-c", "germn"], b"", 2, "Error: No language named 'germn'."),
        (["parse", "mgsm"], b"Answer: 7", 0, ""),
        (["parse", "mgsm"], b"I do not know.", 1, "Error: The reply holds no answer"),
        (["parse", "mgsm"], b"\xff", 2, "Error: Standard input is not UTF-8"),
        (["parse", "mgsm", "--file", "no.txt"], b"", 2, "Error: no.txt cannot be read:"),
        (["lint"], b"", 2, "Missing argument"),
        (["lint", "no.yaml"], b"", 2, "Error: no.yaml cannot be read: No such file"),
        (["--version"], b"", 0, ""),
        (["--help"], b"", 0, ""),
    ],
)
def test_exit_codes(tmp_path, monkeypatch, arguments, stdin, code, message):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments, input=stdin)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert code == 0 or "Traceback" not in result.output
    if code == 2:
        assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["preview", "mgsm", "12"],
            "The text '12' has no words to detect a language from. "
            "Pass --language, for example --language en.",
        ),
        (  # it has no such option
            ["detect", "12"],
            "The text '12' has no words to detect a language from.\n",
        ),
        (
            ["preview", "mgsm", "x", "-l", "en", "--rephrase", ""],
            "--rephrase must be a word: retell, repeat, translate (the paper's) ...",
        ),
        (
            ["preview", "mgsm", "x", "-l", "en", "--fit", "0"],
            "--fit is 0; it must be at least 1.",
        ),
        (
            ["preview", "mgsm", "x", "-l", "en", "--strategy", "basic", "--rephrase", "tell"],
            "No option of the strategy basic named '--rephrase'. Known: ",
        ),
        (  # the user's own words stay as they are
            ["preview", "xcopa", "-l", "en", "-i", "question=target_language language='en'"]
            + ["-i", "premise=x", "-i", "choice1=y", "-i", "choice2=z"],
            "The input field 'question' is \"target_language language='en'\"; it must be one of",
        ),
    ],
)
def test_errors_name_the_option_and_not_the_argument(arguments, message):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {message}")


def test_real_exit_codes_and_streams(run):
    result = run("preview", "mgms", "x")
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"Error: No task named 'mgms'. Did you mean 'mgsm'? Known: ")
    result = run("parse", "mgsm", stdin=b"no answer here")
    assert (result.returncode, result.stdout) == (1, b"")
    assert run("preview", "mgsm", "x", "-l", "zh", "--format", "xml").returncode == 2


def test_argument_that_is_not_utf8(run):
    result = run("preview", "mgsm", b"ab\xff", "-l", "en")
    assert (result.returncode, result.stderr) == (2, b"Error: 'ab\\udcff' is not UTF-8.\n")


def test_settings_that_are_not_utf8(run):
    result = run("ask", "mgsm", "x", "-l", "en", env={"XLT_MODEL": "\udcff"})
    assert (result.returncode, result.stderr) == (2, b"Error: '\\udcff' is not UTF-8.\n")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("sk-canary-0123456789", "variable is not set;"), ("MY_KEY", "variable MY_KEY is not set;")],
)
def test_key_in_the_place_of_its_variable_is_not_shown(run, name, shown):
    result = run("ask", "mgsm", "x", "-m", "m", "--base-url", "http://a/v1", "--key-env", name)
    assert result.returncode == 2
    assert shown in result.stderr.decode()
    assert b"canary" not in result.stderr


@pytest.mark.parametrize(
    ("closed", "arguments", "code"), [(1, ["tasks"], 0), (2, ["tasks", "no"], 2)]
)
def test_closed_streams_are_no_crash(closed, arguments, code):
    result = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *COMMAND, *arguments],
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (code, b"", b"")


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_any_locale(run, env):
    result = run("preview", "mgsm", "-", "-l", "zh", stdin="小明有 3 个苹果".encode(), env=env)
    assert result.returncode == 0, result.stderr
    assert "Request: 小明有 3 个苹果\n" in result.stdout.decode()
    assert run("languages", env=env).returncode == 0
    assert run("preview", "--help", env=env).returncode == 0
    result = run("preview", "小明", "x", env=env)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"Traceback" not in result.stderr


def test_reader_that_goes_away():
    command = f"{' '.join(COMMAND)} languages | head -1; {' '.join(COMMAND)} tasks | true"
    result = subprocess.run(
        ["bash", "-c", command], capture_output=True, env=environment(), timeout=120, check=True
    )
    assert result.stdout.decode() == "tag\tname\tresource tier\town name\n"
    assert result.stderr == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a full device")
def test_output_that_cannot_be_written():
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [*COMMAND, "tasks"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=120,
            check=False,
        )
    assert (result.returncode, result.stderr.decode()) == (
        1,
        "Error: The output cannot be written: No space left on device.\n",
    )


def test_interrupt():
    process = subprocess.Popen(
        [*COMMAND, "preview", "mgsm", "-", "-l", "en"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # a shell's background jobs ignore the signal, and so would what they start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    wait_until_it_reads(process.pid)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (130, b"")
    assert b"Traceback" not in errors


def wait_until_it_reads(pid: int) -> None:
    """Wait until a process sleeps in a read of its standard input, a pipe."""
    for _ in range(600):
        with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
            if "pipe" in file.read():
                return
        time.sleep(0.1)
    pytest.fail("the command never read its standard input")
