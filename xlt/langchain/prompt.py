"""`XLTPrompt`: the prompts of every one-call strategy as a LangChain chat prompt template."""

from __future__ import annotations

from typing import Any, Self

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.prompt_values import ChatPromptValue
from langchain_core.prompts.chat import BaseChatPromptTemplate
from pydantic import Field, PrivateAttr, model_validator

from xlt.errors import InputError
from xlt.images.blocks import content_blocks
from xlt.langchain.settings import PromptSettings
from xlt.prompt import Prompt
from xlt.task_checks import LANGUAGE_VALUES

_MESSAGES = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage}


class XLTPromptValue(ChatPromptValue):
    """A composed prompt on its way to a model: messages for a chat model, else one text."""

    _prompt: Prompt = PrivateAttr()

    @classmethod
    def of(cls, prompt: Prompt) -> Self:
        """Return the value that carries `prompt`."""
        value = cls(messages=chat_messages(prompt))
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

        XLTPrompt(task="mgsm", language="zh") | model | XLTAnswerParser(task="mgsm", language="zh")

    Tell the parser the language; where inputs differ in theirs use `xlt_chain`, which knows it.
    """

    input_variables: list[str] = Field(default_factory=list)

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
            for name in (*task.optional_names, *LANGUAGE_VALUES)
            if name not in {*needs, *given, *fixed}
        ]
        return self

    @property
    def lc_attributes(self) -> dict[str, Any]:
        return {**super().lc_attributes, "input_variables": self.input_variables}

    def compose(self, **kwargs: Any) -> Prompt:
        """Return the xlt prompt of the given variables."""
        request = self.make_request(self._merge_partial_and_user_variables(**kwargs))
        return self.strategy_used.compose(request, **self.select(request))

    async def acompose(self, **kwargs: Any) -> Prompt:
        """Like `compose`, asking an example selector without blocking."""
        request = self.make_request(self._merge_partial_and_user_variables(**kwargs))
        return self.strategy_used.compose(request, **await self.aselect(request))

    def format_messages(self, **kwargs: Any) -> list[BaseMessage]:
        return chat_messages(self.compose(**kwargs))

    async def aformat_messages(self, **kwargs: Any) -> list[BaseMessage]:
        return chat_messages(await self.acompose(**kwargs))

    def format_prompt(self, **kwargs: Any) -> XLTPromptValue:
        return XLTPromptValue.of(self.compose(**kwargs))

    async def aformat_prompt(self, **kwargs: Any) -> XLTPromptValue:
        return XLTPromptValue.of(await self.acompose(**kwargs))

    def pretty_repr(self, html: bool = False) -> str:
        """Return the messages with the variables' names where their texts would stand."""
        values = {name: "en" for name in LANGUAGE_VALUES if getattr(self, name) is None}
        for field in self.task_used.inputs:
            values[field.name] = field.allowed[0] if field.allowed else f"{{{field.name}}}"
        shown = {name: text for name, text in values.items() if name not in self.partial_variables}
        return "\n\n".join(message.pretty_repr(html) for message in self.format_messages(**shown))


def chat_messages(prompt: Prompt) -> list[BaseMessage]:
    """Return the messages of a prompt as LangChain's."""
    return [
        _MESSAGES[role](content=content_blocks("langchain", text, images) if images else text)
        for role, text, images in prompt.turns
    ]


def to_langchain(prompt: Prompt) -> dict[str, Any]:
    """Return `{"input": [...]}` for `model.invoke` and its like: LangChain's messages."""
    return {"input": chat_messages(prompt)}
