"""Sending a plan, and showing each reply as it comes: by steps on a terminal, as is on a pipe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from xlt.backends.backend import Backend, follow
from xlt.backends.errors import DeadlineExceeded
from xlt.reply import Reply
from xlt.running import adrive, send_each

if TYPE_CHECKING:
    from rich.live import Live

    from xlt.answers.answer import Answer
    from xlt.answers.streaming import ReplyReader
    from xlt.prompt import Prompt
    from xlt.strategies.strategy import Plan


_LONGEST_OPEN, _SHOWN_OPEN = 100_000, 2_000  # characters
_COLOURS = {"retelling": "cyan", "reasoning": "green", "answer": "bold"}


class Shower(Protocol):
    """Receives each reply: its prompt, the pieces of its text, its end.

    `is_whole` is False where the reply broke off or was interrupted: it then shows no answer.
    """

    def start(self, prompt: Prompt) -> None: ...

    def piece(self, text: str) -> None: ...

    def end(self, *, is_whole: bool) -> None: ...

    def remark(self, message: str) -> None: ...


def shower(*, quiet: bool) -> Shower:
    """Return how to show replies: not at all, by steps on a terminal, else as text."""
    from xlt.cli.terminal import is_terminal

    if quiet:
        return _Nothing()
    return _Steps() if is_terminal() else _Pieces(sys.stderr)


class _Nothing:
    def start(self, prompt: Prompt) -> None:
        pass

    def piece(self, text: str) -> None:
        pass

    def end(self, *, is_whole: bool) -> None:
        pass

    def remark(self, message: str) -> None:
        from xlt.cli.terminal import remark

        remark(message)


class _Pieces(_Nothing):
    """The text as it comes, on a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = "\n"

    def start(self, prompt: Prompt) -> None:
        self._last = "\n"

    def piece(self, text: str) -> None:
        from xlt.cli.terminal import visible

        self._stream.write(visible(text) if self._stream.isatty() else text)
        self._stream.flush()
        self._last = text[-1:] or self._last

    def end(self, *, is_whole: bool) -> None:
        if self._last != "\n":
            self.piece("\n")


class _Steps(_Nothing):
    """Each part of the reply, named in the margin, as soon as it is sure; what came since, below.

    The part that is still open is shown as it comes, and replaced by its step when that is known.
    """

    def __init__(self) -> None:
        self._reader: ReplyReader | None = None
        self._live: Live | None = None
        self._open = ""

    def start(self, prompt: Prompt) -> None:
        from rich.live import Live

        from xlt.cli.terminal import make_console

        self._reader, self._open = prompt.reader(), ""
        self._live = Live(console=make_console(), transient=True, refresh_per_second=12)
        self._live.start()

    def piece(self, text: str) -> None:
        if self._reader is None or self._live is None:
            return
        from rich.text import Text

        from xlt.cli.terminal import visible
        from xlt.cli.wrapping import wrap

        self._open = (self._open + text)[-_LONGEST_OPEN:]
        if events := self._reader.feed(text):
            self._open = self._open.rpartition("\n")[2]
            self._show(events)
        console = self._live.console
        lines = wrap(visible(self._open[-_SHOWN_OPEN:].strip("\n")), console.width)
        self._live.update(Text("\n".join(lines[-console.height // 2 :]), "dim"))

    def end(self, *, is_whole: bool) -> None:
        if self._reader is None or self._live is None:
            return
        self._live.stop()
        if is_whole:
            known = len(self._reader.events)
            self._reader.close()
            self._show(self._reader.events[known:])
        elif self._open.strip():
            self._show([("", self._open)])

    def _show(self, events: Iterable[tuple[str, str]]) -> None:
        from xlt.cli.terminal import Row, margin_lines

        if self._live is None:
            return
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
        show.remark(f"{error} What had come by then is kept as a cut reply; --timeout gives more.")
        return Reply(text=text, finish_reason="timeout", model=backend.name)
    finally:
        show.end(is_whole=is_whole)
    return reply
