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

from xlt.answers.answer import Answer, missing
from xlt.errors import BackendError as BackendError
from xlt.reply import Reply


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
