"""One input's way to its answer: its plan stepped by calls to the model, inside a traced run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import get_executor_for_config, var_child_runnable_config
from pydantic import BaseModel

from xlt.answers.answer import Answer
from xlt.answers.steps import StepEvent
from xlt.backends.errors import MalformedReply
from xlt.errors import XLTError
from xlt.langchain.parser import required
from xlt.langchain.prompt import XLTPromptValue
from xlt.langchain.settings import PromptSettings, Used, filled, request_of
from xlt.prompt import Prompt
from xlt.reply import Reply, ToolCall, Usage
from xlt.running import Stepper, adrive, drive, send_each, send_with
from xlt.strategies.strategy import ask_once

if TYPE_CHECKING:
    from xlt.langchain.chain import XLTChain

# An input composed: its plan at the first round, or what composing raised, which is kept so that
# it is raised inside the traced run.
Ready = Stepper | Exception
MOST_CHARACTERS = 16 * 1024 * 1024


def prepare(settings: PromptSettings, used: Used, values: Any) -> Ready:
    """Return an input ready to send; an error is what is returned, not raised."""
    try:
        if (prompt := filled(used, values)) is not None:
            return Stepper(ask_once(prompt))
        request = request_of(settings, used, values)
        options = settings.select(request)
        return Stepper(used.strategy.plan(request, output=used.output, **options))
    except Exception as error:
        return error


async def aprepare(settings: PromptSettings, used: Used, values: Any) -> Ready:
    """Like `prepare`; neither an example selector nor a translator blocks the event loop."""
    try:
        if (prompt := filled(used, values)) is not None:
            return Stepper(ask_once(prompt))
        request = request_of(settings, used, values)
        options = await settings.aselect(request)
        if options.get("translator") is None:
            return Stepper(used.strategy.plan(request, output=used.output, **options))
        options["translator"] = _from_thread(options["translator"])
        plan = partial(used.strategy.plan, request, output=used.output, **options)
        return await asyncio.to_thread(lambda: Stepper(plan()))
    except Exception as error:
        return error


def _from_thread(translator: Any) -> Any:
    """Return a translator to call in a thread, also where it is a coroutine function."""
    if not iscoroutinefunction(translator) and not iscoroutinefunction(type(translator).__call__):
        return translator
    loop = asyncio.get_running_loop()

    def translate(texts: Sequence[str], source: str, target: str) -> Any:
        return asyncio.run_coroutine_threadsafe(translator(texts, source, target), loop).result()

    return translate


@dataclass(frozen=True, slots=True)
class Exchange:
    """Asks a chain's model what an input made `ready` needs; `arguments` go to every call.

    At most as many calls are under way as `gate` lets through, over all inputs that share it; the
    async methods need an asyncio.Semaphore. The methods take what LangChain's traced calls pass:
    input, run manager, config.
    """

    chain: XLTChain
    ready: Ready
    arguments: dict[str, Any]
    gate: Any = None

    def answer(self, input: Any, run_manager: Any, config: RunnableConfig) -> Answer:
        """Return the answer, asking round by round."""
        return self._checked(drive(self._stepper(), partial(self._send, config=config)))

    async def aanswer(self, input: Any, run_manager: Any, config: RunnableConfig) -> Answer:
        return self._checked(await adrive(self._stepper(), partial(self._asend, config=config)))

    def pieces(
        self, inputs: Iterator[Any], run_manager: Any, config: RunnableConfig
    ) -> Iterator[Answer]:
        """Yield the pieces of the replies as they come, then the answer.

        Calls side by side have no one text that could stream.
        """
        stepper, number = self._stepper(), 0
        while stepper.answer is None:
            prompts = stepper.prompts
            number += len(prompts)
            try:
                if len(prompts) == 1:
                    reader = ReplyStream(prompts[0], number)
                    value = XLTPromptValue.of(prompts[0])
                    for output in self.chain.model.stream(value, config, **self.arguments):
                        yield from reader.read(output)
                    yield from reader.end()
                    replies: list[Any] = [reader.reply]
                else:
                    replies = self._send(prompts, config)
            except XLTError as error:
                stepper.fail(error)
            else:
                stepper.take(replies)
        yield self._checked(stepper.answer)

    async def apieces(
        self, inputs: AsyncIterator[Any], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Answer]:
        stepper, number = self._stepper(), 0
        while stepper.answer is None:
            prompts = stepper.prompts
            number += len(prompts)
            try:
                if len(prompts) == 1:
                    reader = ReplyStream(prompts[0], number)
                    value = XLTPromptValue.of(prompts[0])
                    async for output in self.chain.model.astream(value, config, **self.arguments):
                        for piece in reader.read(output):
                            yield piece
                    for piece in reader.end():
                        yield piece
                    replies: list[Any] = [reader.reply]
                else:
                    replies = await self._asend(prompts, config)
            except XLTError as error:
                stepper.fail(error)
            else:
                stepper.take(replies)
        yield self._checked(stepper.answer)

    def _send(self, prompts: tuple[Prompt, ...], config: RunnableConfig) -> list[Any]:
        def call(prompt: Prompt) -> Any:
            value = XLTPromptValue.of(prompt)
            with self.gate or nullcontext():
                return _said(self.chain.model.invoke(value, config, **self.arguments))

        if len(prompts) == 1:
            return send_with(None, prompts, call)
        with get_executor_for_config(config) as pool:
            return send_with(pool, prompts, call)

    async def _asend(self, prompts: tuple[Prompt, ...], config: RunnableConfig) -> list[Any]:
        async def call(index: int, prompt: Prompt) -> Any:
            value = XLTPromptValue.of(prompt)
            async with self.gate or nullcontext():
                return _said(await self.chain.model.ainvoke(value, config, **self.arguments))

        return await send_each(prompts, call)

    def _stepper(self) -> Stepper:
        if isinstance(self.ready, Exception):
            raise self.ready
        return self.ready

    def _checked(self, answer: Answer) -> Answer:
        return required(answer) if self.chain.raise_on_missing else answer


def _said(output: Any) -> Any:
    """Return what a model gave as a reply; an object of `with_structured_output` as its JSON."""
    if isinstance(output, BaseMessage | str):
        return output
    if isinstance(output, Mapping) and {"raw", "parsed"} <= output.keys():  # include_raw=True
        return Reply.of(output["raw"]) if output["parsed"] is None else _said(output["parsed"])
    if isinstance(output, BaseModel):
        return Reply(output.model_dump_json())
    if isinstance(output, Mapping) and not {"content", "text", "choices"} & output.keys():
        return Reply(json.dumps(output, ensure_ascii=False, default=str))
    return output


@dataclass(frozen=True, slots=True)
class AnswerChunk(Answer):
    """A piece of a streamed reply, before its answer is sure.

    `reply` is the new text alone and `events` the parts that it completed: the retelling, a
    line of reasoning, at last the answer's words. `value` is that of the last answer marker so
    far and may still change; None before there is one. Adding joins texts and events; adding
    the Answer that ends a stream gives that Answer, so the sum of a stream is its answer. `call`
    is the number of the call whose reply it is of: where it grows another reply begins, as the
    second one of `ensure_language`.
    """

    events: tuple[StepEvent, ...] = ()
    call: int = 1

    def __add__(self, other: Any) -> Answer:
        if isinstance(other, AnswerChunk):
            return replace(other, reply=self.reply + other.reply, events=self.events + other.events)
        return other if isinstance(other, Answer) else NotImplemented


class ReplyStream:
    """Reads the chunks of one call to a model; of endless ones it reads 16 million characters."""

    def __init__(self, prompt: Prompt, call: int = 1) -> None:
        self._reader, self._call = prompt.reader(), call
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[ToolCall] = []
        self._usage: Usage | None = None
        self._reason: str | None = None
        self._left = MOST_CHARACTERS

    @property
    def reply(self) -> Reply:
        """The reply so far."""
        return Reply(
            text="".join(self._texts),
            finish_reason=self._reason,
            reasoning="".join(self._thoughts) or None,
            usage=self._usage and replace(self._usage, calls=1),
            refusal="".join(self._refusals) or None,
            tool_calls=tuple(self._calls),
        )

    def read(self, output: Any) -> list[AnswerChunk]:
        """Return the piece that one more chunk of the model gives; none without text.

        Raises MalformedReply for a stream that does not end.
        """
        text = _plain_text(output)
        if text is None:
            text = self._note(Reply.of(output))
        if not text:
            return []
        self._left -= len(text)
        if self._left < 0:
            raise MalformedReply(
                f"The reply is longer than {MOST_CHARACTERS} characters; reading was stopped."
            )
        self._texts.append(text)
        return [self._chunk(text, self._reader.feed(text))]

    def end(self) -> list[AnswerChunk]:
        """Return the parts that only the end of the reply made sure."""
        known = len(self._reader.events)
        self._reader.close(self._reason)
        rest = self._reader.events[known:]
        return [self._chunk("", rest)] if rest else []

    def _note(self, piece: Reply) -> str:
        """Keep what a chunk says beside its text, and return that."""
        self._reason = piece.finish_reason or self._reason
        self._thoughts += [piece.reasoning] if piece.reasoning else []
        self._refusals += [piece.refusal] if piece.refusal else []
        self._calls += [call for call in piece.tool_calls if call.name]  # the rest goes on with one
        if piece.usage is not None:
            self._usage = piece.usage if self._usage is None else self._usage + piece.usage
        return piece.text

    def _chunk(self, text: str, events: tuple[StepEvent, ...]) -> AnswerChunk:
        found = self._reader.candidate
        value, status, said = (
            (None, "none", "") if found is None else (found.value, found.status, found.text)
        )
        return AnswerChunk(value, status, said, reply=text, events=events, call=self._call)


def _plain_text(output: Any) -> str | None:
    """Return the text of a chunk that holds nothing else, as most do; None for any other."""
    if isinstance(output, str):
        return output
    if isinstance(output, BaseMessage) and isinstance(output.content, str):
        about = (output.response_metadata, output.additional_kwargs)
        told = getattr(output, "usage_metadata", None) or getattr(output, "tool_call_chunks", None)
        return None if told or any(about) else output.content
    return None


@contextmanager
def untraced(config: RunnableConfig) -> Iterator[RunnableConfig]:
    """Put the config for child runs in force and hand it out.

    A traced run costs a task, a context and a run manager a call, which is as much as the rest
    of a chain; where no callback handler listens the config is all that must be passed on.
    """
    child = config.copy()
    child.pop("run_name", None)  # these two name one run, not those below it
    child.pop("run_id", None)
    token = var_child_runnable_config.set(child)
    try:
        yield child
    finally:
        var_child_runnable_config.reset(token)
