#!/usr/bin/env python3
"""Write tests/golden/public_api.txt, all that users rely on: python scripts/public_api.py"""

import inspect
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when it is imported
ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "tests" / "golden" / "public_api.txt"
HEAD = """\
# The public interface, a line each. Written by `python scripts/public_api.py`, never by hand;
# docs/compatibility.md says what a change of it asks for.
"""
MODULES = (
    "xlt",
    "xlt.backends",
    "xlt.batches",
    "xlt.dspy",
    "xlt.evaluation",
    "xlt.flair",
    "xlt.haystack",
    "xlt.images",
    "xlt.langchain",
    "xlt.llamaindex",
    "xlt.promptfoo",
    "xlt.serving",
    "xlt.testing",
)
ERRORS = ("xlt.errors", "xlt.backends.errors")
# What is written to files, a line or a file each.
RECORDS = {
    "evaluation manifest": "xlt.evaluation.runs.records:Manifest",
    "evaluation result": "xlt.evaluation.runs.records:Result",
    "batch manifest": "xlt.batches.manifest:BatchManifest",
    "replayed reply": "xlt.backends.replay:_Line",
}


def page() -> str:
    """Return the snapshot."""
    sections: dict[str, Callable[[], Iterator[str]]] = {
        "Python": python_lines,
        "Errors": error_lines,
        "Command line": command_lines,
        "Templates, tasks, built-in names, signature": data_lines,
        "JSON": json_lines,
    }
    parts = [f"\n## {title}\n\n" + "\n".join(lines()) + "\n" for title, lines in sections.items()]
    return HEAD + "".join(parts)


def python_lines() -> Iterator[str]:
    for module in MODULES:
        home = import_module(module)
        for name in home.__all__:
            yield from object_lines(f"{module}.{name}", getattr(home, name))


def object_lines(name: str, value: Any) -> Iterator[str]:
    """Yield a function's signature, or a class's and those of its public members."""
    if not isinstance(value, type):
        yield name + signature(value) if callable(value) else f"{name}: {type(value).__name__}"
        return
    built = is_dataclass(value) or "__init__" in vars(value)
    yield f"class {name}" + (signature(value) if built else "")
    own = [base for base in value.__mro__ if base.__module__.partition(".")[0] == "xlt"]
    members = {key: member for base in reversed(own) for key, member in vars(base).items()}
    hints: dict[str, Any] = {}
    for base in reversed(own):
        hints |= inspect.get_annotations(base)
    for key in sorted({*members, *hints}):
        line = member_line(members.get(key), hints.get(key))
        if not key.startswith(("_", "model_")) and line is not None:
            yield f"    {key}{line}"


def member_line(member: Any, hint: Any) -> str | None:
    """Return what stands behind a member's name; None for what users do not touch."""
    function = getattr(member, "__func__", member)
    if isinstance(member, property):
        return f" -> {annotation(member.fget.__annotations__.get('return'))}"
    if inspect.isfunction(function):
        return signature(function)
    return None if hint is None else f": {annotation(hint)}"


def signature(function: Any) -> str:
    """Return the parameters as they are written in the source, the same on every Python."""
    found = inspect.signature(function)
    shown = [
        one.replace(annotation=inspect.Parameter.empty, default=_Default.of(one.default))
        for one in found.parameters.values()
    ]
    return str(found.replace(parameters=shown, return_annotation=inspect.Signature.empty))


class _Default(str):
    """A default that is shown as a short text."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> Any:
        if value is inspect.Parameter.empty:
            return value
        text = re.sub(r"^<.*>$", "...", repr(value))
        return cls(text if len(text) <= 200 else "...")

    def __repr__(self) -> str:
        return str(self)


def annotation(hint: Any) -> str:
    hint = getattr(hint, "__forward_arg__", hint)  # of a named tuple, in older Pythons
    return hint if isinstance(hint, str) else inspect.formatannotation(hint)


def error_lines() -> Iterator[str]:
    for module in ERRORS:
        for name, value in sorted(vars(import_module(module)).items()):
            if isinstance(value, type) and value.__module__ == module:
                bases = ", ".join(base.__name__ for base in value.__bases__)
                yield f"{module}.{name}({bases})"


def command_lines() -> Iterator[str]:
    from typer.main import get_command

    from xlt.cli.main import app

    group: Any = get_command(app)
    yield from commands("xlt", group)


def commands(name: str, command: Any) -> Iterator[str]:
    """Yield a command with its arguments, its options, and the commands under it."""
    arguments = [one.name for one in command.params if one.param_type_name == "argument"]
    yield " ".join([name, *(f"[{one}]" for one in arguments)])
    for option in command.params:
        if option.param_type_name == "option":
            value = "" if option.is_flag else " VALUE"
            yield f"    {', '.join([*option.opts, *option.secondary_opts])}{value}"
    for one in sorted(getattr(command, "commands", {})):
        yield from commands(f"{name} {one}", command.commands[one])


def data_lines() -> Iterator[str]:
    import xlt
    from xlt.registry import BUILT_IN
    from xlt.task import Task

    templates = ROOT / "templates"
    for path in sorted(templates.rglob("*")):
        if path.is_file() and path.parent.name != "languages":  # one a language, found by its tag
            yield f"templates/{path.relative_to(templates).as_posix()}"
    yield f"task file: {', '.join(Task.model_fields)}"
    for task in xlt.tasks():
        fields = ", ".join(one.name for one in task.inputs)
        yield f"task {task.name}({fields}) aliases: {', '.join(task.aliases)}"
    for group, names in BUILT_IN.items():
        yield f"{group}: {', '.join(sorted(names))}"
    keys = [part.partition(":")[0] for part in sample().signature.split("|")]
    yield f"signature: {', '.join(keys)}"


def sample() -> Any:
    import xlt

    options = {"steps": ("role_assigning", "task_inputting"), "layout": "system+user"}
    return xlt.compose("mgsm", "3 + 4?", language="en", **options)


def json_lines() -> Iterator[str]:
    from xlt.answers.as_json import answer_json
    from xlt.cli.preview import openai_body, prompt_json
    from xlt.composing import parse
    from xlt.detection import detect
    from xlt.saved_plan import SavedPlan

    prompt = sample()
    found = detect("詹姆斯每周跑 3 次，每次 60 米。他每周一共跑多少米？")
    yield from paths("preview --format json: ", prompt_json(prompt, found, None))
    yield from paths("preview --format openai: ", openai_body(prompt, None))
    yield from paths("parse --json: ", answer_json(parse("mgsm", "Answer: 7")))
    plan = SavedPlan.start("mgsm", "3 + 4?", language="en").answered(["Answer: 7"])
    yield from paths("saved plan: ", json.loads(plan.to_json()))
    for name, place in RECORDS.items():
        module, _, record = place.partition(":")
        schema = getattr(import_module(module), record).model_json_schema()
        yield from schema_paths(f"{name}: ", schema, schema.get("$defs", {}))


def paths(name: str, value: Any) -> Iterator[str]:
    """Yield the place of every key: `answer: span[]`."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from paths(inside(name, key), inner)
    elif isinstance(value, list) and value:
        yield from paths(f"{name}[]", value[0])
    else:
        yield name


def inside(name: str, key: str) -> str:
    return f"{name}{key}" if name.endswith(" ") else f"{name}.{key}"


def schema_paths(name: str, schema: Any, known: Any) -> Iterator[str]:
    """Yield the place of every property of a JSON schema."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        yield from schema_paths(name, choices[0], known)
    elif "properties" in schema:
        for key, inner in schema["properties"].items():
            yield from schema_paths(inside(name, key), inner, known)
    elif "$ref" in schema.get("items", {}):
        yield from schema_paths(f"{name}[]", schema["items"], known)
    else:
        yield name


if __name__ == "__main__":
    SNAPSHOT.write_text(page(), encoding="utf-8")
