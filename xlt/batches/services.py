"""`Provider`: how OpenAI's and Anthropic's batch services want requests and give results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from xlt.backends.errors import MalformedReply, error_of_object, error_of_status, fault_of
from xlt.backends.replies import checked, read_completion
from xlt.errors import InputError, UnknownName
from xlt.messages import whole_text
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
                f"The request {name} has {len(data)} bytes; {provider.name} accepts files of at "
                f"most {limits.bytes}."
            )
        more = len(data) + (len(provider.between) if part else 0)
        if part and (len(part) >= limits.requests or size + more > limits.bytes):
            yield part
            part, size, more = [], around, len(data)
        part.append((name, data))
        size += more
    if part:
        yield part


_WHERE = "The batch"
_KINDS = {"batch_expired": "Expired", "batch_cancelled": "Cancelled"}


def _write_openai(custom_id: str, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    body: dict[str, Any] = {"model": sampling.model, **prompt.to("openai")}
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.max_tokens is not None:
        body["max_completion_tokens"] = sampling.max_tokens
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def _read_openai(result: Mapping[str, Any]) -> Reply | Failure:
    """Return the reply in a line of the output file, or the failure in one of the error file."""
    fault = result.get("error")
    if isinstance(fault, Mapping):
        code = whole_text(str(fault.get("code") or ""))
        message = whole_text(str(fault.get("message") or code))
        return Failure(_KINDS.get(code, code or "Failed"), message)
    response = result.get("response")
    body = response.get("body") if isinstance(response, Mapping) else None
    if not isinstance(response, Mapping) or not isinstance(body, Mapping):
        raise MalformedReply(f"{_WHERE} gave neither a response nor an error.")
    status = response.get("status_code")
    if isinstance(status, int) and status != 200:
        raise error_of_status(status, json.dumps(body), url=_WHERE)
    if fault := fault_of(body):
        raise error_of_object(fault, url=_WHERE)
    return read_completion(body, _WHERE)


_OPENAI = Provider(
    name="openai",
    suffix=".jsonl",
    limits=Limits(requests=50_000, bytes=200 * MEGABYTE),
    head=b"",
    between=b"\n",
    tail=b"\n",
    write=_write_openai,
    read=_read_openai,
)


DEFAULT_MAX_TOKENS = 4096
"""The API must be told; long enough for the steps of every strategy."""

_UNDONE = {"expired": "Expired", "canceled": "Cancelled"}


def _write_anthropic(custom_id: str, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    params: dict[str, Any] = {
        "model": sampling.model,
        "max_tokens": sampling.max_tokens or DEFAULT_MAX_TOKENS,
        **prompt.to("anthropic"),
    }
    if sampling.temperature is not None:
        params["temperature"] = sampling.temperature
    return {"custom_id": custom_id, "params": params}


def _read_anthropic(result: Mapping[str, Any]) -> Reply | Failure:
    """Return the reply or the failure in a line of the results."""
    found = result.get("result")
    if not isinstance(found, Mapping):
        raise MalformedReply(f"{_WHERE} gave no result.")
    kind = found.get("type")
    if isinstance(kind, str) and kind in _UNDONE:
        return Failure(_UNDONE[kind], f"{_WHERE} ended before the request was sent.")
    if kind == "errored":
        return _anthropic_failure(found.get("error"))
    message = found.get("message")
    if kind != "succeeded" or not isinstance(message, Mapping):
        raise MalformedReply(f"{_WHERE} gave a result without a message.")
    return checked(Reply.of({"content": [], **message}), _WHERE)


def _anthropic_failure(fault: Any) -> Failure:
    """Return the failure in an error, which may stand in an envelope of type "error"."""
    inner = fault.get("error", fault) if isinstance(fault, Mapping) else None
    if not isinstance(inner, Mapping):
        return Failure("Failed", f"{_WHERE} says no reason.")
    kind = str(inner.get("type") or "Failed")
    return Failure(whole_text(kind), whole_text(str(inner.get("message") or kind)))


_ANTHROPIC = Provider(
    name="anthropic",
    suffix=".json",
    limits=Limits(requests=100_000, bytes=256 * MEGABYTE),
    head=b'{"requests": [\n',
    between=b",\n",
    tail=b"\n]}\n",
    write=_write_anthropic,
    read=_read_anthropic,
)


_PROVIDERS = {one.name: one for one in (_ANTHROPIC, _OPENAI)}


def find_provider(name: str) -> Provider:
    """Return the provider of a name; raises UnknownName."""
    if name not in _PROVIDERS:
        raise UnknownName("batch provider", name, _PROVIDERS)
    return _PROVIDERS[name]
