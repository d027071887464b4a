"""The form of a prompt: all that requests of one task, language and strategy have in common.

Most prompts of a program differ in one text. Their form is made once, by composing in full, and
then only filled: a few strings are joined, without a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from xlt.errors import XLTError
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.prompt import Prompt, Step, setters, with_inputs
from xlt.registry import get_task
from xlt.request import Inputs, Request, check_inputs
from xlt.request_inspection import begins_in, scripts_of_first_letter
from xlt.strategies.steps import input_pieces
from xlt.strategies.strategy import get_strategy
from xlt.task import InputValue, Task
from xlt.task_checks import LABEL_KINDS

_STRATEGIES = frozenset(["auto", "basic", "cot", "en_basic", "en_cot", "xlt"])
"""Those whose prompt, without options, differs in the inputs alone."""
_SAMPLES = ("x", "<y> {z} 1")


@dataclass(frozen=True, slots=True)
class Form:
    """A prompt to fill: its step number `place` is `pieces`, texts and names of inputs in turn.

    `parts` is the rest of it; `scripts` are those in which a text of the language may begin.
    """

    task: Task
    steps: tuple[Step, ...]
    place: int
    pieces: tuple[str, ...]
    parts: tuple[tuple[Any, Any], ...]
    scripts: frozenset[str | None]

    def fill(self, inputs: FrozenDict[str, InputValue]) -> Prompt:
        """Return the prompt of checked inputs."""
        texts = [*self.pieces]
        texts[1::2] = [str(inputs[name]) for name in self.pieces[1::2]]
        steps = [*self.steps]
        steps[self.place] = Step(steps[self.place].name, "".join(texts))
        return with_inputs(self.parts, inputs, tuple(steps))


def prompt_by_form(
    task: str | Task, inputs: Inputs, language: str, target: str | None, strategy: str | None
) -> Prompt | None:
    """Return the prompt of a request without further wishes; None where it needs the long way.

    That says what is wrong with a name, and warns of a language that the text does not look like.
    Raises InputError as `check_inputs` does.
    """
    form = _form(task, language, target, strategy)
    if form is None:
        return None
    checked = check_inputs(form.task, inputs)
    if not begins_in(form.scripts, form.task, checked):
        return None
    return form.fill(checked)


@lru_cache(maxsize=1024)
def _form(task: str | Task, language: str, target: str | None, strategy: str | None) -> Form | None:
    files = TemplateFiles.at(None)
    try:
        found = get_task(task, files)
        own = get_language(language, files)
        other = own if target is None else get_language(target, files)
        chosen = get_strategy(strategy or found.strategy)
    except XLTError:
        return None
    if (
        chosen.name not in _STRATEGIES
        or (found.target_language == "required" and target is None)
        or (found.answer.kind in LABEL_KINDS and not found.answer.labels)
        or found.output == "required"
        or not all(field.is_free and not (field.many or field.optional) for field in found.inputs)
    ):
        return None
    samples: list[FrozenDict[str, InputValue]] = [
        FrozenDict(dict.fromkeys(found.field_names, text)) for text in _SAMPLES
    ]
    requests = [Request(found, inputs, own, other, files) for inputs in samples]
    try:
        first, second = [chosen.compose(request) for request in requests]
    except XLTError:
        return None
    pieces = input_pieces(requests[0], first.strategy)
    if pieces is None:
        return None
    form = Form(found, first.steps, *pieces, setters(first), scripts_of_first_letter(own))
    return form if form.fill(samples[1]) == second else None
