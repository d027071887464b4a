"""`build_sample`: the end of one sample of a run as a sample of an Inspect log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from inspect_ai.event import ModelEvent
from inspect_ai.log import EvalError, EvalSample
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.scorer import Score

from xlt.evaluation.inspection.describing import describe
from xlt.evaluation.inspection.exchanges import Conversations
from xlt.evaluation.inspection.record import KEY, Record
from xlt.evaluation.inspection.scores import failure_of, score_of, status_of, unscored
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Call, Cell, Result

_STOPS = {"length": "max_tokens", "content_filter": "content_filter"}


def build_sample(run: Run, cell: Cell, result: Result, scorer: str, log: str) -> EvalSample:
    """Return the sample of a result: its conversations, a model event a call, its scores.

    A sample without a usable reply has an error as Inspect's have, except where the model
    refused or was silent: that is a score left out, as `xlt/strategy` has it.
    """
    model = model_name(run.manifest.model)
    exchange = _Exchange(f"{log}/{result.id}", run.manifest.created)
    for call in result.calls:
        exchange.add(call, model)
    about = describe(cell.task, result.inputs, result.gold, result.language, result.target_language)
    return EvalSample(
        id=f"{cell.pair}/{result.sample}",
        epoch=result.repeat + 1,
        **about,
        messages=exchange.messages,
        output=exchange.output(result, model),
        scores=_scores(cell, result, scorer),
        store={KEY: _record(run, result).as_json()},
        events=list(exchange.events),
        model_usage=_usage(result.calls, model),
        started_at=run.manifest.created,
        completed_at=run.manifest.created,
        uuid=identifier(log, result.id),
        error=_error(result),
    )


def total_usage(samples: Iterable[EvalSample]) -> dict[str, ModelUsage]:
    """Return the tokens of all samples by model."""
    sums: defaultdict[str, ModelUsage] = defaultdict(ModelUsage)
    for sample in samples:
        for model, usage in sample.model_usage.items():
            sums[model] += usage
    return dict(sums)


def identifier(*parts: str) -> str:
    """Return an id that is the same whenever the same thing is written."""
    return sha256("\n".join(parts).encode()).hexdigest()[:22]


def model_name(name: str) -> str:
    """Return a run's model as Inspect names models, "openai/gpt-4o-mini"; "none/..." for others.

    Reading replies anew (`inspect score`) makes the model, which "none" allows for any name.
    """
    name = name.removeprefix("langchain:").removeprefix("inspect:")
    provider, colon, model = name.partition(":")
    if colon and provider.replace("_", "").isalnum() and provider != "local":
        return f"{provider}/{model}"
    return name if "/" in name and " " not in name else f"none/{name}"


class _Exchange:
    """The calls of one sample as messages and events, their ids following from `name`."""

    def __init__(self, name: str, created: str) -> None:
        self._name = name
        self._time = _moment(created)
        self._conversations = Conversations()
        self._outputs: list[ModelOutput] = []
        self.events: list[ModelEvent] = []

    @property
    def messages(self) -> list[ChatMessage]:
        return self._conversations.messages

    def add(self, call: Call, model: str) -> None:
        place = len(self.events)
        sent = self._conversations.messages_for(call.messages)
        known = {one.id for one in self.messages}
        for number, one in enumerate(sent):
            if one.id not in known:
                one.id = identifier(self._name, str(place), str(number))
        output = _output(call, model)
        output.message.id = identifier(self._name, str(place), "reply")
        self._conversations.add(sent, output.message)
        self._outputs.append(output)
        self.events.append(
            ModelEvent(
                uuid=identifier(self._name, str(place), "event"),
                timestamp=self._time,
                working_start=0,
                model=model,
                input=sent,
                tools=[],
                tool_choice="none",
                config=GenerateConfig(),
                output=output,
                completed=self._time,
            )
        )

    def output(self, result: Result, model: str) -> ModelOutput:
        """Return the output the answer was read in: the last one with its text at its place."""
        span, text = (result.reading.span, result.reading.text) if result.reading else (None, "")
        for output in reversed(self._outputs):
            if span is not None and output.completion[slice(*span)] == text:
                return output
        return self._outputs[-1] if self._outputs else ModelOutput(model=model)


def _output(call: Call, model: str) -> ModelOutput:
    stop: Any = _STOPS.get(call.finish_reason, "stop")
    output = ModelOutput.from_content(call.model or model, call.reply, stop)
    output.usage = _tokens(call)
    return output


def _record(run: Run, result: Result) -> Record:
    options = run.manifest.settings.get(f"options of {result.strategy}") or {}
    replies = [
        {"text": call.reply, "stop": _STOPS.get(call.finish_reason, call.finish_reason)}
        for call in result.calls
    ]
    return Record(
        result.strategy,
        dict(options),
        replies,
        signature=result.signature,
        failure=_failure(result),
    )


def _scores(cell: Cell, result: Result, scorer: str) -> dict[str, Score] | None:
    failure = _failure(result)
    if failure is not None:
        score = unscored(cell, failure)
    elif result.reading is None:
        return None
    else:
        reading = result.reading.model_dump(mode="json")
        score = score_of(cell, reading, _exact(result.reading.value), _exact(result.gold))
        score.metadata = {**(score.metadata or {}), "signature": result.signature}
    return {scorer: score, "status": status_of(score)}


def _exact(value: Any) -> Any:
    """Return a value or a gold as it was before it was kept as JSON."""
    if isinstance(value, float):
        return Decimal(str(value))
    return tuple(value) if isinstance(value, list) else value


def _failure(result: Result) -> dict[str, str] | None:
    """Return why there was no reply to read, None where there was one or the call failed."""
    failed = result.failure
    return None if failed is None else failure_of(failed.kind, failed.message)


def _error(result: Result) -> EvalError | None:
    if result.failure is None or _failure(result) is not None:
        return None
    message = f"{result.failure.kind}: {result.failure.message}"
    return EvalError(message=message, traceback=message, traceback_ansi=message)


def _usage(calls: Sequence[Call], model: str) -> dict[str, ModelUsage]:
    usage = ModelUsage()
    for call in calls:
        usage += _tokens(call)
    return {model: usage} if calls else {}


def _tokens(call: Call) -> ModelUsage:
    return ModelUsage(
        input_tokens=call.prompt_tokens,
        output_tokens=call.completion_tokens,
        total_tokens=call.prompt_tokens + call.completion_tokens,
    )


def _moment(created: str) -> datetime:
    moment = datetime.fromisoformat(created)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
