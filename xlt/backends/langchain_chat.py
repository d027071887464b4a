"""Any provider's chat model through LangChain, which knows its keys, endpoints and retries."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr

from xlt.backends.backend import Value
from xlt.backends.errors import (
    AuthenticationFailed,
    BackendError,
    ConnectionFailed,
    DeadlineExceeded,
    EmptyReply,
    MalformedReply,
    error_of_status,
)
from xlt.backends.http import MAX_BODY, check_environment
from xlt.backends.redaction import redacted, without
from xlt.backends.replies import checked
from xlt.backends.retrying import Retries, parse_retry_after
from xlt.errors import InputError, MissingExtra, UnknownName, XLTError
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.reply import Reply

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk

# Providers whose class retries by itself, up to `max_retries` times.
_SWITCHABLE = frozenset({"openai", "azure_openai", "anthropic", "mistralai", "groq"})
# LangChain's name of a provider -> the extra of xlt that installs its package.
_EXTRAS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google_genai": "google",
    "ollama": "ollama",
}


@dataclass(frozen=True, slots=True)
class LangChainChat:
    """A LangChain chat model; its provider's client is the one retry layer.

    Given its own `retries`, xlt retries instead: make the model with retries switched off. A model
    that is `threaded` is asked in threads, by its client that belongs to no event loop.
    """

    name: str
    model: BaseChatModel = field(repr=False)
    timeout: float = 300.0
    few_shot: bool = False
    retries: Retries = field(default_factory=lambda: Retries(limit=0))
    threaded: bool = False

    @classmethod
    def of_name(
        cls,
        name: str,
        *,
        temperature: float | None = 0.0,
        max_tokens: int | None = None,
        timeout: float = 300.0,
        retries: Retries | None = None,
    ) -> LangChainChat:
        """Return the model of a "provider:name" string ("openai:gpt-4o-mini").

        `retries` take the place of the provider's own where those can be switched off.
        """
        options = {"temperature": temperature, "max_tokens": max_tokens}
        given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
        if retries is None or name.partition(":")[0] not in _SWITCHABLE:
            retries = Retries(limit=0)
        else:
            given["max_retries"] = 0
        return cls(name, model_of_name(name, **given), timeout, retries=retries, threaded=True)

    @property
    def settings(self) -> Mapping[str, Any]:
        names = ("temperature", "max_tokens")
        return FrozenDict({name: getattr(self.model, name, None) for name in names})

    def with_temperature(self, temperature: float) -> LangChainChat:
        """Return the model at another temperature, itself where it has no such setting."""
        if "temperature" not in type(self.model).model_fields:
            return self
        model = self.model.model_copy(update={"temperature": temperature})
        return replace(self, model=model)

    def with_retries(self, retries: Retries) -> LangChainChat:
        """Return the model with other retries; itself where its provider's client retries."""
        return replace(self, retries=retries) if self.retries.limit else self

    def redact(self, value: Value) -> Value:
        """Return `value` with the model's keys, and those of the environment, taken out."""
        return redacted(value, _secrets(self.model))

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        """Yield the reply's text piece by piece, then the Reply.

        What fails before the first piece may be tried again.
        """
        return self.retries.stream(partial(self._stream_once, prompt), self.timeout)

    async def _stream_once(
        self, prompt: Prompt, deadline: float, attempt: int
    ) -> AsyncGenerator[str | Reply, None]:
        stream: Any = _in_thread if self.threaded else type(self.model).astream
        made: list[AIMessageChunk] = []
        size = 0
        async with aclosing(stream(self.model, prompt.messages)) as chunks:
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        chunk = await anext(chunks)
                except StopAsyncIteration:
                    break
                except XLTError:
                    raise
                except Exception as error:  # the provider's own classes, none of them common
                    raise translated(self.name, error, _secrets(self.model)) from None
                made.append(chunk)
                size += len(chunk.text) + 1
                if size > MAX_BODY:
                    raise MalformedReply(f"{self.name} answered with over 16 MB.")
                if chunk.text:
                    yield str(chunk.text)
        if not made:
            raise EmptyReply(f"The model {self.name} returned an empty reply.")
        whole: Any = made[0] + made[1:]  # at once: one after the other takes quadratic time
        reply = Reply.of(whole)
        reply = replace(reply, model=reply.model or self.name)
        yield checked(without(reply, _secrets(self.model)), self.name, attempt)


async def _in_thread(model: BaseChatModel, messages: Any) -> AsyncGenerator[AIMessageChunk, None]:
    """Yield the chunks of a model as a thread of its own reads them.

    The async client of a provider is one for the whole process, and works only in the event loop
    of its first call: xlt.ask twice, or in two threads, would end in its errors.
    """
    loop, said = asyncio.get_running_loop(), asyncio.Queue[Any]()
    stopped = threading.Event()

    def tell(one: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(said.put_nowait, one)

    def read() -> None:
        try:
            for chunk in model.stream(messages):
                if stopped.is_set():
                    return
                tell(chunk)
            tell(None)
        except Exception as error:
            tell(error)

    threading.Thread(target=copy_context().run, args=(read,), daemon=True).start()
    try:
        while (one := await said.get()) is not None:
            if isinstance(one, Exception):
                raise one
            yield one
    finally:
        stopped.set()


def translated(
    name: str, error: Exception, secrets: Mapping[str, str] = MappingProxyType({})
) -> BackendError:
    """Return the BackendError that a provider's exception means, by its status where it has one.

    `secrets` are what must not be shown beside the keys of the environment, by their names.
    """
    message = redacted(str(error), secrets)
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    if isinstance(status, int) and status >= 400:
        headers = getattr(getattr(error, "response", None), "headers", {})
        wait = parse_retry_after(headers.get("retry-after"), time.time())
        return error_of_status(status, message, retry_after=wait, url=name)
    kind = type(error).__name__
    if isinstance(error, TimeoutError) or "Timeout" in kind:
        return DeadlineExceeded(f"{name} did not finish its reply in time.")
    if isinstance(error, OSError | httpx.TransportError) or "Connect" in kind:
        return ConnectionFailed(
            f"Cannot connect to {name}, or the connection broke: {message or kind}"
        )
    return BackendError(f"{name} failed: {kind}: {message}")


def _secrets(model: BaseChatModel) -> dict[str, str]:
    """Return the keys that a model holds itself; providers send them back in their errors."""
    held = {name: value for name, value in vars(model).items() if isinstance(value, SecretStr)}
    secrets = {name: value.get_secret_value() for name, value in held.items()}
    return {name: secret for name, secret in secrets.items() if secret}


def model_of_name(name: str, **options: Any) -> Any:
    """Return what LangChain's init_chat_model makes of a name.

    Raises MissingExtra, AuthenticationFailed where its key is missing, UnknownName and InputError.
    """
    check_provider(name)
    try:
        from langchain.chat_models import init_chat_model

        return init_chat_model(name, **options)
    except Exception as error:  # each provider raises its own when its key is missing
        raise _not_made(name, error) from None


def check_provider(name: str) -> None:
    """Raise UnknownName for a misspelt provider: no package of such a name is to be installed."""
    provider = name.partition(":")[0]
    meant = get_close_matches(provider[:100], _EXTRAS, n=1, cutoff=0.8)
    if meant and provider not in _EXTRAS:
        known = [*_EXTRAS, "any other of LangChain's init_chat_model"]
        raise UnknownName("provider", provider, known, guess=meant[0])


def _not_made(name: str, error: Exception) -> XLTError:
    if "infer model provider" in str(error):
        return InputError(
            f"LangChain knows no provider {name.partition(':')[0]!r}. A model of Ollama is "
            f"'ollama:{name}'; the name of a server's model goes with base_url=....",
            field="model",
        )
    try:  # a provider's client is made with the proxies of the environment
        check_environment(httpx.URL("https://example.org"))
    except InputError as fault:
        return fault
    if isinstance(error, ImportError):
        module = getattr(error.__cause__ or error, "name", None) or ""
        _, langchains, named = module.partition("langchain_")
        provider = named if langchains else name.partition(":")[0]
        if provider in _EXTRAS:
            return MissingExtra(f"The model {name!r}", _EXTRAS[provider])
        return InputError(
            f"The model {name!r} needs its package: pip install langchain langchain-{provider}"
        )
    message = " ".join(redacted(str(error)).split())[:300]
    if "key" in message.lower() or "credential" in message.lower():
        return AuthenticationFailed(f"The model {name} has no key: {message}")
    return InputError(f"The model {name} cannot be created: {message}", field="model")
