"""What the prompt template and the chain share: how a prompt is composed from an input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from langchain_core.load.serializable import Serializable
from langchain_core.messages import BaseMessage, HumanMessage, convert_to_messages
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import BaseModel, Field, PrivateAttr, RootModel, field_validator, model_validator

from xlt.composing import output_of
from xlt.demonstrations.demonstration import Demonstration, demonstration_from
from xlt.errors import InputError, UnknownName
from xlt.files.templates import TemplateFiles
from xlt.images.image import recorded
from xlt.languages import Language, get_language
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.reply import Reply
from xlt.request import Request, check_inputs, make_request
from xlt.strategies.forms import Form, form_in
from xlt.strategies.strategy import Strategy, check_options, get_strategy
from xlt.task import Task
from xlt.task_checks import LANGUAGE_VALUES

if TYPE_CHECKING:
    from xlt.structured import Output

_NOTHING = (None,) * 7  # of what a prompt may be asked beside its task and languages


class Used(NamedTuple):
    """The objects that settings name; the `form` of the prompts that differ in the inputs alone."""

    files: TemplateFiles
    task: Task
    strategy: Strategy
    output: Output | None
    language: Language | None
    target_language: Language | None
    form: Form | None


class TaskSettings(Serializable):
    """A task and its languages, as fields that LangChain can write down and read."""

    task: str | Task
    language: str | None = None
    target_language: str | None = None

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        return ["xlt", "langchain"]

    @property
    def lc_attributes(self) -> dict[str, Any]:
        """The fields whose JSON form is not LangChain's own."""
        return {"task": self.task.model_dump(mode="json")} if isinstance(self.task, Task) else {}

    @field_validator("task", mode="before")
    @classmethod
    def _read_task(cls, value: Any) -> Any:
        return Task.model_validate(value) if isinstance(value, Mapping) else value

    @field_validator(*LANGUAGE_VALUES, "default_language", mode="before", check_fields=False)
    @classmethod
    def _read_language(cls, value: Any) -> Any:
        return value.tag if isinstance(value, Language) else value


class PromptSettings(TaskSettings):
    """How to compose the prompt for an input; the options of `xlt.compose` as fields.

    `task` is a name, a benchmark alias or a Task; `language` and `target_language` hold for
    inputs that do not name their own (None: detected); `candidates`, `default_language`,
    `labels`, `phrasing`, `think_tags`, `system` and `output` are those of `xlt.compose`;
    `strategy` None is the task's own.
    `history_key` names the key of an input that holds what was said before, as messages.
    `demonstrations` are fixed ones and `example_selector` a LangChain selector that picks them
    for each input; `options` are the strategy's own ("steps", "rephrase"), which may also be
    given by name.
    Raises UnknownName or InputError when made with something that does not exist.
    """

    candidates: tuple[str, ...] | None = None
    default_language: str | None = None
    labels: tuple[str, ...] | None = None
    system: str | None = None
    history_key: str | None = None
    output: Any = None
    phrasing: int | str | None = None
    think_tags: tuple[str, str] | None = None
    strategy: str | None = None
    demonstrations: tuple[Demonstration, ...] = ()
    example_selector: Any = None
    templates: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    _used: tuple[Any, Used] | None = PrivateAttr(None)

    @property
    def lc_attributes(self) -> dict[str, Any]:
        shown = [_plain(one) for one in self.demonstrations]
        return {**super().lc_attributes, **({"demonstrations": shown} if shown else {})}

    @model_validator(mode="before")
    @classmethod
    def _gather_options(cls, values: Any) -> Any:
        """Move everything that is not a field into `options`, where the strategy checks it."""
        if not isinstance(values, dict):
            return values
        known = {name: value for name, value in values.items() if name in cls.model_fields}
        others = {
            name: value
            for name, value in values.items()
            if name not in known and not name.startswith("_")
        }
        if others:
            known["options"] = {**known.get("options", {}), **others}
        options = dict(known.get("options", {}))
        for name in ("phrasing", "think_tags"):  # the request's, whatever the strategy
            if name in options:
                known |= {name: options.pop(name), "options": options}
        return known

    @field_validator("candidates", mode="before")
    @classmethod
    def _read_candidates(cls, value: Any) -> Any:
        if isinstance(value, str) or not isinstance(value, Iterable):
            return value
        return tuple([one.tag if isinstance(one, Language) else one for one in value])

    @field_validator("templates", mode="before")
    @classmethod
    def _read_templates(cls, value: Any) -> Any:
        return str(value) if isinstance(value, Path) else value

    @field_validator("demonstrations", mode="before")
    @classmethod
    def _read_demonstrations(cls, value: Any) -> Any:
        if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
            raise InputError(
                "demonstrations must be a sequence; pass a LangChain selector as example_selector."
            )
        return _demonstrations(value)

    @model_validator(mode="after")
    def _check(self) -> Self:
        strategy = self.used.strategy
        names = list(type(self).model_fields)
        check_options(strategy.name, strategy.takes, dict(self.options), beside=names)
        if self.example_selector is not None:
            if not hasattr(self.example_selector, "select_examples"):
                raise InputError("example_selector must be a LangChain example selector.")
            if self.demonstrations:
                raise InputError("Pass demonstrations or an example_selector, not both.")
        return self

    @property
    def used(self) -> Used:
        """What the fields name, looked up once and again where a field has changed."""
        own = self.templates and TemplateFiles.at(self.templates)  # its files may be edited
        tags = (self.language, self.target_language)
        further = (self.labels, self.system, self.history_key, self.phrasing, self.think_tags)
        asked = (*further, self.output, self.example_selector)
        plain = asked == _NOTHING and not self.demonstrations and not self.options
        named = (own, self.task, self.strategy, self.output, *tags, plain)
        if self._used is None or self._used[0] != named:
            files = own or TemplateFiles.at(None)
            given, target = [None if tag is None else get_language(tag, files) for tag in tags]
            task = get_task(self.task, files)
            strategy = get_strategy(self.strategy or task.strategy)
            output = output_of(task, self.output)
            form = form_in(strategy, task, given, target, files) if plain and given else None
            self._used = (named, Used(files, task, strategy, output, given, target, form))
        return self._used[1]

    @property
    def task_used(self) -> Task:
        """The Task that `task` names."""
        return self.used.task

    @property
    def strategy_used(self) -> Strategy:
        """The Strategy that `strategy` names."""
        return self.used.strategy

    def make_request(self, values: Any) -> Request:
        """Return the checked request of an input; see `request_of`."""
        return request_of(self, self.used, values)

    def _opened(self, task: Task, values: Any) -> tuple[Any, Any]:
        """Return what an input asks, a text or a mapping, and what was said before it."""
        if isinstance(values, BaseMessage):
            values = [values]
        if isinstance(values, list | tuple):
            return last_request(values)
        if isinstance(values, RootModel):
            values = values.root
        if isinstance(values, BaseModel):
            values = values.model_dump(exclude_none=True)
        if self.history_key is None or not isinstance(values, Mapping):
            return values, ()
        said = values.get(self.history_key) or ()
        values = {name: value for name, value in values.items() if name != self.history_key}
        asks = task.field_names[0]
        if said and asks not in values:
            values[asks], said = last_request(said, repr(self.history_key))
        return values, said

    def compose_request(self, request: Request, options: Mapping[str, Any]) -> Prompt:
        """Return the prompt of a request, by a strategy of one call."""
        used = self.used
        return used.strategy.compose(request, output=used.output, **options)

    def select(self, request: Request) -> dict[str, Any]:
        """Return the strategy's options for a request, with its demonstrations."""
        chosen: Any = self.demonstrations
        if self.example_selector is not None:
            chosen = _demonstrations(self.example_selector.select_examples(dict(request.inputs)))
        return {**self.options, "demonstrations": chosen} if chosen else dict(self.options)

    async def aselect(self, request: Request) -> dict[str, Any]:
        """Like `select`, asking an example selector without blocking."""
        chosen: Any = self.demonstrations
        if self.example_selector is not None:
            asked = self.example_selector.aselect_examples(dict(request.inputs))
            chosen = _demonstrations(await asked)
        return {**self.options, "demonstrations": chosen} if chosen else dict(self.options)


def filled(used: Used, values: Any) -> Prompt | None:
    """Return the prompt of a text, or of a mapping of the task's fields and nothing else.

    None where the settings have no form, or the input may say more; see `request_of`.
    """
    if used.form is None or not (
        isinstance(values, str)
        or (isinstance(values, Mapping) and not set(values).difference(used.task.field_names))
    ):
        return None
    return used.form.fill(check_inputs(used.task, values))


def request_of(settings: PromptSettings, used: Used, values: Any) -> Request:
    """Return the checked request of an input, with what is `used` for it.

    The input is a text, messages (the last user message asks, those before it are the history),
    or a mapping of fields that may name languages; its other keys are ignored, as LangChain's
    prompts do, but for a near miss of a language key. Raises InputError or UnknownName.
    """
    files, task, language, target = used.files, used.task, used.language, used.target_language
    history: Any = ()
    if not isinstance(values, str):
        values, history = settings._opened(task, values)
    if isinstance(values, Mapping):
        language = values.get("language") or language
        target = values.get("target_language") or target
        values = _fields(task, values)
    return make_request(
        task,
        values,
        language=language,
        target_language=target,
        files=files,
        candidates=settings.candidates,
        default_language=settings.default_language,
        labels=settings.labels,
        system=settings.system,
        history=history,
        phrasing=settings.phrasing,
        think_tags=settings.think_tags,
    )


def _demonstrations(given: Iterable[Any]) -> tuple[Demonstration, ...]:
    return tuple([demonstration_from(one) for one in given])


def _plain(demonstration: Demonstration) -> dict[str, Any]:
    inputs = demonstration.inputs
    plain = {
        "inputs": inputs
        if isinstance(inputs, str)
        else {name: recorded(value) for name, value in inputs.items()},
        "reply": demonstration.reply,
        "answer": demonstration.answer,
        "language": demonstration.language,
    }
    return {name: value for name, value in plain.items() if value is not None}


def _fields(task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    extra = [name for name in values if name not in task.field_names]
    for name in extra:
        near = get_close_matches(str(name), LANGUAGE_VALUES, n=1, cutoff=0.8)
        if near and name not in LANGUAGE_VALUES:
            raise UnknownName("input", str(name), [*task.field_names, *LANGUAGE_VALUES])
    return {name: value for name, value in values.items() if name in task.field_names}


def last_request(
    messages: Iterable[Any], where: str = "The input"
) -> tuple[str, list[BaseMessage]]:
    """Return the text of the last user message, and the messages before it.

    Raises InputError, which says `where` there is none.
    """
    try:
        said = convert_to_messages(list(messages))
    except (NotImplementedError, TypeError, ValueError) as error:
        raise InputError(f"{where} holds what is not a message: {error}.") from error
    for place in reversed(range(len(said))):
        if isinstance(said[place], HumanMessage):
            return Reply.of(said[place]).text, said[:place]
    raise InputError(f"{where} holds no user message.")


def as_model(model: Any) -> Runnable[Any, Any]:
    """Return the runnable of a model: itself, a function, or a name as "openai:gpt-4o-mini".

    Raises MissingExtra where a name needs a package that is not installed, and the other errors of
    a name that cannot be used.
    """
    if isinstance(model, Runnable):
        return model
    if isinstance(model, str):
        from xlt.backends.langchain_chat import model_of_name

        named: Runnable[Any, Any] = model_of_name(model)
        return named
    if callable(model):
        return RunnableLambda(model)
    raise InputError(
        "The model must be a LangChain model or runnable, a function, or a name such as "
        f"'openai:gpt-4o-mini', not {type(model).__name__}."
    )
