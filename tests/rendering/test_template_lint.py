"""Templates are checked on their syntax tree before anything is compiled or run."""

import sys
import tracemalloc
from pathlib import Path

import pytest

from xlt.errors import DefinitionError
from xlt.rendering.environment import parse_source, template_of

LOOP_BOMB = "{% for a in x %}{% for b in x %}" + "{{ x }}" * 20 + "{% endfor %}{% endfor %}"

BOMBS_AND_ESCAPES = [
    "{{ 'a' * 10**9 }}",
    "{% if false %}{{ 'a' * 10**9 }}{% endif %}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ [0] * 10**9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '{:999999999}'.format(1) }}",
    "{{ x.__class__ }}",
    "{{ x['__class__'] }}",
    "{{ x.__class__.__mro__[1].__subclasses__() }}",
    "{{ ().__class__ }}",
    "{{ ''.__class__.__base__ }}",
    "{{ x() }}",
    "{{ range(10**9) }}",
    "{% for i in range(10**9) %}{% endfor %}",
    "{% for i in 'abc' %}{{ i }}{% endfor %}",
    "{% for a in x %}{% for b in x %}{% for c in x %}{{ c }}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in x recursive %}{{ loop(a) }}{% endfor %}",
    "{% for a in x recursive %}{{ a }}{% endfor %}",
    "{{ x.first }}",
    "{% for a in x.items() %}{% endfor %}",
    "{% set x = 1 %}",
    "{% set x %}a{% endset %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% import 'os' as os %}",
    "{% from 'a' import b %}",
    "{% include x %}",
    "{% include ['a', 'b'] %}",
    "{% extends 'a' %}",
    "{% block a %}{% endblock %}",
    "{% filter upper %}a{% endfilter %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ x | attr('__class__') }}",
    "{{ x | map(attribute='__class__') | list }}",
    "{{ x | format }}",
    "{{ x | join('a') }}",
    "{{ x | replace('a', 'aaaaaaaaaa') }}",
    "{{ x | center(10**9) }}",
    "{{ x | with_stop('a') }}",
    "{{ x | safe }}",
    "{{ lipsum(n=10**6) }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ config }}{{ x[0:10**9] }}",
    "{{ {'a': 1} }}",
    "{{ [1, 2] }}",
    "{{ (1, 2) }}",
    "{{ 1 + 1 }}",
    "{{ -x }}",
    "{{ x is defined }}",
    "{% do x.append(1) %}",
    "{{ loop.__class__ }}",
    "{{ loop.cycle('a', 'b') }}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{% if x %}" * 500 + "{% endif %}" * 500,
    "{{ x }}" * 3000,
    "a" * (64 * 1024 + 1),
    "{{ x",
    "{% if x %}",
    "{% unknown %}",
    "{{ x" + " | first_upper" * 300 + " }}",
    "{{ x" + " and x" * 300 + " }}",
    "{{ " + "not " * 300 + "x }}",
    "{{ " + "x if x else " * 300 + "x }}",
    "{% if x %}" * 101 + "{% endif %}" * 101,
    "{{ " + "9" * 5000 + " }}",
    "{{ 0x" + "f" * 60_000 + " }}",
    r"{{ '\ud83d' }}",
    "\ud83d",
    "{% if x %}{% include 'a.j2' %}{% endif %}",
]


@pytest.mark.parametrize("source", BOMBS_AND_ESCAPES, ids=lambda source: ascii(source[:40]))
def test_refused_without_running_or_allocating(source):
    tracemalloc.start()
    try:
        with pytest.raises(DefinitionError):
            template_of(source, "evil.j2")
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


MOST_LINES = 3_000_000
"""Lines of Python, Jinja's own among them; a chain of 300 filters took over thirty million."""


@pytest.mark.parametrize("source", BOMBS_AND_ESCAPES, ids=lambda source: ascii(source[:40]))
def test_refused_within_a_budget_of_steps(source):
    left = MOST_LINES

    def step(frame, event, argument):
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError("over the budget")
        return step

    sys.settrace(step)
    try:
        with pytest.raises(DefinitionError):
            template_of(source, "evil.j2")
    finally:
        sys.settrace(None)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("{% if x < 1 %}{% endif %}", {"x": "a"}),
        ("{{ 1 | first_upper }}", {}),
        ("{{ loop }}", {}),
    ],
)
def test_what_fails_while_it_is_filled_is_the_definitions_fault(source, values):
    with pytest.raises(DefinitionError, match="^evil.j2: "):
        template_of(source, "evil.j2").fill(values)


@pytest.mark.parametrize("source", ["{% for c in x %}{{ c }}{% endfor %}", LOOP_BOMB])
def test_a_loop_does_not_run_over_a_text(source):
    with pytest.raises(DefinitionError, match=r"evil\.j2: cannot be filled: .* is a text"):
        template_of(source, "evil.j2").fill({"x": "q" * 400})


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (LOOP_BOMB, {"x": ["a question of forty characters or so ..."] * 100}),
        ("{{ x }}" * 900, {"x": "a" * 5_000}),
    ],
    ids=["loops over lists", "no loop"],
)
def test_what_a_template_writes_is_bounded(source, values):
    template = template_of(source, "evil.j2")
    tracemalloc.start()
    try:
        with pytest.raises(DefinitionError, match="writes over 1,000,000 characters more"):
            template.fill(values)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_text_of_a_megabyte_is_no_bomb():
    text = "ä" * 1_000_000
    assert template_of("{{ x }} {{ x }}", "fine.j2").fill({"x": text}) == f"{text} {text}"


@pytest.mark.parametrize(
    ("source", "values", "text"),
    [
        ("{{ x }}", {"x": "a"}, "a"),
        ("{% if x == 'a' %}yes{% else %}no{% endif %}", {"x": "a"}, "yes"),
        ("{% if x and not y %}yes{% endif %}", {"x": "a", "y": ""}, "yes"),
        ("{{ x if x else 'none' }}", {"x": ""}, "none"),
        ("{% for c in x %}{{ loop.index0 }}{{ c }}{% endfor %}", {"x": ["a", "b"]}, "0a1b"),
        ("{# a comment #}{{ x | first_upper }}", {"x": "ab"}, "Ab"),
        ("{% raw %}{{ x }}{% endraw %}", {}, "{{ x }}"),
    ],
)
def test_allowed(source, values, text):
    assert template_of(source, "fine.j2").fill(values) == text


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ("a" * 64 * 1024, "a" * (64 * 1024 + 1)),
        ("{{ x }}" * 1998, "{{ x }}" * 1999),  # and two nodes around them
        ("{% if x %}" * 31 + "{% endif %}" * 31, "{% if x %}" * 32 + "{% endif %}" * 32),
        ("{{ 18446744073709551615 }}", "{{ 18446744073709551616 }}"),
    ],
    ids=["bytes", "nodes", "depth", "bits"],
)
def test_the_limits_are_where_they_are_said_to_be(fits, too_much):
    template_of(fits, "fine.j2")
    with pytest.raises(DefinitionError):
        template_of(too_much, "evil.j2")


def test_the_line_is_named():
    with pytest.raises(DefinitionError) as raised:
        parse_source("fine\nfine\n{{ x + 1 }}", "my.j2")
    assert (raised.value.path, raised.value.line) == ("my.j2", 3)
    assert str(raised.value) == "my.j2:3: Add is not allowed in a template"


def test_one_function_makes_the_environment():
    package = Path(__file__).resolve().parents[2] / "xlt"
    makers = [
        f"{path.relative_to(package)}: {line.strip()}"
        for path in sorted(package.rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "Environment(" in line or " Template(" in line or ".from_string(" in line
    ]
    assert makers == ["rendering/environment.py: return ImmutableSandboxedEnvironment("]
