"""The model of a run: by name, or as your own object, and what a run asks it for."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from inspect import iscoroutinefunction
from typing import Any

from xlt.backends.backend import Backend, follow
from xlt.backends.choosing import BASE_MODEL, KEY_VARIABLE, OWN_KINDS, Choice, choose_backend
from xlt.backends.errors import DeadlineExceeded
from xlt.backends.langchain_chat import LangChainChat, translated
from xlt.backends.redaction import redacted
from xlt.backends.replies import checked
from xlt.backends.retrying import Retries
from xlt.errors import InputError, MissingExtra, XLTError
from xlt.evaluation.runs.recordings import Place, Replies, open_recording
from xlt.evaluation.runs.spec import RunSpec, qualified_name
from xlt.images.blocks import shown_content
from xlt.prompt import Prompt
from xlt.reply import Reply


@dataclass(frozen=True, slots=True)
class Live:
    """Asks a backend.

    With `paper_sampling` a prompt that names a temperature (`Prompt.sampling`) is sent with it
    where the backend can; other prompts with the backend's own. `server` is the address that
    the model's name belongs to, where the user gave one. `cut` keeps the texts that a deadline
    broke off, and after how many seconds: how fast a server is that is too slow.
    """

    backend: Backend
    paper_sampling: bool = True
    server: str | None = None
    cut: list[tuple[str, float]] = field(default_factory=list, compare=False)

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
        begun, pieces = time.monotonic(), list[str]()
        try:
            return await follow(backend, prompt, pieces.append)
        except DeadlineExceeded:
            self.cut.append(("".join(pieces), time.monotonic() - begun))
            raise


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


@dataclass(frozen=True, slots=True)
class InspectModel:
    """Asks a model of Inspect, whose own client is the one retry layer."""

    name: str
    model: Any = field(repr=False)
    settings: Mapping[str, Any]
    paper_sampling: bool = True
    few_shot: bool = False

    @classmethod
    def of(cls, name: str, choice: Choice, paper_sampling: bool) -> InspectModel:
        """Return the model of Inspect's name; raises MissingExtra without inspect-ai."""
        try:
            from inspect_ai.model import GenerateConfig, get_model
        except ModuleNotFoundError as error:
            raise MissingExtra(f"The model {name!r}", "eval") from error
        config = GenerateConfig(
            temperature=choice.temperature,
            max_tokens=choice.max_tokens,
            timeout=max(1, int(choice.timeout)),
            max_retries=RETRIES,
        )
        try:
            model = get_model(name, config=config)
        except Exception as error:  # each provider raises its own, as when a key is missing
            message = " ".join(redacted(str(error)).split())[:300]
            raise InputError(
                f"The model {name} cannot be created: {message}", field="model"
            ) from None
        settings = {
            "temperature": choice.temperature,
            "max_tokens": choice.max_tokens,
            "sampling": "paper" if paper_sampling else "fixed",
        }
        return cls(name, model, settings, paper_sampling)

    def holds(self, place: Place) -> bool:
        return True

    async def reply(self, prompt: Prompt, place: Place) -> Reply:
        from inspect_ai.model import GenerateConfig

        drawn = prompt.sampling.get("temperature") if self.paper_sampling else None
        config = GenerateConfig() if drawn is None else GenerateConfig(temperature=drawn)
        try:
            output = await self.model.generate(inspect_messages(prompt.messages), config=config)
        except XLTError:
            raise
        except Exception as error:  # the provider's own classes
            raise translated(self.name, error) from None
        return read_output(output, self.name)


def inspect_messages(said: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return messages as Inspect has them; an image that was not kept is a line about it."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
    return [
        kinds.get(one["role"], ChatMessageAssistant)(content=_content(one["content"]))
        for one in said
    ]


def to_inspect(prompt: Prompt) -> dict[str, Any]:
    """Return `{"input": [...]}` for `model.generate`: Inspect's messages.

    Raises MissingExtra without `xlt[eval]`.
    """
    try:
        return {"input": inspect_messages(prompt.messages)}
    except ModuleNotFoundError as error:
        raise MissingExtra("The wire format of Inspect", "eval") from error


def _content(content: str | Sequence[Mapping[str, Any]]) -> Any:
    from inspect_ai.model import ContentImage, ContentText

    if isinstance(content, str):
        return content
    return [
        ContentImage(image=block["image_url"]["url"])
        if "image_url" in block
        else ContentText(text=shown_content([block]))
        for block in content
    ]


def read_output(output: Any, name: str) -> Reply:
    """Return what Inspect's output holds; raises the BackendErrors of `checked`."""
    reply = Reply.of(output)
    return checked(replace(reply, model=reply.model or name), name)


RETRIES = 6
"""How often a run tries a call again: it has time, and nobody waits for the single reply."""
_LANGCHAIN = "langchain:"


def replies_of(
    spec: RunSpec, *, config: str = "", notify: Callable[[str], None] | None = None
) -> Replies:
    """Return the source of a run's replies: its recording, or its model by name.

    Names are those of `xlt ask -m`, and `langchain:provider:name` (init_chat_model),
    `langchain:module:attribute` (a chat model, runnable or function there), `provider/name`
    (Inspect's get_model; without a base_url). Raises InputError, MissingExtra.
    """
    if spec.replay is not None:
        return open_recording(spec.replay, few_shot=spec.model == BASE_MODEL)
    given = 0.0 if spec.temperature is None else spec.temperature
    choice = Choice(
        model=spec.model,
        base_url=spec.base_url,
        key_variable=spec.key_env or KEY_VARIABLE,
        temperature=None if isinstance(given, str) else given,
        max_tokens=spec.max_tokens,
        timeout=spec.timeout,
        max_concurrency=spec.max_concurrency,
    )
    return _chosen(choice, spec.temperature is None, config, notify)


def _chosen(
    choice: Choice, paper_sampling: bool, config: str, notify: Callable[[str], None] | None
) -> Replies:
    name = choice.model or ""
    if name.startswith(_LANGCHAIN):
        return _langchain(name.removeprefix(_LANGCHAIN), choice, paper_sampling)
    kind, colon, _ = name.partition(":")
    if not choice.base_url and "/" in name and not colon:
        return InspectModel.of(name, choice, paper_sampling)
    if not choice.base_url and colon and kind not in OWN_KINDS:
        return Live(_provider(name, choice), paper_sampling)
    backend = choose_backend(choice, config=config, notify=notify)
    return Live(backend.with_retries(Retries(RETRIES)), paper_sampling, choice.base_url or None)


def as_replies(model: Any) -> Replies:
    """Return the source of a model's replies: a name, a backend, a LangChain model, a function.

    Raises InputError for anything else.
    """
    if isinstance(model, str):
        return _chosen(Choice(model=model, temperature=0.0, timeout=300.0), True, "", None)
    if hasattr(model, "reply") and hasattr(model, "holds"):
        recorded: Replies = model
        return recorded
    if hasattr(model, "stream") and hasattr(model, "few_shot"):
        backend: Backend = model
        return Live(backend)
    return _of_object(model, _name_of(model), Choice(), paper_sampling=True)


def _name_of(model: Any) -> str:
    """Return what distinguishes models of a kind: the runs of one name share a folder."""
    for name in ("model_name", "model"):  # of LangChain's
        if isinstance(named := getattr(model, name, None), str):
            return named
    return qualified_name(model) if hasattr(model, "__qualname__") else type(model).__name__


def _provider(name: str, choice: Choice) -> Backend:
    return LangChainChat.of_name(
        name,
        temperature=choice.temperature,
        max_tokens=choice.max_tokens,
        timeout=choice.timeout,
        retries=Retries(RETRIES),
    )


def _langchain(name: str, choice: Choice, paper_sampling: bool) -> Replies:
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise InputError(
            "Write langchain:provider:name (langchain:openai:gpt-4o-mini) or "
            "langchain:module:attribute (langchain:my_app.models:chat).",
            field="model",
        )
    found = _imported(module, attribute)
    if found is None:
        try:
            return Live(_provider(name, choice), paper_sampling)
        except InputError as error:
            message = f"No module {module} with a {attribute} is here, nor a provider: {error}"
            raise InputError(message, field="model") from error
    return _of_object(found, f"{_LANGCHAIN}{name}", choice, paper_sampling=paper_sampling)


def _imported(module: str, attribute: str) -> Any:
    """Return an attribute of a module that the current folder or Python's path holds, or None."""
    if not attribute.isidentifier():
        return None
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        return getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        if error.name is not None and module.startswith(error.name):
            return None  # a provider of that name is not a module of that name
        raise InputError(f"{module} cannot be imported: {error}.", field="model") from error
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(f"{module} cannot be imported: {why}.", field="model") from error
    finally:
        sys.path.remove(here)


def _of_object(found: Any, name: str, choice: Choice, *, paper_sampling: bool) -> Replies:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    if isinstance(found, BaseChatModel):
        return Live(LangChainChat(name, found, choice.timeout), paper_sampling)
    if isinstance(found, Runnable) or callable(found):
        return RunnableModel.of(found, name, choice.timeout)
    raise InputError(
        f"{name} is {type(found).__name__}; a model is a name, a backend of xlt, a LangChain "
        "chat model or runnable, or a function of the prompt.",
        field="model",
    )
