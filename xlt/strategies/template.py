"""Composing a prompt from a strategy's template: its steps, rendered for one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import PurePosixPath

from xlt.demonstrations.demonstration import Demonstration, parse_format
from xlt.errors import InputError, UnknownName
from xlt.files.templates import TemplateFiles
from xlt.languages import get_language
from xlt.prompt import LAYOUTS, SYSTEM_STEPS, Layout, Prompt, Step, Turn
from xlt.rendering.environment import (
    compile_source,
    fill,
    render_step,
    sole_variable,
    step_names,
    uses,
)
from xlt.request import Request, check_encodable, make_request
from xlt.strategies.guarding import fence, guard_mark
from xlt.task import Task

# A step as it is known before the inputs are, and its template if it is yet to be filled.
_Line = tuple[Step, str | None]
_INPUT_TEXTS = ("task_input", "basic_prompt", "plain_request", "clp_request")
_PER_REQUEST = (*_INPUT_TEXTS, "mark")
_GUARD = "guard/delimit.j2"
# Values a strategy adds to those of the task, which its templates may mention.
Values = tuple[tuple[str, str], ...]


def compose_from_template(
    request: Request,
    strategy: str,
    *,
    demonstrations: Sequence[Demonstration] = (),
    demonstration_format: str | None = None,
    steps: tuple[str, ...] | None = None,
    rephrase: str | None = None,
    template: str | None = None,
    values: Values = (),
    output_type: str | None = None,
    layout: Layout = "user",
    guard: str | None = None,
    nonce: str | None = None,
) -> Prompt:
    """Return the prompt of the template `strategy`.j2, demonstrations in front.

    `steps` are the step templates to use instead of the template's own; `template` is another
    template's name, for a strategy of several turns; `values` are what the strategy's own
    templates mention beside the task's; `output_type` is the marker that the template asks for
    where it is not the task's. `layout` and `guard` are not the paper's: role assigning in a
    system message, marks around the task input.
    """
    default = step_names(request.files, template or strategy)
    names = default if steps is None else steps
    _check_layout(layout, names)
    request = _marked(request, demonstrations, guard, nonce)
    options: list[tuple[str, str]] = []
    if names != default:
        options.append(("steps", ",".join(step_name(name) for name in names)))
    if rephrase is not None and rephrase != request.task.rephrase:
        options.append(("rephrase", rephrase))
    turns: tuple[Turn, ...] = ()
    if demonstrations:
        shape = parse_format(strategy, demonstration_format)
        turned = names if layout == "user" else _without_system(names)
        turns = tuple(
            [
                _turn(f"demonstration {number}", one, request, shape, turned, rephrase, values)
                for number, one in enumerate(demonstrations, start=1)
            ]
        )
        if shape != parse_format(strategy, None):
            options.append(("format", "+".join(shape)))
    if layout != "user":
        options.append(("layout", layout))
    if guard:
        options.append(("guard", guard))
    return Prompt(
        task=request.task,
        inputs=request.inputs,
        language=request.language,
        target_language=request.target_language,
        strategy=strategy,
        steps=_steps(request, names, rephrase, values),
        templates_hash=_hash(request.files, request.task),
        demonstrations=turns,
        options=tuple(options),
        output_type=output_type,
        layout=layout,
    )


def step_name(template: str) -> str:
    """Return the name of a step template: steps/role_assigning.j2 is "role_assigning"."""
    return PurePosixPath(template).stem


def _steps(
    request: Request, names: tuple[str, ...], rephrase: str | None, own: Values = ()
) -> tuple[Step, ...]:
    """Return the steps with their texts; only those that hold the inputs are rendered anew."""
    if request.mark is not None:
        names = _guarded(request.files, names)
    lines, values = _lines(
        request.files,
        names,
        request.task,
        request.language.name,
        request.target_language.name,
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
    part = sole_variable(request.files, template)
    if part in _INPUT_TEXTS:  # as in xlt's own templates: nothing is left to render around it
        return request_text(request, part)
    texts = {
        part: request_text(request, part)
        for part in _INPUT_TEXTS
        if uses(request.files, template, part)
    }
    marks = {"mark": request.mark} if request.mark is not None else {}
    return render_step(request.files, template, {**values, **texts, **marks})


def request_text(request: Request, part: str) -> str:
    """Return the request in one of its task's wordings ("task_input", "clp_request", ...)."""
    task = request.task
    source = getattr(task, part) or task.plain_request or task.basic_prompt
    spoken = {
        "language": request.language.name,
        "target_language": request.target_language.name,
    }
    text = fill(compile_source(source, part), {**request.inputs, **spoken})
    return text if request.mark is None else fence(text, request.mark)


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
    spoken = {"language": language, "target_language": target_language}
    values = {
        **spoken,
        "task_name": task.title,
        "input_tag": task.input_tag,
        "output_type": task.output_type,
        "rephrase": rephrase or task.rephrase,
    }
    for part in ("task_language", "task_goal", "output_constraint", "final_format"):
        values[part] = fill(compile_source(getattr(task, part), part), spoken)
    values |= dict(own)
    lines: list[_Line] = [
        (Step(step_name(name), ""), name)
        if any(uses(files, name, part) for part in _PER_REQUEST)
        else (Step(step_name(name), render_step(files, name, values)), None)
        for name in names
    ]
    return tuple(lines), values


def _turn(
    place: str,
    demonstration: Demonstration,
    request: Request,
    shape: tuple[str, str],
    names: tuple[str, ...],
    rephrase: str | None,
    values: Values,
) -> Turn:
    form, output = shape
    reply = demonstration.answer if output == "basic" else demonstration.reply
    if not reply:
        part = "answer" if output == "basic" else "reply"
        raise InputError(f"The {place} has no {part}, which the format {'+'.join(shape)} shows.")
    check_encodable(reply, place)
    own = get_language(demonstration.language or request.language, request.files)
    answers_as_asked = request.target_language == request.language
    target = own if answers_as_asked else request.target_language
    shown = make_request(
        request.task,
        demonstration.inputs,
        language=own,
        target_language=demonstration.target_language or target,
        files=request.files,
    )
    if form == "basic":
        names = step_names(request.files, "basic")
    shown = replace(shown, mark=request.mark)
    return Turn("\n".join([step.text for step in _steps(shown, names, rephrase, values)]), reply)


def _check_layout(layout: str, names: tuple[str, ...]) -> None:
    if layout not in LAYOUTS:
        raise UnknownName("layout", layout, LAYOUTS)
    if layout != "user" and _without_system(names) == names:
        raise InputError(
            f"The layout {layout!r} puts the step {SYSTEM_STEPS[0]} into the system message, "
            "which this prompt does not have."
        )


def _without_system(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([name for name in names if step_name(name) not in SYSTEM_STEPS])


def _marked(
    request: Request,
    demonstrations: Sequence[Demonstration],
    guard: str | None,
    nonce: str | None,
) -> Request:
    """Return the request with the guard's mark, which no text of it or of a turn holds."""
    if guard is None and nonce is None:
        return request
    texts = list(request.inputs.values())
    for one in demonstrations:
        texts += [one.inputs] if isinstance(one.inputs, str) else one.inputs.values()
    return replace(request, mark=guard_mark(guard, nonce, texts))


def _guarded(files: TemplateFiles, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the step templates with the guard's line before the first that holds the inputs."""
    for place, name in enumerate(names):
        if any(uses(files, name, part) for part in _INPUT_TEXTS):
            return (*names[:place], _GUARD, *names[place:])
    return names


@lru_cache(maxsize=1024)
def _hash(files: TemplateFiles, task: Task) -> str:
    """Return eight hex digits over the templates and the task: what the prompt depends on."""
    texts = (files.hash, files.read("languages.yaml"), task.model_dump_json())
    return sha256("\0".join(texts).encode()).hexdigest()[:8]


def prompt_from(
    request: Request, strategy: str, template: str, values: Mapping[str, str]
) -> Prompt:
    """Return a prompt that asks for no answer to the task, of `template`.j2 over `values` alone."""
    names = step_names(request.files, template)
    return Prompt(
        task=request.task,
        inputs=request.inputs,
        language=request.language,
        target_language=request.target_language,
        strategy=strategy,
        steps=tuple(
            [Step(step_name(one), render_step(request.files, one, values)) for one in names]
        ),
        templates_hash=_hash(request.files, request.task),
    )
