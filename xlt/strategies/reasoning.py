"""The XLT prompt for reasoning models, which think by themselves and need no role."""

from __future__ import annotations

from dataclasses import replace

from xlt.errors import UnknownName
from xlt.prompt import Prompt, Step
from xlt.rendering.environment import render_step, step_names
from xlt.request import Request
from xlt.strategies.steps import request_text, step_name
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import Translator, translated

MODEL_CLASSES = ("chinese", "gpt-3.5", "modern", "reasoning")
_NO_ROLE_NO_STEPS = ("role_assigning", "cot_task_solving")
_TEXT_KINDS = ("short_text", "long_text")


def is_reasoning(model_class: str | None) -> bool:
    """Tell whether a class of models is that of reasoning models; UnknownName if it is none."""
    if model_class is not None and model_class not in MODEL_CLASSES:
        raise UnknownName("model class", model_class, MODEL_CLASSES)
    return model_class == "reasoning"


def compose_for_reasoning(
    request: Request, *, rephrase: str | None = None, translator: Translator | None = None
) -> Prompt:
    """Return the XLT prompt without the role and without a word of steps.

    The task goal goes too where it asks for steps. A line names the language of the answer: the
    target language for a text; English, the language of the labels, for any other answer. With
    a `translator` the English translation of the request stands first.
    """
    text = request.task.answer.kind in _TEXT_KINDS
    answer_language = request.target_language.name if text else "English"
    prompt = compose_from_template(
        request,
        "xlt",
        steps=_steps(request),
        rephrase=rephrase,
        values=(("answer_language", answer_language),),
    )
    options = [option for option in prompt.options if option[0] != "steps"]
    options.append(("model_class", "reasoning"))
    if translator is None:
        return replace(prompt, options=tuple(options))
    options.append(("translation", "en"))
    english = request_text(translated(request, translator), "task_input")
    template = "reasoning/english_translation.j2"
    first = Step("english_translation", render_step(request.files, template, {"english": english}))
    return replace(prompt, steps=(first, *prompt.steps), options=tuple(options))


def _steps(request: Request) -> tuple[str, ...]:
    kept = [
        name
        for name in step_names(request.files, "xlt")
        if step_name(name) not in _NO_ROLE_NO_STEPS
        and not (step_name(name) == "task_analyzing" and "step-by-step" in request.task.task_goal)
    ]
    return (*kept[:-1], "reasoning/answer_language.j2", kept[-1])
