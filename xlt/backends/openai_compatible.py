"""Any server that speaks OpenAI's chat or text completions: llama.cpp, vLLM, Ollama, ..."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import httpx
from pydantic import SecretStr

from xlt.backends.backend import Value
from xlt.backends.errors import BackendError, RequestRejected
from xlt.backends.http import (
    drain,
    post,
    read_chunks,
    read_events,
    read_text,
    shown_url,
    tell_events,
)
from xlt.backends.redaction import redact_error, redacted, without
from xlt.backends.replies import ResponseReader
from xlt.backends.retrying import Retries
from xlt.errors import InputError, shown
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.reply import Reply

_LOG = logging.getLogger(__name__)
_CHAT, _TEXT = "/chat/completions", "/completions"
_VERSION = re.compile(r"/v\d")
# Not "temperature must be at most 1", nor "this model supports at most 16384": what is wrong with
# a value is the user's to mend.
_NOT_TAKEN = re.compile(
    r"support(?!s at most)|unknown|unrecogni[sz]ed|permitted|extra|unexpected|allowed|additional"
    r"|forbidden",
    re.IGNORECASE,
)
# What a server may not take, and what is sent in its place: OpenAI's newer models know
# max_completion_tokens only, and no temperature.
_OPTIONAL: Mapping[str, str | None] = {
    "stream_options": None,
    "max_tokens": "max_completion_tokens",
    "temperature": None,
}


@dataclass(slots=True)
class _Learned:
    """What the server of a backend has shown so far; all backends made from one share it.

    `unwanted` are the optional fields that it does not take, `told` those that the log has told
    of, `path` is where it answers.
    """

    path: str | None = None
    unwanted: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_Learned, ())  # another process finds out by itself


@dataclass(frozen=True, slots=True)
class OpenAICompatible:
    """A model behind an OpenAI-compatible server.

    `url` is its base ("http://127.0.0.1:8080/v1"), also without the /v1 or with the whole
    /v1/chat/completions; `timeout` the seconds a call may take in total, its retries included;
    `completes` sends the prompt as one text to /completions; a `text_only` model is never sent
    images; `extra` are further fields of the
    request's body.
    """

    url: str
    model: str
    key: SecretStr | None = None
    temperature: float | None = 0.0
    max_tokens: int | None = None
    timeout: float = 300.0
    completes: bool = False
    text_only: bool = False
    few_shot: bool = False
    streamed: bool = True
    retries: Retries = field(default_factory=Retries)
    extra: Mapping[str, Any] = field(default_factory=FrozenDict)
    _learned: _Learned = field(default_factory=_Learned, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.key is not None:
            _check_key(self.key.get_secret_value())
        parse_url(self.url)

    @property
    def name(self) -> str:
        return self.model

    @property
    def settings(self) -> Mapping[str, Any]:
        own = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return FrozenDict({**own, **self.extra})

    def with_temperature(self, temperature: float) -> OpenAICompatible:
        """Return the same model at another temperature; both hold off together."""
        return replace(self, temperature=temperature)

    def with_retries(self, retries: Retries) -> OpenAICompatible:
        """Return the same model with other retries."""
        return replace(self, retries=retries)

    def redact(self, value: Value) -> Value:
        """Return `value` with the key, and those of the environment, taken out."""
        return redacted(value, self._secrets)

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Reply, None]:
        """Yield the reply's text piece by piece, then the Reply.

        What fails before the first piece is tried again. Raises InputError for a prompt with
        images where the model takes texts only.
        """
        if self.text_only and prompt.all_images:
            raise InputError(
                f"The model {self.name} reads text only, and this prompt has images: use a model "
                "that accepts images."
            )
        return self.retries.stream(partial(self._stream_once, prompt), self.timeout)

    async def _stream_once(
        self, prompt: Prompt, deadline: float, attempt: int
    ) -> AsyncGenerator[str | Reply, None]:
        reader = ResponseReader(shown_url(parse_url(self.url)), attempt, self._secrets)
        try:
            response = await self._send(prompt, deadline)
            reader.where = shown_url(response.request.url)
            async with (
                aclosing(response),  # its connection serves the next call if all of it was read
                aclosing(_read_data(response, reader, deadline)) as pieces,
            ):
                async for piece in pieces:
                    yield piece
            reply = reader.reply()
        except BackendError as error:
            error.partial = reader.text
            redact_error(error, self._secrets)
            raise
        yield reply

    async def _send(self, prompt: Prompt, deadline: float) -> httpx.Response:
        """Return the server's answer; what it does not take is left out, and that remembered."""
        learned, paths = self._learned, self._paths()
        unwanted, not_found = learned.unwanted, None
        while True:
            body, target = self._body(prompt, unwanted), _parse_address(self.url, paths[0])
            try:
                response = await post(target, body, self._headers(), deadline, self._without_key)
            except RequestRejected as error:
                if error.status in (404, 405) and len(paths) > 1:
                    not_found = error
                    paths = paths[1:]
                    _LOG.info("%s answered %d: trying %s", target.host, error.status, paths[0])
                elif error.status in (404, 405):
                    raise _with_hint(not_found or error) from None
                elif refused := self._refused(error, body):
                    unwanted |= {refused}
                    level = logging.INFO if refused == "stream_options" else logging.WARNING
                    if refused not in learned.told:  # calls side by side all find it out
                        _LOG.log(level, "%s does not take %s: asking without", target.host, refused)
                    learned.told |= {refused}
                else:
                    raise
            else:
                learned.path, learned.unwanted = paths[0], learned.unwanted | unwanted
                return response

    def _refused(self, error: RequestRejected, body: Mapping[str, Any]) -> str | None:
        """Return the optional field for which a server rejected a request, if that may be why."""
        if error.status not in (400, 422) or type(error) is not RequestRejected:
            return None
        sent = [name for name in _OPTIONAL if name in body and name not in self.extra]
        message = str(error)
        for name in sent:
            if name in message and (name == "stream_options" or _NOT_TAKEN.search(message)):
                return name
        unsaid = "stream_options" in sent and not self.retries.shared.replied
        return "stream_options" if unsaid else None  # some servers give no reason

    def _paths(self) -> tuple[str, ...]:
        """Return where the server may answer, the likeliest first."""
        if self._learned.path is not None:
            return (self._learned.path,)
        given = parse_url(self.url).path.rstrip("/")
        ending = _TEXT if self.completes else _CHAT
        for whole in (_CHAT, _TEXT):
            if given.endswith(whole):
                return (given.removesuffix(whole) + ending,)
        if _VERSION.search(given):
            return (given + ending,)
        bare, versioned = given + ending, f"{given}/v1{ending}"
        return (bare, versioned) if given else (versioned, bare)

    def _body(self, prompt: Prompt, unwanted: frozenset[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "stream": self.streamed}
        body |= prompt.to("completion" if self.completes else "openai")
        if prompt.prefill:  # vLLM and SGLang ask for it; llama.cpp continues in any case
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        if self.streamed:
            body["stream_options"] = {"include_usage": True}
        if self.temperature is not None:
            body["temperature"] = self.temperature
        if self.max_tokens is not None:
            body["max_tokens"] = self.max_tokens
        for name in unwanted & body.keys():
            value, other = body.pop(name), _OPTIONAL[name]
            if other is not None:
                body[other] = value
        return body | dict(self.extra)

    def _headers(self) -> dict[str, str]:
        if self.key is None:
            return {}
        return {"Authorization": f"Bearer {self.key.get_secret_value()}"}

    @property
    def _secrets(self) -> Mapping[str, str]:
        return {} if self.key is None else {"key": self.key.get_secret_value()}

    def _without_key(self, text: str) -> str:
        return without(text, self._secrets)


async def _read_data(
    response: httpx.Response, reader: ResponseReader, deadline: float
) -> AsyncGenerator[str, None]:
    """Give a reader all that a server sends; yield the text to show."""
    media_type = response.headers.get("content-type", "")
    async with aclosing(read_chunks(response, deadline)) as chunks:
        streams, body = await tell_events(chunks, media_type)
        async with aclosing(body), aclosing(read_events(body)) as events:
            if not streams:
                yield reader.take(await read_text(body, reader.where))
                reader.done = True
            else:
                async for event in events:
                    if piece := reader.take(event):
                        yield piece
                    if reader.done:
                        break
                await drain(chunks)
    if rest := reader.rest():
        yield rest


@lru_cache(maxsize=64)
def _parse_address(url: str, path: str) -> httpx.URL:
    return parse_url(url).copy_with(path=path)


@lru_cache(maxsize=64)
def parse_url(url: str) -> httpx.URL:
    """Return a server's address. Raises InputError for one that cannot be asked."""
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
            f"{shown_url(parsed)} contains a user name or password; set the key as an "
            "environment variable instead.",
            field="url",
        )
    return parsed


def _check_key(key: str) -> None:
    if not key or not all("!" <= character <= "~" for character in key):
        raise InputError(
            "The API key is empty or holds blanks, line breaks or letters beyond ASCII.",
            field="key",
        )


def _with_hint(error: RequestRejected) -> RequestRejected:
    """Return a 404 with what an address looks like, if the address may be at fault."""
    if "model" not in str(error).rpartition(": ")[2].lower():
        hint = "Is the server's base URL right? It is like http://127.0.0.1:8080/v1."
        error.args = (f"{error}. {hint}",)
    return error
