"""Files of third parties: YAML bombs, paths that lead outside, pipes, devices, bad names."""

import os
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

import xlt
from xlt.demonstrations import load_demonstrations
from xlt.errors import DefinitionError, InputError, UnknownName, XLTError
from xlt.files.templates import TemplateFiles
from xlt.files.yaml import parse_yaml
from xlt.languages import get_language
from xlt.linting import expressions, lint_file
from xlt.strategies.policy import load_policy
from xlt.task import Task

TASK = (
    "name: riddle\ntitle: riddle solving\ninputs: [{name: riddle}]\n"
    'task_input: "Riddle: {{ riddle }}"\ninput_tag: riddle\ntask_goal: solve the riddle\n'
    'output_type: answer\nbasic_prompt: "{{ riddle }}"\nanswer: short_text\n'
)
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "billion laughs": (LAUGHS, 1),
    "an anchor that nobody uses": ("a: 1\nb: &x 2\n", 2),
    "an alias to itself": ("&a [*a]\n", 1),
    "a merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n", 1),
    "deep flow": ("[" * 100_000, 1),
    "deep flow maps": ("{a: " * 40_000, 1),
    "deep block": ("- " * 100_000 + "x", 1),
    "300 KB": ("a: " + "x" * 300_000, None),
    "a key twice": ("a: 1\nb: 2\na: 3\n", 3),
    "a key twice inside": ("a:\n  b: 1\n  b: 2\n", 3),
    "a list for a key": ("? [a]\n: 1\n", 1),
    "a Python object": ("a: 1\nb: !!python/object/apply:os.system [id]\n", 2),
    "a Python name": ("!!python/name:os.system\n", 1),
    "a tag": ("a: !local x\n", 1),
    "binary": ("a: !!binary aGk=\n", 1),
    "two documents": ("a: 1\n---\nb: 2\n", 2),
    "a control character": ("a: 1\nb: \x01\n", 2),
    "a surrogate": ('a: 1\nb: "\\ud83d"\n', 2),
    "no character": ('a: "\\Uffffffff"\n', None),
    "no end of a quote": ('"' + "a" * 200_000, 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_bombs_are_refused_with_their_line(name):
    text, line = BOMBS[name]
    tracemalloc.start()
    try:
        with pytest.raises(DefinitionError) as raised:
            parse_yaml(text, "evil.yaml")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert (raised.value.path, raised.value.line) == ("evil.yaml", line)


@pytest.mark.parametrize("name", ["deep flow", "deep block", "billion laughs", "a merge key"])
def test_yaml_bombs_are_refused_within_a_budget_of_steps(name):
    left = 100_000

    def step(frame, event, argument):
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError("over the budget")
        return step

    sys.settrace(step)
    try:
        with pytest.raises(DefinitionError):
            parse_yaml(BOMBS[name][0])
    finally:
        sys.settrace(None)


def test_a_merge_key_without_an_anchor_is_a_key_like_any_other():
    assert parse_yaml("<<: {a: x}\nb: y\n") == {"<<": {"a": "x"}, "b": "y"}


@pytest.mark.parametrize(
    "text", ["no", "012", "12:30:45", "0x1f", "1e3", "~", "null", "2026-11-23", ".inf", "=", "<<"]
)
def test_every_scalar_is_the_string_it_is_written_as(text):
    assert parse_yaml(f"lang: {text}") == {"lang": text}


def _language(path, folder):
    get_language("sw", TemplateFiles.at(folder))


def _policy(path, folder):
    load_policy(TemplateFiles.at(None), path)


READERS = {
    "tasks/evil.yaml": lambda path, folder: xlt.tasks(TemplateFiles.at(folder)),
    "languages.yaml": _language,
    "policy.yaml": _policy,
    "shots.yaml": lambda path, folder: load_demonstrations(path, xlt.get_task("mgsm")),
    "one.yaml": lambda path, folder: xlt.Task.from_yaml(path),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("file", READERS)
def test_every_reader_of_definitions_refuses_them(tmp_path, file, name):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(BOMBS[name][0], encoding="utf-8", newline="")
    with pytest.raises(DefinitionError, match=path.name):
        READERS[file](path, tmp_path)
    assert lint_file(path) or name == "300 KB"


@pytest.mark.parametrize("file", ["tasks/riddle.yaml", "languages.yaml", "policy.yaml", "xlt.j2"])
@pytest.mark.parametrize("way", ["a link", "a link to a folder", "a link from below"])
def test_files_and_folders_stay_under_their_root(tmp_path, tmp_path_factory, file, way):
    outside = tmp_path_factory.mktemp("outside")
    name = Path(file).name
    (outside / name).write_text(TASK if "tasks" in file else "secret: 1\n")
    link = tmp_path / file
    if way == "a link":
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(outside / name)
    elif way == "a link to a folder":
        if "tasks" not in file:
            file = f"steps/{name}"
        (tmp_path / Path(file).parent).symlink_to(outside)
    else:
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(os.path.relpath(outside / name, link.parent))
    if way == "a link to a folder":
        with pytest.raises(DefinitionError, match="lies outside its template folder"):
            TemplateFiles.at(tmp_path)
        return
    files = TemplateFiles.at(tmp_path)
    with pytest.raises(DefinitionError, match="lies outside its template folder"):
        files.read(file)
    if "tasks" in file:
        with pytest.raises(DefinitionError, match="lies outside its template folder"):
            xlt.compose("riddle", "x", language="en", templates=tmp_path)


def test_a_link_inside_the_root_is_followed_once(tmp_path):
    (tmp_path / "steps").mkdir()
    (tmp_path / "real.j2").write_text("You are {{ task_name | with_article }} teacher.")
    (tmp_path / "steps" / "role_assigning.j2").symlink_to(tmp_path / "real.j2")
    for name in ("a", "b", "steps/c"):
        (tmp_path / name).symlink_to(tmp_path)
    prompt = xlt.compose("mgsm", "x", language="en", templates=tmp_path)
    assert prompt.steps[0].text == "You are an arithmetic reasoning teacher."


def test_a_folder_of_a_thousand_levels(tmp_path):
    start = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1000):
            os.mkdir("a")
            os.chdir("a")
        os.chdir(tmp_path)
        assert xlt.compose("mgsm", "x", language="en", templates=tmp_path).text
    finally:
        os.chdir(tmp_path)
        subprocess.run(["rm", "-rf", "a"], check=True)  # pytest's own cleaning is recursive
        os.chdir(start)


ODD_NAMES = [
    "../xlt.j2",
    "steps/../../xlt.j2",
    "/etc/passwd",
    "/xlt.j2",
    "./xlt.j2",
    "steps//role_assigning.j2",
    "C:xlt.j2",
    "c:\\xlt.j2",
    "\\\\host\\share\\x.j2",
    "//host/share/x.j2",
    "\\\\?\\c:\\x.j2",
    "xlt.j2\0",
    "xlt\0.j2",
    "xlt.j2\n",
    "xlt.j2:stream",
    "XLT.j2",
    "xlt.py",
    "xlt",
    ".j2",
    "steps/.j2",
    "",
    "ｘlt.j2",
    "steps\u2215role_assigning.j2",
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_odd_names_of_templates_are_refused(name):
    with pytest.raises(InputError, match="is not the name of a template file"):
        TemplateFiles.at(None).find(name)


WRITABLE_NAMES = [name for name in ODD_NAMES if not {*name} & {*"\0\n\\"}]


@pytest.mark.parametrize("name", WRITABLE_NAMES, ids=ascii)
def test_an_include_names_no_file_outside(tmp_path, name):
    (tmp_path / "xlt.j2").write_text(f'{{% include "{name}" %}}\n', encoding="utf-8")
    with pytest.raises(XLTError):
        xlt.compose("mgsm", "x", language="en", templates=tmp_path)


@pytest.mark.parametrize(
    "name", ["Riddle", "a/b", "..", "a b", "riddle\\n", "ríddle", "", "a" * 65]
)
def test_odd_names_of_tasks_are_refused(name):
    with pytest.raises(DefinitionError, match="name"):
        xlt.Task.parse_yaml(TASK.replace("name: riddle\n", f'name: "{name}"\n', 1))
    with pytest.raises(UnknownName):
        xlt.get_task(name or "?")


@pytest.mark.parametrize("name", ["x.yaml", "x.j2", "tasks/riddle.yaml"])
@pytest.mark.parametrize("swap", ["pipe", "folder", "device", "nothing"])
def test_a_file_swapped_for_something_else_is_an_error_and_no_wait(tmp_path, name, swap):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if swap == "pipe":
        os.mkfifo(path)
    elif swap == "folder":
        path.mkdir()
    elif swap == "device":
        path.symlink_to("/dev/zero")
    with pytest.raises(DefinitionError, match="cannot be read"):
        xlt.Task.from_yaml(path)
    (fault,) = lint_file(path)
    assert "cannot be read" in fault.message


@pytest.mark.parametrize("file", READERS)
def test_no_reader_waits_for_a_pipe(tmp_path, file):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    with suppress(DefinitionError, UnknownName):  # in a template folder it is just no file
        READERS[file](path, tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text(TASK)
    path.chmod(0)
    with pytest.raises(DefinitionError, match="cannot be read: Permission denied"):
        xlt.Task.from_yaml(path)


def test_nul_in_a_path(tmp_path):
    for path in ("a\0b.yaml", "a\0b.j2"):
        assert "cannot be read" in lint_file(path)[0].message
        with pytest.raises(DefinitionError, match="cannot be read"):
            xlt.Task.from_yaml(path)
    with pytest.raises(InputError, match="is not a directory"):
        xlt.compose("mgsm", "x", language="en", templates="a\0b")


def test_a_big_file_is_refused_though_its_line_ends_would_shrink_it(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# x\r\n" * 60_000)  # 300 KB, 240 KB with line feeds alone
    with pytest.raises(DefinitionError, match="larger than 256 KB"):
        xlt.Task.from_yaml(path)


def test_a_big_file_is_not_read_whole(tmp_path):
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    try:
        with pytest.raises(DefinitionError, match="larger than 256 KB"):
            xlt.Task.from_yaml(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "template", ["clp/understanding_role", "self_translate/text", "autocap/sample", "lets_think"]
)
@pytest.mark.parametrize("source", ["{{ 'a' * 10**9 }}", "{{ text.__class__ }}", "{{ lipsum() }}"])
def test_the_templates_of_every_strategy_are_checked(tmp_path, template, source):
    strategy = {"lets_think": "cot"}.get(template, template.split("/")[0])
    path = tmp_path / f"{template}.j2"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    with pytest.raises(DefinitionError, match=rf"{template}.j2:1: \w+ is not allowed|attributes"):
        next(xlt.plan("mgsm", "x", language="sw", strategy=strategy, templates=tmp_path))


@pytest.mark.parametrize("part", ["task_input", "basic_prompt", "task_goal", "final_format"])
def test_the_templates_of_a_task_are_checked(part):
    text = "\n".join(line for line in TASK.split("\n") if not line.startswith(f"{part}:"))
    evil = f"{text}{part}: \"{{{{ 'a' * 10**9 }}}}\"\n"
    with pytest.raises(DefinitionError, match="Mul is not allowed"):
        xlt.Task.parse_yaml(evil)


def lint(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return lint_file(path)


# What makes a hostile file of a size, and a size.
HOSTILE = {
    "a fault for each of many expressions": ("a.j2", lambda n: "{{a}}" * n + "{{a+b}}" * 90, 100),
    "a deep and": ("a.j2", lambda n: "{{ a" + " and a" * n + " }}", 1_500),
    "deep filters": ("a.j2", lambda n: "{{ a" + "|with_stop" * n + " }}", 2_900),
    "deep attributes": ("a.j2", lambda n: "{{ loop" + ".index" * n + " }}", 1_500),
    "openers that nothing closes": (
        "a.j2",
        lambda n: "{{ a }}{% raw %}" + "{{" * n + "{% endraw %}",
        10_000,
    ),
    "many faults": ("a.j2", lambda n: "{{ a + b }}\n" * n, 200),
    "unknown keys": ("a.yaml", lambda n: "".join(f"k{one}: x\n" for one in range(n)), 500),
    "a list of numbers": ("a.yaml", lambda n: "- 1\n" * n, 1_000),
    "many aliases": ("a.yaml", lambda n: TASK + f"aliases: {[*range(n)]}\n", 1_000),
    "many inputs": (
        "a.yaml",
        lambda n: TASK.replace("[{name", "".join(f"\n- name: a{one}" for one in range(n)) + "\n#"),
        500,
    ),
    "a deep template in a task": (
        "a.yaml",
        lambda n: TASK.replace("Riddle: {{ riddle", "{{ riddle" + " and riddle" * n),
        600,
    ),
}


def calls_of(function):
    """Return what a function returns, and the calls it made."""
    count = 0

    def step(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        return function(), count
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_linted_in_linear_time(tmp_path, name):
    file, make, size = HOSTILE[name]
    lint(tmp_path, file, make(size))
    once, twice = (
        calls_of(partial(lint, tmp_path, file, make(number)))[1] for number in (size, 2 * size)
    )
    assert twice < 2.5 * once
    faults = lint(tmp_path, file, make(2 * size))
    assert 1 <= len(faults) <= 101
    if len(faults) == 101:
        assert faults[-1].message == "there are more than 100 faults; the rest is not shown"


@pytest.mark.parametrize("name", ["unknown keys", "many aliases", "many inputs"])
def test_an_error_of_a_hostile_task_is_short(name):
    _, make, size = HOSTILE[name]
    with pytest.raises(DefinitionError) as raised:
        Task.parse_yaml(make(size))
    assert len(str(raised.value)) < 7_000  # twenty times the names of a task's keys


def test_template_that_loops_over_a_text_is_a_fault(tmp_path):
    (fault,) = lint(tmp_path, "a.j2", "\n{% for a in basic_prompt %}{{ a }}{% endfor %}")
    assert str(fault).endswith("a.j2:2:13: a loop runs over a list, and 'basic_prompt' is a text")


def test_unclosed_openers_do_not_hide_what_follows():
    text = "{% a {{ b }} {{ c"
    assert [text[start:end] for start, end in expressions(text)] == ["{{ b }}"]
