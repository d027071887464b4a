"""Fitting a prompt into a number of tokens: fewer demonstrations, then less of one input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xlt.budget.reductions import REDUCTIONS, Frequency, Reduction, Tagger, WholeItems
from xlt.demonstrations import Demonstration
from xlt.errors import InputError, UnknownName
from xlt.frozen import FrozenDict
from xlt.prompt import Omitted, Prompt
from xlt.request import Request
from xlt.task import InputValue, Task

Compose = Callable[[Request, Sequence[Demonstration]], Prompt]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens a prompt may be, and what goes first.

    `max_tokens` counts the texts of all messages, by `Prompt.count_tokens(model)`. `reduce` is one
    of `REDUCTIONS`; `field` the input field to reduce (None: the longest free text). `seed` draws
    for "random" and "block"; `tagger` gives parts of speech to "syntax" (None: spaCy), `frequency`
    a word's share of the language to "frequency" (None: it counts in the text itself).
    """

    max_tokens: int
    reduce: str = "head"
    model: str | None = None
    field: str | None = None
    seed: int = 0
    tagger: Tagger | None = None
    frequency: Frequency | None = None


def fit(
    compose: Compose, request: Request, demonstrations: Sequence[Demonstration], budget: Budget
) -> Prompt:
    """Return the prompt within the budget; one that fits already is not changed.

    Demonstrations are dropped from the end, whole, until the rest fits; only without any is the
    input reduced. `Prompt.omitted` says what was left out. Raises InputError, which names the
    smallest budget that works, where even one piece of the input is too much.
    """
    field = _check(budget, request.task)

    def size(prompt: Prompt) -> int:
        return int(prompt.count_tokens(budget.model))

    whole = compose(request, demonstrations)
    tokens = size(whole)
    if tokens <= budget.max_tokens:
        return whole
    for count in range(len(demonstrations) - 1, -1, -1):
        prompt = compose(request, demonstrations[:count])
        if size(prompt) <= budget.max_tokens:
            omitted = Omitted(demonstrations=len(demonstrations) - count)
            break
    else:
        field = field or _longest(request)
        prompt, omitted = _reduced(compose, request, field, budget, size)
        omitted = replace(omitted, demonstrations=len(demonstrations))
    return replace(prompt, omitted=replace(omitted, tokens=tokens - size(prompt)))


def _reduced(
    compose: Compose,
    request: Request,
    field: str,
    budget: Budget,
    size: Callable[[Prompt], int],
) -> tuple[Prompt, Omitted]:
    """Return the prompt with the most pieces of the field that a bisection finds to fit."""
    value = request.inputs[field]
    if budget.reduce == "syntax" and request.language.tag.partition("-")[0] != "en":
        raise InputError(
            f"The reduction 'syntax' reads English, not {request.language.name}; "
            f"take one of {', '.join(REDUCTIONS[:-1])}."
        )
    reduction: Reduction | WholeItems
    if isinstance(value, str):
        reduction = Reduction(
            budget.reduce,
            value,
            seed=budget.seed,
            tagger=budget.tagger,
            frequency=budget.frequency,
        )
    else:
        reduction = WholeItems(value)

    def keeping(count: int) -> Prompt:
        inputs = {**request.inputs, field: reduction.kept(count)}
        return compose(replace(request, inputs=FrozenDict(inputs)), ())

    low, high = 1, len(reduction.pieces)
    best = keeping(low)
    if (least := size(best)) > budget.max_tokens:
        raise InputError(
            f"max_tokens is {budget.max_tokens}; without demonstrations and with one piece of "
            f"{field!r} the prompt still has {least} tokens. Give at least {least}, or shorten "
            "its other inputs.",
            field=field,
        )
    while high - low > 1:  # `low` pieces fit, `high` do not
        middle = (low + high) // 2
        prompt = keeping(middle)
        if size(prompt) <= budget.max_tokens:
            low, best = middle, prompt
        else:
            high = middle
    size_of = _characters(value)
    left = size_of - _characters(reduction.kept(low))
    way = budget.reduce if isinstance(value, str) else "whole items"
    return best, Omitted(field=field, reduce=way, characters=left, of=size_of)


def _check(budget: Budget, task: Task) -> str | None:
    if budget.max_tokens < 1:
        raise InputError(f"max_tokens is {budget.max_tokens}; it must be at least 1.")
    if budget.reduce not in REDUCTIONS:
        raise UnknownName("reduction", budget.reduce, REDUCTIONS)
    if budget.field is not None and budget.field not in task.field_names:
        raise UnknownName(f"input field of {task.name}", budget.field, task.field_names)
    return budget.field


def _longest(request: Request) -> str:
    """Return the longest input that is free text: neither a choice nor one of a list of values."""
    task = request.task
    free = [
        field.name
        for field in task.inputs
        if not field.allowed and field.name not in task.answer.options
    ]
    if not free:
        raise InputError(
            f"No input of {task.name} may be reduced to fit max_tokens: name one in Budget(field=)."
        )
    return max(free, key=lambda name: _characters(request.inputs[name]))


def _characters(value: InputValue) -> int:
    return len(value) if isinstance(value, str) else sum(map(len, value))
