"""`Scripted`: a fake model for tests and demonstrations, which says what it was told to."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable

from xlt.backends.backend import SimpleBackend
from xlt.backends.errors import BackendError
from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.reply import Reply

Line = str | Reply | BackendError


class Scripted(SimpleBackend):
    """Answers each prompt with the next of its lines: a text, a Reply, or an error to raise.

    `prompts` lists what it was sent. It works without any network, key or clock.
    """

    def __init__(self, lines: Iterable[Line], *, few_shot: bool = False) -> None:
        self.name, self.few_shot = "scripted", few_shot
        self.prompts: list[Prompt] = []
        self._lines = list(lines)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        """Yield the line word by word, then its Reply; raises InputError when all are used up."""
        place = len(self.prompts)
        self.prompts.append(prompt)
        if place >= len(self._lines):
            lines = len(self._lines)
            raise InputError(f"The scripted model has {lines} lines and was asked for another.")
        line = self._lines[place]
        if isinstance(line, BackendError):
            raise line
        reply = Reply(line, model=self.name) if isinstance(line, str) else line
        for piece in re.findall(r"\S+\s*|\s+", reply.text):
            yield piece
        yield reply
