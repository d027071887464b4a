"""`xlt ask`: the prompt sent to a model, its reply while it comes, and the answer in it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.groups import AnswerOptions, CallOptions, with_groups
from xlt.cli.inputs import find_task, read_inputs
from xlt.cli.options import (
    Fields,
    LanguageOption,
    Model,
    Strategy,
    TargetOption,
    TaskArgument,
    TaskFile,
    Templates,
    TextArgument,
)
from xlt.cli.terminal import calls_to, emit, emit_json, is_terminal

if TYPE_CHECKING:
    from xlt.backends.backend import Backend
    from xlt.cli.showing import Asked, Shower
    from xlt.task import Task

EPILOG = """\b
Examples:
  xlt ask mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？" -m local
  xlt ask mkqa "Mji mkuu wa Kenya ni upi?" -m openai:gpt-4o-mini
  xlt ask mgsm "..." -m qwen3 --base-url http://127.0.0.1:11434/v1 --json
Keys come from the environment: a provider's own (OPENAI_API_KEY), XLT_API_KEY with --base-url.
Exit codes: 0 an answer, 1 none or an error, 2 wrong usage, 3 key or quota, 130 interrupted.
"""


@with_groups
def ask(
    *,
    task: TaskArgument = None,
    text: TextArgument = None,
    model: Model = None,
    fields: Fields = None,
    language: LanguageOption = None,
    target: TargetOption = None,
    strategy: Strategy = None,
    wording: AnswerOptions,
    calls: CallOptions,
    json: Annotated[
        bool, typer.Option("--json", help="The answer, the reply and its cost, as JSON.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="The answer alone, without the reply.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append each prompt and reply to this file.")
    ] = None,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Send the prompt for a task and a text to a model, and read its answer.

    On a terminal the steps of the reply are shown as they come; on a pipe the output is the answer
    alone.
    """
    from xlt.cli.showing import shower

    found, text = find_task(task, text, task_file, templates)
    inputs = read_inputs(found, text, fields or ())
    choice = calls.choice(model)
    options: dict[str, Any] = {
        "language": language,
        "target_language": target,
        "templates": templates,
        **wording.given(),
    }
    with calls_to(choice.model):
        backend = _backend(choice, record)
        show = shower(quiet=quiet or json)
        asked = asyncio.run(
            _asked(backend, found, {} if inputs is None else inputs, strategy, options, show)
        )
    _report(asked, as_json=json)


async def _asked(
    backend: Backend,
    task: Task,
    inputs: Any,
    strategy: str | None,
    options: dict[str, Any],
    show: Shower,
) -> Asked:
    from xlt.cli.showing import ask_plan
    from xlt.composing import plan

    if backend.few_shot:
        from xlt.demonstrations.demonstration import shipped_demonstrations

        options["demonstrations"] = shipped_demonstrations(task, options["templates"])
    return await ask_plan(backend, plan(task, inputs, strategy=strategy, **options), show)


def _backend(choice: Any, record: Path | None) -> Backend:
    from xlt.cli.settings import open_backend

    backend = open_backend(choice)
    if record is None:
        return backend
    from xlt.backends.replay import Recorder

    return Recorder.to(backend, record)


def _report(asked: Asked, *, as_json: bool) -> None:
    from xlt.answers.as_json import answer_json
    from xlt.cli.parse import shown_value

    answer = asked.answer
    if as_json:
        replies = [
            {
                "text": reply.text,
                "finish_reason": reply.finish_reason,
                "model": reply.model,
                "prompt_tokens": reply.usage and reply.usage.input_tokens,
                "completion_tokens": reply.usage and reply.usage.output_tokens,
                "attempts": reply.attempts,
            }
            for reply in asked.replies
        ]
        signature = asked.prompts[-1].signature
        emit_json({"answer": answer_json(answer), "replies": replies, "signature": signature})
        if answer.value is None:
            raise typer.Exit(1)
        return
    value = shown_value(answer)
    emit(f"\n→ {value}" if is_terminal() else value)
