"""Running a plan: `run` and `arun` with a callable, `drive` and `adrive` a round at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from xlt.answers.answer import Answer
from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.strategies.strategy import LenientRound, Plan

if TYPE_CHECKING:
    import asyncio

Ask = Callable[[Prompt], Any]
SendRound = Callable[[tuple[Prompt, ...]], Sequence[Any]]


def run(plan: Plan, ask: Ask, *, max_concurrency: int = 1) -> Answer:
    """Run a plan with `ask`, which sends one prompt and returns its reply; return the answer.

    A reply is a text or an object with a `content` that is one. Up to `max_concurrency` prompts
    of a round are asked at the same time, each in a thread. An exception of `ask` ends the run,
    after the calls already under way, except in a LenientRound.
    """
    size = _checked(max_concurrency)
    if size == 1:
        return drive(plan, lambda prompts: [_ask(ask, prompt, prompts) for prompt in prompts])
    from concurrent.futures import ThreadPoolExecutor  # not needed to import xlt

    with ThreadPoolExecutor(size) as pool:

        def send(prompts: tuple[Prompt, ...]) -> list[Any]:
            if len(prompts) == 1:
                return [_ask(ask, prompts[0], prompts)]
            calls = [pool.submit(_ask, ask, prompt, prompts) for prompt in prompts]
            try:
                return [call.result() for call in calls]
            finally:
                for call in calls:
                    call.cancel()

        return drive(plan, send)


async def arun(plan: Plan, ask: Ask, *, max_concurrency: int = 8) -> Answer:
    """Like `run`, for an `ask` that is a coroutine function; at most `max_concurrency` at a time.

    When one call of a round fails, the others are cancelled.
    """
    import asyncio  # not needed to import xlt

    gate = asyncio.Semaphore(_checked(max_concurrency))

    async def send(prompts: tuple[Prompt, ...]) -> list[Any]:
        calls = [asyncio.create_task(_aask(ask, prompt, prompts, gate)) for prompt in prompts]
        try:
            return list(await asyncio.gather(*calls))
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    return await adrive(plan, send)


def drive(plan: Plan, send: SendRound) -> Answer:
    """Run a plan with `send`, which is given a whole round and returns its replies in order."""
    try:
        step = _step(plan, None)
        while isinstance(step, tuple):
            step = _step(plan, _replies(send(step), step))
        return step
    finally:
        plan.close()


async def adrive(
    plan: Plan, send: Callable[[tuple[Prompt, ...]], Awaitable[Sequence[Any]]]
) -> Answer:
    """Like `drive`, for a `send` that is a coroutine function."""
    try:
        step = _step(plan, None)
        while isinstance(step, tuple):
            step = _step(plan, _replies(await send(step), step))
        return step
    finally:
        plan.close()


def reply_text(reply: Any) -> str:
    """Return the text of a reply: itself, or its `content` (LangChain's messages have `text`).

    Raises InputError for anything else.
    """
    if isinstance(reply, str):
        return reply
    content = getattr(reply, "content", None)
    if isinstance(content, list):
        content = "".join([_block_text(block) for block in content])
    if isinstance(content, str):
        return content
    raise InputError(
        f"A reply must be a text or an object with a text as its content, "
        f"not {type(reply).__name__}."
    )


def _step(plan: Plan, replies: tuple[Any, ...] | None) -> tuple[Prompt, ...] | Answer:
    """Return the plan's next round, or its answer.

    Only what the plan itself does stands here: the StopIteration of a caller's function (an
    iterator of replies that has run out) is no end of the plan.
    """
    try:
        prompts = next(plan) if replies is None else plan.send(replies)
    except StopIteration as stop:
        answer: Answer = stop.value
        return answer
    if not isinstance(prompts, tuple):  # `yield prompt` lacks a comma, and would be the answer
        raise InputError(f"A plan must yield a tuple of prompts, not {type(prompts).__name__}.")
    return prompts


def _replies(replies: Sequence[Any], prompts: tuple[Prompt, ...]) -> tuple[Any, ...]:
    if len(replies) != len(prompts):
        raise InputError(f"A round of {len(prompts)} prompts was given {len(replies)} replies.")
    lenient = isinstance(prompts, LenientRound)
    texts: list[Any] = []
    for reply in replies:
        if isinstance(reply, Exception):
            if not lenient:
                raise reply
            texts.append(reply)
        else:
            texts.append(reply_text(reply))
    return tuple(texts)


def _ask(ask: Ask, prompt: Prompt, prompts: tuple[Prompt, ...]) -> Any:
    try:
        return ask(prompt)
    except Exception as error:
        if isinstance(prompts, LenientRound):
            return error
        raise


async def _aask(
    ask: Ask, prompt: Prompt, prompts: tuple[Prompt, ...], gate: asyncio.Semaphore
) -> Any:
    async with gate:
        try:
            reply = ask(prompt)
            return await reply if isawaitable(reply) else reply
        except Exception as error:
            if isinstance(prompts, LenientRound):
                return error
            raise


def _block_text(block: Any) -> str:
    if isinstance(block, str):
        return block
    return str(block.get("text", "")) if isinstance(block, dict) else ""


def _checked(max_concurrency: int) -> int:
    if max_concurrency < 1:
        raise InputError(f"max_concurrency is {max_concurrency}; it must be at least 1.")
    return max_concurrency
