"""Groups of options that several commands share, each a record with what it makes of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args, get_type_hints

from xlt.cli.options import (
    AnswerLanguage,
    BaseUrl,
    Candidates,
    DefaultLanguage,
    EnsureLanguage,
    Guard,
    InstructionLanguage,
    KeyVariable,
    Labels,
    Layout,
    MaxTokens,
    Phrasing,
    Replay,
    Temperature,
    Thinking,
    ThinkTags,
    Timeout,
    names_of,
    parse_temperature,
    tags_of,
)

if TYPE_CHECKING:
    from xlt.backends import Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """The options of every command that words prompts."""

    panel: ClassVar = "The prompt"

    candidates: Candidates = None
    default_language: DefaultLanguage = None
    labels: Labels = None
    phrasing: Phrasing = None
    layout: Layout = None
    guard: Guard = None
    answer_language: AnswerLanguage = None
    instruction_language: InstructionLanguage = None
    thinking: Thinking = None

    def given(self) -> dict[str, Any]:
        """Return those given, as `xlt.plan` takes them; thinking is for reasoning models."""
        found: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        found |= {"candidates": names_of(self.candidates), "labels": names_of(self.labels)}
        if self.thinking is not None:
            found["model_class"] = "reasoning"
        return {name: value for name, value in found.items() if value not in (None, False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOptions(PromptOptions):
    """The options of every command that has prompts answered."""

    think_tags: ThinkTags = None
    ensure_language: EnsureLanguage = False

    def given(self) -> dict[str, Any]:
        """Return those given, as `xlt.plan` takes them."""
        return PromptOptions.given(self) | tags_of(self.think_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """The options of every command that asks a model, which it takes by `choice`."""

    panel: ClassVar = "The model"

    base_url: BaseUrl = None
    key_env: KeyVariable = None
    replay: Replay = None
    temperature: Temperature = "0"
    max_tokens: MaxTokens = None
    timeout: Timeout = 300.0

    def choice(self, model: str | None, **others: Any) -> Choice:
        """Return the model to ask, and how."""
        from xlt.cli.settings import choice_of

        return choice_of(
            model,
            self.base_url,
            self.key_env,
            replay=self.replay,
            temperature=parse_temperature(self.temperature),
            max_tokens=self.max_tokens,
            timeout=self.timeout,
            **others,
        )


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let typer see each field of a command's groups of options as an option of the command."""
    hints = get_type_hints(command, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    groups: dict[str, Any] = {}
    shown: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if not is_dataclass(hints[name]):
            shown.append(parameter.replace(annotation=hints[name], kind=kind))
            continue
        group = groups[name] = hints[name]
        types = get_type_hints(group, include_extras=True)
        shown += [
            inspect.Parameter(
                one.name,
                kind,
                annotation=_in_panel(types[one.name], group.panel),
                default=one.default,
            )
            for one in fields(group)
        ]

    @wraps(command)
    def called(**given: Any) -> None:
        made = {
            name: group(**{one.name: given.pop(one.name) for one in fields(group)})
            for name, group in groups.items()
        }
        command(**given, **made)

    called.__annotations__ = {}
    called.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    return called


def _in_panel(option: Any, panel: str) -> Any:
    kind, info = get_args(option)
    info = copy(info)
    info.rich_help_panel = panel
    return Annotated[kind, info]
