"""Selecting the demonstrations of one request: at random by seed, by length, or by LangChain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from typing import Any, Literal, Protocol

from xlt.demonstrations.demonstration import (
    Demonstration,
    demonstration_from,
    shipped_demonstrations,
)
from xlt.errors import InputError
from xlt.images.image import plain
from xlt.languages import get_language
from xlt.request import Request, check_inputs
from xlt.task import texts_of
from xlt.tokens.counting import count_text_tokens


class ExampleSelector(Protocol):
    """What LangChain calls an example selector, known by its one method."""

    def select_examples(self, input_variables: dict[str, Any]) -> list[dict[str, Any]]: ...


Selector = Callable[[Request], Iterable[Demonstration]]
Demonstrations = Sequence[Demonstration] | Selector | ExampleSelector | Literal["mixed"]


@dataclass(frozen=True, slots=True)
class RandomShots:
    """`shots` of the demonstrations, drawn by `seed` and the request.

    The same request gets the same shots on every machine, whatever order they are listed in;
    a demonstration of the request itself is never one of them.
    """

    demonstrations: tuple[Demonstration, ...]
    shots: int = 5
    seed: int = 0

    def __call__(self, request: Request) -> tuple[Demonstration, ...]:
        own = fingerprint(request.task.name, request.inputs, request.language.tag)

        def rank(one: Demonstration) -> str:
            inputs = check_inputs(request.task, one.inputs)
            shown = fingerprint(request.task.name, inputs, one.language or "")
            return sha256(f"{self.seed}|{own}|{shown}".encode()).hexdigest()

        others = [
            one
            for one in self.demonstrations
            if check_inputs(request.task, one.inputs) != request.inputs
        ]
        return tuple(sorted(others, key=rank)[: self.shots])


@dataclass(frozen=True, slots=True)
class MixedShots:
    """`shots` of the demonstrations in a mix of high-resource languages, one of each in turn.

    Where none is in such a language they are mixed as they are. Drawn as by `RandomShots`.
    Tu et al. 2025, arXiv 2502.11364: such a mix beats English demonstrations.
    """

    demonstrations: tuple[Demonstration, ...]
    shots: int = 5
    seed: int = 0

    def __call__(self, request: Request) -> tuple[Demonstration, ...]:
        drawn = RandomShots(self.demonstrations, len(self.demonstrations), self.seed)(request)
        spoken = {one.language: one.language or request.language for one in drawn}
        tiers = {tag: get_language(own, request.files).tier for tag, own in spoken.items()}
        high = [one for one in drawn if tiers[one.language] == "high"] or drawn
        turns: Counter[str | None] = Counter()
        in_turn: list[tuple[int, Demonstration]] = []
        for one in high:
            in_turn.append((turns[one.language], one))
            turns[one.language] += 1
        in_turn.sort(key=itemgetter(0))
        return tuple([one for _, one in in_turn[: self.shots]])


@dataclass(frozen=True, slots=True)
class ShotsByLength:
    """As many of the demonstrations, in their order, as `max_tokens` hold with the inputs.

    It counts the texts of the inputs and of each demonstration for `model`, not the
    instructions around them: `compose(max_tokens=)` counts everything.
    """

    demonstrations: tuple[Demonstration, ...]
    max_tokens: int
    model: str | None = None

    def __call__(self, request: Request) -> tuple[Demonstration, ...]:
        tag = request.language.tag
        left = self.max_tokens - sum(self._size(texts_of(request.inputs), tag))
        kept: list[Demonstration] = []
        for one in self.demonstrations:
            inputs = check_inputs(request.task, one.inputs)
            left -= sum(self._size(texts_of(inputs), one.language or tag))
            left -= sum(self._size([one.reply or one.answer or ""], "en"))
            if left < 0:
                break
            kept.append(one)
        return tuple(kept)

    def _size(self, texts: Sequence[str], tag: str) -> list[int]:
        return [int(count_text_tokens(text, self.model, language=tag)) for text in texts]


def select_for(demonstrations: Demonstrations, request: Request) -> tuple[Demonstration, ...]:
    """Return the demonstrations of a request: those of a sequence, or what a selector chooses.

    "mixed" stands for those that xlt ships, by `MixedShots`.
    """
    if demonstrations == "mixed":
        demonstrations = MixedShots(shipped_demonstrations(request.task, request.files.own))
    if hasattr(demonstrations, "select_examples"):
        chosen: Iterable[Any] = demonstrations.select_examples(dict(request.inputs))
    elif callable(demonstrations):
        chosen = demonstrations(request)
    elif isinstance(demonstrations, str | Mapping) or not isinstance(demonstrations, Iterable):
        raise InputError(
            "demonstrations must be a sequence of them, a function of the request that returns "
            'one, a LangChain example selector, or "mixed" for those that xlt ships, not '
            f"{type(demonstrations).__name__}."
        )
    else:
        chosen = demonstrations
    return tuple([demonstration_from(one) for one in chosen])


def fingerprint(task: str, inputs: Mapping[str, Any], *about: str) -> str:
    """Return sixteen hex digits that pin a request: its task, inputs and languages."""
    text = json.dumps([task, sorted(inputs.items()), *about], ensure_ascii=False, default=plain)
    return sha256(text.encode()).hexdigest()[:16]
