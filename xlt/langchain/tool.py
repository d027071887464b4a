"""A task for agents: as a tool, as a node of a graph; its inputs as pydantic models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

from langchain_core.callbacks import Callbacks
from langchain_core.exceptions import OutputParserException
from langchain_core.runnables import Runnable, RunnableLambda, RunnableParallel
from langchain_core.tools import StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from xlt.answers.answer import Answer
from xlt.errors import InputError, XLTError
from xlt.langchain.settings import PromptSettings, last_request
from xlt.request import refuse_files
from xlt.task import InputField
from xlt.task_checks import LANGUAGE_VALUES


def fields_schema(settings: PromptSettings, name: str) -> type[BaseModel]:
    """Return the model of the mapping a chain takes: input fields, then the languages."""
    task = settings.task_used
    fields: dict[str, Any] = {one.name: _field(one) for one in task.inputs}
    fields["language"] = (
        str | None,
        Field(settings.language, description=_about_language(settings.language)),
    )
    needed = task.target_language == "required" and settings.target_language is None
    default = ... if needed else settings.target_language
    answer_in = Field(default, description="language to answer in")
    fields["target_language"] = (str if needed else str | None, answer_in)
    about = f"Input of the task {task.title}."
    return create_model(name, __config__=ConfigDict(title=name), __doc__=about, **fields)


def input_schema(settings: PromptSettings, name: str) -> type[BaseModel]:
    """Return the model of all a chain takes: where the task has one field, its text too."""
    fields = fields_schema(settings, f"{name}_fields")
    if settings.task_used.needs_mapping:
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
        with _tool_errors():
            refuse_files(task, inputs)
            return _shown(chain.invoke(inputs, {"callbacks": callbacks}))

    async def asolve(callbacks: Callbacks = None, **inputs: Any) -> tuple[str, Answer]:
        with _tool_errors():
            refuse_files(task, inputs)
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
        handle_tool_error=True,
    )


def answer_node(
    chain: Runnable[Any, Answer], settings: PromptSettings, input_key: str | None, output_key: str
) -> Runnable[Any, dict[str, Answer]]:
    """Return the node that runs a chain on a graph's state and updates one key of it."""

    def read(state: Any) -> Any:
        return _input_in(state, settings, input_key)

    return RunnableParallel({output_key: RunnableLambda(read) | chain})


def _input_in(state: Any, settings: PromptSettings, key: str | None) -> Any:
    """Return the chain's input out of a state: its fields, a text, or the last user's message."""
    held = state if isinstance(state, Mapping) else dict(vars(state))
    fields = settings.task_used.field_names
    if key is None and settings.history_key in held:
        return held
    if key is None:
        key = "messages" if "messages" in held and fields[0] not in held else None
        if key is None:
            return held
    if key not in held:
        raise InputError(f"The state has no {key!r}; it has {', '.join(map(str, held))}.")
    value = held[key]
    if isinstance(value, list | tuple):
        value, _ = last_request(value, f"{key!r} of the state")
    values = dict(value) if isinstance(value, Mapping) else {fields[0]: value}
    languages = {name: held[name] for name in LANGUAGE_VALUES if held.get(name)}
    return {**languages, **values}


@contextmanager
def _tool_errors() -> Iterator[None]:
    """Turn xlt's errors into the one that an agent is shown, so that it can continue."""
    try:
        yield
    except (XLTError, OutputParserException) as error:
        raise ToolException(str(error)) from error


def _shown(answer: Answer) -> tuple[str, Answer]:
    if answer.value is None:
        return "No answer could be read from the model's reply.", answer
    return str(answer.value), answer


def _field(field: InputField) -> tuple[Any, Any]:
    kind: Any = Literal[field.allowed] if field.allowed else Any if field.is_image else str
    if field.many:
        kind = list[kind]
    about = field.description or field.name
    if field.optional:
        return (kind | None, Field(None, description=about))
    return (kind, Field(description=about))


def _about_language(language: str | None) -> str:
    about = "language of the inputs: tag or English name"
    return about if language else f"{about}; detected when it is not given"
