"""Anthropic's message batches: one JSON object of requests; results a line each.

Limits and fields: docs.anthropic.com, guide "Batch processing" (100,000 requests, 256 MB).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlt.backends.errors import MalformedReply
from xlt.backends.replies import Choice, read_finish, read_usage, reply_of, whole_text
from xlt.batches.provider import MEGABYTE, Failure, Limits, Provider, Sampling
from xlt.prompt import Prompt
from xlt.reply import Reply

DEFAULT_MAX_TOKENS = 4096
"""The API must be told; long enough for the steps of every strategy."""

_WHERE = "The batch"
_UNDONE = {"expired": "Expired", "canceled": "Cancelled"}


def write_request(custom_id: str, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    """Return one of the requests: custom_id, params."""
    params: dict[str, Any] = {
        "model": sampling.model,
        "max_tokens": sampling.max_tokens or DEFAULT_MAX_TOKENS,
        **prompt.to("anthropic"),
    }
    if sampling.temperature is not None:
        params["temperature"] = sampling.temperature
    return {"custom_id": custom_id, "params": params}


def read_result(result: Mapping[str, Any]) -> Reply | Failure:
    """Return the reply or the failure in a line of the results."""
    found = result.get("result")
    if not isinstance(found, Mapping):
        raise MalformedReply(f"{_WHERE} gave no result.")
    kind = found.get("type")
    if isinstance(kind, str) and kind in _UNDONE:
        return Failure(_UNDONE[kind], f"{_WHERE} ended before the request was sent.")
    if kind == "errored":
        return _failure(found.get("error"))
    message = found.get("message")
    if kind != "succeeded" or not isinstance(message, Mapping):
        raise MalformedReply(f"{_WHERE} gave a result without a message.")
    return reply_of(_choice(message), _WHERE)


def _failure(fault: Any) -> Failure:
    """Return the failure in an error, which may stand in an envelope of type "error"."""
    inner = fault.get("error", fault) if isinstance(fault, Mapping) else None
    if not isinstance(inner, Mapping):
        return Failure("Failed", f"{_WHERE} says no reason.")
    kind = str(inner.get("type") or "Failed")
    return Failure(whole_text(kind), whole_text(str(inner.get("message") or kind)))


def _choice(message: Mapping[str, Any]) -> Choice:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    blocks = [one for one in parts if isinstance(one, Mapping)]
    texts = [one.get("text") for one in blocks if one.get("type") == "text"]
    prompt_tokens, completion_tokens = read_usage(message, ("input_tokens", "output_tokens"))
    return Choice(
        text="".join([text for text in texts if isinstance(text, str)]),
        finish_reason=read_finish(message),
        refusal="",
        calls_tool=any(one.get("type") == "tool_use" for one in blocks),
        model=str(message.get("model") or ""),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


PROVIDER = Provider(
    name="anthropic",
    suffix=".json",
    limits=Limits(requests=100_000, bytes=256 * MEGABYTE),
    head=b'{"requests": [\n',
    between=b",\n",
    tail=b"\n]}\n",
    write=write_request,
    read=read_result,
)
