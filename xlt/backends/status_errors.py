"""HTTP status and error body -> the BackendError they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from xlt.backends.errors import (
    AuthenticationFailed,
    BackendError,
    ContextOverflow,
    QuotaExceeded,
    RateLimited,
    Refused,
    RequestRejected,
    ServerFailed,
)

# What servers say when a prompt is too long; only OpenAI's has a code of its own.
_OVERFLOW = re.compile(
    r"context[_ ](length|size|window)|maximum context|exceeds? the (available )?context"
    r"|prompt is too long|too many (input )?tokens|exceed_context_size",
    re.IGNORECASE,
)
# Azure and OpenAI decline a prompt by a status, where others do it in a reply.
_FILTERED = re.compile(r"content_filter|content_policy_violation", re.IGNORECASE)
_QUOTA = re.compile(r"insufficient[_ ](quota|credit|balance|funds)", re.IGNORECASE)
# OpenAI and Gemini name billing also where all there is to do is to wait.
_BILLING = re.compile(r"^(?!.*rate[-_ ]limit).*billing", re.IGNORECASE)
_SHOWN = 300
_TIMEOUT = 408


def error_of_status(
    status: int, body: str, *, retry_after: float | None = None, url: str = ""
) -> BackendError:
    """Return the error that an answer with this status and body means."""
    code, message = _described(body)
    return _class_of(status, f"{code} {message}")(
        f"{url} answered {status}: {message or 'without a reason'}",
        status=status,
        retry_after=retry_after,
    )


def error_of_object(fault: Any, *, url: str = "") -> BackendError:
    """Return the error that an `error` object inside a 200 or a stream means."""
    code, message = _fault_text(fault)
    number = fault.get("code") if isinstance(fault, Mapping) else None
    status = number if isinstance(number, int) and 400 <= number <= 599 else 500
    return _class_of(status, f"{code} {message}")(
        f"{url} answered with an error: {message or 'without a reason'}", status=status
    )


def _class_of(status: int, text: str) -> type[BackendError]:
    if status in (401, 403):
        return AuthenticationFailed
    if status == 402 or (status == 429 and (_QUOTA.search(text) or _BILLING.search(text))):
        return QuotaExceeded
    if status == 429:
        return RateLimited
    if status >= 500 and not _OVERFLOW.search(text):
        return ServerFailed
    if status == _TIMEOUT:
        return ServerFailed
    if _OVERFLOW.search(text):
        return ContextOverflow
    return Refused if _FILTERED.search(text) else RequestRejected


def _described(body: str) -> tuple[str, str]:
    """Return the code and the message of an error body, which may be JSON, HTML or nothing."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        text = re.sub(r"<[^>]*>", " ", body[:4096])
        return "", _one_line(text)
    if isinstance(data, Mapping):
        return _fault_text(data.get("error") or data)
    return "", _one_line(body[:4096])


def _fault_text(fault: Any) -> tuple[str, str]:
    if not isinstance(fault, Mapping):
        return "", _one_line(str(fault))
    code = f"{fault.get('code') or ''} {fault.get('type') or ''}"
    message = fault.get("message") or fault.get("detail") or code
    return code, _one_line(str(message))


def _one_line(text: str) -> str:
    line = " ".join(text[:4096].split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
