"""`XLTPrompt`: the prompts of every one-call strategy as a LangChain chat prompt template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.prompt_values import ChatPromptValue
from langchain_core.prompts.chat import BaseChatPromptTemplate, ChatPromptTemplate
from langchain_core.runnables import (
    RunnableParallel,
    RunnablePassthrough,
    RunnableSequence,
    RunnableSerializable,
)
from langchain_core.runnables.base import coerce_to_runnable
from pydantic import Field, PrivateAttr, model_validator

from xlt.errors import InputError
from xlt.images.blocks import content_blocks
from xlt.langchain.settings import PromptSettings
from xlt.prompt import Prompt
from xlt.task_checks import LANGUAGE_VALUES

if TYPE_CHECKING:
    from xlt.languages import Language
    from xlt.strategies.typed_options import StrategyOptions
    from xlt.task import Task

_MESSAGES = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage}


class XLTPromptValue(ChatPromptValue):
    """A composed prompt on its way to a model: messages for a chat model, else one text."""

    _prompt: Prompt = PrivateAttr()

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        """Return the value that carries `prompt`, with its messages as LangChain's."""
        messages = [
            _MESSAGES[role](content=content_blocks("langchain", text, images) if images else text)
            for role, text, images in prompt.turns
        ]
        value = cls(messages=messages)
        value._prompt = prompt
        return value

    @property
    def prompt(self) -> Prompt:
        """The xlt prompt, which knows how to read its reply."""
        return self._prompt

    def to_string(self) -> str:
        """Return the prompt as a completion text, demonstrations apart as in the paper."""
        return self._prompt.text


class XLTPrompt(PromptSettings, BaseChatPromptTemplate):
    """A LangChain prompt template that composes as `xlt.compose` does.

    Its input variables are the task's input fields; "language" and "target_language" are
    optional ones unless fixed (a task that must have a target language needs it). User text is
    only ever a value: no f-string or Jinja template of LangChain sees it.

        XLTPrompt(task="mgsm") | model | XLTAnswerParser(task="mgsm")

    In such a pipe the parser is told the prompt, and with it the language and the choices of each
    input. `prompt + template` joins other messages; those of the system then come first, as one.
    """

    input_variables: list[str] = Field(default_factory=list)

    if TYPE_CHECKING:  # pydantic's own would know nothing of the strategy's options by name

        def __init__(
            self,
            *,
            task: str | Task,
            language: str | Language | None = None,
            target_language: str | Language | None = None,
            candidates: Iterable[str | Language] | None = None,
            default_language: str | Language | None = None,
            labels: Iterable[str] | None = None,
            system: str | None = None,
            history_key: str | None = None,
            output: Any = None,
            strategy: str | None = None,
            demonstrations: Iterable[Any] = (),
            example_selector: Any = None,
            templates: str | Path | None = None,
            think_tags: tuple[str, str] | None = None,
            partial_variables: Mapping[str, Any] | None = None,
            **options: Unpack[StrategyOptions],
        ) -> None: ...

    @model_validator(mode="after")
    def _derive_variables(self) -> Self:
        """Set the variables, which follow from the task and from what is already fixed."""
        if self.strategy_used.compose_prompt is None:
            raise InputError(
                f"The strategy {self.strategy_used.name!r} takes more than one call: use xlt_chain."
            )
        task = self.task_used
        needs = [field.name for field in task.inputs if not field.optional]
        if task.target_language == "required" and self.target_language is None:
            needs.append("target_language")
        fixed = {name for name in LANGUAGE_VALUES if getattr(self, name) is not None}
        given = self.partial_variables
        self.input_variables = [name for name in needs if name not in given]
        self.optional_variables = [
            name
            for name in (*task.optional_names, *LANGUAGE_VALUES, self.history_key)
            if name is not None and name not in {*needs, *given, *fixed}
        ]
        return self

    @property
    def lc_attributes(self) -> dict[str, Any]:
        return {**super().lc_attributes, "input_variables": self.input_variables}

    def compose(self, **kwargs: Any) -> Prompt:
        """Return the xlt prompt of the given variables."""
        request = self.make_request(self._merge_partial_and_user_variables(**kwargs))
        return self.compose_request(request, self.select(request))

    async def acompose(self, **kwargs: Any) -> Prompt:
        """Like `compose`, asking an example selector without blocking."""
        request = self.make_request(self._merge_partial_and_user_variables(**kwargs))
        return self.compose_request(request, await self.aselect(request))

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        return self.format_prompt(**kwargs).to_messages()

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        return (await self.aformat_prompt(**kwargs)).to_messages()

    def format_prompt(self, **kwargs: Any) -> XLTPromptValue:
        return XLTPromptValue.of(self.compose(**kwargs))

    async def aformat_prompt(self, **kwargs: Any) -> XLTPromptValue:
        return XLTPromptValue.of(await self.acompose(**kwargs))

    def __or__(self, other: Any) -> RunnableSerializable[Any, Any]:
        """Return the pipe, in which an `XLTAnswerParser` is told the prompt of each input."""
        if isinstance(other, RunnableSequence):
            return reduce(or_, other.steps, self)
        return PromptSequence(self, coerce_to_runnable(other))

    def __add__(self, other: Any) -> ChatPromptTemplate:
        """Return one template of these messages and `other`, another template or a message."""
        alone: ChatPromptTemplate = _SystemFirst([self])
        return alone.__add__(other)

    def pretty_repr(self, html: bool = False) -> str:
        """Return the messages with the variables' names where their texts would stand."""
        values = {name: "en" for name in LANGUAGE_VALUES if getattr(self, name) is None}
        for field in self.task_used.inputs:
            values[field.name] = field.allowed[0] if field.allowed else f"{{{field.name}}}"
        shown = {name: text for name, text in values.items() if name not in self.partial_variables}
        return "\n\n".join(message.pretty_repr(html) for message in self.format_messages(**shown))


class PromptSequence(RunnableSequence[Any, Any]):
    """`XLTPrompt | model | ...`: a parser at its end reads each reply by the prompt it answers."""

    def __init__(self, *steps: Any, **settings: Any) -> None:
        super().__init__(*steps, **settings)

    @classmethod
    def lc_id(cls) -> list[str]:
        return RunnableSequence.lc_id()

    def __or__(self, other: Any) -> RunnableSerializable[Any, Any]:
        """Return the pipe with one more step."""
        from xlt.langchain.parser import XLTAnswerParser

        if isinstance(other, RunnableSequence):
            return reduce(or_, other.steps, self)
        first, *rest = self.steps
        task = first.task_used if isinstance(first, XLTPrompt) else None
        if isinstance(other, XLTAnswerParser) and other.task_used == task:
            reply = rest[0] if len(rest) == 1 else RunnableSequence(*rest)
            sent = RunnableParallel(reply=reply, prompt=RunnablePassthrough())
            return RunnableSequence(first, sent, other)
        return PromptSequence(first, *rest, coerce_to_runnable(other))


class _SystemFirst(ChatPromptTemplate):
    """A chat template whose system messages are one, in front: providers refuse any other."""

    def __init__(self, messages: Sequence[Any], **settings: Any) -> None:
        super().__init__(messages, **settings)

    def __add__(self, other: Any) -> ChatPromptTemplate:
        joined = super().__add__(other)
        return _SystemFirst(joined.messages).partial(**joined.partial_variables)

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        return _system_first(super().format_messages(**kwargs))

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        return _system_first(await super().aformat_messages(**kwargs))


def to_langchain(prompt: Prompt) -> dict[str, Any]:
    """Return `{"input": [...]}` for `model.invoke` and its like: LangChain's messages."""
    return {"input": XLTPromptValue.of(prompt).to_messages()}


def _system_first(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Return messages whose system texts are one message in front."""
    texts = [one.text for one in messages if isinstance(one, SystemMessage)]
    others = [one for one in messages if not isinstance(one, SystemMessage)]
    return [SystemMessage("\n\n".join(texts)), *others] if texts else others
