"""One POST within a deadline: its body in chunks or events, every failure a BackendError."""

from __future__ import annotations

import asyncio
import codecs
import re
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import lru_cache
from typing import Any

import httpx

from xlt.backends.errors import (
    BackendError,
    ConnectionFailed,
    DeadlineExceeded,
    MalformedReply,
    RequestRejected,
)
from xlt.backends.retrying import parse_retry_after
from xlt.backends.status_errors import error_of_status

MAX_BODY = 16 * 1024 * 1024
_CONNECT_SECONDS = 15.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BREAK = re.compile(r"\r\n|\n|\r")
MAX_EVENT = 1_000_000


async def read_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the data of each event; lines end in LF, CRLF or CR, and nothing else.

    Raises MalformedReply at bytes that are no UTF-8, and at an event over a million characters.
    """
    data: list[str] = []
    size = 0
    async with aclosing(_lines(chunks)) as lines:
        async for line in lines:
            if line:
                field, _, value = line.partition(":")
                if field == "data":
                    data.append(value.removeprefix(" "))
                    size += len(value)
                    if size > MAX_EVENT:
                        raise _too_long()
            elif data:
                yield "\n".join(data)
                data, size = [], 0
    if data:
        yield "\n".join(data)


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("strict")
    begun: list[str] = []  # of a line; joined when a break comes, not at each chunk
    size = 0
    held = ""  # a CR whose LF may come with the next chunk
    async for chunk in chunks:
        text = held + _decoded(decoder, chunk)
        held = "\r" if text.endswith("\r") else ""
        first, *others = _BREAK.split(text.removesuffix("\r"))
        begun.append(first)
        size += len(first)
        if size > MAX_EVENT:
            raise _too_long()
        if others:
            yield "".join(begun)
            for line in others[:-1]:
                yield line
            begun, size = [others[-1]], len(others[-1])
    last = "".join(begun) + held + _decoded(decoder, b"", final=True)
    for line in _BREAK.split(last):
        yield line


@asynccontextmanager
async def post(
    url: httpx.URL, body: Mapping[str, Any], headers: Mapping[str, str], deadline: float
) -> AsyncIterator[httpx.Response]:
    """Give the answer to a POST, its body still unread; `deadline` is on the monotonic clock.

    Raises the BackendError of any status but 200.
    """
    loopback = url.host in _LOOPBACK  # no proxy reaches this machine's own servers
    async with httpx.AsyncClient(
        verify=_ssl_context(),
        trust_env=not loopback,
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
    ) as client:
        request = client.build_request("POST", url, json=dict(body), headers=dict(headers))
        async with _translated(url):
            async with asyncio.timeout_at(deadline):
                response = await client.send(request, stream=True)
        try:
            if response.status_code != 200:
                raise await _error(response, url, deadline)
            yield response
        finally:
            await response.aclose()


async def read_chunks(response: httpx.Response, deadline: float) -> AsyncGenerator[bytes, None]:
    """Yield the body's bytes as they come, each within the deadline."""
    chunks = response.aiter_bytes()
    url = response.request.url
    while True:
        try:
            async with _translated(url), asyncio.timeout_at(deadline):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        yield chunk


async def read_text(response: httpx.Response, deadline: float) -> str:
    """Return the body as text. Raises MalformedReply if it is no UTF-8 or over 16 MB."""
    data = await _read(response, deadline)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedReply(
            f"{shown_url(response.request.url)} answered with bytes that are not UTF-8 "
            f"(offset {error.start})."
        ) from None


def shown_url(url: httpx.URL) -> str:
    """Return a URL without user, password, query and fragment."""
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))


async def _read(response: httpx.Response, deadline: float) -> bytes:
    data = bytearray()
    async with aclosing(read_chunks(response, deadline)) as chunks:
        async for chunk in chunks:
            data += chunk
            if len(data) > MAX_BODY:
                where = shown_url(response.request.url)
                raise MalformedReply(f"{where} answered with over 16 MB.")
    return bytes(data)


async def _error(response: httpx.Response, url: httpx.URL, deadline: float) -> BackendError:
    try:
        body = (await _read(response, deadline)).decode("utf-8", "replace")
    except (ConnectionFailed, MalformedReply):
        body = ""  # the status alone says enough
    retry_after = parse_retry_after(response.headers.get("retry-after"), time.time())
    return error_of_status(response.status_code, body, retry_after=retry_after, url=shown_url(url))


@asynccontextmanager
async def _translated(url: httpx.URL) -> AsyncIterator[None]:
    """Turn what httpx raises into BackendErrors; its own hold the request and its headers."""
    where = shown_url(url)
    try:
        yield
    except TimeoutError:
        raise DeadlineExceeded(f"{where} did not finish its reply in time.") from None
    except httpx.ConnectTimeout:
        raise ConnectionFailed(f"{where} did not answer within {_CONNECT_SECONDS:g} s.") from None
    except httpx.UnsupportedProtocol:
        raise RequestRejected(f"{where} is neither http:// nor https://.") from None
    except httpx.DecodingError:
        raise MalformedReply(f"{where} answered with a broken compression.") from None
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise ConnectionFailed(f"No connection to {where}, or it broke: {reason}") from None


@lru_cache(maxsize=1)
def _ssl_context() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _too_long() -> MalformedReply:
    return MalformedReply("The server's stream holds an event of over a million characters.")


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise MalformedReply(
            f"The server's stream is not UTF-8 (byte 0x{error.object[error.start]:02X})."
        ) from None
