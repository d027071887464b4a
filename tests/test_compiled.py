"""The compiled file of what xlt ships: the same data, and anew when a file changes."""

import os
import shutil
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from xlt.errors import DefinitionError
from xlt.files import compiled
from xlt.files.templates import TemplateFiles, shipped_folder
from xlt.files.yaml import load_yaml, read_shipped_yaml
from xlt.registry import get_task
from xlt.task import Task

NAMES = TemplateFiles.at(None).names(suffix=".yaml")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the shipped files, and a cache folder of its own."""
    monkeypatch.setenv("XLT_CACHE_DIR", str(tmp_path / "cache"))
    return shutil.copytree(shipped_folder(), tmp_path / "templates")


@pytest.fixture
def kept(folder, tmp_path):
    """The compiled file of the copy, in its cache."""
    compiled._kept(folder)
    (path,) = (tmp_path / "cache").rglob("*.jsonl")
    return path


@pytest.fixture
def made_again(monkeypatch):
    """What was compiled since."""
    made = []
    make = compiled.compile_shipped
    monkeypatch.setattr(
        compiled, "compile_shipped", lambda stamp: made.append(stamp) or make(stamp)
    )
    return made


def test_it_holds_what_the_files_hold(folder):
    found = compiled._kept(folder)
    for name in NAMES:
        assert found.part(name) == read_shipped_yaml(shipped_folder() / name)


def test_what_is_derived_from_the_files_is_what_is_derived_without_it():
    for name in compiled._DERIVED:
        assert compiled.derived_data(name) is not None
    token = compiled._compiling.set(True)  # reads the files themselves
    try:
        assert compiled.derived_data("tasks") is None
    finally:
        compiled._compiling.reset(token)
    for name in ("chat", "arithmetic_reasoning"):
        checked = Task.model_validate(load_yaml(shipped_folder() / f"tasks/{name}.yaml"))
        assert get_task(name) == checked
    assert get_task("mgsm") is get_task("arithmetic_reasoning")


def test_it_is_made_once(folder, kept, made_again):
    assert compiled._kept(folder).places.keys() == {*NAMES, *compiled._DERIVED}
    assert made_again == []
    assert os.name != "posix" or kept.stat().st_mode & 0o777 == 0o600


def test_two_that_start_together_make_it_once(folder, monkeypatch):
    made, may_go_on = [], threading.Event()
    make = compiled.compile_shipped

    def slow(stamp):
        made.append(stamp)
        assert may_go_on.wait(30)
        return make(stamp)

    monkeypatch.setattr(compiled, "compile_shipped", slow)
    with ThreadPoolExecutor() as threads:
        both = [threads.submit(compiled._kept, folder) for _ in range(2)]
        while not made:
            wait(both, timeout=0.01)
        wait(both, timeout=0.2)  # the second one is under way
        may_go_on.set()
        first, second = [one.result(30) for one in both]
    assert len(made) == 1
    assert first.lines == second.lines


def test_an_edited_file_is_noticed(folder, kept, made_again):
    task = folder / "tasks" / "chat.yaml"
    task.write_text(task.read_text("utf-8") + "# more\n", encoding="utf-8")
    before = kept.read_bytes()
    compiled._kept(folder)
    assert len(made_again) == 1
    assert kept.read_bytes() != before


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-100],
        lambda data: data.replace(b'"chat"', b'"chap"'),
        lambda data: "é".encode() + data,
    ],
)
def test_a_damaged_file_is_made_anew(folder, kept, made_again, damage):
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    assert compiled._kept(folder).places
    assert len(made_again) == 1
    assert kept.read_bytes() == whole


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")
def test_a_file_that_a_stranger_may_have_written_is_left_alone(folder, kept, made_again):
    kept.chmod(0o666)
    with pytest.raises(PermissionError):
        compiled._kept(folder)
    assert made_again == []


def test_nothing_is_compiled_where_nothing_can_be_kept(folder, tmp_path, made_again):
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    with pytest.raises(OSError):  # noqa: PT011  # which one depends on the system
        compiled._kept(folder)
    assert made_again == []


@pytest.mark.parametrize("language", ["sw", "Kiswahili", "zh-Hant", "tlh"])
def test_prompts_are_the_same_where_nothing_is_compiled(tmp_path, language):
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    code = f"import xlt; print(xlt.compose('mgsm', '1 + 1?', language={language!r}).signature)"
    signatures = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "XLT_CACHE_DIR": str(tmp_path / cache)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for cache in ("cache", "other", "other")
    }
    assert len(signatures) == 1


def test_a_users_own_file_is_checked(tmp_path):
    (tmp_path / "policy.yaml").write_text("rules: &a []\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="anchors and aliases are not allowed here"):
        compiled.template_data(TemplateFiles.at(tmp_path), "policy.yaml")
    assert compiled.template_data(TemplateFiles.at(None), "policy.yaml")["rules"]


def test_each_call_gets_its_own_data():
    first = compiled.shipped_data("tasks/chat.yaml")
    first.clear()
    assert compiled.shipped_data("tasks/chat.yaml")


BUILD = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))  # their import fails
from hatch_build import CompileShipped
hook = CompileShipped(sys.argv[1], {}, None, None, "", "")
data = {"force_include": {}}
hook.initialize("standard", data)
print(*data["force_include"].values())
"""


def test_the_build_needs_no_package_that_it_does_not_declare(tmp_path):
    root = Path(__file__).parents[1]
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    at_build, at_run = (
        {Requirement(one).name for one in packages}
        for packages in (declared["build-system"]["requires"], declared["project"]["dependencies"])
    )
    missing = [name.replace("-", "_") for name in sorted(at_run - at_build)]
    assert "langchain_core" in missing
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(root), *missing],
        cwd=root,
        env=os.environ | {"XLT_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (built.stdout.strip(), built.stderr) == ("xlt/templates/compiled.jsonl", "")
