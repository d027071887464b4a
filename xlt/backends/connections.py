"""`Connections`: one kept connection a call; httpx's own pool looks at all of them at every call.

At 64 calls side by side that took more time than all else together, and it grows with the square.
The rest of the pool and what a client does (cookies, redirects) was a quarter of a call's time.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import httpcore
import httpx

_KEPT, _SECONDS = 100, 5.0
_Idle = deque[tuple[float, httpcore.AsyncHTTPConnection]]


class Connections:
    """Sends each request over the connection to its host that was used last and is free.

    At most 100 free ones of a host are kept, and after five seconds none.
    """

    def __init__(self, verify: ssl.SSLContext) -> None:
        self._verify = verify
        self._idle: dict[tuple[bytes, bytes, int | None], _Idle] = {}

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Return the answer, its body still unread, for the caller to close; raises as httpcore."""
        url = request.url
        place = url.raw_scheme, url.raw_host, url.port
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=place[0], host=place[1], port=place[2], target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        idle = self._idle.setdefault(place, deque())
        connection = await self._free(idle) or httpcore.AsyncHTTPConnection(
            sent.url.origin, self._verify, keepalive_expiry=_SECONDS
        )
        try:
            answer = await connection.handle_async_request(sent)
        except BaseException:
            await connection.aclose()
            raise
        stream = _Lent(answer.stream, connection, idle)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, request=request)

    async def aclose(self) -> None:
        idle = [connection for free in self._idle.values() for _, connection in free]
        self._idle.clear()
        for connection in idle:
            await connection.aclose()

    async def _free(self, idle: _Idle) -> httpcore.AsyncHTTPConnection | None:
        """Return a connection that is still open, None without one."""
        while idle:
            _, connection = idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None


class _Lent(httpx.AsyncByteStream):
    """A body that gives its connection back when it is closed."""

    def __init__(self, stream: Any, connection: httpcore.AsyncHTTPConnection, idle: _Idle) -> None:
        self._stream, self._idle = stream, idle
        self._connection: httpcore.AsyncHTTPConnection | None = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await self._stream.aclose()
        except BaseException:  # cancelled in the middle: nobody else would close it
            await connection.aclose()
            raise
        if not connection.is_idle():
            return  # broken off: it is closed
        now = asyncio.get_running_loop().time()
        self._idle.append((now, connection))
        while self._idle and (len(self._idle) > _KEPT or now - self._idle[0][0] > _SECONDS):
            await self._idle.popleft()[1].aclose()
