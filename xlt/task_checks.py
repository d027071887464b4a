"""What a task's parts must agree on, beyond the form of each: every fault, with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from xlt.errors import DefinitionError
from xlt.rendering.allowlist import check_size, outgrown, tree_faults
from xlt.rendering.environment import FILTERS, syntax_tree

# What a task's own templates may mention beside its input fields.
LANGUAGE_VALUES = ("language", "target_language")
# The parts that are templates: over the input fields and languages, over the languages alone.
REQUEST_PARTS = ("task_input", "basic_prompt", "plain_request", "clp_request")
LANGUAGE_PARTS = ("task_goal", "output_constraint", "task_language", "final_format")
# What a strategy's templates may mention, which therefore no input field may be called.
TEMPLATE_VALUES = frozenset(
    {*LANGUAGE_VALUES, *REQUEST_PARTS, *LANGUAGE_PARTS, "task_name", "input_tag", "output_type"}
    | {"rephrase", "clp_expert", "pivot", "native", "loop"}
)


@dataclass(frozen=True, slots=True)
class TaskFault:
    """What is wrong with the part at `location` ("inputs", 0, "name"), and the word that is."""

    location: tuple[str | int, ...]
    message: str
    word: str = ""


def task_faults(data: Mapping[str, Any]) -> Iterator[TaskFault]:
    """Yield what is wrong in a task as its file holds it; parts of another form are passed over."""
    fields = _input_names(data)
    yield from _name_faults(data, fields)
    yield from _answer_faults(data, fields)
    for part in REQUEST_PARTS:
        yield from _part_faults(data, part, {*fields, *LANGUAGE_VALUES}, fields)
    for part in LANGUAGE_PARTS:
        yield from _part_faults(data, part, set(LANGUAGE_VALUES), [])


def mentioned(tree: nodes.Template) -> dict[str, None]:
    """Return the values a template mentions, in order, without the names of its loops."""
    loops = {
        one.target.name for one in tree.find_all(nodes.For) if isinstance(one.target, nodes.Name)
    }
    used = dict.fromkeys(node.name for node in tree.find_all(nodes.Name))
    return {name: None for name in used if name != "loop" and name not in loops}


def _input_names(data: Mapping[str, Any]) -> list[str]:
    given = data.get("inputs")
    entries = given if isinstance(given, list | tuple) else ()
    names = [entry.get("name") for entry in entries if isinstance(entry, Mapping)]
    return [name for name in names if isinstance(name, str)]


def _name_faults(data: Mapping[str, Any], fields: list[str]) -> Iterator[TaskFault]:
    aliases = data.get("aliases")
    names = [data.get("name"), *(aliases if isinstance(aliases, list | tuple) else ())]
    for location, given, what in (("inputs", fields, "input"), ("aliases", names, "name")):
        counts = Counter(name for name in given if isinstance(name, str))
        for name in sorted(name for name, count in counts.items() if count > 1):
            yield TaskFault((location,), f"the {what} {name!r} appears twice", name)
    for number, name in enumerate(fields):
        if name in TEMPLATE_VALUES:
            message = f"{name!r} cannot be the name of an input"
            yield TaskFault(("inputs", number, "name"), message, name)


def _answer_faults(data: Mapping[str, Any], fields: list[str]) -> Iterator[TaskFault]:
    answer = data.get("answer")
    answer = answer if isinstance(answer, Mapping) else {"kind": answer}
    for kind, part in (("choice", "options"), ("label", "labels")):
        if answer.get("kind") == kind and not answer.get(part):
            yield TaskFault(("answer",), f"an answer of the kind {kind!r} needs {part}", kind)
    options, known = answer.get("options"), set(fields)
    for number, name in enumerate(options if isinstance(options, list | tuple) else ()):
        if not isinstance(name, str) or name not in known:
            message = f"the option {name!r} is not an input of the task"
            yield TaskFault(("answer", "options", number), message, str(name))


def _part_faults(
    data: Mapping[str, Any], part: str, known: set[str], needs: list[str]
) -> Iterator[TaskFault]:
    source = data.get(part)
    if not isinstance(source, str) or not source:
        return
    try:
        check_size(source, part)
        tree = syntax_tree(source)
    except TemplateSyntaxError as error:
        yield TaskFault((part,), f"{part}:{error.lineno}: {error.message or 'syntax error'}")
        return
    except DefinitionError as error:
        yield TaskFault((part,), str(error))
        return
    if fault := outgrown(tree):
        yield TaskFault((part,), f"{part}:{fault[0]}: {fault[1]}")
        return
    for line, message, word in tree_faults(tree, FILTERS):
        yield TaskFault((part,), f"{part}:{line}: {message}", word)
    if next(tree.find_all(nodes.Include), None):
        yield TaskFault((part,), f"{part}: an include is not allowed in a task", "include")
    used = mentioned(tree)
    choice = ", ".join(sorted(known))
    for name in used:
        if name not in known:
            yield TaskFault((part,), f"{part} mentions {name!r}; it may mention {choice}", name)
    for name in needs:
        if name not in used and part == "task_input":
            yield TaskFault((part,), f"{part} does not mention the input {name!r}")
