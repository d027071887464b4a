"""The steps of a strategy's template, rendered for one request."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from xlt.files.templates import TemplateFiles
from xlt.prompt import Step
from xlt.rendering.environment import (
    StepTemplate,
    render_step,
    step_names,
    step_template,
    template_of,
)
from xlt.rendering.filters import listed
from xlt.request import Request
from xlt.strategies.instruction_language import language_names
from xlt.task import Task

# A step as it is known before the inputs are, and its template if it is yet to be filled.
_Line = tuple[Step, str | None]
_INPUT_TEXTS = ("task_input", "basic_prompt", "plain_request", "clp_request")
_PER_REQUEST = (*_INPUT_TEXTS, "mark")
_ABOUT = frozenset({"language", "target_language", "labels"})
_GUARD = "guard/delimit.j2"
# Values a strategy adds to those of the task, which its templates may mention.
Values = tuple[tuple[str, str], ...]


def rendered_steps(
    request: Request, names: tuple[str, ...], rephrase: str | None, own: Values = ()
) -> tuple[Step, ...]:
    """Return the steps with their texts; only those that hold the inputs are rendered anew."""
    if request.mark is not None:
        names = _guarded(request.files, names)
    lines, values = _lines(
        request.files,
        names,
        request.task,
        *language_names(request),
        rephrase,
        own,
    )
    return tuple(
        [
            step if template is None else Step(step.name, _fill(request, template, values))
            for step, template in lines
        ]
    )


def _fill(request: Request, template: str, values: Mapping[str, str]) -> str:
    step = step_template(request.files, template)
    part = step.sole
    if part in _INPUT_TEXTS:  # as in xlt's own templates: nothing is left to render around it
        return request_text(request, part)
    texts = {part: request_text(request, part) for part in _INPUT_TEXTS if part in step.mentions}
    marks = {"mark": request.mark} if request.mark is not None else {}
    return step.fill({**values, **texts, **marks})


def input_pieces(request: Request, strategy: str) -> tuple[int, tuple[str, ...]] | None:
    """Return which step of a strategy holds the inputs, and its texts and their names in turn.

    None where several do, or where a template does more than print each name.
    """
    names = step_names(request.files, strategy)
    templates = [step_template(request.files, name) for name in names]
    places = [n for n, one in enumerate(templates) if not one.mentions.isdisjoint(_INPUT_TEXTS)]
    part = templates[places[0]].sole if len(places) == 1 else None
    pieces = _wording(request, part).pieces if part in _INPUT_TEXTS else None
    if part is None or pieces is None:
        return None
    about = _about(request.task, *language_names(request))
    texts = [pieces[0]]
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in about:
            texts[-1] += about[name] + text
        else:
            texts += [name, text]
    return places[0], tuple(texts)


def request_text(request: Request, part: str) -> str:
    """Return the request in one of its task's wordings ("task_input", "clp_request", ...)."""
    template = _wording(request, part)
    values: Mapping[str, Any] = request.inputs
    if not _ABOUT.isdisjoint(template.mentions):
        values = {**values, **_about(request.task, *language_names(request))}
    text = template.fill(values)
    return text if request.mark is None else f"<{request.mark}>\n{text}\n</{request.mark}>"


def _wording(request: Request, part: str) -> StepTemplate:
    task = request.task
    source = getattr(task, part) or task.plain_request or task.basic_prompt
    return template_of(source, part, task.optional_names)


def _about(task: Task, language: str, target_language: str) -> dict[str, str]:
    labels = listed(tuple(task.answer.labels))
    return {"language": language, "target_language": target_language, "labels": labels}


@lru_cache(maxsize=4096)
def _lines(
    files: TemplateFiles,
    names: tuple[str, ...],
    task: Task,
    language: str,
    target_language: str,
    rephrase: str | None,
    own: Values,
) -> tuple[tuple[_Line, ...], Mapping[str, str]]:
    """Return the steps as they are before the inputs are known, and the values they may use."""
    about = _about(task, language, target_language)
    values = {
        **about,
        "task_name": task.title,
        "input_tag": task.input_tag,
        "output_type": task.output_type,
        "rephrase": rephrase or task.rephrase,
    }
    for part in ("task_language", "task_goal", "output_constraint", "final_format"):
        values[part] = template_of(getattr(task, part), part).fill(about)
    values |= dict(own)
    lines: list[_Line] = [
        (Step(step_name(name), ""), name)
        if not step_template(files, name).mentions.isdisjoint(_PER_REQUEST)
        else (Step(step_name(name), render_step(files, name, values)), None)
        for name in names
    ]
    return tuple(lines), values


def step_name(template: str) -> str:
    """Return the name of a step template: steps/role_assigning.j2 is "role_assigning"."""
    return PurePosixPath(template).stem


def _guarded(files: TemplateFiles, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the step templates with the guard's line before the first that holds the inputs."""
    for place, name in enumerate(names):
        if not step_template(files, name).mentions.isdisjoint(_INPUT_TEXTS):
            return (*names[:place], _GUARD, *names[place:])
    return names
