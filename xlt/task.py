"""`Task`: what the paper's seven placeholders hold for one kind of problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler  # not in 2.10's pydantic
from pydantic_core import ErrorDetails

from xlt.errors import DefinitionError, InputError, UnknownName
from xlt.files.templates import read_text
from xlt.files.validated import fault_text, first_fault, join_faults
from xlt.frozen import FrozenDict
from xlt.images.image import Image
from xlt.task_checks import LABEL_KINDS, folded_label, task_faults, with_labels_in_answer

Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=64)]
Text = Annotated[str, Field(min_length=1, max_length=16_384)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
One = TypeVar("One")
Some = Annotated[tuple[One, ...], Field(max_length=256)]


# An input field's text, its texts where it takes a list, or its image; "" and () where left out.
InputValue = str | tuple[str, ...] | Image
# Words by which a field shows that it asks, or that it only tells what is asked about.
ASKING = frozenset(["question", "query", "request", "message", "instruction", "prompt", "problem"])
TELLING = frozenset(["context", "passage", "passages", "document", "documents", "glossary"])
CHECKED = object()
"""The context of a task that was checked before: xlt's own, when they were compiled."""


def _without_words(labels: Any) -> Any:
    """Return a list of labels as the mapping it is short for."""
    return dict.fromkeys(labels, ()) if isinstance(labels, list | tuple) else labels


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class InputField(_Definition):
    """One input of a task; `allowed` lists its values where only some make sense.

    `columns` are what published data files call it, where they do not use its own name.
    One of `type: image` takes a picture, which no template mentions: it stands before the text.
    With `many` it takes a list of texts, at most `most` of them; an `optional` one may be left
    out. `detect` says that its text tells the request's language (true) or never does (false);
    `language` is the one it is always in, such as English passages.
    """

    name: FieldName
    type: Literal["text", "image"] = "text"
    description: str = ""
    allowed: Some[Text] = ()
    columns: Some[Text] = ()
    many: bool = False
    most: Annotated[int, Field(ge=1)] | None = None
    optional: bool = False
    detect: bool | None = None
    language: str = ""

    @cached_property
    def is_free(self) -> bool:
        """Whether a person writes its text, which is not one of a list of values."""
        return not self.allowed and not self.is_image

    @cached_property
    def is_image(self) -> bool:
        """Whether it takes a picture in place of a text."""
        return self.type == "image"


class AnswerKind(_Definition):
    """How the answer is read: the parser `kind`, and what it may choose from.

    `options` names the input fields that hold the choices; `labels` maps each label to the
    other words replies use for it (words, never patterns). `keeps` names the input whose
    placeholders and tags a text answer must keep, `glossary` the one that lists its terms,
    `cites` the one whose items it may cite as [1]; `absent` is what it says where the request
    holds no answer.
    """

    kind: Name
    options: Some[FieldName] = ()
    labels: Annotated[
        Mapping[Text, Some[Text]],
        Field(max_length=1_000),
        BeforeValidator(_without_words),
        AfterValidator(FrozenDict),
    ] = FrozenDict()
    keeps: FieldName | Literal[""] = ""
    glossary: FieldName | Literal[""] = ""
    cites: FieldName | Literal[""] = ""
    absent: str = ""


class Task(_Definition):
    """A task as the paper's table 6 describes it, with its basic prompt (table 5).

    `task_input` and `basic_prompt` are templates over the input fields, `labels`, `language` and
    `target_language`; `task_goal`, `output_constraint` and `task_language` over the last three;
    the rest is plain text. A line of a template whose optional inputs are all left out is left
    out too. `inputs: [text]` and `labels: [a, b]` are short for fields and labels without more.
    `strategy` is what `xlt.compose` takes where it is given none. `phrasings` are other published
    wordings of the request, templates over the input fields, of which `with_phrasing` takes one,
    with the `preamble` in front of it.
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
    metric: Annotated[str, Field(pattern=r"^[a-z0-9_+-]+$", max_length=64)] = "accuracy"
    strategy: Name = "xlt"
    output: Literal["optional", "required"] = "optional"
    task_language: Text = "{{ language }}"
    target_language: Literal["same", "required"] = "same"
    phrasings: Some[Text] = ()
    preamble: str = ""
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
        from xlt.files.yaml import compose_yaml, locate, parse_yaml  # xlt's own are compiled

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

    @field_validator("inputs", mode="before")
    @classmethod
    def _fields_by_name(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [{"name": one} if isinstance(one, str) else one for one in value]

    @model_validator(mode="before")
    @classmethod
    def _labels_in_answer(cls, data: Any) -> Any:
        return with_labels_in_answer(data)

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        if info.context is CHECKED:
            return self
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
        """The names of the input fields, in order."""
        return tuple(field.name for field in self.inputs)

    @cached_property
    def needs_mapping(self) -> bool:
        """Whether a request needs more than one text."""
        return sum(not field.optional for field in self.inputs) > 1

    @cached_property
    def optional_names(self) -> tuple[str, ...]:
        """The names of the input fields that may be left out."""
        return tuple(field.name for field in self.inputs if field.optional)

    @cached_property
    def deciding(self) -> tuple[InputField, ...]:
        """The fields whose text tells the language of a request.

        Those marked `detect: true`; else those that ask (a question, a message); else all that
        a person writes, without context and passages.
        """
        open_ones = [
            one
            for one in self.inputs
            if one.is_free and one.detect is not False and not one.language
        ]
        for choose in (
            [one for one in open_ones if one.detect],
            [one for one in open_ones if one.name in ASKING and not one.many],
            [one for one in open_ones if one.name not in TELLING],
            open_ones,
        ):
            if choose:
                return tuple(choose)
        return tuple(one for one in self.inputs if one.is_free)

    def with_phrasing(self, number: int) -> Self:
        """Return the task with one of its published phrasings, counted from 0, as the request.

        Its `preamble` stays in front of it. Raises InputError where there is none of the number.
        """
        if not self.phrasings:
            raise InputError(f"The task {self.name} has no other phrasings.", field="phrasing")
        if not 0 <= number < len(self.phrasings):
            raise InputError(
                f"The task {self.name} has no phrasing {number}; they are 0 to "
                f"{len(self.phrasings) - 1}.",
                field="phrasing",
            )
        asked = "\n".join([part for part in (self.preamble, self.phrasings[number]) if part])
        parts = ("task_input", "basic_prompt", "plain_request")
        return self.model_copy(update=dict.fromkeys(parts, asked))

    def with_labels(self, labels: Any) -> Self:
        """Return the task with other labels: a list, or a mapping to their other words.

        Raises InputError for a task that has none, or for labels that are not texts.
        """
        if self.answer.kind not in LABEL_KINDS:
            raise InputError(
                f"The task {self.name} has no labels: its answer is of the kind "
                f"{self.answer.kind!r}. labels= goes with the kinds {' and '.join(LABEL_KINDS)}.",
                field="labels",
            )
        if isinstance(labels, str | bytes) or not isinstance(labels, Iterable) or not labels:
            raise InputError(
                'labels must be a list of labels, as in labels=["refund", "complaint"].',
                field="labels",
            )
        given = dict(labels) if isinstance(labels, Mapping) else list(labels)
        for one in given:
            if not isinstance(one, str):
                raise InputError(f"A label must be text, not {type(one).__name__}.", field="labels")
            if not one.strip():
                raise InputError("A label is empty.", field="labels")
        for one, words in given.items() if isinstance(given, dict) else ():
            if isinstance(words, str) or not isinstance(words, Iterable):
                raise InputError(
                    f"The other words of the label {one!r} must be a list of texts, not "
                    f"{type(words).__name__}.",
                    field="labels",
                )
        folded = [folded_label(one) for one in given]
        if len(set(folded)) < len(folded):
            raise InputError(
                "A label appears twice in labels= (labels are compared without case).",
                field="labels",
            )
        try:
            answer = AnswerKind(**{**self.answer.model_dump(), "labels": given})
        except ValidationError as error:
            raise InputError(f"{first_fault(error)}.", field="labels") from error
        return self.model_copy(update={"answer": answer})


def texts_of(inputs: Mapping[str, InputValue]) -> tuple[str, ...]:
    """Return the texts of the inputs one by one, without images and those left out."""
    return tuple(
        [
            text
            for value in inputs.values()
            if not isinstance(value, Image)
            for text in ((value,) if isinstance(value, str) else value)
            if text
        ]
    )


def images_of(inputs: Mapping[str, InputValue]) -> tuple[Image, ...]:
    """Return the images of the inputs, in the order of the fields."""
    return tuple([value for value in inputs.values() if isinstance(value, Image)])


def _faults(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong; a misspelt key says more than the missing one it stands for."""
    faults = error.errors(include_url=False)
    return sorted(faults, key=lambda fault: fault["type"] != "extra_forbidden")


def _fault_text(fault: ErrorDetails, model: type[BaseModel]) -> str:
    if fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1:
        return str(UnknownName("key of a task", fault["loc"][0], model.model_fields))
    return fault_text(fault)
