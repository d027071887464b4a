"""`xlt tasks`: the tasks there are, or one in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlt.cli.inputs import find_task
from xlt.cli.options import Json, TaskArgument, TaskFile, Templates
from xlt.cli.terminal import emit_facts, emit_table

if TYPE_CHECKING:
    from xlt.task import InputField, Task

EPILOG = """\b
Examples:
  xlt tasks
  xlt tasks xcopa
  xlt tasks --task-file my_task.yaml
"""


def tasks(
    task: TaskArgument = None,
    task_file: TaskFile = None,
    templates: Templates = None,
    json: Json = False,
) -> None:
    """List the tasks, or show one with its input fields and the parts of its prompt."""
    from xlt.files.templates import TemplateFiles
    from xlt.registry import tasks as all_tasks

    if task is not None or task_file is not None:
        emit_facts(_facts(find_task(task, None, task_file, templates)[0]), as_json=json)
        return
    heads = ("task", "alias", "input fields", "answer", "metric")
    emit_table(heads, [_row(one) for one in all_tasks(TemplateFiles.at(templates))], as_json=json)


def _row(task: Task) -> tuple[str, ...]:
    fields = ", ".join(task.field_names)
    return (task.name, ", ".join(task.aliases), fields, task.answer.kind, task.metric)


def _facts(task: Task) -> list[tuple[str, str]]:
    facts = [("task", task.name), ("aliases", ", ".join(task.aliases)), ("title", task.title)]
    facts += [(f"input {field.name}", _field(field)) for field in task.inputs]
    parts = ["task_language", "task_input", "input_tag", "rephrase", "task_goal"]
    parts += ["output_type", "output_constraint", "basic_prompt"]
    facts += [(part.replace("_", " "), getattr(task, part)) for part in parts]
    facts += [(f"phrasing {number}", text) for number, text in enumerate(task.phrasings)]
    facts.append(("answer", task.answer.kind))
    facts += [(f"label {label}", ", ".join(words)) for label, words in task.answer.labels.items()]
    if task.target_language == "required":
        facts.append(("target language", "required"))
    return [fact for fact in [*facts, ("metric", task.metric)] if fact[1]]


def _field(field: InputField) -> str:
    allowed = f"one of {', '.join(field.allowed)}" if field.allowed else ""
    picture = "an image: a path or a URL" if field.is_image else ""
    return "; ".join(part for part in (field.description, picture, allowed) if part) or "text"
