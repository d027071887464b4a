"""`xlt tasks`, `languages`, `detect`, `parse`, completion, help."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import pytest
import typer
from command_line import environment
from typer.testing import CliRunner

from xlt.cli.main import COMMANDS, app
from xlt.cli.options import (
    complete_language,
    complete_shots_format,
    complete_step,
    complete_steps,
    complete_strategy,
    complete_task,
)
from xlt.registry import tasks as get_tasks
from xlt.version import __version__


def xlt(*arguments: str, stdin: str | None = None, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exit_code == code, result.output
    return result.stdout


def test_version():
    assert xlt("--version") == f"xlt {__version__}\n"


def test_tasks():
    lines = xlt("tasks").splitlines()
    assert lines[0] == "task\talias\tinput fields\tanswer\tmetric"
    assert "natural_language_inference\txnli\tpremise, hypothesis\tlabel\taccuracy" in lines
    assert [line.split("\t")[0] for line in lines[1:]] == [task.name for task in get_tasks()]


def test_one_task():
    facts = dict(line.split("\t", 1) for line in xlt("tasks", "xcopa").splitlines())
    assert facts["task"] == "commonsense_reasoning"
    assert facts["input question"] == (
        "whether the cause or the effect of the premise is asked for; one of cause, effect"
    )
    assert facts["output type"] == "choice number"
    assert (
        dict(line.split("\t", 1) for line in xlt("tasks", "flores").splitlines())["target language"]
        == "required"
    )


def test_languages():
    lines = xlt("languages").splitlines()
    assert lines[0] == "tag\tname\tresource tier\town name"
    assert "sw\tSwahili\tmiddle\tKiswahili" in lines
    assert len(lines) >= 71


@pytest.mark.parametrize("name", ["sw", "Swahili", "Kiswahili"])
def test_one_language(name):
    facts = dict(line.split("\t", 1) for line in xlt("languages", name).splitlines())
    assert facts["tag"] == "sw"
    assert facts["words for answer"].split(", ")[0] == "Jibu"


def test_language_beyond_the_papers():
    assert xlt("languages", "gd") == (
        "tag\tgd\nname\tScottish Gaelic\nown name\tGàidhlig\nresource tier\tunknown\n"
    )


@pytest.mark.parametrize(
    ("arguments", "stdin", "tag"),
    [
        (["孩子们正在花园里玩耍。"], None, "zh"),
        (["-"], "เด็ก ๆ กำลังเล่นในสวน\n", "th"),
        (["A rúa está mollada pola choiva.", "-c", "gl, es,pt"], None, "gl"),
        (["Die Kinder spielen im Garten.", "--detector", "langdetect"], None, "de"),
    ],
)
def test_detect(arguments, stdin, tag):
    found, _, confidence = xlt("detect", *arguments, stdin=stdin).rstrip("\n").split("\t")
    assert found == tag
    assert 0.35 <= float(confidence) <= 1


@pytest.mark.parametrize(
    ("arguments", "reply", "printed"),
    [
        (["mgsm"], "3 * 3 * 60 = 540\nAnswer: 540", "540\n"),
        (["mgsm", "-l", "zh"], "答案：1,234.5 元", "1234.5\n"),
        (["xnli"], "Relationship: Entailment.", "entailment\n"),
        (["mkqa", "-l", "de"], "Answer: Käse\r\n", "Käse\n"),
        (
            ["xcopa", "-i", "premise=Piove.", "-i", "question=effect"]
            + ["-i", "choice1=La strada è bagnata.", "-i", "choice2=Il sole scotta.", "-l", "it"],
            "Choice number: La strada è bagnata.",
            "1\n",
        ),
    ],
)
def test_parse(arguments, reply, printed):
    assert xlt("parse", *arguments, stdin=reply) == printed


def test_parse_a_reply_given_as_an_argument():
    assert xlt("parse", "mgsm", "Jibu ni 42.", "-l", "sw") == "42\n"
    assert xlt("parse", "mgsm", "-", stdin="Answer: 7") == "7\n"


def test_parse_refuses_a_reply_and_a_file():
    result = CliRunner().invoke(app, ["parse", "mgsm", "Answer: 7", "--file", "reply.txt"])
    assert result.exit_code == 2
    assert "REPLY or with --file, not both" in result.stderr


def test_parse_a_file_to_json(tmp_path):
    file = tmp_path / "reply.txt"
    file.write_text("…\nAnswer: 12.50 元", encoding="utf-8")
    assert json.loads(xlt("parse", "mgsm", "--file", str(file), "--json")) == {
        "value": 12.5,
        "status": "anchored",
        "text": "12.50",
        "span": [10, 15],
        "flags": [],
        "rule": "behind marker",
    }


def test_parse_tells_the_rule_and_the_place_beside_the_value():
    result = CliRunner().invoke(app, ["parse", "mgsm"], input="3 x 4\nAnswer: 12 eggs")
    assert result.stdout == "12\n"
    assert result.stderr == "Read by the rule 'behind marker': Answer: »12« eggs\n"


def test_parse_without_an_answer_to_json():
    found = json.loads(xlt("parse", "mgsm", "--json", stdin="I cannot say.", code=1))
    assert (found["value"], found["status"]) == (None, "none")


@pytest.mark.parametrize(
    ("complete", "typed", "offered"),
    [
        (complete_task, "mg", ["mgsm"]),
        (complete_task, "arith", ["arithmetic_reasoning"]),
        (complete_language, "sw", ["sw", "Swahili", "Swedish"]),
        (complete_language, "Chin", ["Chinese"]),
        (complete_strategy, "xl", ["xlt"]),
        (complete_step, "task", ["task_inputting", "task_analyzing"]),
        (complete_steps, "role_assigning,out", ["role_assigning,output_formatting"]),
        (complete_shots_format, "basic+", ["basic+basic", "basic+xlt"]),
        (complete_task, "nothing", []),
    ],
)
def test_completion(complete, typed, offered):
    assert complete(typed) == offered


def test_completion_in_bash(run):
    env = {
        "_XLT_COMPLETE": "complete_bash",
        "COMP_WORDS": "xlt preview mg",
        "COMP_CWORD": "2",
    }
    assert run(env=env).stdout.decode().split() == ["mgsm"]


def commands(group=None, names=()):
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*names, name))
        else:
            yield (*names, name), command


def examples():
    """Yield (command, its words) of every example in the help."""
    for names, command in commands():
        shown = (command.epilog or "").replace("\\\n", " ").partition("Examples:\n")[2]
        assert f"  xlt {' '.join(names)} " in f"{shown.replace(chr(10), ' ')} ", f"{names}: none"
        for line in shown.splitlines():
            typed = line.partition(" | ")[2] or line.strip()
            if line.startswith("  ") and typed.startswith(f"xlt {' '.join(names)}"):
                yield command, shlex.split(typed.partition(" < ")[0])[1:]


EXAMPLES = list(examples())
NEEDS_MORE = re.compile(
    r"[A-Z]{3,}|\.\w+\b|runs/|before|shots|batch|-m|--self-test|^ask|^models [gp]| -$"
)
ALONE = [words for _, words in EXAMPLES if not NEEDS_MORE.search(" ".join(words))]


@pytest.mark.parametrize("words", ALONE, ids=" ".join)
def test_an_example_of_the_help_works_as_it_is_typed(words):
    assert xlt(*words)


def test_examples_name_options_that_exist():
    assert len(ALONE) > 10
    assert len(EXAMPLES) > 35
    for command, words in EXAMPLES:
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= {*known, "-"}


def test_help_loads_no_library():
    heavy = ["jinja2", "yaml", "langcodes", "tiktoken", "langdetect", "py3langid"]
    code = (
        "import sys\nfrom xlt.cli.main import app\n"
        "try: app(['preview', '--help'])\nexcept SystemExit: pass\n"
        f"print(sorted({{*{heavy + ['langchain_core']}}} & sys.modules.keys()), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env=environment(),
        timeout=120,
        check=True,
    )
    assert result.stderr == b"[]\n"


def test_the_table_of_commands_says_what_each_says_of_itself():
    group = typer.main.get_command(app)
    for name, help in COMMANDS.items():
        assert group.commands[name].help.split("\n\n")[0].replace("\n", " ").startswith(help)


def test_help_imports_no_command():
    code = (
        "import sys; sys.argv = ['xlt', '--help']\n"
        "from xlt.cli.main import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print([one for one in sys.modules if one.startswith('xlt.') and 'cli' not in one])\n"
        "print([one for one in ('asyncio', 'pydantic', 'httpx', 'jinja2') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == [
        "['xlt.late_names', 'xlt.version', 'xlt.errors']",
        "[]",
    ]
    assert "Show the prompt for a task" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "place", "value"),
    [
        (("tasks",), (0, "alias"), "mgsm"),
        (("tasks", "xcopa"), ("answer",), "choice"),
        (("languages",), (0, "tag"), "de"),
        (("languages", "sw"), ("own_name",), "Kiswahili"),
        (("detect", "孩子们正在花园里玩耍。"), ("name",), "Chinese"),
        (("explain", "mgsm", "-l", "sw"), ("for",), "arithmetic_reasoning, sw (middle tier)"),
        (("models", "list"), (0, "licence"), "Apache-2.0"),
        (("demos", "show", "SHOTS"), ("demonstrations", 0, "answer"), "2"),
        (("lint", "SHOTS"), (), []),
    ],
)
def test_commands_that_print_data_print_json(tmp_path, arguments, place, value):
    shots = tmp_path / "shots.yaml"
    shots.write_text('task: mgsm\ndemonstrations:\n- {inputs: "1 + 1?", answer: "2"}\n', "utf-8")
    words = [str(shots) if word == "SHOTS" else word for word in arguments]
    found = json.loads(xlt(*words, "--json"))
    for step in place:
        found = found[step]
    assert found[: len(value)] == value
