"""A chat request -> what goes to the upstream, its last user message in the task's prompt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from xlt.composing import compose, plan
from xlt.conversations import conversation
from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.files.validated import first_fault
from xlt.messages import read_history
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.request import check_inputs, deciding_text, refuse_files
from xlt.running import Stepper
from xlt.serving.configuring import ServeSettings
from xlt.strategies.strategy import get_strategy
from xlt.task import Task

PREFIX = "xlt/"
FIELD = "xlt"
_HEADERS = {
    "task": "x-xlt-task",
    "language": "x-xlt-language",
    "target_language": "x-xlt-target-language",
    "strategy": "x-xlt-strategy",
}
_ENSURED = "ensure_language"
_EARLIER = 20  # messages that the language of a thread is read from


class RequestOptions(BaseModel):
    """The object `xlt` of a request's body; every part may be left out.

    `inputs` are the task's fields beside the last user message, or all of them. `check` asks for
    the check of the reply's language, `rounds` for the prompts and replies of all calls where an
    answer takes several. The others are as for `xlt.compose`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str | None = None
    inputs: dict[str, str | list[str]] = {}
    language: str | None = None
    target_language: str | None = None
    strategy: str | None = None
    candidates: list[str] | None = None
    default_language: str | None = None
    labels: list[str] | None = None
    steps: list[str] | None = None
    rephrase: str | None = None
    layout: str | None = None
    guard: str | None = None
    ensure_language: bool | None = None
    check: bool = False
    rounds: bool = False


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A request for the upstream, the prompt in it, and whether to check the reply's language.

    Where an answer takes several requests, `plan` yields their prompts, of which this is the
    first; `asking` makes the request of each, and `rounds` says whether all are to be shown.
    """

    body: dict[str, Any]
    prompt: Prompt
    check: bool
    place: int = 0
    plan: Stepper | None = None
    rounds: bool = False

    def asking(self, prompt: Prompt, *, stream: bool) -> dict[str, Any]:
        """Return the request of one of the plan's prompts, whose reply streams or comes whole."""
        kept = {
            name: value
            for name, value in self.body.items()
            if stream or name not in ("stream", "stream_options")
        }
        return {**kept, "messages": _with_prompt(kept["messages"], self.place, prompt)}


def is_wrapped(body: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether a request asks for xlt: by its model, its object `xlt`, or a header."""
    model = body.get("model")
    named = isinstance(model, str) and model.startswith(PREFIX)
    return named or FIELD in body or any(name in headers for name in _HEADERS.values())


def wrap(body: Mapping[str, Any], headers: Mapping[str, str], settings: ServeSettings) -> Wrapped:
    """Return the request for the upstream: its last user message in the task's prompt.

    All other messages, tools and settings stay as they are. Raises what `xlt.compose` raises;
    InputError, with the part at fault as its field, for a request that is not one.
    """
    options = _options(body, headers)
    if body.get("n") not in (None, 1):
        raise InputError("n must be 1: the answer is read in one choice.", field="n")
    task_name, model = _named(body, options, settings)
    task = get_task(task_name, TemplateFiles.at(settings.templates))
    messages, place = _messages(body)
    request = (task, options, settings, messages[:place], messages[place], model)
    sent = {name: value for name, value in body.items() if name != FIELD}
    sent["model"] = model
    if takes_several(task, options):
        stepper = Stepper(compose_call(*request, make=plan))
        return Wrapped(sent, stepper.prompts[0], options.check, place, stepper, options.rounds)
    prompt = compose_call(*request)
    sent["messages"] = _with_prompt(messages, place, prompt)
    return Wrapped(sent, prompt, options.check)


def takes_several(task: Task, options: RequestOptions) -> bool:
    """Whether an answer may take several calls, and so a plan."""
    strategy = get_strategy(options.strategy or task.strategy)
    return strategy.compose_prompt is None or bool(options.ensure_language)


def compose_call(
    task: Task,
    options: RequestOptions,
    settings: ServeSettings,
    earlier: Sequence[Any],
    message: Any,
    model: str,
    make: Callable[..., Any] = compose,
) -> Any:
    """Return the prompt of a message, or with `make` its plan.

    Its language is the thread's where none is named.
    """
    inputs = _inputs(task, options, message)
    refuse_files(task, inputs)
    candidates = options.candidates or settings.candidates
    default = options.default_language or settings.default_language
    language: Any = options.language
    if language is None and any(one.role == "user" for one in read_history(earlier)):
        thread = conversation(
            earlier[-_EARLIER:],
            candidates=None if candidates is None else tuple(candidates),
            default_language=default,
        )
        language = thread.language_of(deciding_text(task, check_inputs(task, inputs)))
    strategy = options.strategy or task.strategy
    wording = options.model_dump(include={"steps", "rephrase", "layout", "guard", _ENSURED})
    own = {name: value for name, value in wording.items() if value is not None}
    if strategy == "auto":
        own["model"] = model
    return make(
        task,
        inputs,
        language=language,
        target_language=options.target_language,
        candidates=candidates,
        default_language=default,
        strategy=strategy,
        labels=options.labels,
        templates=settings.templates,
        **own,
    )


def read_options(given: Any) -> RequestOptions:
    """Return the options that a body holds; raises InputError, which names the part at fault."""
    try:
        return RequestOptions.model_validate(given)
    except ValidationError as error:
        known = ", ".join(RequestOptions.model_fields)
        raise InputError(f"{first_fault(error)}; xlt may hold {known}.", field=FIELD) from None


def _options(body: Mapping[str, Any], headers: Mapping[str, str]) -> RequestOptions:
    told = {name: headers[header] for name, header in _HEADERS.items() if header in headers}
    given = body.get(FIELD, {})
    return read_options({**told, **given} if isinstance(given, Mapping) else given)


def _named(
    body: Mapping[str, Any], options: RequestOptions, settings: ServeSettings
) -> tuple[str, str]:
    """Return the task and the upstream's model that a request names."""
    given = body.get("model", "")
    if not isinstance(given, str):
        raise InputError(f"model must be a name, not {type(given).__name__}.", field="model")
    task, model = options.task or "", given
    if given.startswith(PREFIX):
        task, _, model = given.removeprefix(PREFIX).partition("@")
    model = model or settings.model or ""
    if not task or not model:
        missing = "upstream model" if task else "task"
        raise InputError(
            f'No {missing} is named: the model is like "xlt/mgsm@gpt-4o-mini", the task\'s name '
            "and the upstream's model.",
            field="model",
        )
    return task, model


def _messages(body: Mapping[str, Any]) -> tuple[list[Any], int]:
    """Return the messages, and which one is the last of the user."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        raise InputError("messages must be a list of messages.", field="messages")
    for place, message in enumerate(messages):
        if not isinstance(message, Mapping):
            raise InputError(
                f"messages[{place}] must be an object with a role and a content.", field="messages"
            )
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].get("role") == "user":
            return messages, place
    raise InputError("messages has no message of the user to answer.", field="messages")


def _inputs(task: Task, options: RequestOptions, message: Any) -> dict[str, Any]:
    """Return the task's inputs: those given, the message's text as the one that is missing."""
    inputs: dict[str, Any] = dict(options.inputs)
    text = _said(message)
    missing = [one.name for one in task.inputs if not one.optional and one.name not in inputs]
    if len(missing) == 1:
        inputs[missing[0]] = text
    elif missing:
        raise InputError(
            f"The task {task.name} has the input fields {', '.join(task.field_names)}. Write them "
            'into the body: "xlt": {"inputs": {...}}; the last user message is the one left out.',
            field="xlt.inputs",
        )
    return inputs


def _with_prompt(messages: Sequence[Any], place: int, prompt: Prompt) -> list[Any]:
    """Return the messages with the prompt as the text of one; its pictures stay behind it.

    What the prompt shows as said before (the first turn of a strategy of two) stands in front.
    """
    message = dict(messages[place])
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    kept = [one for one in blocks if isinstance(one, Mapping) and one.get("type") != "text"]
    text = prompt.request_text
    message["content"] = [{"type": "text", "text": text}, *kept] if kept else text
    role = [{"role": "system", "content": prompt.system_text}] if prompt.system_text else []
    before = list(messages[:place])
    if role and before and before[0].get("role") in ("system", "developer"):
        first, before = before[0], before[1:]
        role = [{**first, "content": f"{_said(first)}\n\n{prompt.system_text}"}]
    turns = [one for one in prompt.messages if one["role"] != "system"]
    return [*role, *before, *turns[:-1], message, *messages[place + 1 :]]


def _said(message: Mapping[str, Any]) -> str:
    read = read_history([message])
    return read[0].content if read else ""
