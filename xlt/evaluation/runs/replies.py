"""What a run asks: a model behind a backend, a runnable or a function, or recorded replies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from inspect import iscoroutinefunction
from typing import Any, Protocol

from xlt.backends.backend import Backend, send
from xlt.backends.errors import DeadlineExceeded
from xlt.backends.langchain_chat import translated
from xlt.errors import XLTError
from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.samples import Sample
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.task import Task


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run a call stands; a recording finds its reply by it.

    `row` is the sample's place in the file it was loaded from, counted from 0 before any
    sampling; `round` and `index` are the prompt's in the strategy's plan, counted from 0.
    """

    benchmark: str
    task: Task
    strategy: str
    sample: Sample
    row: int
    repeat: int = 0
    round: int = 0
    index: int = 0

    @property
    def pair(self) -> str:
        return pair_of(self.sample.language, self.sample.target_language)

    @property
    def item(self) -> str:
        """The id of the item that is asked for (`Result.id`)."""
        cell = f"{self.benchmark}/{self.pair}/{self.strategy}"
        return f"{cell}/{self.sample.id}/{self.repeat}"


class Replies(Protocol):
    """Gives each prompt of a run its reply. Every failure is an XLTError.

    `few_shot` says that the model needs demonstrations to know the form of a reply.
    """

    @property
    def name(self) -> str: ...

    @property
    def few_shot(self) -> bool: ...

    def holds(self, place: Place) -> bool:
        """Tell whether there is a reply for a sample: a model has one, a recording may not."""
        ...

    async def reply(self, prompt: Prompt, place: Place) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Live:
    """Asks a backend.

    With `paper_sampling` a prompt that names a temperature (`Prompt.sampling`) is sent with it
    where the backend can; other prompts with the backend's own. `server` is the address that
    the model's name belongs to, where the user gave one.
    """

    backend: Backend
    paper_sampling: bool = True
    server: str | None = None

    @property
    def name(self) -> str:
        return self.backend.name

    @property
    def few_shot(self) -> bool:
        return self.backend.few_shot

    @property
    def settings(self) -> Mapping[str, Any]:
        """What of the backend decides its replies, as plain JSON; no key is among it.

        Two servers may call two models the same. Their address may be private: it is hashed.
        """
        found = dict(self.backend.settings)
        if self.server is not None:
            address = self.server.partition("?")[0].rstrip("/")
            found["server"] = sha256(address.encode()).hexdigest()[:16]
        return {**found, "sampling": "paper" if self.paper_sampling else "fixed"}

    def holds(self, place: Place) -> bool:
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        drawn = prompt.sampling.get("temperature") if self.paper_sampling else None
        backend = self.backend if drawn is None else self.backend.with_temperature(drawn)
        return await send(backend, prompt)


@dataclass(frozen=True, slots=True)
class RunnableModel:
    """Asks `ask` with each prompt; what it returns is a text or a LangChain message."""

    name: str
    ask: Callable[[Prompt], Awaitable[Any]]
    timeout: float = 300.0
    few_shot: bool = False

    @classmethod
    def of(cls, found: Any, name: str, timeout: float) -> RunnableModel:
        """Return the model of a runnable, or of a function of the prompt, async or not."""
        if hasattr(found, "ainvoke"):
            return cls(name, lambda prompt: found.ainvoke(prompt.messages), timeout)
        if iscoroutinefunction(found) or iscoroutinefunction(type(found).__call__):
            return cls(name, found, timeout)

        async def call(prompt: Prompt) -> Any:
            return await asyncio.to_thread(found, prompt)

        return cls(name, call, timeout)

    def holds(self, place: Place) -> bool:
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        try:
            async with asyncio.timeout(self.timeout):
                reply = Reply.of(await self.ask(prompt))
        except XLTError:
            raise
        except TimeoutError:
            raise DeadlineExceeded(f"{self.name} did not finish its reply in time.") from None
        except Exception as error:  # whatever the caller's own code raises
            raise translated(self.name, error) from None
        return replace(reply, model=reply.model or self.name)
