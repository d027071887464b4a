"""The options of the built-in strategies by name, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from xlt.answers.answer import ThoughtTags
    from xlt.budget import Budget
    from xlt.demonstrations.selection import Demonstrations
    from xlt.languages import Language
    from xlt.strategies.chain_of_dictionary import Frequencies, Glossary
    from xlt.strategies.reasoning import Gate
    from xlt.strategies.translation import Translator


class StrategyOptions(TypedDict, total=False):
    """What the built-in strategies take beside `compose`'s own parameters.

    A strategy takes some of them and refuses the others when it is called. One of an installed
    package may have more: spread a
    `dict[str, Any]` of them.
    """

    # every strategy
    answer_language: str | Language | bool | None
    alignment: bool
    ensure_language: bool
    instruction_language: str | Language | None
    # xlt, and in part the other strategies of one call
    steps: Iterable[str] | None
    rephrase: str | None
    demonstration_format: Literal["basic+basic", "basic+xlt", "xlt+xlt"] | None
    layout: Literal["user", "system+user"]
    guard: Literal["delimit"] | None
    nonce: str | None
    # auto, and xlt for reasoning models
    model_class: str | None
    topic: str | None
    budget: int
    policy: Path | str | None
    thinking: str | Language | None
    thinking_prefill: bool | str
    needs_translation: Gate
    # translate_en, pim, selective_translation, auto, xlt for reasoning models
    translator: Translator | None
    # chain_of_dictionary
    glossary: Glossary | None
    max_entries: int | None
    frequency: Frequencies | None
    # clp, clsp, clc, autocap; pim and related_feedback
    pivot: str | Language
    pivots: Sequence[str]
    early_stop: bool
    quorum: int | None
    count: int
    languages: Sequence[str] | None


class ComposeOptions(StrategyOptions, total=False):
    """What `compose` and `plan` take: for auto, the name of the model that it chooses for."""

    model: str | None


class _RequestOptions(StrategyOptions, total=False):
    candidates: Iterable[str | Language] | None
    default_language: str | Language | None
    labels: Iterable[str] | None
    output: Any
    demonstrations: Demonstrations
    max_tokens: int | Budget | None
    phrasing: int | str | None
    reduce: str
    templates: str | Path | None
    think_tags: ThoughtTags


class AskOptions(_RequestOptions, total=False):
    """What `ask` takes beside its own parameters."""

    system: str | None
    history: Iterable[Any]
    repair: bool


class MessageOptions(_RequestOptions, total=False):
    """What `Conversation.compose` takes for one message."""

    strategy: str | None
    target_language: str | Language | None
    model: str | None
