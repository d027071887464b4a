"""Any server that speaks OpenAI's chat or text completions: llama.cpp, vLLM, Ollama, ..."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx
from pydantic import SecretStr

from xlt.backends.backend import Reply
from xlt.backends.errors import BackendError, MalformedReply
from xlt.backends.http import post, read_chunks, read_events, read_text, shown_url
from xlt.backends.redaction import without
from xlt.backends.replies import StreamedReply, read_choice, read_object, reply_of
from xlt.backends.retrying import Retries
from xlt.errors import InputError, shown
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """A model behind an OpenAI-compatible server.

    `url` is its base ("http://127.0.0.1:8080/v1"); `timeout` the seconds a call may take in
    total, its retries included; `completes` sends the prompt as one text to /completions;
    `extra` are further fields of the request's body.
    """

    url: str
    model: str
    key: SecretStr | None = None
    temperature: float | None = 0.0
    max_tokens: int | None = None
    timeout: float = 300.0
    completes: bool = False
    few_shot: bool = False
    streamed: bool = True
    retries: Retries = field(default_factory=Retries)
    extra: Mapping[str, Any] = field(default_factory=FrozenDict)

    def __post_init__(self) -> None:
        if self.key is not None:
            _check_key(self.key.get_secret_value())
        _parsed(self.url)

    @property
    def name(self) -> str:
        return self.model

    def with_temperature(self, temperature: float) -> OpenAICompatible:
        """Return the same model at another temperature; both hold off together."""
        return replace(self, temperature=temperature)

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        """Yield the reply's text piece by piece, then the Reply.

        What fails before the first piece is tried again.
        """
        return self.retries.stream(partial(self._stream_once, prompt), self.timeout, self._redact)

    async def _stream_once(
        self, prompt: Prompt, deadline: float, attempt: int
    ) -> AsyncGenerator[str | Reply, None]:
        url = _parsed(self.url)
        path = "completions" if self.completes else "chat/completions"
        target = url.copy_with(path=f"{url.path.rstrip('/')}/{path}")
        where = shown_url(target)
        async with post(target, self._body(prompt), self._headers(), deadline) as response:
            if "event-stream" not in response.headers.get("content-type", ""):
                text = await read_text(response, deadline)
                choice = read_choice(read_object(text, where), where, part="message")
                reply = reply_of(choice, where, attempt)
                yield reply.text
                yield reply
                return
            streamed = StreamedReply(where, attempt)
            async with (
                aclosing(read_chunks(response, deadline)) as chunks,
                aclosing(read_events(chunks)) as data,
            ):
                async for event in data:
                    if piece := streamed.take(event):
                        yield piece
                    if streamed.done:
                        break
            if rest := streamed.rest():
                yield rest
            yield streamed.reply()

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "stream": self.streamed}
        body |= prompt.to("completion" if self.completes else "openai")
        if self.streamed:
            body["stream_options"] = {"include_usage": True}
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        return body | dict(self.extra)

    def _headers(self) -> dict[str, str]:
        if self.key is None:
            return {}
        return {"Authorization": f"Bearer {self.key.get_secret_value()}"}

    def _redact(self, error: BackendError) -> None:
        """Take the key out of an error's message: some servers send it back."""
        if self.key is None:
            return
        secrets = {"key": self.key.get_secret_value()}
        error.args = (without(str(error), secrets),)
        if isinstance(error, MalformedReply):
            error.partial = without(error.partial, secrets)


def _check_key(key: str) -> None:
    if not key or not all("!" <= character <= "~" for character in key):
        raise InputError(
            "The API key is empty or holds blanks, line breaks or letters beyond ASCII.",
            field="key",
        )


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise InputError(f"{shown(url)} is not a URL.", field="url") from None
    port = parsed.port or 1
    if parsed.scheme not in ("http", "https") or not parsed.host or not 0 < port < 65536:
        raise InputError(
            f"{shown(shown_url(parsed))} is not a URL such as http://127.0.0.1:8080/v1.",
            field="url",
        )
    if parsed.userinfo:
        raise InputError(
            f"{shown_url(parsed)} came with a user or password in it; set the key as an "
            "environment variable instead.",
            field="url",
        )
    return parsed
