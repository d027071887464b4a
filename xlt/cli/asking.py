"""Sending a plan's prompts one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlt.backends.backend import Backend, Reply, follow
from xlt.cli.showing import Shower

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.prompt import Prompt
    from xlt.strategies.strategy import Plan


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and the calls it took."""

    answer: Answer
    prompts: tuple[Prompt, ...]
    replies: tuple[Reply, ...]


async def ask_prompt(backend: Backend, prompt: Prompt, show: Shower) -> Asked:
    """Send the one prompt of a strategy of one call."""
    reply = await _send(backend, prompt, show)
    answer = prompt.parse(reply.text, finish_reason=reply.finish_reason)
    return Asked(answer, (prompt,), (reply,))


async def ask_plan(backend: Backend, plan: Plan, show: Shower) -> Asked:
    """Send every round of a plan; what one prompt fails with ends it."""
    prompts: list[Prompt] = []
    replies: list[Reply] = []
    texts: tuple[str, ...] | None = None
    while True:
        try:
            turn = next(plan) if texts is None else plan.send(texts)
        except StopIteration as end:
            return Asked(end.value, tuple(prompts), tuple(replies))
        made = [await _send(backend, prompt, show) for prompt in turn]
        prompts += turn
        replies += made
        texts = tuple([reply.text for reply in made])


async def _send(backend: Backend, prompt: Prompt, show: Shower) -> Reply:
    show.start(prompt)
    try:
        return await follow(backend, prompt, show.piece)
    finally:
        show.end()
