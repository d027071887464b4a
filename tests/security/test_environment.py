"""The one Jinja environment: the last defence, should the allowlist let something through."""

import re
import tomllib
from pathlib import Path

import pytest
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import SecurityError

from xlt.rendering.environment import environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "source",
    [
        "{{ x.__class__.__mro__ }}",
        "{{ x.append(1) }}",
        "{{ x.append.__func__.__globals__ }}",
    ],
)
def test_it_is_a_sandbox_that_changes_nothing(source):
    values = {"x": [1]}
    with pytest.raises(SecurityError):
        environment().from_string(source).render(values)
    assert values == {"x": [1]}


def test_a_value_that_is_missing_is_an_error():
    assert environment().undefined is StrictUndefined
    with pytest.raises(UndefinedError):
        environment().from_string("{{ missing }}").render()


def test_nothing_is_escaped():
    assert environment().from_string("{{ x }}").render(x="<b>&") == "<b>&"


@pytest.mark.parametrize("name", ["range", "dict", "lipsum", "cycler", "joiner", "namespace"])
def test_it_knows_no_globals(name):
    assert environment().globals == {}
    with pytest.raises(UndefinedError):
        environment().from_string(f"{{{{ {name}() }}}}").render()


def test_it_knows_only_the_filters_and_tests_of_xlt():
    assert "attr" not in environment().filters
    assert "map" not in environment().filters
    assert environment().tests == {}


def test_the_jinja_asked_for_has_its_sandbox_mended():
    """3.1.6 closed the last known way out (CVE-2025-27516)."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (wanted,) = [one for one in declared["project"]["dependencies"] if "jinja2" in one]
    found = re.fullmatch(r"jinja2>=(\d+)\.(\d+)\.(\d+)", wanted)
    assert found
    assert tuple(map(int, found.groups())) >= (3, 1, 6)
