"""A user's YAML by libyaml and by PyYAML alone: the same tree and marks, the same errors."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from xlt.errors import DefinitionError
from xlt.files import yaml as reading
from xlt.files.templates import shipped_folder
from xlt.files.yaml import compose_yaml

pytestmark = pytest.mark.skipif(not reading.QUICK, reason="PyYAML has no libyaml here")
FILES = sorted(shipped_folder().rglob("*.yaml"))
TEXTS = [path.read_text("utf-8") for path in FILES if path.stat().st_size < 4000]
PIECES = (
    *(
        "a",
        "a: b",
        "- ",
        ": ",
        ":",
        "? ",
        "?",
        "-",
        "#",
        " # c",
        "{",
        "}",
        "[",
        "]",
        ",",
        "{{ a }}",
    ),
    *(
        "\n",
        "\n  ",
        "\n- a",
        "\t",
        "\r",
        "\u2028",
        "\ufeff",
        "é",
        "詹",
        "😀",
        '"',
        "'",
        "\\n",
        "\\",
    ),
    *(
        "|\n  a\n",
        "|#",
        "|2-\n",
        ">+\n",
        "&a ",
        "*a",
        "! ",
        "!!str ",
        "%YAML 1.1\n",
        "---\n",
        "...\n",
    ),
    *("a:\n", "[a: b]", "{a: }", "'a\n b'", '"a\\\n  b"', "\\ud800", "\\x41", "k" * 1030, "~", "@"),
)
# The smallest texts that libyaml takes and PyYAML refuses, or whose places it counts differently.
DIFFERENT = ["a\t", "|#", "|2-#", "[a?]", "[?a]", "{a: }", "{a: , b: c}", "[? ]", "?", "a\ufeff: b"]


def outcome(text):
    """Return what the text holds, node by node with its marks, or the error and its place."""
    try:
        return parts(compose_yaml(text, "own.yaml"))
    except DefinitionError as error:
        return str(error), error.line, error.column


def parts(node):
    if node is None:
        return None
    start = node.start_mark
    about = type(node), start.line, start.column, start.index, node.end_mark.index
    if isinstance(node, yaml.MappingNode):
        return about, [(parts(key), parts(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return about, [parts(item) for item in node.value]
    return about, node.value


def by_pyyaml(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "QUICK", False)
        return outcome(text)


def changed(text, place, length, piece):
    """Return the text with a piece in the place of some of its characters."""
    place %= len(text) + 1
    return text[:place] + piece + text[place + length :]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("- " * 100)
@example("[" * 100)
def test_any_text_is_read_as_by_pyyaml(text):
    assert outcome(text) == by_pyyaml(text)


@given(
    st.builds(
        changed,
        st.sampled_from(TEXTS),
        st.integers(0, 4000),
        st.integers(0, 3),
        st.sampled_from(PIECES),
    )
)
def test_a_damaged_definition_is_read_as_by_pyyaml(text):
    assert outcome(text) == by_pyyaml(text)


@pytest.mark.parametrize("text", DIFFERENT)
def test_what_the_parsers_read_differently_is_read_as_by_pyyaml(text):
    assert outcome(text) == by_pyyaml(text)


def test_a_valid_definition_is_read_by_libyaml(monkeypatch):
    monkeypatch.setattr(reading, "_Loader", None)
    task = (shipped_folder() / "tasks" / "arithmetic_reasoning.yaml").read_text("utf-8")
    assert reading.parse_yaml(task)["name"] == "arithmetic_reasoning"
