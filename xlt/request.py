"""`Request`: a task with its inputs and languages, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xlt.errors import InputError, UnknownName, shown
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language
from xlt.registry import get_task
from xlt.task import InputField, Task


@dataclass(frozen=True, slots=True)
class Request:
    """What a strategy turns into prompts. `inputs` maps every input field to its text.

    `mark` names the lines around the task input where a guard is asked for.
    """

    task: Task
    inputs: FrozenDict[str, str]
    language: Language
    target_language: Language
    files: TemplateFiles
    mark: str | None = None


def make_request(
    task: str | Task,
    inputs: str | Mapping[str, str],
    *,
    language: str | Language | None = None,
    target_language: str | Language | None = None,
    files: TemplateFiles | None = None,
) -> Request:
    """Return the checked request; a language of None is detected from the inputs.

    Raises UnknownName or InputError, which name the field and what it may hold.
    """
    files = files or TemplateFiles.at(None)
    found = get_task(task, files)
    checked = check_inputs(found, inputs)
    if language is None:
        from xlt.detection import detect_language

        spoken: str | Language = detect_language(free_text(found, checked))
    else:
        spoken = language
    own = get_language(spoken, files)
    if target_language is not None:
        target = get_language(target_language, files)
    elif found.target_language == "required":
        raise InputError(
            f"The task {found.name} needs a target_language, the language to answer in.",
            field="target_language",
        )
    else:
        target = own
    return Request(found, checked, own, target, files)


def check_inputs(task: Task, inputs: str | Mapping[str, str]) -> FrozenDict[str, str]:
    """Return the inputs as a frozen mapping in the order of the task's fields."""
    if isinstance(inputs, str):
        if len(task.inputs) > 1:
            raise InputError(
                f"The task {task.name} has {len(task.inputs)} input fields: "
                f"{', '.join(task.field_names)}. Pass a mapping of them, not one text."
            )
        inputs = {task.field_names[0]: inputs}
    elif not isinstance(inputs, Mapping):
        raise InputError(
            f"inputs must be a mapping of {', '.join(task.field_names)}, "
            f"not {type(inputs).__name__}."
        )
    for name in inputs:
        if name not in task.field_names:
            raise UnknownName(f"input field of {task.name}", str(name), task.field_names)
    return FrozenDict({field.name: _checked(task, field, inputs) for field in task.inputs})


def free_text(task: Task, inputs: Mapping[str, str]) -> str:
    """Return the inputs a person wrote, without those that hold one of a list of values."""
    return "\n".join(inputs[field.name] for field in task.inputs if not field.allowed)


def _checked(task: Task, field: InputField, inputs: Mapping[str, str]) -> str:
    if field.name not in inputs:
        about = f" ({field.description})" if field.description else ""
        raise InputError(
            f"The input field {field.name!r}{about} of {task.name} is missing.", field=field.name
        )
    text = inputs[field.name]
    if not isinstance(text, str):
        raise InputError(
            f"The input field {field.name!r} must be text, not {type(text).__name__}.",
            field=field.name,
        )
    if not text or text.isspace():
        raise InputError(
            f"The input field {field.name!r} of {task.name} is empty.", field=field.name
        )
    if field.allowed and text not in field.allowed:
        raise InputError(
            f"The input field {field.name!r} is {shown(text)}; "
            f"it must be one of {', '.join(field.allowed)}.",
            field=field.name,
        )
    check_encodable(text, field.name)
    return text


def check_encodable(text: str, field: str) -> None:
    """Raise InputError at a lone surrogate, on which every HTTP client dies later."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"The input field {field!r} holds a lone surrogate (U+{ord(text[error.start]):04X}) "
            f"at offset {error.start}; decode the text again from its bytes.",
            field=field,
        ) from None
