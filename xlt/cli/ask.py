"""`xlt ask`: the prompt sent to a model, its reply while it comes, and the answer in it.

A reply is shown by its steps on a terminal, as it is on a pipe.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass
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
from xlt.cli.terminal import (
    Row,
    calls_to,
    emit,
    emit_json,
    is_terminal,
    make_console,
    margin_lines,
    remark,
    visible,
    wrap,
)

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.backends.backend import Backend
    from xlt.prompt import Prompt
    from xlt.reply import Reply
    from xlt.strategies.strategy import Plan
    from xlt.task import Task

EPILOG = """\b
Examples:
  xlt ask mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？" -m local
  xlt ask mkqa "Mji mkuu wa Kenya ni upi?" -m openai:gpt-4o-mini
  xlt ask mgsm "..." -m qwen3 --base-url http://127.0.0.1:11434/v1 --json
Keys come from the environment: a provider's own (OPENAI_API_KEY), XLT_API_KEY with --base-url.
Exit codes: 0 an answer, 1 none or an error, 2 wrong usage, 3 key or quota, 130 interrupted.
"""

_LONGEST_OPEN, _SHOWN_OPEN = 100_000, 2_000  # characters
_COLOURS = {"retelling": "cyan", "reasoning": "green", "answer": "bold"}


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


def shower(*, quiet: bool) -> Shower:
    """Return how to show replies: not at all, by steps on a terminal, else as text."""
    if quiet:
        return Shower()
    return _Steps() if is_terminal() else _Pieces()


class Shower:
    """Receives each reply, its prompt, the pieces of its text and its end; shows nothing itself.

    `is_whole` is False where the reply broke off or was interrupted: it then shows no answer.
    """

    def start(self, prompt: Prompt) -> None:
        pass

    def piece(self, text: str) -> None:
        pass

    def end(self, *, is_whole: bool) -> None:
        pass


class _Pieces(Shower):
    """The text as it comes, on a line of its own."""

    def start(self, prompt: Prompt) -> None:
        self._last = "\n"

    def piece(self, text: str) -> None:
        sys.stderr.write(visible(text) if sys.stderr.isatty() else text)
        sys.stderr.flush()
        self._last = text[-1:] or self._last

    def end(self, *, is_whole: bool) -> None:
        if self._last != "\n":
            self.piece("\n")


class _Steps(Shower):
    """Each part of the reply, named in the margin, as soon as it is sure; what came since, below.

    The part that is still open is shown as it comes, and replaced by its step when that is known.
    """

    def start(self, prompt: Prompt) -> None:
        from rich.live import Live

        self._reader, self._open = prompt.reader(), ""
        self._live = Live(console=make_console(), transient=True, refresh_per_second=12)
        self._live.start()

    def piece(self, text: str) -> None:
        from rich.text import Text

        self._open = (self._open + text)[-_LONGEST_OPEN:]
        if events := self._reader.feed(text):
            self._open = self._open.rpartition("\n")[2]
            self._show(events)
        console = self._live.console
        lines = wrap(visible(self._open[-_SHOWN_OPEN:].strip("\n")), console.width)
        self._live.update(Text("\n".join(lines[-console.height // 2 :]), "dim"))

    def end(self, *, is_whole: bool) -> None:
        self._live.stop()
        if is_whole:
            known = len(self._reader.events)
            self._reader.close()
            self._show(self._reader.events[known:])
        elif self._open.strip():
            self._show([("", self._open)])

    def _show(self, events: Iterable[tuple[str, str]]) -> None:
        width = max(map(len, _COLOURS))
        rows = []
        for part, text in events:
            colour = _COLOURS.get(part, "dim")
            rows.append(Row(part.ljust(width), text.strip(), colour, colour))
        for line in margin_lines(rows, self._live.console):
            self._live.console.print(line, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and the calls it took."""

    answer: Answer
    prompts: tuple[Prompt, ...]
    replies: tuple[Reply, ...]


async def ask_plan(backend: Backend, plan: Plan, show: Shower) -> Asked:
    """Send every round of a plan, one prompt at a time: only one reply can be shown."""
    from xlt.running import adrive, send_each

    prompts: list[Prompt] = []
    replies: list[Reply] = []
    gate = asyncio.Lock()

    async def call(index: int, prompt: Prompt) -> Reply:
        async with gate:
            reply = await _send(backend, prompt, show)
        replies.append(reply)
        return reply

    async def send(turn: tuple[Prompt, ...]) -> list[Any]:
        prompts.extend(turn)
        return await send_each(turn, call)

    answer = await adrive(plan, send)
    return Asked(answer, tuple(prompts), tuple(replies))


async def _send(backend: Backend, prompt: Prompt, show: Shower) -> Reply:
    """Return a reply, shown as it comes; one that the deadline cut is what had come by then."""
    from xlt.backends.backend import follow
    from xlt.backends.errors import DeadlineExceeded
    from xlt.reply import Reply

    pieces: list[str] = []

    def piece(text: str) -> None:
        pieces.append(text)
        show.piece(text)

    show.start(prompt)
    is_whole = False
    try:
        reply = await follow(backend, prompt, piece)
        is_whole = True
    except DeadlineExceeded as error:
        text = "".join(pieces)
        if not text.strip():
            raise
        remark(f"{error} What had come by then is kept as a cut reply; --timeout gives more.")
        return Reply(text=text, finish_reason="timeout", model=backend.name)
    finally:
        show.end(is_whole=is_whole)
    return reply
