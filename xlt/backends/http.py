"""One POST within a deadline: its body in chunks or events, every failure a BackendError."""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import ssl
import time
import zlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
)
from contextlib import aclosing
from functools import lru_cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple, cast
from urllib.request import getproxies

import httpcore
import httpx

from xlt.backends.connections import Connections
from xlt.backends.errors import (
    BackendError,
    ConnectionFailed,
    DeadlineExceeded,
    MalformedReply,
    error_of_status,
)
from xlt.backends.retrying import parse_retry_after
from xlt.errors import InputError, shown

MAX_BODY = 16 * 1024 * 1024
MAX_EVENT = 1_000_000
_MAX_ERROR_BODY = 64 * 1024
_PIECE = 64 * 1024
_CONNECT_SECONDS = 15.0
_DRAIN_SECONDS = 0.2
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
    "User-Agent": f"python-httpx/{httpx.__version__}",
}
_EXTENSIONS = {"timeout": {"connect": _CONNECT_SECONDS}}
_LOST = (
    TimeoutError,
    httpx.TransportError,  # of a call through a proxy
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
)
_BREAK = re.compile(r"\r\n|\n|\r")
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
_LONGEST_FIELD = max(map(len, _FIELDS))


class _Network(NamedTuple):
    """The environment variables that affect calls to a URL."""

    proxied: bool
    secure: bool
    given: tuple[tuple[str, str], ...] = ()


# A connection belongs to the event loop it was opened in, and so does the pool that keeps it; what
# closes it is kept beside it.
_Send = Callable[[httpx.Request], Awaitable[httpx.Response]]
_Close = Callable[[], Awaitable[None]]
_Place = tuple[asyncio.AbstractEventLoop, _Network]
_POOLS: dict[_Place, tuple[_Send, AsyncGenerator[None, None]]] = {}


async def post(
    url: httpx.URL,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    deadline: float,
    redact: Callable[[str], str] = str,
) -> httpx.Response:
    """Return the answer to a POST, its body still unread, for the caller to close.

    `deadline` is on the monotonic clock; `redact` is shown the body of an error before any of it
    is cut. Raises the BackendError of a status that is not 2xx; InputError where the environment
    names a proxy or certificates that cannot be used.
    """
    response = await fetch("POST", url, headers, deadline, json=dict(body))
    if response.is_success:
        return response
    async with aclosing(response):
        raise await _error(response, url, deadline, redact)


async def fetch(
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str],
    deadline: float,
    *,
    content: bytes | None = None,
    json: Any = None,
) -> httpx.Response:
    """Return a server's answer of any status, its body still unread, for the caller to close."""
    send = await _sender(url)
    sent = {**_HEADERS, **headers}
    request = httpx.Request(
        method, url, headers=sent, content=content, json=json, extensions=_EXTENSIONS
    )
    try:
        async with asyncio.timeout_at(deadline):
            return await send(request)
    except _LOST as error:
        raise _translated(error, url) from None


async def read_chunks(response: httpx.Response, deadline: float) -> AsyncGenerator[bytes, None]:
    """Yield the body's bytes as they come, each within the deadline, decompressed.

    Raises MalformedReply once they are over 16 MB, sent or decompressed.
    """
    url = response.request.url
    inflate = _inflater(response)
    sent, made = 0, 0
    stream = cast(httpx.AsyncByteStream, response.stream)
    async with aclosing(cast(AsyncGenerator[bytes, None], aiter(stream))) as raw:
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    chunk = await anext(raw)
            except StopAsyncIteration:
                return
            except _LOST as error:
                raise _translated(error, url) from None
            sent += len(chunk)
            for piece in inflate(chunk):
                made += len(piece)
                if max(sent, made) > MAX_BODY:
                    raise MalformedReply(f"{shown_url(url)} answered with over 16 MB.")
                yield piece


async def read_text(chunks: AsyncIterable[bytes], where: str) -> str:
    """Return a body as text. Raises MalformedReply if it is not UTF-8."""
    data = b"".join([chunk async for chunk in chunks])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedReply(
            f"{where} answered with bytes that are not UTF-8 (offset {error.start})."
        ) from None


async def tell_events(
    chunks: AsyncGenerator[bytes, None], media_type: str
) -> tuple[bool, AsyncGenerator[bytes, None]]:
    """Return whether a body is a stream of events, and all of its bytes.

    Its first letters decide, not its label alone: some servers send events as text/plain, or an
    error in JSON as events.
    """
    begun: list[bytes] = []
    start = b""
    async for chunk in chunks:
        begun.append(chunk)
        start = (start + chunk[:_PIECE]).lstrip(b"\xef\xbb\xbf \t\r\n")[:_LONGEST_FIELD]
        if len(start) == _LONGEST_FIELD:
            break
    labelled = "event-stream" in media_type.lower() and not start.startswith((b"{", b"["))

    async def whole() -> AsyncGenerator[bytes, None]:
        for chunk in begun:
            yield chunk
        async for chunk in chunks:
            yield chunk

    return labelled or start.startswith(_FIELDS), whole()


async def drain(chunks: AsyncIterator[bytes]) -> None:
    """Read what is left of a body, so that its connection serves the next call; not for long."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in chunks:
                pass
    except (TimeoutError, BackendError):
        pass  # the reply was whole: the connection is closed instead


async def read_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """Yield the data of each event; lines end in LF, CRLF or CR, and nothing else.

    Raises MalformedReply at bytes that are not UTF-8, and at an event of over a million
    characters.
    """
    data: list[str] = []
    size = 0
    async with aclosing(_lines(chunks)) as read:
        async for lines in read:
            for line in lines:
                if line.startswith("data:") or line == "data":
                    value = line[5:].removeprefix(" ")
                    data.append(value)
                    size += len(value)
                    if size > MAX_EVENT:
                        raise _too_long()
                elif data and not line:
                    yield "\n".join(data)
                    data, size = [], 0
    if data:
        yield "\n".join(data)


@lru_cache(maxsize=64)
def shown_url(url: httpx.URL) -> str:
    """Return a URL without user, password, query and fragment."""
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))


def is_loopback(url: httpx.URL) -> bool:
    """Whether a URL is of this machine: no proxy or certificate is involved."""
    return url.host in _LOOPBACK


def check_environment(url: httpx.URL) -> None:
    """Raise InputError where the environment names a proxy or certificates that cannot be used.

    Proxies and certificates do not matter for plain HTTP to this machine.
    """
    _make_pool(_environment(url))


async def _sender(url: httpx.URL) -> _Send:
    """Return what sends in the running loop, made at its first call and closed with the loop."""
    place = (asyncio.get_running_loop(), _environment(url))
    if place in _POOLS:
        return _POOLS[place][0]
    for old in [one for one in list(_POOLS) if one[0].is_closed()]:
        _POOLS.pop(old, None)
    send, close = _make_pool(place[1])
    closing = _close_with_loop(close, place)
    _POOLS[place] = send, closing
    await anext(closing)
    return send


async def _close_with_loop(close: _Close, place: _Place) -> AsyncGenerator[None, None]:
    """Close a pool when its loop shuts its generators down, as asyncio.run does at the end."""
    try:
        yield
    finally:
        _POOLS.pop(place, None)
        await close()


def _environment(url: httpx.URL) -> _Network:
    outside = not is_loopback(url)
    secure = outside or url.scheme == "https"
    names = (*(_PROXIES if outside else ()), *(_CERTIFICATES if secure else ()))
    spelled = [spelling for name in names for spelling in (name, name.lower())]
    given = tuple((name, os.environ[name]) for name in spelled if os.environ.get(name))
    return _Network(outside, secure, given)


def _make_pool(environment: _Network) -> tuple[_Send, _Close]:
    """Return what sends a request, through a proxy where there is one, and what closes it."""
    named = [name for name, _ in environment.given if name.upper() in _PROXIES]
    proxies = ", ".join(named) or "A proxy"
    try:
        context = _ssl_context(environment)
        if not environment.proxied or not getproxies():
            pool = Connections(context)
            return pool.send, pool.aclose
        client = httpx.AsyncClient(
            verify=context,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # of one call, to no other
        )
        return partial(client.send, stream=True), client.aclose
    except ImportError:
        raise InputError(
            f"{proxies} names a SOCKS proxy, which needs a package: "
            'pip install "httpx[socks]"; or unset it.',
            field="environment",
        ) from None
    except (ValueError, httpx.InvalidURL):  # their text may hold the password of a proxy
        raise InputError(
            f"{proxies} of the environment cannot be used. Write a proxy as "
            "http://host:port and NO_PROXY as names with commas in between, or unset them.",
            field="environment",
        ) from None


@lru_cache(maxsize=8)
def _ssl_context(environment: _Network) -> ssl.SSLContext:
    """Return what checks certificates; for plain HTTP it trusts none, and reads no file."""
    if not environment.secure:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return httpx.create_ssl_context()
    except (OSError, ssl.SSLError):
        named = [f"{name}={shown(one)}" for name, one in environment.given if name in _CERTIFICATES]
        raise InputError(
            f"The certificates of {', '.join(named) or 'this machine'} cannot be read. Name a "
            "file or folder of certificates that exists, or unset the variable.",
            field="environment",
        ) from None


def _inflater(response: httpx.Response) -> Callable[[bytes], Iterator[bytes]]:
    """Return the function that decompresses a chunk into small pieces; raises MalformedReply.

    Only gzip is decompressed, and only once: a few kilobytes of any other, or of one in another,
    can hold gigabytes.
    """
    given = response.headers.get("content-encoding", "").lower().split(",")
    codings = [coding for one in given if (coding := one.strip()) not in ("", "identity")]
    if not codings:
        return lambda chunk: (chunk[at : at + _PIECE] for at in range(0, len(chunk), _PIECE))
    if codings not in (["gzip"], ["x-gzip"]):
        raise MalformedReply(
            f"{shown_url(response.request.url)} answered with the compression "
            f"{shown(', '.join(codings))}; it was asked for none."
        )
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def inflate(chunk: bytes) -> Iterator[bytes]:
        while chunk and not unpacker.eof:
            try:
                yield unpacker.decompress(chunk, _PIECE)
            except zlib.error:
                where = shown_url(response.request.url)
                raise MalformedReply(f"{where} answered with a broken compression.") from None
            chunk = unpacker.unconsumed_tail

    return inflate


async def _error(
    response: httpx.Response, url: httpx.URL, deadline: float, redact: Callable[[str], str]
) -> BackendError:
    body = bytearray()
    try:
        async with aclosing(read_chunks(response, deadline)) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > _MAX_ERROR_BODY:
                    break
    except (ConnectionFailed, MalformedReply):
        pass  # the status and what came of the body say enough
    retry_after = parse_retry_after(response.headers.get("retry-after"), time.time())
    text = body.decode("utf-8", "replace")
    if response.has_redirect_location:
        try:
            to = shown_url(url.join(response.headers["location"]))
        except httpx.InvalidURL:
            to = "nowhere"
        text = f"it redirects to {to}, and redirects are not followed"
    return error_of_status(
        response.status_code,
        text,
        retry_after=retry_after,
        url=shown_url(url),
        redact=redact,
    )


def _translated(error: Exception, url: httpx.URL) -> BackendError:
    """Return what is raised for an error on the way: its own holds the request and its headers."""
    where = shown_url(url)
    if isinstance(error, TimeoutError):
        return DeadlineExceeded(f"{where} did not finish its reply in time.")
    if isinstance(error, httpx.ConnectTimeout | httpcore.ConnectTimeout):
        return ConnectionFailed(f"{where} did not answer within {_CONNECT_SECONDS:g} s.")
    if isinstance(error, httpcore.ConnectError) and is_loopback(url) and url.scheme == "http":
        origin = shown_url(url.copy_with(path="/")).rstrip("/")
        there = f"There is no server at {origin}: is it running?"
        return ConnectionFailed(there, no_server=True)
    reason = str(error) or type(error).__name__
    return ConnectionFailed(f"Cannot connect to {where}, or the connection broke: {reason}")


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[list[str], None]:
    """Yield the lines that each chunk ends."""
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
            yield ["".join(begun), *others[:-1]]
            begun, size = [others[-1]], len(others[-1])
    last = "".join(begun) + held + _decoded(decoder, b"", final=True)
    yield _BREAK.split(last)


def _too_long() -> MalformedReply:
    return MalformedReply("The server's stream holds an event of over a million characters.")


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
    try:
        return decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        raise MalformedReply(
            f"The server's stream is not UTF-8 (byte 0x{error.object[error.start]:02X})."
        ) from None
