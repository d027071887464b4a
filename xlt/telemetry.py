"""Spans of OpenTelemetry for plans, rounds and calls, in an app that records them.

Nothing needs to be switched on: once the app has set a tracer provider, as it does for an
exporter, xlt traces what it runs. Names are those of the GenAI semantic conventions
(`gen_ai.*`); xlt's own begin with `xlt.`. Spans hold no text of a prompt or reply, nor an error's
message, which may quote one; prompts and replies are added where the environment variable
OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is "true".
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from xlt.errors import XLTError
from xlt.reply import Reply
from xlt.version import __version__

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.prompt import Prompt

_SPANS = "opentelemetry.trace"
CAPTURE_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@contextmanager
def plan_span(prompts: tuple[Prompt, ...]) -> Iterator[Callable[[Answer], None] | None]:
    """Trace a plan that begins with these prompts; gives what is told its answer, if recorded."""
    trace = sys.modules.get(_SPANS)
    tracer: Any = trace and trace.get_tracer("xlt", __version__)
    if not prompts or trace is None or isinstance(tracer, trace.ProxyTracer | trace.NoOpTracer):
        yield None
        return
    first = prompts[0]
    about = {
        "xlt.task": first.task.name,
        "xlt.language": first.language.tag,
        "xlt.target_language": first.target_language.tag,
        "xlt.strategy": first.strategy,
        "xlt.signature": first.signature,
    }
    with _span(f"xlt.plan {first.task.name}", "INTERNAL", about) as span:

        def told(answer: Answer) -> None:
            span.set_attribute("xlt.answer.status", answer.status)
            span.set_attribute("xlt.answer.flags", sorted(answer.flags))
            if answer.usage is not None:
                span.set_attribute("xlt.calls", answer.usage.calls)
                _set_usage(span, answer.usage)

        yield told


@contextmanager
def round_span(prompts: tuple[Prompt, ...]) -> Iterator[None]:
    """Trace a round of a plan that is recorded."""
    trace = sys.modules.get(_SPANS)
    if trace is None or not trace.get_current_span().is_recording():
        yield
        return
    with _span("xlt.round", "INTERNAL", {"xlt.prompts": len(prompts)}):
        yield


@contextmanager
def call_span(prompt: Prompt) -> Iterator[Callable[[Any], None] | None]:
    """Trace a call in a recorded round; gives what is told its reply, as `Reply.of` reads it."""
    trace = sys.modules.get(_SPANS)
    if trace is None or not trace.get_current_span().is_recording():
        yield None
        return
    about: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "xlt.language": prompt.language.tag,
        "xlt.strategy": prompt.strategy,
        "xlt.signature": prompt.signature,
    }
    if _captures():
        about["gen_ai.input.messages"] = _messages(prompt.messages)
    with _span("chat", "CLIENT", about) as span:
        yield lambda given: _tell_reply(span, given)


def _tell_reply(span: Any, given: Any) -> None:
    try:
        reply = Reply.of(given)
    except XLTError:  # whoever takes the reply says what is wrong with it
        return
    if reply.model:
        span.update_name(f"chat {reply.model}")
        span.set_attribute("gen_ai.response.model", reply.model)
    if reply.finish_reason:
        span.set_attribute("gen_ai.response.finish_reasons", [reply.finish_reason])
    if reply.usage is not None:
        _set_usage(span, reply.usage)
    if _captures():
        said = [{"role": "assistant", "content": reply.text}]
        span.set_attribute("gen_ai.output.messages", _messages(said))


def _set_usage(span: Any, usage: Any) -> None:
    if usage.input_tokens is not None:
        span.set_attribute("gen_ai.usage.input_tokens", usage.input_tokens)
    if usage.output_tokens is not None:
        span.set_attribute("gen_ai.usage.output_tokens", usage.output_tokens)


@contextmanager
def _span(name: str, kind: str, about: Mapping[str, Any]) -> Iterator[Any]:
    """Give a current span; an error leaves its class in it, not its message."""
    trace: Any = sys.modules[_SPANS]
    tracer = trace.get_tracer("xlt", __version__)
    with tracer.start_as_current_span(
        name,
        kind=trace.SpanKind[kind],
        attributes=about,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(trace.StatusCode.ERROR)
            raise


def _captures() -> bool:
    return os.environ.get(CAPTURE_VARIABLE, "").lower() == "true"


def _messages(messages: list[dict[str, Any]]) -> str:
    """Return messages as the conventions' JSON: a role, and parts of text."""
    shown = [
        {"role": one["role"], "parts": [{"type": "text", "content": one["content"]}]}
        for one in messages
    ]
    return json.dumps(shown, ensure_ascii=False)
