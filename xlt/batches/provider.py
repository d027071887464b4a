"""`Provider`: how a batch service wants its requests, and how it gives its results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.reply import Reply

MEGABYTE = 1_000_000
"""Services do not say whether 1,048,576 are meant; this many are allowed by either reading."""


class Limits(NamedTuple):
    """The most requests and bytes that one batch file may have."""

    requests: int
    bytes: int


class Sampling(NamedTuple):
    """The fields of each request beside its prompt; None leaves one to the service."""

    model: str
    temperature: float | None = 0.0
    max_tokens: int | None = None


class Failure(NamedTuple):
    """Why a request has no reply: "Expired", "Refused", "RequestRejected" ..., in words."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A batch service: pure functions between our prompts and the bytes of its files.

    A file is `head`, the requests with `between` them, and `tail`. `read` takes one result, as
    JSON, and returns the reply or the failure; it may raise a BackendError instead.
    """

    name: str
    suffix: str
    limits: Limits
    head: bytes
    between: bytes
    tail: bytes
    write: Callable[[str, Prompt, Sampling], dict[str, Any]]
    read: Callable[[Mapping[str, Any]], Reply | Failure]


def split(
    requests: Iterable[tuple[str, bytes]], provider: Provider, limits: Limits
) -> Iterator[list[tuple[str, bytes]]]:
    """Yield the requests (id, JSON) of one file after the other, each within the limits.

    Raises InputError for a request that is too large by itself.
    """
    around = len(provider.head) + len(provider.tail)
    part: list[tuple[str, bytes]] = []
    size = around
    for name, data in requests:
        if around + len(data) > limits.bytes:
            raise InputError(
                f"The request {name} has {len(data)} bytes; {provider.name} takes files of "
                f"{limits.bytes}."
            )
        more = len(data) + (len(provider.between) if part else 0)
        if part and (len(part) >= limits.requests or size + more > limits.bytes):
            yield part
            part, size, more = [], around, len(data)
        part.append((name, data))
        size += more
    if part:
        yield part
