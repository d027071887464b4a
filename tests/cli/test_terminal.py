"""What a terminal shows: colours, margins, escaped controls, any script at any width."""

from __future__ import annotations

import json
import re

import pytest
import typer

from xlt.backends.errors import ServerFailed
from xlt.cli.terminal import calls_to, cells, visible, wrap

PROBLEM = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


# What moves the cursor and clears lines, while a reply comes.
CONTROLS = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")


def plain(written: str) -> str:
    return COLOURS.sub("", written)


def test_preview_in_a_terminal(run_in_terminal):
    written = run_in_terminal("preview", "mgsm", PROBLEM, columns=90)
    text = plain(written)
    assert "\x1b" not in text
    text = re.sub(r"templates:\w{8}", "templates:01234567", text)
    text = re.sub(r"detected with \d+% confidence", "detected with 99% confidence", text)
    text = re.sub(r"tokens  ( +).*", r"tokens  \1~100 tokens (estimate)", text)
    assert (
        text
        == """\
task                    arithmetic_reasoning
language                Chinese (zh), detected with 99% confidence
strategy                xlt

role assigning          I want you to act as an arithmetic reasoning expert for Chinese.
task inputting          Request: 詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周
                        一共跑多少米？
cross-lingual thinking  You should retell the request in English.
task analyzing          You should do step-by-step answer to obtain a number answer.
CoT task solving        You should step-by-step answer the request.
output formatting       You should tell me the answer in this format 'Answer:'.

tokens                  ~100 tokens (estimate)
answer                  a number behind “Answer:” or “答案:” or “答:”
signature               task:arithmetic_reasoning|lang:zh|strategy:xlt|shots:0|
                        templates:01234567|v:0.1.0
"""
    )
    names = re.findall(r"\x1b\[([0-9;]+)m(role|task in|cross|task an|CoT|output)", written)
    assert len({colour for colour, _ in names}) == 6


REPLY = """\
Retelling the request in English: Xiaoming has 3 apples.
1. He buys 4 more \x1b[31m[bold]小明[/bold].
2. 3 + 4 = 7

Answer: 7"""


def test_ask_shows_the_steps_in_a_terminal(run_in_terminal, tmp_path):
    import xlt

    messages = xlt.compose("mgsm", PROBLEM, language="zh").messages
    line = json.dumps({"messages": messages, "text": REPLY}, ensure_ascii=False)
    recording = tmp_path / "calls.jsonl"
    recording.write_text(line + "\n", encoding="utf-8")
    options = ("-l", "zh", "--replay", str(recording))
    written = run_in_terminal("ask", "mgsm", PROBLEM, *options, columns=90)
    lines = [line.strip() for line in CONTROLS.sub("", written).replace("\r", "\n").split("\n")]
    shown = [line for line in lines if line.startswith(("retelling", "reasoning", "answer", "→"))]
    assert shown == [
        "retelling  Xiaoming has 3 apples.",
        "reasoning  1. He buys 4 more \\x1b[31m[bold]小明[/bold].",
        "reasoning  2. 3 + 4 = 7",
        "answer     7",
        "→ 7",
    ]


@pytest.mark.parametrize(("is_whole", "answers"), [(True, 1), (False, 0)])
def test_an_interrupted_reply_shows_no_answer(capsys, is_whole, answers):
    import xlt
    from xlt.cli.ask import _Steps

    show = _Steps()
    show.start(xlt.compose("mgsm", PROBLEM, language="zh"))
    show.piece("3 + 4 = 7\nAnswer: ")
    show.piece("7")
    show.end(is_whole=is_whole)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("answer     7") for line in lines) == answers


def test_table_in_a_narrow_terminal_keeps_its_heads(run_in_terminal):
    text = plain(run_in_terminal("tasks", columns=40))
    assert text.startswith("task\n  alias · input fields · answer · metric\narithmetic_reasoning\n")
    assert max(map(cells, text.splitlines())) <= 40


def test_help_in_a_narrow_terminal_cuts_no_option(run_in_terminal):
    text = plain(run_in_terminal("eval", "--help", columns=40))
    for option in ("--no-retry-errors", "--max-concurrency", "--ensure-language"):
        assert option in text
    assert "…" not in text


def test_remarks_break_between_words(run_in_terminal):
    options = ("-l", "en", "--format", "text")
    text = run_in_terminal("preview", "mgsm", "a\u202eb", *options, columns=40)
    assert text.endswith(
        "\nWarning: problem, character 1: U+202E\nshows the text behind it in another\norder.\n"
    )


def test_a_tag_that_does_not_suit_the_letters_is_said_once(run_in_terminal):
    text = run_in_terminal("preview", "mgsm", "철수는 사과 3개가 있다", "-l", "kr", columns=200)
    said = "Warning: problem, character 0: does not look like Kanuri ('kr') by its letters; "
    assert text.count("Kanuri ('kr')") == 1
    assert f"{said}did you mean 'ko' (Korean)?\n" in text
    assert "LanguageWarning" not in text


def test_preview_in_a_narrow_terminal(run_in_terminal):
    text = plain(run_in_terminal("preview", "mgsm", PROBLEM, "-l", "zh", columns=40))
    assert (
        "\ntask inputting\n  Request: 詹姆斯决定每周跑 3 次 3 段冲\n  刺，每段冲刺跑 60 米。"
        in text
    )
    assert max(map(cells, text.splitlines())) <= 40


def test_controls_are_shown_and_markup_is_text(run_in_terminal):
    hostile = "a\x1b]0;title\x07 \x9b31m \u202eb [bold]c[/bold] :smile: [/]"
    text = plain(run_in_terminal("preview", "mgsm", hostile, "-l", "en", columns=120))
    assert r"Request: a\x1b]0;title\x07 \x9b31m \u202eb [bold]c[/bold] :smile: [/]" in text
    written = run_in_terminal("preview", "mgsm", hostile, "-l", "en", "--format", "text")
    assert r"Request: a\x1b]0;title\x07 \x9b31m \u202eb [bold]c[/bold] :smile: [/]" in written
    assert "\x1b" not in written


def test_no_color(run_in_terminal):
    written = run_in_terminal("preview", "mgsm", "x", "-l", "en", env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*(3|9)[0-7]", written)


def test_no_colours_on_a_pipe(run):
    result = run("preview", "mgsm", PROBLEM, "-l", "zh", "--format", "rich")
    assert result.returncode == 0
    assert b"\x1b" not in result.stdout
    assert b"cross-lingual thinking  You should retell" in result.stdout


def test_terminal_without_unicode(run_in_terminal):
    env = {"PYTHONIOENCODING": "ascii"}
    text = plain(run_in_terminal("preview", "mgsm", "小明", "-l", "zh", env=env))
    assert r"Request: \u5c0f\u660e" in text


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_tables_fit(run_in_terminal, columns):
    for command in ("languages", "tasks"):
        lines = plain(run_in_terminal(command, columns=columns)).splitlines()
        assert max(map(cells, lines)) <= columns
    assert "العربية" in plain(run_in_terminal("languages", columns=columns))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("", 5, [""]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("天地玄黃宇宙", 5, ["天地", "玄黃", "宇宙"]),
        ("天地，玄黃", 4, ["天", "地，", "玄黃"]),
        ("（天地）玄", 5, ["（天", "地）", "玄"]),
        ("ok 天地", 5, ["ok 天", "地"]),
        ("กำลังเล่น", 4, ["กำลัง", "เล่น"]),
        ("हिन्दी भाषा", 6, ["हिन्दी", "भाषा"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("العربية جميلة", 8, ["العربية", "جميلة"]),
        ("a|b|c", 4, ["a|b|", "c"]),
        ("      x", 3, ["x"]),
        ("天", 1, ["天"]),
    ],
)
def test_wrapping(text, width, lines):
    assert wrap(text, width) == lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tab\tand\nline", "tab\tand\nline"),
        ("\x00\x07\x1b[2J\r\x7f", r"\x00\x07\x1b[2J\x0d\x7f"),
        ("\x85\x9b", r"\x85\x9b"),
        ("\u202e\u2066\u200f\u061c", r"\u202e\u2066\u200f\u061c"),
        ("\u2028\ufeff\U000e0041", r"\u2028\ufeff\U000e0041"),
        ("क्‍ष می‌خواهم", "क्‍ष می‌خواهم"),  # ZWJ and ZWNJ are letters
        ("\udcff", r"\udcff"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("message", ["It answered 401: no such key", "It answered 401: No."])
def test_what_is_kept_is_a_sentence_of_its_own(capsys, message):
    with pytest.raises(typer.Exit), calls_to(None, " The answers are kept."):
        raise ServerFailed(message)
    said = message.removesuffix(".")
    assert capsys.readouterr().err == f"Error: {said}. The answers are kept.\n"
