"""Groups of options that several commands share, each a record with what it makes of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args, get_type_hints

import typer

from xlt.cli.inputs import check_text
from xlt.cli.options import (
    Candidates,
    DefaultLanguage,
    Temperature,
    ThinkTags,
    Timeout,
    complete_guard,
    complete_language,
    complete_layout,
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
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL,LABEL...",
            help="The labels to choose from, for a task whose answer is a label.",
        ),
    ] = None
    phrasing: Annotated[
        str | None,
        typer.Option(
            metavar="N|random:SEED",
            help="Which published wording of the request to use; xlt tasks TASK lists them. "
            "Default: the task's own.",
            show_default=False,
        ),
    ] = None
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="LAYOUT",
            help="user (the default), or system+user: the role in a system message (not the "
            "paper's).",
            autocompletion=complete_layout,
        ),
    ] = None
    guard: Annotated[
        str | None,
        typer.Option(
            metavar="delimit",
            help="delimit: marks around the input that the text inside cannot close (not the "
            "paper's).",
            autocompletion=complete_guard,
        ),
    ] = None
    answer_language: Annotated[
        str | None,
        typer.Option(
            metavar="LANG",
            help="End the prompt with a line, in this language, that asks for the answer in it.",
            autocompletion=complete_language,
        ),
    ] = None
    instruction_language: Annotated[
        str | None,
        typer.Option(
            metavar="LANG",
            help="The language of the instructions of xlt, basic and cot: en, es or zh.",
        ),
    ] = None
    thinking: Annotated[
        str | None,
        typer.Option(
            metavar="LANG",
            help="For reasoning models: the language to think in; native: the input's.",
        ),
    ] = None

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
    ensure_language: Annotated[
        bool,
        typer.Option(
            "--ensure-language", help="Ask once more if the answer is in another language."
        ),
    ] = False

    def given(self) -> dict[str, Any]:
        """Return those given, as `xlt.plan` takes them."""
        return PromptOptions.given(self) | tags_of(self.think_tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """The options of every command that asks a model, which it takes by `choice`."""

    panel: ClassVar = "The model"

    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="An OpenAI-compatible server: http://.../v1", callback=check_text
        ),
    ] = None
    key_env: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The environment variable with the key of --base-url (XLT_API_KEY).",
        ),
    ] = None
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Replay the replies that --record saved.")
    ] = None
    temperature: Temperature = "0"
    max_tokens: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="The maximum number of tokens in a reply."),
    ] = None
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
