"""`check_task`: whether a task composes in every script and has a parser for its answer."""

from __future__ import annotations

from typing import Any

from xlt.composing import compose
from xlt.errors import DefinitionError, XLTError
from xlt.registry import find
from xlt.task import InputField, Task

# One text a script, each with what breaks careless templates: braces, bidi marks, CRLF.
_SAMPLES = {
    "en": "Ann has 3 {{ apples }}.\r\nHow many?",
    "zh": "安有三个 {% raw %} 苹果。多少个？",
    "ar": "لدى آن 3 تفاحات\u200f؟",
    "hi": "ऐन के पास ३ सेब हैं।",
    "th": "แอนมีแอปเปิล 3 ผล",
    "sw": "Ann ana matofaa 3 {x.__class__}",
    "ru": "У Анны 3 яблока",
}
# The least there is of a picture: a GIF of one pixel.
_PICTURE = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b"
)


def check_task(task: Task) -> None:
    """Raise DefinitionError unless the task composes in every script and can be read back.

    The paper's prompts are composed with texts in seven scripts: each must arrive verbatim and
    once, and the prompt must double no space and no stop. The answer kind must have a parser.
    """
    find("xlt.answers", "kind of answer", task.answer.kind)
    for tag, sample in _SAMPLES.items():
        inputs = {field.name: _value(field, sample, task) for field in task.inputs}
        for strategy in ("xlt", "basic", "cot"):
            _check_prompt(task, inputs, tag, strategy)


def _value(field: InputField, sample: str, task: Task) -> Any:
    if field.is_image:
        return _PICTURE
    return field.allowed[0] if field.allowed else f"{sample} ({task.field_names.index(field.name)})"


def _check_prompt(task: Task, inputs: dict[str, Any], tag: str, strategy: str) -> None:
    where = f"{task.name}, {strategy}, {tag}"
    try:
        prompt = compose(task, inputs, language=tag, target_language="sw", strategy=strategy)
    except XLTError as error:
        raise DefinitionError(f"{where}: {error}") from error
    frame = prompt.request_text
    for field in task.inputs:
        if field.is_image:
            continue
        text = inputs[field.name]
        if not field.allowed and frame.count(text) != 1:
            raise DefinitionError(
                f"{where}: the input {field.name!r} does not arrive verbatim, once"
            )
        frame = frame.replace(text, "·")
    if "  " in frame or ".." in frame or "?." in frame:
        raise DefinitionError(f"{where}: the prompt doubles a space or a stop: {frame!r}")
