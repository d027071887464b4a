"""`XLTAnswerParser`: typed answers out of a model's messages, as a LangChain output parser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from langchain_core.exceptions import OutputParserException
from langchain_core.output_parsers import BaseOutputParser
from langchain_core.outputs import Generation
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import RunnableConfig
from pydantic import model_validator

from xlt.answers.answer import Answer, missing
from xlt.composing import compose, parse
from xlt.langchain.prompt import XLTPromptValue
from xlt.langchain.settings import TaskSettings
from xlt.languages import get_language
from xlt.registry import get_task
from xlt.task import Task


class XLTAnswerParser(TaskSettings, BaseOutputParser[Answer]):
    """Reads the answer to a task out of a text or a message.

    Behind an `XLTPrompt` in a pipe it is told the prompt of each reply. By itself it reads a
    choice by number and letter only, without `inputs`; `language` and `target_language` are those
    the model may answer in besides English. With `raise_on_missing` a reply without an answer is
    an OutputParserException that holds it.
    """

    inputs: str | dict[str, str] | None = None
    raise_on_missing: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.task_used  # noqa: B018  # raises where there is none
        for name in (self.language, self.target_language):
            if name is not None:
                get_language(name)
        return self

    @property
    def OutputType(self) -> type[Answer]:  # noqa: N802  # LangChain's name
        return Answer

    @property
    def task_used(self) -> Task:
        """The Task that `task` names."""
        return get_task(self.task)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Return the answer in a text, a message, or a reply beside the prompt it answers."""
        if isinstance(input, Mapping):
            sent: Any = input
            return self._call_with_config(self._read_sent, sent, config, run_type="parser")
        return super().invoke(input, config, **kwargs)

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Answer:
        if not isinstance(input, Mapping):
            return await super().ainvoke(input, config, **kwargs)

        async def read(sent: Any) -> Answer:
            return self._read_sent(sent)

        sent: Any = input
        return await self._acall_with_config(read, sent, config, run_type="parser")

    def parse(self, text: str) -> Answer:
        """Return the answer in a text."""
        return self._read(text)

    async def aparse(self, text: str) -> Answer:
        return self.parse(text)

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Answer:
        """Return the answer in the first generation; `partial` ones may hold none."""
        return self._read(result[0], may_miss=partial)

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> Answer:
        return self.parse_result(result, partial=partial)

    def parse_with_prompt(self, completion: str, prompt: PromptValue) -> Answer:
        """Return the answer in a text whose prompt is known, and with it the inputs."""
        if isinstance(prompt, XLTPromptValue):
            return self._read_sent({"reply": completion, "prompt": prompt})
        return self.parse(completion)

    def get_format_instructions(self) -> str:
        """Return the task's output formatting line, for your own prompt."""
        task = self.task_used
        inputs = {field.name: field.allowed[0] if field.allowed else "-" for field in task.inputs}
        return compose(
            task,
            inputs,
            language=self.language or "en",
            target_language=self.target_language or self.language or "en",
            steps=("output_formatting",),
        ).text

    @property
    def _type(self) -> str:
        return "xlt_answer"

    def _read_sent(self, sent: Any) -> Answer:
        answer: Answer = sent["prompt"].prompt.parse(sent["reply"])
        return required(answer) if self.raise_on_missing else answer

    def _read(self, reply: Any, *, may_miss: bool = False) -> Answer:
        answer = parse(
            self.task,
            reply,
            inputs=self.inputs,
            language=self.language,
            target_language=self.target_language,
        )
        return required(answer) if self.raise_on_missing and not may_miss else answer


def required(answer: Answer) -> Answer:
    """Return an answer that was found, or raise OutputParserException with the whole reply."""
    if answer.value is not None:
        return answer
    raise OutputParserException(missing(answer), llm_output=answer.reply)
