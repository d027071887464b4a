"""XLT in DSPy: `XLTModule`, a module with a predictor that optimizers tune, and `XLTAdapter`.

The adapter composes the prompt of a signature's inputs and reads the reply by parts: the retelling
in English, the steps, the typed answer. Demonstrations that an optimizer collects hold the same
parts, and are shown in the form that the prompt asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from xlt.answers.answer import Answer
from xlt.composing import compose, parse
from xlt.demonstrations import Demonstration
from xlt.errors import InputError, MissingExtra
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.rendering.filters import first_upper
from xlt.task import Task

try:
    import dspy
except ModuleNotFoundError as error:
    raise MissingExtra("xlt.dspy", "dspy") from error

__all__ = ["XLTAdapter", "XLTModule", "task_of_signature"]

LANGUAGE = "language"
PARTS = ("retelling", "steps")
"""The output fields beside the answer, as in the prompt's order."""
_ANSWER_ONLY = ("basic", "en_basic")
_KINDS: Mapping[Any, str] = {
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    str: "short_text",
}
_DEFAULT = re.compile(r"Given the fields? `")


def task_of_signature(signature: Any) -> Task:
    """Return the task that a signature describes: its input fields, and its last output field.

    `signature` is a dspy.Signature or its string ("question: str -> answer: int"). An int, float
    or Decimal is read as a number, a Literal of texts as one of these labels, a bool as yes or no,
    a str as a short text. Raises InputError for an output of another type.
    """
    made = dspy.ensure_signature(signature)
    names = [name for name in made.input_fields if name != LANGUAGE]
    answer = list(made.output_fields)[-1]
    about = ", ".join(_words(name) for name in names)
    read = _answer_of(answer, made.output_fields[answer].annotation)
    lines = [f"{first_upper(_words(name))}: {{{{ {name} }}}}" for name in names]
    if read["kind"] == "label":
        lines.append(f"The {_words(answer)} is one of {{{{ labels }}}}.")
    return Task.model_validate(
        {
            "name": "signature",
            "title": about,
            "inputs": [{"name": name} for name in names],
            "task_input": "\n".join(lines),
            "input_tag": about,
            "task_goal": f"think step-by-step about the {about} to find the {_words(answer)}",
            "output_type": _words(answer),
            "basic_prompt": "\n".join(lines),
            "answer": read,
        }
    )


class XLTAdapter(dspy.Adapter):  # type: ignore[misc]
    """Composes a signature's inputs as an xlt prompt, and reads the reply's parts.

    `task` is a task or its name; `language` the language of all inputs, else the input field
    `language` names it, or it is detected; `options` are those of `xlt.compose`. Instructions that
    are not DSPy's own default stand in front as the system text. An answer that is not found is
    None.
    """

    def __init__(
        self,
        task: str | Task,
        *,
        language: str | None = None,
        strategy: str = "xlt",
        **options: Any,
    ) -> None:
        super().__init__()
        self.task, self.language, self.strategy, self.options = task, language, strategy, options
        self._prompt: Prompt | None = None

    def __call__(
        self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any
    ) -> list[dict[str, Any]]:
        """Ask the model; what the reply is read for is what its own prompt asked."""
        asked = self._asking(signature, demos, inputs)
        found: list[dict[str, Any]] = super(XLTAdapter, asked).__call__(
            lm, lm_kwargs, signature, demos, inputs
        )
        return found

    async def acall(
        self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any
    ) -> list[dict[str, Any]]:
        """Like a call, without blocking the event loop."""
        asked = self._asking(signature, demos, inputs)
        found: list[dict[str, Any]] = await super(XLTAdapter, asked).acall(
            lm, lm_kwargs, signature, demos, inputs
        )
        return found

    def format(self, signature: Any, demos: Any, inputs: Any) -> list[dict[str, str]]:
        """Return the prompt's messages."""
        return self.compose(signature, demos, inputs).messages

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """Return the output fields in a reply; an answer that is not found is None."""
        if self._prompt is None:
            answer = parse(self.task, completion, language=self.language)
        else:
            answer = self._prompt.parse(completion)
        steps = answer.steps
        parts = {"retelling": steps.retelling or "", "steps": "\n".join(steps.reasoning)}
        fields = signature.output_fields
        last = list(fields)[-1]
        found: dict[str, Any] = {name: parts.get(name) for name in fields}
        return {**found, last: _typed(answer, fields[last].annotation)}

    def compose(
        self, signature: Any, demos: Sequence[Mapping[str, Any]], inputs: Mapping[str, Any]
    ) -> Prompt:
        """Return the prompt; raises what `xlt.compose` raises.

        A demonstration of an answer alone, as a labelled row is, teaches a model to skip the steps:
        only strategies that ask for none show it.
        """
        task = get_task(self.task)
        answer = list(signature.output_fields)[-1]
        own = {} if _DEFAULT.match(signature.instructions) else {"system": signature.instructions}
        return compose(
            task,
            _inputs(task, inputs),
            language=self.language or inputs.get(LANGUAGE) or None,
            strategy=self.strategy,
            demonstrations=[
                _demonstration(task, answer, one)
                for one in demos
                if self.strategy in _ANSWER_ONLY or any(one.get(name) for name in PARTS)
            ],
            **{**own, **self.options},
        )

    def _asking(self, signature: Any, demos: Any, inputs: Any) -> XLTAdapter:
        asked = copy(self)
        asked._prompt = self.compose(signature, demos, inputs)
        return asked


class XLTModule(dspy.Module):  # type: ignore[misc]
    """A module that answers by an xlt prompt; optimizers tune its predictor.

    `task` is a task's name, a Task, or a signature ("question: str -> answer: int"). Its
    prediction has the signature's answer, and beside it the `retelling` in English and the
    `steps`. The inputs may name their `language`; `options` are as for `XLTAdapter`.
    """

    def __init__(
        self, task: Any, *, language: str | None = None, strategy: str = "xlt", **options: Any
    ) -> None:
        super().__init__()
        if isinstance(task, Task) or (isinstance(task, str) and "->" not in task):
            task = get_task(task)
            signature = _signature_of(task)
        else:
            signature = dspy.ensure_signature(task)
            task = task_of_signature(signature)
        self.adapter = XLTAdapter(task, language=language, strategy=strategy, **options)
        self.predict = dspy.Predict(_with_parts(signature))

    def forward(self, **inputs: Any) -> Any:
        """Return the prediction for these inputs."""
        with dspy.context(adapter=self.adapter):
            return self.predict(**{LANGUAGE: "", **inputs})

    async def aforward(self, **inputs: Any) -> Any:
        """Like `forward`, without blocking the event loop."""
        with dspy.context(adapter=self.adapter):
            return await self.predict.acall(**{LANGUAGE: "", **inputs})


def _words(name: str) -> str:
    return name.replace("_", " ")


def _answer_of(name: str, annotation: Any) -> dict[str, Any]:
    if get_origin(annotation) is Literal and all(
        isinstance(one, str) for one in get_args(annotation)
    ):
        return {"kind": "label", "labels": list(get_args(annotation))}
    if annotation not in _KINDS:
        known = "int, float, Decimal, bool, str or a Literal of texts"
        raise InputError(
            f"The output field {name!r} must be {known}, not {annotation}.", field=name
        )
    return {"kind": _KINDS[annotation]}


def _signature_of(task: Task) -> Any:
    kind = task.answer.kind
    of_kind = {"number": float, "boolean": bool, "choice": int}
    inputs = {
        one.name: (
            list[str] if one.many else str,
            dspy.InputField(desc=one.description or one.name),
        )
        for one in task.inputs
    }
    return dspy.Signature({**inputs, "answer": (of_kind.get(kind, str), dspy.OutputField())})


def _with_parts(signature: Any) -> Any:
    """Return a signature that also has the language, the retelling and the steps."""
    if LANGUAGE not in signature.input_fields:
        field = dspy.InputField(desc="the language of the inputs; detected where empty")
        signature = signature.append(LANGUAGE, field, str)
    for name in reversed(PARTS):
        if name not in signature.output_fields:
            signature = signature.prepend(name, dspy.OutputField(), str)
    return signature


def _inputs(task: Task, given: Mapping[str, Any]) -> dict[str, Any]:
    return {one: given[one] for one in task.field_names if given.get(one)}


def _demonstration(task: Task, answer: str, demo: Mapping[str, Any]) -> Demonstration:
    """Return what an optimizer collected in the form of a reply: retelling, steps, answer."""
    value = demo[answer]
    words = ("yes" if value else "no") if isinstance(value, bool) else _digits(value)
    retelling, steps = (demo.get(name) or "" for name in PARTS)
    marked = f"{first_upper(task.output_type)}: {words}"
    retold = f"Retelling: {retelling}" if retelling else ""
    return Demonstration(
        _inputs(task, demo),
        reply="\n".join([part for part in (retold, steps, marked) if part]),
        answer=words,
        language=demo.get(LANGUAGE) or None,
    )


def _typed(answer: Answer, annotation: Any) -> Any:
    """Return an answer's value in the type of its field; a number is float where asked for."""
    value = answer.value
    if annotation is float and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    return value


def _digits(value: Any) -> str:
    """Return a value as a reply writes it: 13.0 is 13."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
