"""`check_strategy`: whether a strategy's plan is one that every driver can run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xlt.answers.answer import Answer
from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.request import make_request
from xlt.running import drive
from xlt.strategies.strategy import Strategy
from xlt.testing.requirement import require

_REPLIES = ("", "Answer: 4", "<think>never closed", "Réponse : ４\r\n", "{" * 1000)
_MOST_ROUNDS = 64


def check_strategy(
    strategy: Strategy,
    *,
    task: str = "mgsm",
    inputs: str | Mapping[str, str] = "Je, 2 + 2 ni ngapi?",
    language: str = "sw",
    options: Mapping[str, Any] | None = None,
    replies: Iterable[str] = _REPLIES,
) -> None:
    """Check that the plans of `strategy` keep their promises, whatever the model replies.

    Each round is a tuple of prompts that name the strategy, the plan ends in an Answer within
    64 rounds, and the same replies lead to the same prompts and answer. Raises AssertionError.
    """
    for reply in replies:
        first = _run(strategy, task, inputs, language, dict(options or {}), reply)
        again = _run(strategy, task, inputs, language, dict(options or {}), reply)
        require(first == again, f"the reply {reply[:60]!r} leads to another plan the second time")


def _run(
    strategy: Strategy,
    task: str,
    inputs: str | Mapping[str, str],
    language: str,
    options: dict[str, Any],
    reply: str,
) -> tuple[list[tuple[Prompt, ...]], Answer]:
    plan = strategy.plan(make_request(task, inputs, language=language), **options)
    rounds: list[tuple[Prompt, ...]] = []

    def send(prompts: tuple[Prompt, ...]) -> list[str]:
        require(len(prompts) > 0, "a round must hold at least one prompt")
        for prompt in prompts:
            require(isinstance(prompt, Prompt), f"a round holds a {type(prompt).__name__}")
            require(prompt.strategy == strategy.name, "a prompt names another")
        rounds.append(prompts)
        require(len(rounds) <= _MOST_ROUNDS, f"the plan does not end in {_MOST_ROUNDS} rounds")
        return [reply] * len(prompts)

    try:
        return rounds, drive(plan, send)
    except InputError as error:
        raise AssertionError(str(error)) from error
