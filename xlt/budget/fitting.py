"""Fitting a prompt into a number of tokens: fewer demonstrations, then less of one input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from xlt.budget.reductions import REDUCTIONS, Frequency, Reduction, Tagger, WholeItems
from xlt.demonstrations import Demonstration
from xlt.errors import InputError, UnknownName
from xlt.frozen import FrozenDict
from xlt.images.counting import count_image_tokens
from xlt.images.image import Image
from xlt.images.reducing import IMAGE_REDUCTIONS, reduce_image
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.task import InputValue, Task, texts_of

# The reductions that only an image has, so that no field need be named.
_OF_IMAGES = tuple([name for name in IMAGE_REDUCTIONS if name not in REDUCTIONS])
Compose = Callable[[Request, Sequence[Demonstration]], Prompt]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many tokens a prompt may be, and what goes first.

    `max_tokens` counts the texts and images of all messages, by `Prompt.count_tokens(model)`;
    images need a model whose provider's rule is known. `reduce` is one of `REDUCTIONS`; `field`
    the input field to reduce (None: the longest free text). For an image it is "resize", "grid",
    "block" or "random"; with the first two the `field` is the largest image unless it is named.
    `seed` draws for "random" and "block"; `tagger` gives parts of speech to "syntax" (None:
    spaCy), `frequency` a word's share of the language to "frequency" (None: it counts in the text
    itself).
    """

    max_tokens: int
    reduce: str = "head"
    model: str | None = None
    field: str | None = None
    seed: int = 0
    tagger: Tagger | None = None
    frequency: Frequency | None = None


@dataclass(frozen=True, slots=True)
class Omitted:
    """What a prompt leaves out to fit into its budget.

    `demonstrations` were dropped; the input `field` lost `characters` of its characters (of
    `of`), an image `pixels` of its pixels, to the reduction `reduce`; in all the prompt is
    `tokens` shorter than the whole one.
    """

    demonstrations: int = 0
    field: str = ""
    reduce: str = ""
    characters: int = 0
    of: int = 0
    tokens: int = 0
    pixels: int = 0

    def __str__(self) -> str:
        """One line for people: "2 demonstrations; 3800 of 5000 characters of article (head)"."""
        parts = []
        if self.demonstrations:
            parts.append(f"{self.demonstrations} demonstration{'s' * (self.demonstrations != 1)}")
        if self.field:
            lost = f"{self.pixels or self.characters} of {self.of}"
            unit = "pixels" if self.pixels else "characters"
            parts.append(f"{lost} {unit} of {self.field} ({self.reduce})")
        return f"{'; '.join(parts)}: {self.tokens} tokens"

    @property
    def signature(self) -> str:
        """As part of the prompt's signature: `demonstrations=2,article=3800/5000(head)`."""
        parts = [f"demonstrations={self.demonstrations}"] if self.demonstrations else []
        if self.field:
            lost = self.pixels or self.characters
            parts.append(f"{self.field}={lost}/{self.of}({self.reduce})")
        return ",".join(parts)


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
        tokens = prompt.count_tokens(budget.model)
        if tokens.uncounted_images:
            raise InputError(
                f"max_tokens counts images by the rule of the model's provider, and there is none "
                f"for {budget.model or 'an unnamed model'} (or an image is a URL): pass "
                'Budget(max_tokens, model="gpt-4o"), and images as files or bytes.',
                field="max_tokens",
            )
        return int(tokens)

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
        field = field or (
            _largest_image(request) if budget.reduce in _OF_IMAGES else _longest(request)
        )
        if isinstance(request.inputs[field], Image):
            prompt, omitted = _with_smaller_image(compose, request, field, budget, size)
        else:
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
    assert not isinstance(value, Image)
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


def _with_smaller_image(
    compose: Compose,
    request: Request,
    field: str,
    budget: Budget,
    size: Callable[[Prompt], int],
) -> tuple[Prompt, Omitted]:
    """Return the prompt with the image reduced to the tokens that its texts leave."""
    image = request.inputs[field]
    assert isinstance(image, Image)
    own = count_image_tokens(image, budget.model) or 0
    left = budget.max_tokens - (size(compose(request, ())) - own)
    try:
        smaller = reduce_image(
            image, budget.reduce, tokens=left, model=budget.model, seed=budget.seed
        )
    except InputError as error:
        raise InputError(
            f"max_tokens is {budget.max_tokens}, which leaves {left} tokens for the image of "
            f"{field!r}: {error}",
            field=field,
        ) from error
    inputs = FrozenDict({**request.inputs, field: smaller})
    of = image.width * image.height
    lost = of - smaller.width * smaller.height
    omitted = Omitted(field=field, reduce=budget.reduce, pixels=lost, of=of)
    return compose(replace(request, inputs=inputs), ()), omitted


def _check(budget: Budget, task: Task) -> str | None:
    if not isinstance(budget.max_tokens, int):
        what = type(budget.max_tokens).__name__
        raise InputError(f"max_tokens must be a whole number or a Budget, not {what}.")
    if budget.max_tokens < 1:
        raise InputError(f"max_tokens is {budget.max_tokens}; it must be at least 1.")
    if budget.reduce not in (*REDUCTIONS, *_OF_IMAGES):
        raise UnknownName("reduction", budget.reduce, (*REDUCTIONS, *_OF_IMAGES))
    if budget.field is not None and budget.field not in task.field_names:
        raise UnknownName(f"input field of {task.name}", budget.field, task.field_names)
    named = next((one for one in task.inputs if one.name == budget.field), None)
    if named is not None:
        ways = IMAGE_REDUCTIONS if named.is_image else REDUCTIONS
        if budget.reduce not in ways:
            raise InputError(
                f"The reduction {budget.reduce!r} does not go with the input {named.name!r}; take "
                f"one of {', '.join(ways)}.",
                field=named.name,
            )
    return budget.field


def _largest_image(request: Request) -> str:
    """Return the field of the image that has the most pixels."""
    pixels = {
        name: value.width * value.height
        for name, value in request.inputs.items()
        if isinstance(value, Image)
    }
    if not pixels:
        raise InputError(
            f"The request of {request.task.name} has no image for reduce= to make smaller: take "
            f"one of {', '.join(REDUCTIONS)}."
        )
    return max(pixels, key=lambda name: pixels[name])


def _longest(request: Request) -> str:
    """Return the longest input that is free text: neither a choice nor one of a list of values."""
    task = request.task
    free = [
        field.name
        for field in task.inputs
        if field.is_free and field.name not in task.answer.options
    ]
    if not free:
        raise InputError(
            f"No input of {task.name} may be reduced to fit max_tokens: name one in Budget(field=)."
        )
    return max(free, key=lambda name: _characters(request.inputs[name]))


def _characters(value: InputValue) -> int:
    return sum(map(len, texts_of({"": value})))
