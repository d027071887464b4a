"""A task's inputs as pydantic models, and a task as a tool for agents."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.callbacks import Callbacks
from langchain_core.runnables import Runnable
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from xlt.answers.answer import Answer
from xlt.langchain.settings import PromptSettings
from xlt.task import InputField


def fields_schema(settings: PromptSettings, name: str) -> type[BaseModel]:
    """Return the model of the mapping a chain takes: input fields, then the languages."""
    task = settings.task_used
    fields: dict[str, Any] = {one.name: _field(one) for one in task.inputs}
    fields["language"] = (
        str | None,
        Field(settings.language, description=_about_language(settings.language)),
    )
    if task.target_language == "required" and settings.target_language is None:
        fields["target_language"] = (str, Field(description="language to answer in"))
    else:
        fields["target_language"] = (
            str | None,
            Field(settings.target_language, description="language to answer in"),
        )
    about = f"Input of the task {task.title}."
    return create_model(name, __config__=ConfigDict(title=name), __doc__=about, **fields)


def input_schema(settings: PromptSettings, name: str) -> type[BaseModel]:
    """Return the model of all a chain takes: where the task has one field, its text too."""
    fields = fields_schema(settings, f"{name}_fields")
    if len(settings.task_used.inputs) > 1:
        return fields
    root: Any = str | fields
    return create_model(name, __base__=RootModel[root])


def answer_tool(
    chain: Runnable[Any, Answer],
    settings: PromptSettings,
    name: str,
    description: str | None = None,
) -> StructuredTool:
    """Return the tool that runs a chain with the task's input fields as its arguments."""

    def solve(callbacks: Callbacks = None, **inputs: Any) -> tuple[str, Answer]:
        return _shown(chain.invoke(inputs, {"callbacks": callbacks}))

    async def asolve(callbacks: Callbacks = None, **inputs: Any) -> tuple[str, Answer]:
        return _shown(await chain.ainvoke(inputs, {"callbacks": callbacks}))

    task = settings.task_used
    about = (
        f"Solves one request of {task.title} in any language and returns the {task.output_type}."
    )
    return StructuredTool.from_function(
        func=solve,
        coroutine=asolve,
        name=name,
        description=description or about,
        args_schema=fields_schema(settings, name),
        infer_schema=False,
        response_format="content_and_artifact",
    )


def _shown(answer: Answer) -> tuple[str, Answer]:
    if answer.value is None:
        return "No answer could be read from the model's reply.", answer
    return str(answer.value), answer


def _field(field: InputField) -> tuple[Any, Any]:
    kind: Any = Literal[field.allowed] if field.allowed else str
    return (kind, Field(description=field.description or field.name))


def _about_language(language: str | None) -> str:
    about = "language of the inputs: tag or English name"
    return about if language else f"{about}; detected when it is not given"
