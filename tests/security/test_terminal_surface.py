"""No text of a user, a model or a file steers the terminal, whatever command shows it."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt.cli.terminal import complain, emit, emit_facts, emit_table, remark, visible

STYLES = re.compile(r"\x1b\[[0-9;]*m")
# What rich itself sends while it shows a reply that grows: cursor off and on, its own lines wiped.
REDRAWN = re.compile(r"\x1b\[\?25[lh]|\r(?:\x1b\[1A\x1b\[2K)+")
# What no terminal may be sent by a text: C0 but tab and LF, DEL, C1, the marks of direction.
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
HOSTILE = (
    "a\x1b]0;title\x07\x1b[31m\x9b2J\x1b]8;;http://x\x1b\\\u202eb\u2066c\r\x08\x7f"
    "[bold red]d[/bold red] [link=http://x]e[/link] [/] :smile: \u061c\u200f\U000e0041"
)
ANY = st.text(st.characters(), max_size=40)


class Terminal(io.StringIO):
    """A standard output that says it is a terminal, and takes any text."""

    def isatty(self) -> bool:
        return True


@contextmanager
def a_terminal(columns: int = 80) -> Iterator[Terminal]:
    """Stand in for both output streams (pytest sets its own between a fixture and its test)."""
    made = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        patch.setenv("COLUMNS", str(columns))
        patch.delenv("NO_COLOR", raising=False)
        patch.setattr("sys.stdout", made)
        patch.setattr("sys.stderr", made)
        yield made


def is_safe(written: str) -> bool:
    return not STEERS.search(REDRAWN.sub("", STYLES.sub("", written)))


@given(ANY)
def test_visible_leaves_nothing_that_steers(text: str) -> None:
    shown = visible(text)
    assert not STEERS.search(shown)
    bidi = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for character in shown:
        assert unicodedata.category(character) not in ("Cc", "Cs") or character in "\t\n"
        assert unicodedata.bidirectional(character) not in bidi
    assert visible(shown) == shown
    if not STEERS.search(text) and text.isascii():
        assert shown == text


WRITERS = {
    "emit": emit,
    "facts": lambda text: emit_facts([("name", text), (text, "value")]),
    "table": lambda text: emit_table(["a", "b"], [[text, "x"], ["x", text]]),
    "error": complain,
    "remark": remark,
}


@pytest.mark.parametrize("columns", [20, 200])
@pytest.mark.parametrize("writer", WRITERS)
def test_every_writer_escapes_and_takes_mark_up_for_text(writer: str, columns: int) -> None:
    with a_terminal(columns) as terminal:
        WRITERS[writer](HOSTILE)
    written = terminal.getvalue()
    assert is_safe(written)
    plain = re.sub(r"\s+", "", STYLES.sub("", written))
    assert "[boldred]d[/boldred][link=http://x]e[/link][/]:smile:" in plain


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writer_on_any_text(writer: str) -> None:
    @given(ANY)
    def check(text: str) -> None:
        with a_terminal(60) as terminal:
            WRITERS[writer](text)
        assert is_safe(terminal.getvalue())

    check()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A template folder whose every text is hostile."""
    text = json.dumps(HOSTILE)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "riddle.yaml").write_text(
        f"name: riddle\ntitle: {text}\ninputs: [{{name: riddle, description: {text}}}]\n"
        f'task_input: "Riddle: {{{{ riddle }}}}"\ninput_tag: {text}\ntask_goal: solve\n'
        f'output_type: {text}\nbasic_prompt: "{{{{ riddle }}}}"\nanswer: short_text\n'
    )
    (tmp_path / "languages.yaml").write_text(
        f"languages:\n  tlh: {{name: {text}, native_name: {text}, tier: low, answer: [x]}}\n"
    )
    (tmp_path / "bad.yaml").write_text(f"name: riddle\n{text}: 1\n")
    return tmp_path


COMMANDS: dict[str, list[str]] = {
    "preview": ["preview", "riddle", HOSTILE, "-l", "tlh"],
    "preview, a name": ["preview", HOSTILE, "x"],
    "preview, a language": ["preview", "mgsm", "x", "-l", HOSTILE],
    "preview, as text": ["preview", "mgsm", HOSTILE, "-l", "en", "--format", "text"],
    "preview, as JSON": ["preview", "mgsm", HOSTILE, "-l", "en", "--format", "json"],
    "preview, a field": ["preview", "xcopa", "-i", f"{HOSTILE}=x"],
    "tasks": ["tasks"],
    "a task": ["tasks", "riddle"],
    "languages": ["languages"],
    "a language": ["languages", HOSTILE],
    "detect": ["detect", f"{HOSTILE} how many apples are there now"],
    "explain": ["explain", "riddle", "-l", "tlh", "--model", HOSTILE],
    "parse": ["parse", "mkqa"],
    "parse, as JSON": ["parse", "mkqa", "--json"],
    "lint": ["lint", "bad.yaml"],
    "ask": ["ask", "mkqa", "Wer?", "-l", "de", "--replay", "calls.jsonl"],
    "one argument too many": ["parse", "mkqa", "x", HOSTILE],
    "an option": ["preview", f"--{HOSTILE}"],
    "a command": [HOSTILE],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_in_a_terminal(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs in this process on an output that says it is a terminal."""
    from xlt.cli import main

    monkeypatch.chdir(folder)
    messages = xlt.compose("mkqa", "Wer?", language="de").messages
    call: dict[str, Any] = {"messages": messages, "text": f"Answer: {HOSTILE}"}
    (folder / "calls.jsonl").write_text(json.dumps(call) + "\n")
    arguments = [one.replace("\x00", "") for one in COMMANDS[command]]
    if "riddle" in arguments or arguments[0] in ("tasks", "languages"):
        arguments += ["--templates", str(folder)]
    reply = io.BytesIO(f"Answer: {HOSTILE}\n".encode())
    monkeypatch.setattr("sys.argv", ["xlt", *arguments])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(reply))
    with a_terminal() as terminal, pytest.raises(SystemExit):
        main.main()
    written = terminal.getvalue()
    assert written
    assert is_safe(written), STEERS.findall(STYLES.sub("", written))
