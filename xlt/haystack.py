"""XLT in Haystack: `XLTPromptBuilder` before any chat generator, `XLTAnswerParser` behind it."""

from __future__ import annotations

from typing import Any

from xlt.answers.answer import Answer
from xlt.composing import compose
from xlt.errors import MissingExtra
from xlt.files.templates import TemplateFiles
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.task_checks import LANGUAGE_VALUES

try:
    from haystack import component, default_to_dict
    from haystack.dataclasses import ChatMessage
except ModuleNotFoundError as error:
    raise MissingExtra("xlt.haystack", "haystack") from error

__all__ = ["XLTAnswerParser", "XLTPromptBuilder"]


@component
class XLTPromptBuilder:
    """Composes the prompt of a task's name as `messages`, and as the `prompt` that reads the reply.

    Its inputs are the task's fields, of which a list may hold Documents, and, where they are known,
    `language` and `target_language`; `options` are those of `xlt.compose`.

        >>> from xlt.haystack import XLTPromptBuilder
        >>> XLTPromptBuilder("mgsm").run(problem="Ana compra 7.", language="es")["prompt"].strategy
        'xlt'
    """

    def __init__(self, task: str, **options: Any) -> None:
        self.task, self.options = task, options
        for field in get_task(task, TemplateFiles.at(options.get("templates"))).inputs:
            default = {"default": None} if field.optional else {}
            component.set_input_type(self, field.name, Any, **default)
        for name in LANGUAGE_VALUES:
            component.set_input_type(self, name, str | None, None)

    def to_dict(self) -> dict[str, Any]:
        """Return the component as a saved pipeline holds it."""
        return default_to_dict(self, task=self.task, **self.options)

    @component.output_types(messages=list[ChatMessage], prompt=Prompt)
    def run(self, **inputs: Any) -> dict[str, Any]:
        """Return the `messages` for a generator and the `prompt` for the parser."""
        given = {name: value for name, value in inputs.items() if value is not None}
        languages = {name: given.pop(name) for name in LANGUAGE_VALUES if name in given}
        prompt = compose(self.task, given, **{**self.options, **languages})
        messages = [ChatMessage.from_openai_dict_format({**one}) for one in prompt.messages]
        return {"messages": messages, "prompt": prompt}


@component
class XLTAnswerParser:
    """Reads the `answer` in a generator's first reply, by the `prompt` that it was a reply to."""

    @component.output_types(answer=Answer)
    def run(self, replies: list[ChatMessage], prompt: Prompt) -> dict[str, Answer]:
        """Return the `answer`; one that is not found has the value None."""
        return {"answer": prompt.parse(replies[0])}
