"""`Connections`: one kept connection a call; httpx's own pool looks at all of them at every call.

At 64 calls side by side that took more time than all else together, and it grows with the square.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from typing import cast

import httpx

_KEPT, _SECONDS = 100, 5.0
_Idle = deque[tuple[float, httpx.AsyncHTTPTransport]]


class Connections(httpx.AsyncBaseTransport):
    """Sends each request over the connection to its host that was used last and is free.

    At most 100 free ones of a host are kept, and after five seconds none.
    """

    def __init__(self, verify: ssl.SSLContext) -> None:
        self._verify = verify
        self._idle: dict[tuple[bytes, bytes, int | None], _Idle] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        idle = self._idle.setdefault((url.raw_scheme, url.raw_host, url.port), deque())
        transport = idle.pop()[1] if idle else self._open()
        try:
            response = await transport.handle_async_request(request)
        except BaseException:
            await transport.aclose()
            raise
        stream = cast(httpx.AsyncByteStream, response.stream)
        response.stream = _Lent(stream, transport, idle)
        return response

    async def aclose(self) -> None:
        idle = [transport for free in self._idle.values() for _, transport in free]
        self._idle.clear()
        for transport in idle:
            await transport.aclose()

    def _open(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(keepalive_expiry=_SECONDS)
        return httpx.AsyncHTTPTransport(verify=self._verify, limits=limits)


class _Lent(httpx.AsyncByteStream):
    """A body that gives its connection back when it is closed."""

    def __init__(
        self, stream: httpx.AsyncByteStream, transport: httpx.AsyncHTTPTransport, idle: _Idle
    ) -> None:
        self._stream, self._idle = stream, idle
        self._transport: httpx.AsyncHTTPTransport | None = transport

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        transport, self._transport = self._transport, None
        if transport is None:
            return
        try:
            await self._stream.aclose()
        except BaseException:  # cancelled in the middle: nobody else would close it
            await transport.aclose()
            raise
        now = asyncio.get_running_loop().time()
        self._idle.append((now, transport))
        while self._idle and (len(self._idle) > _KEPT or now - self._idle[0][0] > _SECONDS):
            await self._idle.popleft()[1].aclose()
