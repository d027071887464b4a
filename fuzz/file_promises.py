"""What must hold of every file of a stranger's: for the fuzzer, and for the tests."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

from xlt.errors import XLTError
from xlt.files.yaml import parse_yaml
from xlt.linting import source_faults
from xlt.rendering.environment import template_of
from xlt.saved_plan import SavedPlan
from xlt.task import Task

# Pieces that a blind search would take hours to write.
PIECES = (
    "{{ ", " }}", "{% for a in x %}", "{% endfor %}", "{% if x %}", "{% else %}", "{% endif %}",
    "{% raw %}", "{% endraw %}", "{# ", " #}", "x", "a", "loop.index", " | with_stop", " and ",
    " * 10**9", "('a',)", ".__class__", "[0]", "\n", ": ", "- ", "{", "}", "[", "]", "'", '"',
    "&a ", "*a", "!!python/name:os.system ", "<<", "? ", "| \n", "name: a\n", "task_input: ",
    "inputs: [{name: x}]\n", "answer: number\n", "null", "1e400", "9" * 5000, "\\ud800", "\u2028",
)  # fmt: skip
STATE = {
    "format": 2,
    "arguments": {"task": "mgsm", "inputs": "2 + 2?", "language": "en", "strategy": "clp"},
    "rounds": [["Answer: 4"]],
    "digests": ["0" * 16],
}
KINDS = ("template", "yaml", "task", "saved plan", "argument")


def check_file(kind: str, text: str) -> None:
    """Raise where reading a file breaks a promise: what it raises is an XLTError and no other."""
    try:
        _read(kind, text)
    except XLTError as error:
        if len(str(error)) > 100_000:
            raise AssertionError(text) from None


def _read(kind: str, text: str) -> None:
    if kind == "template":
        for (line, column), message in islice(source_faults(text, Path("a.j2")), 100):
            assert line >= 1, text
            assert column >= 1, text
            assert message, text
        values = {"x": "a text", "a": "b", "basic_prompt": "2 + 2?"}
        assert len(template_of(text, "a.j2").fill(values)) < 2_000_000
    elif kind == "yaml":
        _check_plain(parse_yaml(text))
    elif kind == "task":
        Task.parse_yaml(text)
    elif kind == "saved plan":
        SavedPlan.from_json(text).position()
    else:
        name, _, value = text.partition("=")
        arguments = {**STATE["arguments"], name: _value(value)}
        SavedPlan.from_json(json.dumps({**STATE, "arguments": arguments})).position()


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _check_plain(data: object) -> None:
    waiting = [data]
    while waiting:
        one = waiting.pop()
        assert one is None or isinstance(one, str | list | dict), type(one)
        if isinstance(one, list | dict):
            waiting += one if isinstance(one, list) else one.values()
