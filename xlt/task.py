"""`Task`: what the paper's seven placeholders hold for one kind of problem."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler  # not in 2.10's pydantic
from pydantic_core import ErrorDetails

from xlt.errors import DefinitionError, UnknownName
from xlt.files.templates import read_text
from xlt.files.validated import fault_text, join_faults
from xlt.files.yaml import compose_yaml, locate, parse_yaml
from xlt.frozen import FrozenDict
from xlt.task_checks import task_faults

Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=64)]
Text = Annotated[str, Field(min_length=1, max_length=16_384)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
One = TypeVar("One")
Some = Annotated[tuple[One, ...], Field(max_length=256)]


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputField(_Definition):
    """One input of a task; `allowed` lists its values where only some make sense.

    `columns` are what published data files call it, where they do not use its own name.
    """

    name: FieldName
    description: str = ""
    allowed: Some[Text] = ()
    columns: Some[Text] = ()


class AnswerKind(_Definition):
    """How the answer is read: the parser `kind`, and what it may choose from.

    `options` names the input fields that hold the choices; `labels` maps each label to the
    other words replies use for it (words, never patterns).
    """

    kind: Name
    options: Some[FieldName] = ()
    labels: Annotated[
        Mapping[Text, Some[Text]], Field(max_length=1_000), AfterValidator(FrozenDict)
    ] = FrozenDict()


class Task(_Definition):
    """A task as the paper's table 6 describes it, with its basic prompt (table 5).

    `task_input`, `basic_prompt`, `task_goal`, `output_constraint` and `task_language` are
    templates over the input fields, `language` and `target_language`; the rest is plain text.
    The strategies of other papers word a request in their own way: `plain_request` the bare
    question and `final_format` the English format line (Liu et al. 2024, arXiv 2403.10258),
    `clp_request`, `clp_expert` and the choices `lettered` (A), (B) ... in it (Qin et al. 2023,
    arXiv 2310.14799). All have defaults.
    Raises DefinitionError, which names every part that is wrong.
    """

    name: Name
    aliases: Some[Name] = ()
    title: Text
    inputs: Annotated[tuple[InputField, ...], Field(min_length=1, max_length=64)]
    task_input: Text
    input_tag: Text
    task_goal: Text
    output_type: Text
    output_constraint: str = ""
    rephrase: Text = "retell"
    basic_prompt: Text
    answer: AnswerKind
    metric: Name = "accuracy"
    task_language: Text = "{{ language }}"
    target_language: Literal["same", "required"] = "same"
    plain_request: str = ""
    final_format: Text = 'You should format your final answer as "Answer:".'
    clp_request: str = ""
    clp_expert: str = ""
    lettered: tuple[Text, ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)

    @classmethod
    def from_yaml(cls, path: Path | str) -> Self:
        """Return the task a YAML file defines.

        Raises DefinitionError with line and column when the file does not define one.
        """
        path = Path(path)
        return cls.parse_yaml(read_text(path), path)

    @classmethod
    def parse_yaml(cls, text: str, path: Path | str | None = None) -> Self:
        """Return the task the YAML `text` defines; `path` is named in errors."""
        data = parse_yaml(text, path)
        if not isinstance(data, dict):
            raise DefinitionError("a task is a mapping of its parts", path=path, line=1, column=1)
        try:
            return cls.model_validate(data)
        except DefinitionError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            place = _faults(error.__cause__)[0]["loc"]
            line, column = locate(compose_yaml(text, path), place)
            raise DefinitionError(error.message, path=path, line=line, column=column) from error

    @field_validator("answer", mode="before")
    @classmethod
    def _kind_by_name(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check(self) -> Self:
        for fault in task_faults(self.model_dump()):
            raise ValueError(fault.message)
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _typed_error(cls, data: Any, make: ModelWrapValidatorHandler[Self]) -> Self:
        """Raise a DefinitionError where pydantic would raise an error of its own."""
        try:
            return make(data)
        except ValidationError as error:
            message = join_faults(_faults(error), lambda fault: _fault_text(fault, cls))
            raise DefinitionError(message) from error

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.inputs)


def _faults(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong; a misspelt key says more than the missing one it stands for."""
    faults = error.errors(include_url=False)
    return sorted(faults, key=lambda fault: fault["type"] != "extra_forbidden")


def _fault_text(fault: ErrorDetails, model: type[BaseModel]) -> str:
    if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
        return str(UnknownName("key of a task", fault["loc"][0], model.model_fields))
    return fault_text(fault)
