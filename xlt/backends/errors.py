"""What can go wrong between a prompt and its reply; none of it is ever an empty answer.

BackendError (an XLTError)
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

from xlt.errors import XLTError


class BackendError(XLTError):
    """A call to a model failed.

    `status` is the HTTP status where there was one, `retry_after` the seconds the server asked
    to wait, `attempts` how often it was tried, `partial` the text that had arrived. `final` errors
    hit every other call as well.
    """

    retryable = False
    final = False
    partial = ""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        self.status, self.retry_after, self.attempts = status, retry_after, 1
        super().__init__(message)


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


class EmptyReply(BackendError):
    """The reply holds no text."""


class UnexpectedToolCall(BackendError):
    """The model called a tool instead of answering."""
