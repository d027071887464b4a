"""A package of a third party, really installed: found, checked, and blamed when it fails."""

import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the plugin installed by pip, as in a user's environment."""
    target = tmp_path_factory.mktemp("site")
    install(PLUGIN, target)
    return target


def install(package: Path, target: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
        + ["--no-index", "--disable-pip-version-check", "--target", str(target), str(package)],
        check=True,
        capture_output=True,
    )


def run(program: str, *sites: Path) -> subprocess.CompletedProcess[str]:
    path = [f"import sys; sys.path[:0] = {[str(site) for site in sites]!r}"]
    return subprocess.run(
        [sys.executable, "-c", "\n".join([*path, program])],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_everything_of_the_package_is_found(site):
    done = run(
        """
import xlt
prompt = xlt.compose("spoken_riddles", "Mimi ni nani", language="sw", strategy="whisper")
print(prompt.text)
print(prompt.parse("It is the wind").value)
print(xlt.detect_language("whatever it is", detector="always_swahili"))
print([task.name for task in xlt.tasks()][-1])
""",
        site,
    )
    assert (done.stdout.split("\n"), done.stderr) == (
        ["Mimi ni nani?", "wind", "Swahili", "spoken_riddles", ""],
        "",
    )


def test_it_passes_its_own_checks(site):
    done = run(
        """
import xlt, xlt_riddles
from xlt.testing import check_detector, check_parser, check_strategy, check_task
check_task(xlt.get_task("spoken_riddles"))
check_strategy(xlt_riddles.STRATEGY)
check_parser(xlt_riddles.read_riddle_word, examples=[("It is the wind", "wind")])
check_detector(xlt_riddles.detect_swahili)
print("fine")
""",
        site,
    )
    assert (done.stdout, done.stderr) == ("fine\n", "")


@pytest.fixture
def broken(tmp_path):
    """A function that installs the plugin with one line of its entry points changed."""

    def make(old: str, new: str) -> Path:
        source = tmp_path / "source"
        (source / "xlt_riddles").mkdir(parents=True)
        for path in (PLUGIN / "xlt_riddles").iterdir():
            if path.is_file():
                (source / "xlt_riddles" / path.name).write_bytes(path.read_bytes())
        project = (PLUGIN / "pyproject.toml").read_text(encoding="utf-8")
        assert old in project
        (source / "pyproject.toml").write_text(project.replace(old, new), encoding="utf-8")
        install(source, tmp_path / "site")
        return tmp_path / "site"

    return make


PRINT_ERROR = """
import xlt
try:
    xlt.compose({task!r}, "Mimi ni nani", language="sw", strategy={strategy!r})
except xlt.XLTError as error:
    print(type(error).__name__, error)
"""


def test_an_entry_point_that_fails_names_its_package(broken):
    site = broken("xlt_riddles:STRATEGY", "xlt_riddles.missing:STRATEGY")
    done = run(PRINT_ERROR.format(task="mgsm", strategy="whisper"), site)
    assert "the entry point 'whisper'" in done.stdout
    assert "of package 'xlt-riddles' cannot be loaded: ModuleNotFoundError" in done.stdout


def test_a_second_provider_of_a_name_is_refused(broken):
    site = broken("whisper =", "basic =")
    done = run(PRINT_ERROR.format(task="mgsm", strategy="basic"), site)
    assert done.stdout.startswith("DuplicateName xlt and package 'xlt-riddles' both offer 'basic'")


def test_a_task_that_takes_a_built_in_name_is_refused(broken):
    site = broken('spoken_riddles = "xlt_riddles:TASK_FILE"', 'mgsm = "xlt_riddles:TASK_FILE"')
    done = run(PRINT_ERROR.format(task="mgsm", strategy="xlt"), site)
    assert "DefinitionError" in done.stdout
    assert "calls itself 'spoken_riddles'" in done.stdout
