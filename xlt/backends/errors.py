"""What can go wrong between a prompt and its reply; none of it is ever an empty answer.

BackendError (an XLTError)
├── ReplyFailed            the provider broke the reply off with an error: see xlt.errors
├── ConnectionFailed       no connection, or it broke before the reply was whole
├── DeadlineExceeded       the call, its retries included, took longer than it may
├── AuthenticationFailed   401, 403: the key is missing, wrong or not allowed this
├── QuotaExceeded          402, or a 429 that waiting does not cure: no money or quota left
├── RateLimited            429 to the call and to every retry
├── ServerFailed           5xx to the call and to every retry
├── RequestRejected        any other 4xx: the request is at fault; also a 403 after replies
│   └── ContextOverflow        the prompt is longer than the model reads
├── MalformedReply         HTML in a 200, bytes that are not UTF-8, no choices, over 16 MB, cut off
├── Refused                the model or a filter in front of it declined
├── EmptyReply             a reply without a text
└── UnexpectedToolCall     the model called a tool instead of answering
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

from xlt.answers.answer import Answer, missing
from xlt.errors import BackendError as BackendError
from xlt.reply import Reply

# What servers say when a prompt is too long; only OpenAI's has its own code. In turn: OpenAI,
# vLLM and llama.cpp; Anthropic; Cohere; Bedrock; Gemini; TGI; SGLang; Groq; Mistral.
_OVERFLOW = re.compile(
    r"context[_ ](length|size|window)|maximum context|exceeds? the (available )?context"
    r"|exceed_context_size|prompt is too long|too many (input )?tokens|input is too long"
    r"|token count \W?\d+\W? exceeds the maximum|maximum number of( input)? tokens"
    r"|max_new_tokens` must be|`inputs` must have less than|longer than the model's context"
    r"|reduce the length of the (messages|prompt)|\d tokens and \d+ draft tokens, too large",
    re.IGNORECASE,
)
# Azure and OpenAI decline a prompt by a status, where others do it in a reply.
_FILTERED = re.compile(r"content_filter|content_policy_violation", re.IGNORECASE)
# Routers and firewalls decline one prompt with the status of a bad key.
_MODERATED = re.compile(r"moderat|flagged|content[ _-]?policy|safety|content[ _-]?filter", re.I)
# Gemini answers a bad key with 400.
_BAD_KEY = re.compile(r"api[ _]key (is )?(not valid|invalid|expired)|invalid api[ _]key", re.I)
_QUOTA = re.compile(r"insufficient[_ ](quota|credit|balance|funds)", re.IGNORECASE)
# OpenAI and Gemini name billing also where all there is to do is to wait.
_BILLING = re.compile(r"^(?!.*rate[-_ ]limit).*billing", re.IGNORECASE)
# A page's style and scripts to their end, and its tags.
_MARKUP = re.compile(r"<(?:style|script)\b.*?(?:</(?:style|script)>|\Z)|<[^>]*>", re.I | re.DOTALL)
_SHOWN = 300
_READ = 4096
_TIMEOUT = 408
_CODES = ("code", "type", "status")


class ConnectionFailed(BackendError):
    """The server cannot be reached, or the connection broke.

    `no_server` says that nothing listens at an address of this machine.
    """

    retryable = True

    def __init__(self, message: str, *, no_server: bool = False) -> None:
        self.no_server = no_server
        super().__init__(message)


class DeadlineExceeded(BackendError):
    """The call took longer than its total deadline."""


class AuthenticationFailed(BackendError):
    """The key is missing, wrong, or may not use this model."""

    final = True


class QuotaExceeded(BackendError):
    """The account has no money or quota left; waiting does not help."""

    final = True


class RateLimited(BackendError):
    """The server asks for fewer requests."""

    retryable = True


class ServerFailed(BackendError):
    """The server failed on its side."""

    retryable = True


class RequestRejected(BackendError):
    """The server does not accept this request."""


class ContextOverflow(RequestRejected):
    """The prompt, with the room for its reply, is longer than the model's context."""


class MalformedReply(BackendError):
    """What came back is not a reply."""


class Refused(BackendError):
    """The model, or a content filter, declined to answer."""

    reply = Reply("", finish_reason="content_filter")


class EmptyReply(BackendError):
    """The reply holds no text."""

    reply = Reply("")


class UnexpectedToolCall(BackendError):
    """The model called a tool instead of answering."""

    reply = Reply("", finish_reason="tool_calls")


def error_in(answer: Answer) -> BackendError | None:
    """Return the error that an answer stands for whose reply held nothing to read, else None.

    For doors that count such a reply as a failed call: evaluation, batches, Ray.
    """
    if answer.value is not None:
        return None
    if answer.flags & {"refused", "filtered"}:
        return Refused(missing(answer))
    if answer.reply.strip():
        return None
    return (UnexpectedToolCall if "tool_call" in answer.flags else EmptyReply)(missing(answer))


def error_of_status(
    status: int,
    body: str,
    *,
    retry_after: float | None = None,
    url: str = "",
    redact: Callable[[str], str] = str,
) -> BackendError:
    """Return the error that an answer with this status and body means.

    `redact` is shown every text before any of it is cut.
    """
    code, message = _described(body, redact)
    return _class_of(status, f"{code} {message}")(
        f"{url} answered {status}: {_one_line(message) or 'without a reason'}",
        status=status,
        retry_after=retry_after,
    )


def error_of_object(
    fault: Any, *, url: str = "", redact: Callable[[str], str] = str
) -> BackendError:
    """Return the error that an `error` object inside a 200 or a stream means."""
    code, message = _fault_text(fault, redact)
    number = fault.get("code") if isinstance(fault, Mapping) else None
    status = number if isinstance(number, int) and 400 <= number <= 599 else 500
    return _class_of(status, f"{code} {message}")(
        f"{url} answered with an error: {_one_line(message) or 'without a reason'}", status=status
    )


def fault_of(data: Any) -> Any:
    """Return the `error` that a body holds, None without one.

    Gemini wraps it in a list, Cloudflare lists them, and vLLM's of old is the body itself.
    """
    held = data[0] if isinstance(data, list) and data else data
    if not isinstance(held, Mapping):
        return None
    listed = held.get("errors")
    whole = held if held.get("object") == "error" else None
    return held.get("error") or (listed[0] if isinstance(listed, list) and listed else whole)


def _class_of(status: int, text: str) -> type[BackendError]:
    if status == 403 and _MODERATED.search(text):
        return Refused
    if status in (401, 403) or (status == 400 and _BAD_KEY.search(text)):
        return AuthenticationFailed
    if status == 402 or (status == 429 and (_QUOTA.search(text) or _BILLING.search(text))):
        return QuotaExceeded
    if status == 429:
        return RateLimited
    if status == _TIMEOUT or (status >= 500 and not _OVERFLOW.search(text)):
        return ServerFailed
    if _OVERFLOW.search(text):
        return ContextOverflow
    return Refused if _FILTERED.search(text) else RequestRejected


def _described(body: str, redact: Callable[[str], str]) -> tuple[str, str]:
    """Return the code and the message of an error body, which may be JSON, HTML or nothing."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        text = unescape(_MARKUP.sub(" ", redact(body)[:_READ]))
        return "", _words(redact(text))  # a key may have stood there in entities
    fault = fault_of(data)
    if fault is None and isinstance(data, Mapping):
        fault = data
    return _fault_text(body if fault is None else fault, redact)


def _fault_text(fault: Any, redact: Callable[[str], str]) -> tuple[str, str]:
    if not isinstance(fault, Mapping):
        return "", _words(redact(_text_of(fault)))
    code = " ".join(_text_of(fault[name]) for name in _CODES if fault.get(name))
    message = _text_of(fault.get("message") or fault.get("detail") or code)
    return _words(redact(code)), _words(redact(message))


def _text_of(value: Any) -> str:
    try:
        return str(value)
    except RecursionError:  # lists in lists, nearly as deep as JSON is read
        return ""


def _words(text: str) -> str:
    return " ".join(text[:_READ].split())


def _one_line(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
