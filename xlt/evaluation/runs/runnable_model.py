"""Any LangChain runnable, or a function, as the model of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from inspect import iscoroutinefunction
from typing import Any

from xlt.backends.errors import DeadlineExceeded, EmptyReply
from xlt.backends.langchain_chat import translated
from xlt.errors import XLTError
from xlt.evaluation.runs.asking import Place
from xlt.prompt import Prompt
from xlt.reply import Reply


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
                made = await self.ask(prompt)
        except XLTError:
            raise
        except TimeoutError:
            raise DeadlineExceeded(f"{self.name} did not finish its reply in time.") from None
        except Exception as error:  # whatever the caller's own code raises
            raise translated(self.name, error) from None
        said = Reply.of(made)
        if not said.has_answer and said.ending == "normal":
            raise EmptyReply(f"The model {self.name} replied without a text.")
        return replace(said, finish_reason=said.finish_reason or "stop", model=self.name)
