"""The client's side of a call: what it sends, what it is sent or told, and whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Send

from xlt.backends.errors import DeadlineExceeded
from xlt.backends.redaction import redacted
from xlt.errors import BackendError, InputError, UnknownName, XLTError

EVENTS = b"text/event-stream; charset=utf-8"
_BODY_SECONDS = 30.0


class Refusal(XLTError):
    """A request that is not served: its HTTP status, and why."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.status, self.kind, self.param, self.retry_after = status, kind, param, retry_after
        super().__init__(message)

    @property
    def body(self) -> dict[str, Any]:
        error = {"message": str(self), "type": self.kind, "param": self.param, "code": None}
        return {"error": error}


def refusal_of(error: XLTError, secrets: Mapping[str, str]) -> Refusal:
    """Return what a client is told of an error, without keys."""
    if isinstance(error, Refusal):
        return error
    message = redacted(str(error), secrets)
    if isinstance(error, UnknownName | InputError):
        return Refusal(400, message, param=getattr(error, "field", None))
    if isinstance(error, DeadlineExceeded):
        return Refusal(504, message, kind="timeout_error")
    if isinstance(error, BackendError):
        return Refusal(502, message, kind="upstream_error")
    return Refusal(500, message, kind="server_error")


async def respond(request: Request, error: Exception) -> JSONResponse:
    """Answer with an XLTError; what the app does with each that reaches it."""
    refusal = refusal_of(error, {}) if isinstance(error, XLTError) else Refusal(500, "It failed.")
    wait = refusal.retry_after
    headers = {} if wait is None else {"retry-after": str(wait)}
    return JSONResponse(refusal.body, refusal.status, headers)


class BrokenOff(Exception):
    """A response that cannot be ended: returning without its end closes the connection."""


async def read_body(request: Request, most: int) -> bytes:
    """Return a request's body; raises Refusal for one that is too large or does not come."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise Refusal(413, f"The request has over {most} bytes, the most it may have.")
    except TimeoutError:
        raise Refusal(408, f"The request did not come within {_BODY_SECONDS:g} s.") from None
    return bytes(body)


class ClientSender:
    """What is sent to the client, each piece within the time that a client may take to read."""

    def __init__(self, send: Send, stall: float) -> None:
        self._send, self._stall = send, stall
        self.begun = self.is_events = False

    async def start(self, status: int, headers: Mapping[str, bytes]) -> None:
        self.begun = True
        self.is_events = headers.get("content-type") == EVENTS
        pairs = [(name.encode(), value) for name, value in headers.items()]
        await self._give({"type": "http.response.start", "status": status, "headers": pairs})

    async def more(self, data: bytes) -> None:
        if data:
            await self._give({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes) -> None:
        await self._give({"type": "http.response.body", "body": data, "more_body": False})

    async def whole(
        self, status: int, kind: bytes, data: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        length = {"content-type": kind, "content-length": str(len(data)).encode()}
        await self.start(status, {**(headers or {}), **length})
        await self.end(data)

    async def _give(self, message: MutableMapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._stall):
                await self._send(message)
        except TimeoutError:
            raise BrokenOff("the client does not read") from None


async def while_connected(receive: Receive, work: Any) -> None:
    """Do the work of a call, and give it up when its client has gone."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
