"""Spans as an exporter gets them."""

import asyncio
import json
import subprocess
import sys

import pytest

import xlt
from xlt.errors import ReplyFailed

trace = pytest.importorskip("opentelemetry.sdk.trace")
PROBLEM = "Juma ana mayai 16. Anakula 3. Yamebaki mangapi?"
REPLY = xlt.Reply("16 - 3 = 13\nAnswer: 13", "stop", model="small", usage=xlt.Usage(90, 12))
SW = {"language": "sw"}


@pytest.fixture
def spans(monkeypatch):
    """What is exported; the process keeps its own provider."""
    from opentelemetry import trace as api
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    provider = trace.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(api, "get_tracer", provider.get_tracer)
    monkeypatch.delenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", raising=False)
    return exporter.get_finished_spans


def tree(spans):
    """Return each span's name with that of its parent, in the order they began."""
    names = {span.context.span_id: span.name for span in spans}
    ordered = sorted(spans, key=lambda span: span.start_time)
    return [(span.name, span.parent and names[span.parent.span_id]) for span in ordered]


def plan(strategy="xlt"):
    return xlt.plan("mgsm", PROBLEM, strategy=strategy, **SW)


PLAN = "xlt.plan arithmetic_reasoning"


def test_a_plan_its_round_and_its_call(spans):
    assert xlt.run(plan(), lambda prompt: REPLY).value == 13
    assert tree(spans()) == [(PLAN, None), ("xlt.round", PLAN), ("chat small", "xlt.round")]
    call, _, whole = spans()
    signature = xlt.compose("mgsm", PROBLEM, **SW).signature
    assert dict(call.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": "small",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 90,
        "gen_ai.usage.output_tokens": 12,
        "xlt.language": "sw",
        "xlt.strategy": "xlt",
        "xlt.signature": signature,
    }
    assert dict(whole.attributes) == {
        "xlt.task": "arithmetic_reasoning",
        "xlt.language": "sw",
        "xlt.target_language": "sw",
        "xlt.strategy": "xlt",
        "xlt.signature": signature,
        "xlt.answer.status": "anchored",
        "xlt.answer.flags": (),
        "xlt.calls": 1,
        "gen_ai.usage.input_tokens": 90,
        "gen_ai.usage.output_tokens": 12,
    }
    assert (call.kind.name, whole.kind.name) == ("CLIENT", "INTERNAL")


@pytest.mark.parametrize("size", [1, 4])
def test_calls_side_by_side_belong_to_their_round(spans, size):
    answer = xlt.run(plan("clsp"), lambda prompt: REPLY, max_concurrency=size)
    found = tree(spans())
    calls = [parent for name, parent in found if name == "chat small"]
    assert calls == ["xlt.round"] * answer.usage.calls
    assert len(calls) > 4
    assert {parent for name, parent in found if name == "xlt.round"} == {PLAN}


def test_async_plans_at_once_keep_apart(spans):
    async def send(prompt):
        await asyncio.sleep(0)
        return REPLY

    async def both():
        return await asyncio.gather(*[xlt.arun(plan("clp"), send) for _ in range(2)])

    asyncio.run(both())
    traces = {span.context.trace_id for span in spans()}
    assert len(traces) == 2
    for one in traces:
        own = [span for span in spans() if span.context.trace_id == one]
        assert [name for name, _ in tree(own)].count("chat small") == 2


@pytest.mark.parametrize(
    ("model", "error", "kind"),
    [
        (lambda prompt: 1 / 0, ZeroDivisionError, "ZeroDivisionError"),
        (lambda prompt: xlt.Reply(PROBLEM, "error"), ReplyFailed, "ReplyFailed"),
        (lambda prompt: object(), xlt.XLTError, "InputError"),
        (lambda prompt: next(iter(())), StopIteration, "StopIteration"),
    ],
)
def test_a_failure_leaves_its_class_and_not_its_words(spans, model, error, kind):
    with pytest.raises(error):
        xlt.run(plan(), model)
    whole = spans()[-1]
    assert whole.name == PLAN
    assert whole.status.status_code.name == "ERROR"
    assert whole.attributes["error.type"] == kind
    assert whole.status.description is None
    assert not any(span.events for span in spans())


def test_texts_are_kept_where_asked_only(spans, monkeypatch):
    xlt.run(plan(), lambda prompt: REPLY)
    assert "mayai" not in "".join(span.to_json() for span in spans())
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    xlt.run(plan(), lambda prompt: REPLY)
    call = next(span for span in spans()[3:] if span.name == "chat small")
    (asked,) = json.loads(call.attributes["gen_ai.input.messages"])
    (said,) = json.loads(call.attributes["gen_ai.output.messages"])
    assert (asked["role"], said["role"]) == ("user", "assistant")
    assert PROBLEM in asked["parts"][0]["content"]
    assert said["parts"] == [{"type": "text", "content": REPLY.text}]


def test_langchains_chain_is_traced(spans):
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    from xlt.langchain import xlt_chain

    chain = xlt_chain(FakeListChatModel(responses=["Answer: 13"]), "mgsm")
    assert chain.invoke({"problem": PROBLEM, **SW}).value == 13
    assert [name for name, _ in tree(spans())] == [PLAN, "xlt.round", "chat"]


def test_without_opentelemetry_nothing_is_loaded(monkeypatch):
    monkeypatch.delitem(sys.modules, "opentelemetry.trace", raising=False)
    assert xlt.run(plan(), lambda prompt: REPLY).value == 13
    code = (
        "import sys, xlt\n"
        "xlt.run(xlt.plan('mgsm', 'Juma ana 3.', language='sw'), lambda prompt: 'Answer: 3')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "[]\n"
