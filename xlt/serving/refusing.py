"""`Refusal`, a response in the form in which OpenAI's clients read errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from xlt.backends.errors import DeadlineExceeded
from xlt.backends.redaction import redacted
from xlt.errors import BackendError, InputError, UnknownName, XLTError


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
