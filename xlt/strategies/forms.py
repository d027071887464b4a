"""The form of a prompt: all that requests of one task, language and strategy have in common.

Most prompts of a program differ in one text. Their form is made once, by composing in full, and
then only filled: a few strings are joined, without a template.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from xlt.detection.scripts import begins_in, scripts_of_first_letter
from xlt.errors import XLTError
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language
from xlt.prompt import Prompt, Step
from xlt.registry import find, get_task
from xlt.request import Inputs, Request, check_inputs
from xlt.strategies.steps import input_pieces
from xlt.task import InputValue, Task
from xlt.task_checks import LABEL_KINDS

if TYPE_CHECKING:
    from xlt.strategies.strategy import Strategy

STRATEGIES = frozenset(["auto", "basic", "cot", "en_basic", "en_cot", "xlt"])
"""Those whose prompt, without options, differs in the inputs alone."""
_SAMPLES = ("x", "<y> {z} 1")
# What a request may wish for beyond task, inputs and languages, and how it wishes for none of it.
_WISHES = {
    "mark": None,
    "system": "",
    "history": (),
    "phrasing": None,
    "answer_language": None,
    "alignment": False,
    "instruction_language": None,
    "think_tags": None,
}
# How each part of a new prompt is set: in half the time of the frozen record's own way.
_SET = {name: Prompt.__dict__[name].__set__ for name in Prompt.__slots__}
_OWN = frozenset(["inputs", "steps", "_answer_format"])  # what prompts of one form do not share
_further, _NOTHING = attrgetter(*_WISHES), tuple(_WISHES.values())


@dataclass(frozen=True, slots=True)
class Form:
    """A prompt to fill: its step number `place` is `pieces`, texts and names of inputs in turn.

    `parts` is the rest of it, each part behind the way to set it; `scripts` are those in which a
    text of the language may begin.
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
        made = object.__new__(Prompt)
        for put, value in self.parts:
            put(made, value)
        _SET["inputs"](made, inputs)
        _SET["steps"](made, tuple(steps))
        _SET["_answer_format"](made, None)
        return made


def form_of(strategy: Strategy, request: Request) -> Form | None:
    """Return the form of a strategy's prompts for a request without further wishes, if it has one.

    None where a request differs from others in more than its inputs, as by a history.
    """
    if _further(request) != _NOTHING:
        return None
    own, target = request.language, request.target_language
    # Languages are equal by their tags: another template folder may name them otherwise.
    told_apart = (own.name, own.folder, target.name, target.folder)
    return _form(strategy, request.task, own, target, request.files, told_apart)


def form_in(
    strategy: Strategy,
    task: Task,
    language: Language,
    target: Language | None,
    files: TemplateFiles,
) -> Form | None:
    """Return the form of a strategy's prompts for a task, whatever its inputs, if it has one.

    A target of None is the language itself, unless the task needs one of its own.
    """
    if target is None and task.target_language == "required":
        return None
    return form_of(strategy, Request(task, FrozenDict(), language, target or language, files))


def prompt_by_names(
    task: str | Task, inputs: Inputs, language: Any, target: Any, strategy: str | None
) -> Prompt | None:
    """Return the prompt of a request without further wishes, found by the names of its parts.

    None where there is no form, or where a name is wrong or the text does not look like the
    language: `xlt.compose` then says so. Raises InputError as `check_inputs` does.
    """
    try:
        form = _form_by_names(task, language, target, strategy)
    except TypeError:  # a list is no name, and cannot be looked up
        return None
    if form is None:
        return None
    checked = check_inputs(form.task, inputs)
    return form.fill(checked) if begins_in(form.scripts, form.task, checked) else None


@lru_cache(maxsize=1024)
def _form_by_names(task: str | Task, language: Any, target: Any, strategy: Any) -> Form | None:
    files = TemplateFiles.at(None)
    if not isinstance(language, str) or not isinstance(target, str | None):
        return None
    try:
        found = get_task(task, files)
        own = get_language(language, files)
        other = None if target is None else get_language(target, files)
        chosen: Strategy = find("xlt.strategies", "strategy", strategy or found.strategy)
    except XLTError:
        return None
    return form_in(chosen, found, own, other, files)


@lru_cache(maxsize=1024)
def _form(
    strategy: Strategy,
    task: Task,
    language: Language,
    target: Language,
    files: TemplateFiles,
    told_apart: tuple[str | None, ...],
) -> Form | None:
    compose = strategy.compose_prompt
    if (
        compose is None
        or strategy.name not in STRATEGIES
        or (task.answer.kind in LABEL_KINDS and not task.answer.labels)
        or task.output == "required"
        or not all(field.is_free and not (field.many or field.optional) for field in task.inputs)
    ):
        return None
    samples: list[FrozenDict[str, InputValue]] = [
        FrozenDict(dict.fromkeys(task.field_names, text)) for text in _SAMPLES
    ]
    requests = [Request(task, inputs, language, target, files) for inputs in samples]
    try:
        first, second = [compose(request) for request in requests]
    except XLTError:
        return None
    pieces = input_pieces(requests[0], first.strategy)
    if pieces is None:
        return None
    parts = [(put, getattr(first, name)) for name, put in _SET.items() if name not in _OWN]
    form = Form(task, first.steps, *pieces, tuple(parts), scripts_of_first_letter(language))
    return form if form.fill(samples[1]) == second else None
