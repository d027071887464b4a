"""`Request`: a task with its inputs and languages, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from xlt.errors import InputError, LanguageNotDetected, UnknownName, shown
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.images.image import Image, is_remote, take_image
from xlt.languages import Language, get_language
from xlt.messages import Message, check_encodable, read_history
from xlt.registry import get_task
from xlt.task import ASKING, InputField, InputValue, Task, images_of
from xlt.task_checks import LABEL_KINDS

if TYPE_CHECKING:
    from xlt.answers.answer import ThoughtTags

# What a caller may pass: the text of the one field, or values by field.
Inputs = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What a strategy turns into prompts. `inputs` maps every input field to its value.

    `mark` names the lines around the task input where a guard is asked for; `system` is the
    app's own system text and `history` what was said before, both in front of every prompt;
    `phrasing` the number of the task's phrasing that `task` is worded in.
    `answer_language` is the language whose own line asks for the answer in it, if one is to;
    `alignment` asks for a line between demonstrations and request on what the labels are called;
    `instruction_language` is that of the instructions where it is not English; `think_tags` are
    a model's own marks of a thought.
    """

    task: Task
    inputs: FrozenDict[str, InputValue]
    language: Language
    target_language: Language
    files: TemplateFiles
    mark: str | None = None
    system: str = ""
    history: tuple[Message, ...] = ()
    phrasing: int | None = None
    answer_language: Language | None = None
    alignment: bool = False
    instruction_language: Language | None = None
    think_tags: ThoughtTags = None

    @property
    def images(self) -> tuple[Image, ...]:
        """The images of the inputs, in the order of the fields."""
        return images_of(self.inputs)


def make_request(
    task: str | Task,
    inputs: Inputs,
    *,
    language: str | Language | None = None,
    target_language: str | Language | None = None,
    files: TemplateFiles | None = None,
    candidates: Iterable[str | Language] | None = None,
    default_language: str | Language | None = None,
    labels: Iterable[str] | None = None,
    system: str | None = None,
    history: Iterable[Any] = (),
    phrasing: int | str | None = None,
    think_tags: ThoughtTags = None,
) -> Request:
    """Return the checked request; a language of None is detected from the inputs that decide.

    `candidates` are the languages to choose from, `default_language` the one to take where the
    text does not tell; `labels` replace those of the task; `phrasing` is the number of one of its
    phrasings, or "random:SEED", which draws one for each request.
    Raises UnknownName, LanguageNotDetected or InputError, which name the field and what it may
    hold.
    """
    files = files or TemplateFiles.at(None)
    found = take_labels(task if isinstance(task, Task) else get_task(task, files), labels)
    checked = check_inputs(found, inputs)
    number = None if phrasing is None else _drawn(found, checked, phrasing)
    if number is not None:
        found = found.with_phrasing(number)
    if language is None:
        own = _detected(found, checked, files, candidates, default_language)
    else:
        own = language if isinstance(language, Language) else get_language(language, files)
    if target_language is not None:
        target = get_language(target_language, files)
    elif found.target_language == "required":
        raise InputError(
            f"The task {found.name} needs a target_language, the language to answer in.",
            field="target_language",
        )
    else:
        target = own
    said, turns = ("", ()) if system is None and history == () else _opening(system, history)
    return Request(
        found,
        checked,
        own,
        target,
        files,
        system=said,
        history=turns,
        phrasing=number,
        think_tags=check_think_tags(think_tags) if think_tags is not None else None,
    )


def take_labels(task: Task, labels: Iterable[str] | None) -> Task:
    """Return the task with the labels of a request; InputError where neither has any."""
    if labels is not None:
        return task.with_labels(labels)
    if task.answer.kind in LABEL_KINDS and not task.answer.labels:
        raise InputError(
            f'The task {task.name} needs labels, as in labels=["refund", "complaint", "other"].',
            field="labels",
        )
    return task


def check_think_tags(tags: Any) -> tuple[str, str]:
    """Return the opening and the closing mark of thoughts; raises InputError for anything else."""
    pair = tuple(tags) if isinstance(tags, list | tuple) else ()
    if len(pair) == 2 and all(isinstance(one, str) and one.strip() for one in pair):
        return pair
    raise InputError(
        "think_tags must be the opening and the closing mark of a thought, as in "
        f'("<plan>", "</plan>"), not {shown(str(tags))}.',
        field="think_tags",
    )


def _opening(system: str | None, history: Any) -> tuple[str, tuple[Message, ...]]:
    """Return the system text, that of the history behind it, and what was said since."""
    if system is not None and not isinstance(system, str):
        raise InputError(f"system must be text, not {type(system).__name__}.", field="system")
    if system:
        check_encodable(system, "system")
    messages = read_history(history)
    texts = [system or "", *[one.content for one in messages if one.role == "system"]]
    turns = tuple([one for one in messages if one.role != "system"])
    return "\n\n".join([text for text in texts if text]), turns


def _drawn(task: Task, inputs: Mapping[str, InputValue], phrasing: int | str) -> int:
    """Return the number of a phrasing: as given, or drawn by a seed and the inputs."""
    text = str(phrasing).strip()
    word, _, seed = text.partition(":")
    if word == "random" and (not seed or seed.lstrip("-").isdecimal()):
        told = [f"{name}={one}" for name, one in inputs.items() if not isinstance(one, Image)]
        told += [image.sha256 for image in images_of(inputs)]
        draw = sha256("\0".join([seed or "0", task.name, *told]).encode()).digest()
        return int.from_bytes(draw[:8]) % max(1, len(task.phrasings))
    if isinstance(phrasing, bool) or not text.isdecimal():
        most = len(task.phrasings) - 1
        raise InputError(
            f"phrasing is {shown(text)}; it must be a number from 0 to {most}, random, or "
            "random:SEED."
            if task.phrasings
            else f"The task {task.name} has no other phrasings.",
            field="phrasing",
        )
    return int(text)


def check_inputs(task: Task, inputs: Inputs) -> FrozenDict[str, InputValue]:
    """Return the inputs as a frozen mapping in the order of the task's fields."""
    if isinstance(inputs, str):
        needed = [field.name for field in task.inputs if not field.optional]
        if len(needed) > 1:
            example = ", ".join(f'"{name}": ...' for name in needed)
            raise InputError(
                f"The task {task.name} has {len(task.inputs)} input fields: "
                f"{', '.join(task.field_names)}. Pass a mapping, {{{example}}}, not one text."
            )
        inputs = {needed[0] if needed else task.field_names[0]: inputs}
    elif isinstance(inputs, Image | bytes) or hasattr(inputs, "getbands"):
        pictures = [field.name for field in task.inputs if field.is_image]
        inputs = {pictures[0] if pictures else task.field_names[0]: inputs}
    elif not isinstance(inputs, Mapping):
        several = sum(not field.optional for field in task.inputs) > 1
        raise InputError(
            f"inputs must be {'' if several else 'a text or '}a mapping of "
            f"{', '.join(task.field_names)}, "
            f"not {type(inputs).__name__}."
        )
    for name in inputs:
        if name not in task.field_names:
            raise UnknownName(f"input field of {task.name}", str(name), task.field_names)
    return FrozenDict({field.name: _checked(task, field, inputs) for field in task.inputs})


def refuse_files(task: Task, inputs: object) -> None:
    """Raise InputError for an image given as a path, where the inputs come from someone else.

    For servers and tools: whoever names a path would have this machine's file sent to a model.
    """
    for field in task.inputs if isinstance(inputs, Mapping) else ():
        given = inputs.get(field.name) if field.is_image and isinstance(inputs, Mapping) else None
        if not (given is None or given == "" or isinstance(given, bytes) or is_remote(given)):
            raise InputError(
                f"The input field {field.name!r} must be a data URL or an http(s) URL here, not "
                "the path of a file.",
                field=field.name,
            )


def deciding_text(task: Task, inputs: Mapping[str, InputValue]) -> str:
    """Return the text that tells the language of a request: that of the task's deciding fields.

    Of several that ask for something (`question`, `message`) the shortest decides.
    """
    named = {field.name: _joined(inputs[field.name]) for field in task.deciding}
    texts = [text for text in named.values() if text]
    asks = all(field.name in ASKING and field.detect is None for field in task.deciding)
    return min(texts, key=len) if asks and texts else "\n".join(texts)


def _joined(value: InputValue) -> str:
    if isinstance(value, Image):
        return ""
    return value if isinstance(value, str) else "\n".join(value)


def _detected(
    task: Task,
    inputs: Mapping[str, InputValue],
    files: TemplateFiles,
    candidates: Iterable[str | Language] | None,
    default: str | Language | None,
) -> Language:
    from xlt.detection import detect_language

    fallback = None if default is None else get_language(default, files)
    if fallback is None and not task.deciding:
        raise LanguageNotDetected(
            f"The task {task.name} has no text that tells the language: pass language=.",
            field="language",
        )
    try:
        return get_language(
            detect_language(deciding_text(task, inputs), candidates=candidates), files
        )
    except LanguageNotDetected:
        if fallback is None:
            raise
        return fallback


def _checked(task: Task, field: InputField, inputs: Mapping[str, Any]) -> InputValue:
    value = inputs.get(field.name)
    if value is None and (field.optional or field.name in inputs):
        value = () if field.many else ""
    elif value is None:
        about = f" ({field.description})" if field.description else ""
        raise InputError(
            f"The input field {field.name!r}{about} of {task.name} is missing.", field=field.name
        )
    if field.is_image:
        return take_image(value, field=field.name) if value or not field.optional else ""
    texts: list[Any] = _listed(task, field, value) if field.many else [value]
    for number, text in enumerate(texts):
        place = f"{field.name}[{number}]" if field.many else field.name
        if not isinstance(text, str):
            raise InputError(
                f"The input field {place!r} must be text, not {type(text).__name__}.",
                field=field.name,
            )
        if not text or text.isspace():
            if field.optional and not field.many:
                return ""
            raise InputError(
                f"The input field {place!r} of {task.name} is empty.", field=field.name
            )
        if field.allowed and text not in field.allowed:
            raise InputError(
                f"The input field {place!r} is {shown(text)}; "
                f"it must be one of {', '.join(field.allowed)}.",
                field=field.name,
            )
        check_encodable(text, place)
    return tuple(texts) if field.many else texts[0]


def _document_text(item: Any) -> Any:
    """Return the text of a document of LangChain, Haystack or LlamaIndex; else the item itself."""
    texts = [getattr(item, name, None) for name in ("page_content", "content", "text")]
    return next((one for one in texts if isinstance(one, str)), item)


def _listed(task: Task, field: InputField, value: Any) -> list[Any]:
    """Return the items of a list; a framework's documents stand for their texts, pairs a line."""
    if isinstance(value, Mapping):  # a glossary: {"order": "agizo"}
        value = [f"{one} = {other}" for one, other in value.items()]
    if not isinstance(value, Iterable):
        raise InputError(
            f"The input field {field.name!r} must be a list of texts, not {type(value).__name__}.",
            field=field.name,
        )
    items = [value] if isinstance(value, str) else list(value)
    items = [_document_text(one) for one in items]
    if not items and not field.optional:
        raise InputError(f"The list {field.name!r} of {task.name} is empty.", field=field.name)
    if len(items) == 1 and task.answer.options == (field.name,):
        raise InputError(
            f"The input field {field.name!r} of {task.name} must list two options or more, each a "
            "text of its own.",
            field=field.name,
        )
    if field.most is not None and len(items) > field.most:
        raise InputError(
            f"The input field {field.name!r} of {task.name} takes at most {field.most} texts, not "
            f"{len(items)}: choose those that matter.",
            field=field.name,
        )
    return items
