"""Composing a prompt from a strategy's template: its steps, and demonstrations in front."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from xlt.demonstrations.demonstration import Demonstration, parse_format
from xlt.errors import InputError, UnknownName, shown
from xlt.files.templates import TemplateFiles
from xlt.languages import get_language
from xlt.languages.entries import own_texts
from xlt.messages import check_encodable
from xlt.prompt import LAYOUTS, SYSTEM_STEPS, Layout, Prompt, Step, Turn
from xlt.rendering.environment import render_step, step_names
from xlt.request import Request, make_request
from xlt.strategies.instruction_language import steps_in
from xlt.strategies.steps import Values, rendered_steps, step_name
from xlt.task import Task, images_of, texts_of

GUARDS = ("delimit",)
_NONCE = re.compile(r"[0-9A-Za-z]{8,64}")


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
    if layout != "user":
        _check_layout(layout, names)
    options: dict[str, str | None] = {
        "steps": None if names == default else ",".join([step_name(name) for name in names]),
        "phrasing": None if request.phrasing is None else str(request.phrasing),
        "rephrase": None if rephrase == request.task.rephrase else rephrase,
    }
    wording = request.instruction_language
    if wording is not None:
        if guard is not None:
            raise InputError(
                "The guard's line is in English: leave out guard= or instruction_language=."
            )
        names = steps_in(request, strategy, names)
    shape = parse_format(strategy, demonstration_format)
    if guard is not None or nonce is not None:
        request = _marked(request, demonstrations, guard, nonce)
    turns: tuple[Turn, ...] = ()
    if demonstrations:
        turned = names if layout == "user" else _without_system(names)
        turns = tuple(
            [
                _turn(f"demonstration {number}", one, request, shape, turned, rephrase, values)
                for number, one in enumerate(demonstrations, start=1)
            ]
        )
        if shape != parse_format(strategy, None):
            options["format"] = "+".join(shape)
    options["layout"] = None if layout == "user" else layout
    options["instructions"] = None if wording is None else wording.tag
    options["guard"] = guard
    shown = rendered_steps(request, names, rephrase, values)
    if request.alignment:
        from xlt.strategies.every import alignment_step  # hardly ever

        shown = (alignment_step(request, demonstrations), *shown)
        options["alignment"] = "labels"
    if request.answer_language is not None:
        from xlt.strategies.every import answer_line

        line = answer_line(request.answer_language, request.files)
        shown = (*shown, Step("answer_in", line))
        options["answer_language"] = request.answer_language.tag
    return _prompt(
        request,
        strategy,
        shown,
        demonstrations=turns,
        options=tuple([(name, said) for name, said in options.items() if said]),
        output_type=output_type,
        layout=layout,
        instruction_language=wording,
        images=images_of(request.inputs),
    )


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
    shown = replace(shown, mark=request.mark, instruction_language=request.instruction_language)
    steps = rendered_steps(shown, names, rephrase, values)
    return Turn("\n".join([step.text for step in steps]), reply, shown.images)


def _check_layout(layout: str, names: tuple[str, ...]) -> None:
    if layout not in LAYOUTS:
        raise UnknownName("layout", layout, LAYOUTS)
    if _without_system(names) == names:
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
    """Return the request with the name of the guard's marks, which no text of it or a turn closes.

    Without a `nonce` it is 128 bits of a SHA-256 over the texts: the same inputs give the same
    prompt, and whoever writes a text cannot write its own hash into it.
    """
    if guard is None:
        raise InputError("nonce goes with guard='delimit'.", field="nonce")
    if guard not in GUARDS:
        raise UnknownName("guard", guard, GUARDS)
    texts = [*texts_of(request.inputs), *[message.content for message in request.history]]
    for one in demonstrations:
        texts += texts_of({"": one.inputs} if isinstance(one.inputs, str) else one.inputs)
    if nonce is None:
        nonce = sha256("\0".join(texts).encode()).hexdigest()[:32]
    elif not isinstance(nonce, str) or not _NONCE.fullmatch(nonce):
        raise InputError(
            f"nonce is {shown(str(nonce))}; it must be 8 to 64 ASCII letters and digits.",
            field="nonce",
        )
    elif any(nonce in text for text in texts):
        raise InputError("The input contains the nonce; choose another one.", field="nonce")
    return replace(request, mark=f"input-{nonce}")


@lru_cache(maxsize=1024)
def _hash(files: TemplateFiles, task: Task) -> str:
    """Return eight hex digits over the templates and the task: what the prompt depends on."""
    texts = (files.hash, own_texts(files), task.model_dump_json())
    return sha256("\0".join(texts).encode()).hexdigest()[:8]


def with_said(
    prompt: Prompt, files: TemplateFiles, template: str, said: Mapping[str, str], after: str = ""
) -> Prompt:
    """Return a prompt with one more step, which holds what was said before.

    It stands behind the step `after`, else last. What a model said goes through no cache.
    """
    steps = list(prompt.steps)
    names = [step.name for step in steps]
    place = names.index(after) + 1 if after else len(steps)
    steps.insert(place, Step(step_name(template), render_step(files, template, said)))
    return replace(prompt, steps=tuple(steps))


def prompt_from(
    request: Request, strategy: str, template: str, values: Mapping[str, str]
) -> Prompt:
    """Return a prompt that asks for no answer to the task, of `template`.j2 over `values` alone."""
    names = step_names(request.files, template)
    steps = [Step(step_name(one), render_step(request.files, one, values)) for one in names]
    return _prompt(request, strategy, tuple(steps))


def _prompt(request: Request, strategy: str, steps: tuple[Step, ...], **more: Any) -> Prompt:
    return Prompt(
        task=request.task,
        inputs=request.inputs,
        language=request.language,
        target_language=request.target_language,
        strategy=strategy,
        steps=steps,
        templates_hash=_hash(request.files, request.task),
        history=request.history,
        think_tags=request.think_tags,
        system=request.system,
        **more,
    )
