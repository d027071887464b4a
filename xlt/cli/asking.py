"""Sending a plan's prompts one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlt.backends.backend import Backend, follow
from xlt.backends.errors import DeadlineExceeded
from xlt.cli.showing import Shower
from xlt.reply import Reply
from xlt.running import adrive, send_each

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


async def ask_plan(backend: Backend, plan: Plan, show: Shower) -> Asked:
    """Send every round of a plan, one prompt at a time: only one reply can be shown."""
    prompts: list[Prompt] = []
    replies: list[Reply] = []
    gate = asyncio.Lock()

    async def call(index: int, prompt: Prompt) -> Reply:
        async with gate:
            reply = await _send(backend, prompt, show)
        replies.append(reply)
        return reply

    async def send(turn: tuple[Prompt, ...]) -> list[Any]:
        prompts.extend(turn)
        return await send_each(turn, call)

    answer = await adrive(plan, send)
    return Asked(answer, tuple(prompts), tuple(replies))


async def _send(backend: Backend, prompt: Prompt, show: Shower) -> Reply:
    """Return a reply, shown as it comes; one that the deadline cut is what had come by then."""
    pieces: list[str] = []

    def piece(text: str) -> None:
        pieces.append(text)
        show.piece(text)

    show.start(prompt)
    is_whole = False
    try:
        reply = await follow(backend, prompt, piece)
        is_whole = True
    except DeadlineExceeded as error:
        text = "".join(pieces)
        if not text.strip():
            raise
        show.remark(f"{error} What had come by then is kept as a cut reply; --timeout gives more.")
        return Reply(text=text, finish_reason="timeout", model=backend.name)
    finally:
        show.end(is_whole=is_whole)
    return reply
