"""From a composed prompt to what `xlt preview` writes, and what it warns of."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlt.detection import Detection
    from xlt.prompt import Prompt
    from xlt.task import Task

_MOST_WARNINGS = 10


class Format(StrEnum):
    """What the preview writes."""

    rich = "rich"
    text = "text"
    messages = "messages"
    openai = "openai"
    json = "json"


def first_round(task: Task, inputs: str | Mapping[str, str], **options: Any) -> tuple[Prompt, ...]:
    """Return the prompts a strategy sends first: the prompt, for a strategy of one call."""
    from xlt.composing import plan

    rounds = plan(task, inputs, **options)
    prompts = next(rounds)
    rounds.close()
    return prompts


def show_round(
    prompts: tuple[Prompt, ...], detection: Detection | None, model: str | None, form: Format | None
) -> None:
    from xlt.cli.prompt_json import openai_body, prompt_json
    from xlt.cli.terminal import emit, emit_json, is_terminal, remark

    form = form or (Format.rich if is_terminal() else Format.text)
    for number, prompt in enumerate(prompts):
        if form is Format.rich:
            from xlt.cli.preview_view import show_prompt

            show_prompt(prompt, detection, model)
        elif form is Format.text:
            emit(prompt.text)
        elif form is Format.messages:
            emit_json(prompt.messages)
        elif form is Format.openai:
            emit_json(openai_body(prompt, model))
        else:
            emit_json(prompt_json(prompt, detection, model))
        if number + 1 < len(prompts):
            emit("")
    if prompts[0].omitted is not None and form is not Format.rich:
        sys.stdout.flush()
        remark(f"Left out: {prompts[0].omitted}.")
    if _has_more_rounds(prompts[0].strategy):
        sys.stdout.flush()
        remark(f"The first round of {prompts[0].strategy}; what follows depends on the replies.")


def warn_of(task: Task, inputs: str | Mapping[str, str], prompt: Prompt) -> None:
    """Write a line for each thing in the inputs that may be read as part of the prompt."""
    from xlt.cli.terminal import remark
    from xlt.request_inspection import inspect_request

    sys.stdout.flush()
    warnings = inspect_request(
        task, inputs, language=prompt.language, target_language=prompt.target_language
    )
    for warning in warnings[:_MOST_WARNINGS]:
        remark(f"Warning: {warning}.")
    if len(warnings) > _MOST_WARNINGS:
        remark(f"Warning: {len(warnings) - _MOST_WARNINGS} more places of this kind.")


def _has_more_rounds(strategy: str) -> bool:
    from xlt.strategies.strategy import get_strategy

    return get_strategy(strategy).compose_prompt is None
