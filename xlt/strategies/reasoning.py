"""The XLT prompt for reasoning models, which think by themselves and need no role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from xlt.errors import InputError, UnknownName, shown
from xlt.languages import Language, get_language
from xlt.languages.entries import nearest_line
from xlt.prompt import Prompt, Step
from xlt.rendering.environment import render_step, step_names
from xlt.request import Request
from xlt.strategies.steps import request_text, step_name
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import is_in
from xlt.task_checks import TEXT_KINDS

MODEL_CLASSES = ("chinese", "gpt-3.5", "modern", "reasoning")
_NO_ROLE_NO_STEPS = ("role_assigning", "cot_task_solving")
_OPENING = "<think>"
# Tells whether a request is to be translated into English for a model that thinks.
Gate = Callable[[Request, Language], bool] | bool | None


def is_reasoning(model_class: str | None) -> bool:
    """Tell whether a class of models is that of reasoning models; UnknownName if it is none."""
    if model_class is not None and model_class not in MODEL_CLASSES:
        raise UnknownName("model class", model_class, MODEL_CLASSES)
    return model_class == "reasoning"


def is_to_translate(request: Request, gate: Gate) -> bool:
    """Tell whether `gate` lets a request be translated; None: all but high-resource languages."""
    if is_in(request, "en"):
        return False
    if callable(gate):
        return bool(gate(request, request.language))
    if gate is not None and not isinstance(gate, bool):
        raise InputError(
            f"needs_translation must be True, False or a function of (request, language), not "
            f"{shown(gate)}.",
            field="needs_translation",
        )
    return request.language.tier != "high" if gate is None else gate


def compose_for_reasoning(
    request: Request,
    strategy: str = "xlt",
    *,
    rephrase: str | None = None,
    english: Request | None = None,
    thinking: str | Language | None = None,
    thinking_prefill: bool | str = False,
) -> Prompt:
    """Return the XLT prompt without the role and without a word of steps.

    The task goal goes too where it asks for steps. A line names the language of the answer: the
    target language for a text; English, the language of the labels, for any other answer.
    `english` is the request in English, which comes first and replaces the retelling where the
    strategy is not xlt. `thinking` is the language to think in, by a line in it; with
    `thinking_prefill` its own words also begin the thought, behind `<think>` or the mark given,
    and the English request comes there.
    """
    if thinking_prefill == "" or not isinstance(thinking_prefill, bool | str):
        raise InputError(
            "thinking_prefill must be True or the mark that opens a thought, such as '<think>'.",
            field="thinking_prefill",
        )
    text = request.task.answer.kind in TEXT_KINDS
    target = request.target_language if text else get_language("en", request.files)
    prompt = compose_from_template(
        request,
        strategy,
        template="xlt",
        steps=_steps(request, strategy),
        rephrase=rephrase,
        values=(("answer_language", target.name),),
    )
    options = [option for option in prompt.options if option[0] != "steps"]
    options.append(("model_class", "reasoning"))
    steps, begun = list(prompt.steps), []
    if request.answer_language is not None:  # its own line says it, at the end
        steps = [step for step in steps if step.name != "answer_language"]
    if thinking is not None:
        own = request.language if thinking == "native" else thinking
        spoken = get_language(own, request.files)
        options.append(("thinking", spoken.tag))
        steps = _with_thinking(steps, request, spoken, target)
        begun.append(_line(spoken, "thought", request))
    if english is not None:
        options.append(("translation", "en"))
        values = {"english": request_text(english, "task_input")}
        shown = render_step(request.files, "reasoning/english_translation.j2", values)
        if thinking_prefill:
            begun.append(shown)
        else:
            steps.insert(0, Step("english_translation", shown))
    if not thinking_prefill:
        return replace(prompt, steps=tuple(steps), options=tuple(options))
    if not begun:
        raise InputError(
            "thinking_prefill= begins the thought: pass thinking= or translator= as well."
        )
    mark = thinking_prefill if isinstance(thinking_prefill, str) else _OPENING
    options.append(("prefill", "thought"))
    return replace(
        prompt,
        steps=tuple(steps),
        options=tuple(options),
        prefill="\n".join([mark, *begun]),
    )


def _with_thinking(
    steps: list[Step], request: Request, spoken: Language, target: Language
) -> list[Step]:
    """Return the steps with the line on the language of the thought behind the answer's format.

    Where thought and answer are in one language it is PolyMath's, if it has one; a number is in
    any, so that its prompt then names no other.
    """
    is_number = request.task.answer.kind == "number"
    wanted = request.answer_language or (spoken if is_number else target)
    line = nearest_line(spoken.tag, "thinking", request.files)
    if line is None or spoken != wanted:
        line = _line(spoken, "think_in", request)
    elif is_number:
        steps = [step for step in steps if step.name != "answer_language"]
    last = len(steps) - (steps[-1].name == "answer_in")
    return [*steps[:last], Step("thinking", line), *steps[last:]]


def _line(language: Language, name: str, request: Request) -> str:
    line = nearest_line(language.tag, name, request.files)
    if line is None:
        raise InputError(
            f"There is no line that asks for a thought in {language.name}: put {name} under "
            "instructions in "
            f"languages/{language.tag.lower()}.yaml of your template folder, or think in English.",
            field="thinking",
        )
    return line


def _steps(request: Request, strategy: str) -> tuple[str, ...]:
    left_out = {*_NO_ROLE_NO_STEPS}
    if "step-by-step" in request.task.task_goal:
        left_out.add("task_analyzing")
    if strategy != "xlt":
        left_out.add("cross_lingual_thinking")
    names = step_names(request.files, "xlt")
    kept = [name for name in names if step_name(name) not in left_out]
    return (*kept[:-1], "reasoning/answer_language.j2", kept[-1])
