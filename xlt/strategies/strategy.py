"""`Strategy` and `Plan`: a plan is a generator over rounds of prompts that any driver can run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from xlt.errors import InputError, UnknownName
from xlt.languages import get_language
from xlt.prompt import Prompt
from xlt.registry import find
from xlt.request import Request
from xlt.strategies.forms import form_of

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.structured import Output

_ALIKE, _LONGEST = 0.8, 100  # "langauge" is "language", "steps" is not "templates"
_OF_THE_MODEL = ("temperature", "timeout")
EVERY = ("alignment", "answer_language", "ensure_language", "instruction_language")
"""Options of every strategy beside its own (`xlt.strategies.every`)."""
# What a round is sent: an xlt.Reply for each prompt; a lenient round also the exception that a
# call ended in.
Replies = tuple[Any, ...]
# Yields a round of prompts (which may be sent side by side), is sent their replies in the same
# order, and returns the answer.
Plan = Generator[tuple[Prompt, ...], Replies, "Answer"]


class LenientRound(tuple[Prompt, ...]):
    """A round whose plan can continue without some of its replies.

    It is sent the exception of a call in place of its reply: the call's own, or NoReply where the
    model refused or said nothing. Of any other round such a call ends the run.
    """

    __slots__ = ()


class LastRound(tuple[Prompt, ...]):
    """A round of one prompt that ends the plan: the answer is read in its reply.

    A door that streams may show that reply as it comes. A plan need not say which round is its
    last; one that does yields no other.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """A named way to prompt: by `compose_prompt` where it takes one call, else by `make_plan`.

    One that has both chooses how many calls it takes; it may refuse to compose a single prompt.
    """

    name: str
    source: str
    make_plan: Callable[..., Plan] | None = None
    compose_prompt: Callable[..., Prompt] | None = None

    @property
    def takes(self) -> Callable[..., Any]:
        """The function whose keyword-only parameters are the strategy's options."""
        function = self.compose_prompt or self.make_plan
        assert function is not None
        return function

    def compose(self, request: Request, *, output: Output | None = None, **options: Any) -> Prompt:
        """Return the strategy's one prompt, which asks for the object `output` if there is one.

        Raises InputError if the strategy takes several calls.
        """
        if self.compose_prompt is None:
            raise InputError(
                f"The strategy {self.name!r} takes more than one call: use xlt.plan and xlt.run."
            )
        form = None if options else form_of(self, request)
        if options:
            check_options(self.name, self.compose_prompt, options)
            if not options.keys().isdisjoint(EVERY):
                from xlt.strategies.every import take_every

                request, options, ensures = take_every(request, options)
                if ensures:
                    raise InputError(
                        "ensure_language may take a second call: use xlt.plan, xlt.ask or a chain."
                    )
        prompt = form.fill(request.inputs) if form else self.compose_prompt(request, **options)
        if output is None:
            return prompt
        from xlt.strategies.every import as_object

        return as_object(prompt, output, request.files)

    def plan(self, request: Request, *, output: Output | None = None, **options: Any) -> Plan:
        """Return the strategy's plan; where it takes one call its prompt is composed at once.

        An object is asked for in one call: `output` as for `compose`.
        """
        if options and not options.keys().isdisjoint(EVERY):
            from xlt.strategies.every import ensured, take_every

            check_options(self.name, self.make_plan or self.takes, options)
            request, own, ensures = take_every(request, options)
            if request.instruction_language and not self.compose_prompt and not request.files.own:
                raise InputError(
                    f"{self.name} asks in several calls, worded in English: "
                    "instruction_language= goes with xlt, basic and cot.",
                    field="instruction_language",
                )
            made = self.plan(request, output=output, **own)
            return ensured(made) if ensures else made
        if self.make_plan is None or output is not None:
            return ask_once(self.compose(request, output=output, **options))
        if options:
            check_options(self.name, self.make_plan, options)
        return self.make_plan(request, **options)


def get_strategy(name: str) -> Strategy:
    """Return a strategy by its name: a built-in one, or an installed package's.

    Raises UnknownName.
    """
    if not isinstance(name, str):
        raise InputError(f"strategy must be the name of a strategy, not {type(name).__name__}.")
    found: Strategy = find("xlt.strategies", "strategy", name)
    return found


def single_call(name: str, source: str, compose_prompt: Callable[..., Prompt]) -> Strategy:
    """Return the strategy whose plan is one round of the one prompt `compose_prompt` makes."""
    return Strategy(name, source, compose_prompt=compose_prompt)


def ask_once(prompt: Prompt) -> Plan:
    """Return the plan of one round of one prompt."""
    (reply,) = yield LastRound([prompt])
    return prompt.parse(reply)


def check_languages(
    option: str, given: Any, request: Request, most: int | None = None
) -> tuple[str, ...]:
    """Return the tags of the languages an option lists, each once.

    Raises InputError for what is no list of one language or more, or of more than `most`.
    """
    is_list = isinstance(given, Iterable) and not isinstance(given, str)
    listed = tuple(given) if is_list else ()
    if not listed or (most is not None and len(listed) > most):
        count = "one or more" if most is None else f"one to {most}"
        raise InputError(
            f"{option} must be a list of {count} languages, such as ('en', 'de').", field=option
        )
    return tuple(dict.fromkeys(get_language(one, request.files).tag for one in listed))


def options_of(function: Callable[..., Any]) -> list[str]:
    """Return the names of the options that a strategy's function takes."""
    parameters = signature(function).parameters.values()
    return [one.name for one in parameters if one.kind is Parameter.KEYWORD_ONLY]


def check_options(
    strategy: str,
    function: Callable[..., Any],
    options: dict[str, Any],
    *,
    beside: Sequence[str] = (),
) -> None:
    """Raise UnknownName for an option that the strategy's function does not take.

    One that is a setting of the model is an InputError. `beside` are other names that the caller
    takes, which a misspelt one may be.
    """
    if not options:
        return
    parameters = signature(function).parameters.values()
    if any(one.kind is Parameter.VAR_KEYWORD for one in parameters):
        return
    known = [*options_of(function), *EVERY]
    for name in options:
        if name in _OF_THE_MODEL and name not in known:
            raise InputError(
                f"{name} is the model's: set it where the model is made, as in "
                f'choose_backend(Choice("openai:gpt-4o-mini", {name}=...)) of xlt.backends.',
                field=name,
            )
        if name not in known:
            from difflib import get_close_matches

            meant = get_close_matches(name[:_LONGEST], beside, n=1, cutoff=_ALIKE)
            meant += [one for one in beside if len(name) > 2 and one.startswith(name)]  # lang=
            guess = meant[0] if meant else None
            raise UnknownName(f"option of the strategy {strategy}", name, known, guess=guess)
