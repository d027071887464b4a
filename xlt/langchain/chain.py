"""`xlt_chain`: one runnable from a text or mapping to an Answer, each item on its own.

It renders, calls the model and parses per item. A `prompt | model | parser` sequence would
finish each step for all inputs of an `abatch` before it starts the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, TypeVar, Unpack

from langchain_core.runnables import Runnable, RunnableConfig, RunnableSerializable
from langchain_core.runnables.config import (
    ensure_config,
    get_async_callback_manager_for_config,
    get_callback_manager_for_config,
)
from langchain_core.tools import BaseTool
from pydantic import BaseModel, InstanceOf, field_validator

from xlt.answers.answer import Answer
from xlt.demonstrations import Demonstration
from xlt.langchain.batching import (
    STREAM_CONCURRENCY,
    Configs,
    Inputs,
    as_completed_bounded,
    as_completed_in_threads,
    check_configs,
    concurrency,
    config_of,
)
from xlt.langchain.exchange import Exchange, Ready, aprepare, prepare, untraced
from xlt.langchain.settings import PromptSettings, Used, as_model
from xlt.langchain.tool import answer_node, answer_tool, input_schema
from xlt.languages import Language
from xlt.running import Stepper
from xlt.strategies.typed_options import StrategyOptions
from xlt.task import Task

Gated = TypeVar("Gated")


def xlt_chain(
    model: Any,
    task: str | Task,
    *,
    language: str | Language | None = None,
    target_language: str | Language | None = None,
    candidates: Iterable[str | Language] | None = None,
    default_language: str | Language | None = None,
    labels: Iterable[str] | None = None,
    system: str | None = None,
    history_key: str | None = None,
    output: Any = None,
    strategy: str | None = None,
    demonstrations: Iterable[Demonstration] = (),
    example_selector: Any = None,
    templates: str | Path | None = None,
    think_tags: tuple[str, str] | None = None,
    raise_on_missing: bool = False,
    name: str | None = None,
    **options: Unpack[StrategyOptions],
) -> XLTChain:
    """Return the runnable that answers a task with a model.

    `model` is any LangChain chat model or runnable (`bind_tools`, `with_structured_output`), a
    function, or a name such as "openai:gpt-4o-mini" where `langchain` is installed.

    An input is the text of a task with one field, messages, or a mapping of the fields that may
    hold "language" and "target_language"; those given here hold for inputs without. `history_key`
    names the key of what was said before; where the mapping has no field, the last user message
    in it asks. `output` is the object that the answer must be. `raise_on_missing` turns a reply
    without an answer into an OutputParserException. `options` are the strategy's, as for
    `xlt.compose`.

    Raises UnknownName, InputError or MissingExtra.
    """
    given: dict[str, Any] = locals()  # each parameter is a field of the chain
    return XLTChain(**given)


def xlt_node(
    model: Any,
    task: str | Task,
    *,
    input_key: str | None = None,
    output_key: str = "answer",
    **settings: Any,
) -> Runnable[Any, dict[str, Answer]]:
    """Return a node for LangGraph: it reads a graph's state and writes the Answer to `output_key`.

    A chain by itself is not one: LangGraph would take the fields of its Answer for keys of the
    state. The input is the task's fields in the state, else the last user's message of
    "messages" (after those before it with `history_key="messages"`); `input_key` names another
    key, which holds a text, a mapping of the fields, or messages. "language" and
    "target_language" of the state count. `settings` as of `xlt_chain`.

        builder.add_node("solve", xlt_node("openai:gpt-4o-mini", "mgsm"))

    Raises UnknownName, InputError or MissingExtra.
    """
    chain = xlt_chain(model, task, **settings)
    return answer_node(chain, chain, input_key, output_key)


class XLTChain(PromptSettings, RunnableSerializable[Any, Answer]):
    """Composes the prompt of an input, asks the model, reads the answer; made by `xlt_chain`."""

    model: InstanceOf[Runnable[Any, Any]]
    raise_on_missing: bool = False

    @field_validator("model", mode="before")
    @classmethod
    def _read_model(cls, value: Any) -> Runnable[Any, Any]:
        return as_model(value)

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the run's name: "xlt_" and the task's, unless one was given."""
        return super().get_name(suffix, name=name or self.name or f"xlt_{self.task_used.name}")

    @property
    def InputType(self) -> Any:  # noqa: N802  # LangChain's name
        return dict[str, str] if self.task_used.needs_mapping else str | dict[str, str]

    @property
    def OutputType(self) -> type[Answer]:  # noqa: N802
        return Answer

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        return input_schema(self, self.get_name("input"))

    # One input

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Return the answer to one input; further arguments go to the model."""
        return self._answer(input, config, kwargs)

    def _answer(
        self,
        input: Any,
        config: RunnableConfig | None,
        arguments: dict[str, Any],
        gate: BoundedSemaphore | None = None,
    ) -> Answer:
        used = self.used
        ready = prepare(self, used, input)
        call = Exchange(self, ready, arguments, gate).answer
        traced = _traced(config, used, ready)
        if get_callback_manager_for_config(traced).handlers:
            return self._call_with_config(call, input, traced)
        with untraced(traced) as child:
            return call(input, None, child)

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Answer:
        gate = self._gate(config, asyncio.Semaphore)
        return await self._aanswer(input, config, _is_heard(config), kwargs, gate)

    async def _aanswer(
        self,
        input: Any,
        config: RunnableConfig | None,
        heard: bool,
        arguments: dict[str, Any],
        gate: asyncio.Semaphore | None,
    ) -> Answer:
        used = self.used
        ready = await aprepare(self, used, input)
        call = Exchange(self, ready, arguments, gate).aanswer
        traced = _traced(config, used, ready)
        if heard:
            return await self._acall_with_config(call, input, traced)
        with untraced(traced) as child:
            return await call(input, None, child)

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Answer]:
        """Yield an AnswerChunk for each piece of the reply as it comes, then the Answer."""
        used = self.used
        ready = prepare(self, used, input)
        pieces = Exchange(self, ready, kwargs).pieces
        traced = _traced(config, used, ready)
        yield from self._transform_stream_with_config(iter([input]), pieces, traced)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Answer]:
        used = self.used
        ready = await aprepare(self, used, input)
        pieces = Exchange(self, ready, kwargs, self._gate(config, asyncio.Semaphore)).apieces
        traced = _traced(config, used, ready)
        async for piece in self._atransform_stream_with_config(_just(input), pieces, traced):
            yield piece

    # Many inputs

    def batch(
        self,
        inputs: list[Any],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Answer]:
        """Return the answers in order; `max_concurrency` of the config bounds the calls.

        Unless exceptions are returned the first one ends the batch after the calls under way.
        """
        pairs = self.batch_as_completed(
            inputs, config, return_exceptions=return_exceptions, **kwargs
        )
        found: dict[int, Any] = dict(pairs)
        return [found[place] for place in range(len(inputs))]

    async def abatch(
        self,
        inputs: list[Any],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Answer]:
        """Return the answers in order; `max_concurrency` of the config bounds the calls.

        Unless exceptions are returned the first one cancels the calls under way.
        """
        pairs = self.abatch_as_completed(
            inputs, config, return_exceptions=return_exceptions, **kwargs
        )
        found: dict[int, Any] = {place: answer async for place, answer in pairs}
        return [found[place] for place in range(len(inputs))]

    async def abatch_as_completed(  # type: ignore[override]  # takes streams as well
        self,
        inputs: Inputs,
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Answer | Exception]]:
        """Yield (index, answer) as answers come, in bounded memory.

        `inputs` may be any iterable or async iterable: it is read as calls get free, so a
        stream of millions is never held. Without `max_concurrency` a sequence is asked all at
        once, as LangChain does, and a stream 64 at a time.
        """
        check_configs(config, inputs)
        call = self._caller(config, return_exceptions, kwargs)
        pairs = as_completed_bounded(call, inputs, concurrency(config, inputs))
        async with aclosing(pairs):
            async for pair in pairs:
                yield pair

    def batch_as_completed(  # type: ignore[override]  # takes streams as well
        self,
        inputs: Iterable[Any],
        config: Configs = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Answer | Exception]]:
        """Yield (index, answer) as answers come from threads; any iterable, bounded memory."""
        check_configs(config, inputs)
        gate = self._gate(config_of(config, 0) if config else None, BoundedSemaphore)

        def call(index: int, item: Any) -> Any:
            try:
                return self._answer(item, config_of(config, index), kwargs, gate)
            except Exception as error:
                if return_exceptions:
                    return error
                raise

        first = ensure_config(config_of(config, 0)) if config else ensure_config()
        limit = first.get("max_concurrency") or STREAM_CONCURRENCY
        yield from as_completed_in_threads(call, inputs, first, limit)

    def _caller(
        self, config: Configs, return_exceptions: bool, arguments: dict[str, Any]
    ) -> Callable[[int, Any], Awaitable[Any]]:
        # One config serves all inputs: looking for its callbacks costs as much as composing.
        shared = None if isinstance(config, Sequence) else _is_heard(config)
        gate = self._gate(config_of(config, 0) if config else None, asyncio.Semaphore)

        async def call(index: int, item: Any) -> Any:
            own = config_of(config, index)
            heard = _is_heard(own) if shared is None else shared
            try:
                return await self._aanswer(item, own, heard, arguments, gate)
            except Exception as error:
                if return_exceptions:
                    return error
                raise

        return call

    # As a tool

    def as_tool(
        self,
        args_schema: type[BaseModel] | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        arg_types: dict[str, type] | None = None,
    ) -> BaseTool:
        """Return a tool with the task's fields as arguments.

        The model that calls it gets the answer as text; the Answer is the message's artifact.
        An error (no answer found, a text in an unknown language) is a ToolException, which is shown
        to the model, so that the agent continues.
        """
        if args_schema is not None or arg_types is not None:
            return super().as_tool(
                args_schema, name=name, description=description, arg_types=arg_types
            )
        return answer_tool(self, self, name or self.get_name(), description)

    def _gate(self, config: RunnableConfig | None, kind: Callable[[int], Gated]) -> Gated | None:
        """Return what bounds the calls of a strategy of several; one call needs no bound."""
        limit = (config or {}).get("max_concurrency")
        if not limit or self.strategy_used.compose_prompt is not None:
            return None
        return kind(max(1, limit))


def _traced(config: RunnableConfig | None, used: Used, ready: Ready) -> RunnableConfig:
    """Return the config with what a trace should say of a run, unless the caller says it."""
    about = {"task": used.task.name, "strategy": used.strategy.name}
    if isinstance(ready, Stepper) and ready.prompts:
        prompt = ready.prompts[0]
        about |= {"language": prompt.language.tag, "signature": prompt.signature}
        if prompt.target_language != prompt.language:
            about["target_language"] = prompt.target_language.tag
    config = ensure_config(config)
    config["metadata"] = {**about, **config.get("metadata", {})}
    return config


def _is_heard(config: RunnableConfig | None) -> bool:
    """Tell whether a callback handler listens, of the config or a global one."""
    return bool(get_async_callback_manager_for_config(ensure_config(config)).handlers)


async def _just(item: Any) -> AsyncIterator[Any]:
    yield item
