"""`Live`: the replies of a model behind a backend, each round drawn as its paper draws it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from xlt.backends.backend import Backend, send
from xlt.evaluation.runs.asking import Place
from xlt.prompt import Prompt
from xlt.reply import Reply


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
        backend = self.backend
        inner = getattr(backend, "model", None)  # LangChain's hold their own
        found = {
            name: getattr(backend if hasattr(backend, name) else inner, name, None)
            for name in ("temperature", "max_tokens")
        }
        extra = getattr(backend, "extra", None) or {}
        if self.server is not None:
            address = self.server.partition("?")[0].rstrip("/")
            found["server"] = sha256(address.encode()).hexdigest()[:16]
        return {**found, **extra, "sampling": "paper" if self.paper_sampling else "fixed"}

    def holds(self, place: Place) -> bool:
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        return await send(self._drawing(prompt), prompt)

    def _drawing(self, prompt: Prompt) -> Backend:
        temperature = prompt.sampling.get("temperature")
        change = getattr(self.backend, "with_temperature", None)
        if not self.paper_sampling or temperature is None or change is None:
            return self.backend
        changed: Backend = change(temperature)
        return changed
