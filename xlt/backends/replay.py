"""Replies without a model: recorded in a file and replayed, or told beforehand."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from xlt.backends.backend import Backend, SimpleBackend, Value
from xlt.backends.errors import BackendError
from xlt.backends.retrying import Retries
from xlt.errors import DefinitionError, InputError
from xlt.files.safe import read_lines
from xlt.files.validated import first_fault
from xlt.prompt import Prompt
from xlt.reply import Reply, Usage, read_count

# Any whole number is read, and what cannot be a number of tokens is none.
Tokens = Annotated[int | None, AfterValidator(read_count)]
Line = str | Reply | BackendError


class _Line(BaseModel):
    """One call: the prompt's messages and the reply's text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    text: str
    finish_reason: str = "stop"
    model: str = ""
    prompt_tokens: Tokens = None
    completion_tokens: Tokens = None


@dataclass(frozen=True, slots=True)
class Replay(SimpleBackend):
    """Gives each prompt the reply recorded for the same messages."""

    path: Path
    replies: Mapping[str, Reply]
    few_shot: bool = False

    @classmethod
    def open(cls, path: Path | str, *, few_shot: bool = False) -> Replay:
        """Return the replies of a JSONL file, the last one of messages that appear twice.

        Each line is an object of "messages" and "text", with "finish_reason" where the reply
        was cut. Raises DefinitionError with the line at fault.
        """
        path = Path(path)
        return cls(path, dict(_read(path)), few_shot)

    @property
    def name(self) -> str:
        return f"replay of {self.path.name}"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        reply = self.replies.get(message_key(prompt.kept_messages))
        if reply is None:
            raise InputError(
                f"None of the replies in {self.path} ({len(self.replies)} in all) is to this "
                "prompt; record one with --record."
            )
        yield reply.text
        yield reply


@dataclass(frozen=True, slots=True)
class Recorder:
    """Passes calls on to a backend and appends each one with its reply to a JSONL file."""

    backend: Backend
    path: Path

    @classmethod
    def to(cls, backend: Backend, path: Path) -> Recorder:
        """Return the recorder of a file that can be written, which is tried before any call."""
        try:
            path.open("ab").close()
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror}") from error
        return cls(backend, path)

    @property
    def name(self) -> str:
        return self.backend.name

    @property
    def few_shot(self) -> bool:
        return self.backend.few_shot

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.backend.settings

    @property
    def retries(self) -> Retries:
        return self.backend.retries

    def with_temperature(self, temperature: float) -> Recorder:
        return replace(self, backend=self.backend.with_temperature(temperature))

    def with_retries(self, retries: Retries) -> Recorder:
        return replace(self, backend=self.backend.with_retries(retries))

    def redact(self, value: Value) -> Value:
        return self.backend.redact(value)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        async with aclosing(self.backend.stream(prompt)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Reply):
                    self._write(prompt, piece)
                yield piece

    def _write(self, prompt: Prompt, reply: Reply) -> None:
        usage = reply.usage or Usage()
        kept = {
            "messages": prompt.kept_messages,
            "signature": prompt.signature,
            "text": reply.text,
            "finish_reason": reply.finish_reason or "stop",
            "model": reply.model or "",
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "attempts": reply.attempts,
        }
        line = json.dumps(self.redact(kept), ensure_ascii=False) + "\n"
        try:
            with self.path.open("ab") as file:
                file.write(line.encode())
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from error


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


def message_key(messages: list[dict[str, Any]]) -> str:
    """Return what two equal lists of messages have in common."""
    return json.dumps(messages, ensure_ascii=False, sort_keys=True)


def _read(path: Path) -> Iterator[tuple[str, Reply]]:
    for number, row, _ in read_lines(path):
        try:
            line = _Line.model_validate_json(row)
        except ValidationError as error:
            raise DefinitionError(first_fault(error), path=path, line=number) from None
        usage = Usage(line.prompt_tokens, line.completion_tokens)
        reply = Reply(line.text, line.finish_reason, usage=usage, model=line.model)
        yield message_key(line.messages), reply
