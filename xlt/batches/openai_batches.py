"""OpenAI's batch files: a request a line; results in an output file and an error file.

Limits and fields: platform.openai.com, guide "Batch API" (50,000 requests, 200 MB a file).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xlt.backends.errors import MalformedReply
from xlt.backends.replies import read_choice, reply_of, whole_text
from xlt.backends.status_errors import error_of_object, error_of_status
from xlt.batches.provider import MEGABYTE, Failure, Limits, Provider, Sampling
from xlt.prompt import Prompt
from xlt.reply import Reply

_WHERE = "The batch"
_KINDS = {"batch_expired": "Expired", "batch_cancelled": "Cancelled"}


def write_request(custom_id: str, prompt: Prompt, sampling: Sampling) -> dict[str, Any]:
    """Return the object of one line: custom_id, method, url, body."""
    body: dict[str, Any] = {"model": sampling.model, **prompt.to("openai")}
    if sampling.temperature is not None:
        body["temperature"] = sampling.temperature
    if sampling.max_tokens is not None:
        body["max_completion_tokens"] = sampling.max_tokens
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def read_result(result: Mapping[str, Any]) -> Reply | Failure:
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
    if body.get("error"):
        raise error_of_object(body["error"], url=_WHERE)
    return reply_of(read_choice(body, _WHERE), _WHERE)


PROVIDER = Provider(
    name="openai",
    suffix=".jsonl",
    limits=Limits(requests=50_000, bytes=200 * MEGABYTE),
    head=b"",
    between=b"\n",
    tail=b"\n",
    write=write_request,
    read=read_result,
)
