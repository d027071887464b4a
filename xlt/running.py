"""Running a plan: `run` and `arun` with a function that sends a prompt, and what they stand on.

How to step a plan
------------------

A plan is a generator over rounds: it yields a tuple of prompts, is sent the tuple of their
replies, and returns an Answer. `Stepper` is the only code that steps one; everything that can
send prompts (a door) goes through it, so that the same replies lead to the same Answer at each.

`drive(plan, send)` and `adrive(plan, send)` are for a door that can send a whole round:
`send(prompts)` returns one reply for each prompt, in their order. A reply is whatever `Reply.of`
reads, or the exception that its call ended in. `send_each` is such a round made of calls side by
side, cancelled when one fails. A door records a call inside its `send`, resumes by giving out
saved replies first, and is cancelled by cancelling the task that awaits `adrive`.

A door that stops between rounds (a batch file, a saved plan) or yields pieces (a stream) holds
the Stepper itself: `prompts` are those that wait, `take(replies)` continues, `answer` ends it.
A LastRound says that the answer is read in its one reply, which a door may then show as it comes.

The rules that hold at every door:

- An exception ends the run, but in a LenientRound it is sent to the plan in place of a reply.
- A reply that an error broke off (`Reply.ending` "failed") is the exception ReplyFailed.
- A reply without an answer (refused, filtered, empty, a tool call alone) ends the plan in an
  Answer of status "none" with that flag; to a lenient round it is sent as the exception NoReply.
  A BackendError that holds such a `reply` counts as the reply.
- `Answer.usage` is the sum over all calls; unknown where that of one call is not known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import closing
from contextvars import copy_context
from dataclasses import replace
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any

from xlt.answers.answer import Answer
from xlt.errors import InputError, XLTError
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage
from xlt.strategies.strategy import LastRound, LenientRound, Plan
from xlt.telemetry import call_span, plan_span, round_span

if TYPE_CHECKING:
    from concurrent.futures import Executor

Ask = Callable[[Prompt], Any]
Round = tuple[Prompt, ...]
SendRound = Callable[[Round], Sequence[Any]]


class NoReply(XLTError):
    """A model replied without an answer; a lenient round is sent it in place of a reply."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        flags = ", ".join(sorted(reply.flags))
        super().__init__(f"The model replied without an answer: {flags}.")


class Stepper:
    """A plan under way: `prompts` wait for their replies until the `answer` is there."""

    __slots__ = ("_usage", "answer", "plan", "prompts")

    def __init__(self, plan: Plan) -> None:
        """Start the plan; what it raises, as for input it cannot use, is raised here."""
        if not hasattr(plan, "send"):
            raise InputError(
                f"A plan is needed, not {type(plan).__name__}: xlt.run(xlt.plan(task, inputs), "
                "ask). To compose, send and read in one call: xlt.ask(task, inputs, model=...)."
            )
        self.plan = plan
        self._usage: Usage | None = None
        self.prompts: Round = ()
        self.answer: Answer | None = None
        self._step(None)

    def take(self, replies: Sequence[Any]) -> None:
        """Send the replies to the round, or the exceptions that its calls ended in."""
        prompts = self.prompts
        if len(replies) != len(prompts):
            raise InputError(f"A round of {len(prompts)} prompts was given {len(replies)} replies.")
        lenient = isinstance(prompts, LenientRound)
        taken = [self._taken(reply, lenient) for reply in replies]
        if not lenient:
            for prompt, reply in zip(prompts, taken, strict=True):
                if isinstance(reply, NoReply):
                    self._end(prompt.parse(reply.reply))
                    return
        self._step(tuple(taken))

    def fail(self, error: Exception) -> None:
        """Take the error that sending the round ended in: a reply it holds, or raise it.

        Of a round of several prompts one such reply is enough to end the plan.
        """
        if _reply_in(error) is None or isinstance(self.prompts, LenientRound):
            raise error
        self.take([error] * len(self.prompts))

    def _taken(self, given: Any, lenient: bool) -> Reply | Exception:
        """Return the reply in what a door gave, counted; raises where only a reply will do."""
        reply = _reply_in(given) if isinstance(given, Exception) else Reply.of(given)
        taken: Reply | Exception
        try:
            if reply is None:
                raise given
            if reply.finish_reason is not None:
                reply.raise_for_failure()
            taken, usage = reply if reply.has_answer else NoReply(reply), reply.usage
        except Exception as error:
            if not lenient:
                raise
            taken, usage = error, getattr(error, "usage", None)
        own = usage if isinstance(usage, Usage) else Usage()
        self._usage = own if self._usage is None else self._usage + own
        return taken

    def _step(self, replies: tuple[Reply | Exception, ...] | None) -> None:
        """Go on to the next round, or the end.

        Only what the plan itself does stands inside the try: the StopIteration of a caller's
        function (an iterator of replies that has run out) does not end the plan.
        """
        try:
            prompts = next(self.plan) if replies is None else self.plan.send(replies)
        except StopIteration as stop:
            self._end(stop.value)
            return
        if isinstance(self.prompts, LastRound):
            raise InputError("A plan yielded another round after its last one (LastRound).")
        if not isinstance(prompts, tuple):  # `yield prompt` lacks a comma, and would be the answer
            raise InputError(f"A plan must yield a tuple of prompts, not {type(prompts).__name__}.")
        self.prompts = prompts

    def _end(self, answer: Any) -> None:
        self.plan.close()
        self.prompts = ()
        if not isinstance(answer, Answer):  # a `return` without a value
            again = " One that has been run returns none: make another." if answer is None else ""
            raise InputError(f"A plan must return an Answer, not {type(answer).__name__}.{again}")
        self.answer = replace(answer, usage=self._usage)


def run(plan: Plan, ask: Ask, *, max_concurrency: int = 1, ensure_language: bool = False) -> Answer:
    """Run a plan with `ask`, which sends one prompt and returns its reply; return the answer.

    A reply is a text, an xlt.Reply, or a message or response of an SDK (see `Reply.of`). Up to
    `max_concurrency` prompts of a round are asked at the same time, each in a thread. An exception
    of `ask` ends the run, after the calls already under way, except in a LenientRound. A refusal
    is an answer of status "none" with the flag "refused". With `ensure_language` an answer in
    another language than the one asked for is asked for once more, and flagged "asked_again".

        >>> import xlt
        >>> plan = xlt.plan("mgsm", "Juma ana mayai 16. Anakula 3.", language="sw")
        >>> xlt.run(plan, lambda prompt: xlt.Reply("Answer: 13", finish_reason="stop")).value
        13
    """
    size = _checked(max_concurrency, plan, ask)
    if iscoroutinefunction(ask):
        raise InputError("ask is a coroutine function: use xlt.arun.", field="ask")
    plan = _ensured(plan) if ensure_language else plan
    if size == 1:
        return drive(plan, lambda prompts: send_with(None, prompts, ask))
    from concurrent.futures import ThreadPoolExecutor  # not needed to import xlt

    with ThreadPoolExecutor(size) as pool:
        return drive(plan, lambda prompts: send_with(pool, prompts, ask))


async def arun(
    plan: Plan, ask: Ask, *, max_concurrency: int = 8, ensure_language: bool = False
) -> Answer:
    """Like `run`, for an `ask` that is a coroutine function; at most `max_concurrency` at a time.

    When one call of a round fails, the others are cancelled.
    """
    import asyncio  # not needed to import xlt

    gate = asyncio.Semaphore(_checked(max_concurrency, plan, ask))
    plan = _ensured(plan) if ensure_language else plan

    async def call(index: int, prompt: Prompt) -> Any:
        async with gate:
            reply = ask(prompt)
            return await reply if isawaitable(reply) else reply

    return await adrive(plan, lambda prompts: send_each(prompts, call))


def drive(plan: Plan | Stepper, send: SendRound) -> Answer:
    """Run a plan with `send`, which is given a whole round and returns its replies in order."""
    stepper = plan if isinstance(plan, Stepper) else Stepper(plan)
    with closing(stepper.plan), plan_span(stepper.prompts) as told:
        while stepper.answer is None:
            try:
                with round_span(stepper.prompts):
                    replies = send(stepper.prompts)
            except XLTError as error:
                stepper.fail(error)
            else:
                stepper.take(replies)
        if told:
            told(stepper.answer)
        return stepper.answer


async def adrive(plan: Plan | Stepper, send: Callable[[Round], Awaitable[Sequence[Any]]]) -> Answer:
    """Like `drive`, for a `send` that is a coroutine function."""
    stepper = plan if isinstance(plan, Stepper) else Stepper(plan)
    with closing(stepper.plan), plan_span(stepper.prompts) as told:
        while stepper.answer is None:
            try:
                with round_span(stepper.prompts):
                    replies = await send(stepper.prompts)
            except XLTError as error:
                stepper.fail(error)
            else:
                stepper.take(replies)
        if told:
            told(stepper.answer)
        return stepper.answer


def send_with(pool: Executor | None, prompts: Round, ask: Ask) -> list[Any]:
    """Return what `ask(prompt)` gives for each prompt of a round.

    They are asked side by side in the threads of `pool`, without one in order. In a LenientRound a
    call's exception takes the place of its reply; otherwise it is raised, and calls that have not
    begun are not made.
    """
    if pool is None or len(prompts) == 1:
        return [_ask(ask, prompt, prompts) for prompt in prompts]
    # Each in a copy of the caller's context, so that what it traces belongs to this plan.
    calls = [pool.submit(copy_context().run, _ask, ask, prompt, prompts) for prompt in prompts]
    try:
        return [call.result() for call in calls]
    finally:
        for call in calls:
            call.cancel()


async def send_each(
    prompts: Round, call: Callable[[int, Prompt], Coroutine[Any, Any, Any]]
) -> list[Any]:
    """Return what `call(index, prompt)` gives for each prompt of a round, all under way at once.

    In a LenientRound a call's exception takes the place of its reply, unless it is `final`
    (a wrong key). Otherwise the first one cancels the calls under way and is raised.
    """
    import asyncio

    async def guarded(index: int, prompt: Prompt) -> Any:
        try:
            with call_span(prompt) as told:
                reply = await call(index, prompt)
                if told:
                    told(reply)
                return reply
        except Exception as error:
            return _kept(error, prompts)

    if len(prompts) == 1:
        return [await guarded(0, prompts[0])]
    calls = [asyncio.create_task(guarded(*one)) for one in enumerate(prompts)]
    try:
        return list(await asyncio.gather(*calls))
    finally:
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


def _reply_in(error: Exception) -> Reply | None:
    reply = getattr(error, "reply", None)
    if not isinstance(reply, Reply):
        return None
    if reply.ending == "filtered" and not reply.text:  # all that is known of it is the error's text
        return replace(reply, text=str(error))
    return reply


def _ask(ask: Ask, prompt: Prompt, prompts: Round) -> Any:
    try:
        with call_span(prompt) as told:
            reply = ask(prompt)
            if told:
                told(reply)
            return reply
    except Exception as error:
        return _kept(error, prompts)


def _kept(error: Exception, prompts: Round) -> Exception:
    """Return an error that takes the place of a reply, or raise it."""
    lenient = isinstance(prompts, LenientRound) and not getattr(error, "final", False)
    if lenient or _reply_in(error) is not None:
        return error
    raise error


def _ensured(plan: Plan) -> Plan:
    from xlt.strategies.every import ensured

    return ensured(plan) if hasattr(plan, "send") else plan


def _checked(max_concurrency: int, plan: Plan, ask: Ask) -> int:
    if hasattr(plan, "send") and not callable(ask):  # what is no plan is told as such
        raise InputError(
            f"ask must be a function of a prompt, not {type(ask).__name__}; models and backends go "
            "into xlt.ask(task, inputs, model=...).",
            field="ask",
        )
    if max_concurrency < 1:
        raise InputError(f"max_concurrency is {max_concurrency}; it must be at least 1.")
    return max_concurrency
