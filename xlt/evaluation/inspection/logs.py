"""`write_logs`: a run of `xlt eval` as Inspect logs, for `inspect view` and its data frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inspect_ai.event import ModelEvent
from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalError,
    EvalLog,
    EvalPlan,
    EvalPlanStep,
    EvalSample,
    EvalSpec,
    EvalStats,
    recompute_metrics,
    write_eval_log,
)
from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.scorer import Score

from xlt.errors import RunFolderError
from xlt.evaluation.benchmark import benchmark_names
from xlt.evaluation.inspection.scorers import (
    METRICS,
    OF_METRIC,
    score_of,
    status_of,
    unscored,
)
from xlt.evaluation.inspection.solving import KEY, Conversations, Record, describe, failure_of
from xlt.evaluation.runs.records import Call, Cell, Result
from xlt.evaluation.runs.run_folder import Run
from xlt.evaluation.runs.tally import grouped
from xlt.files.safe import place_inside

_STOPS = {"length": "max_tokens", "content_filter": "content_filter"}


def build_sample(run: Run, cell: Cell, result: Result, scorer: str, log: str) -> EvalSample:
    """Return the sample of a result: its conversations, a model event a call, its scores.

    A sample without a usable reply has an error, as Inspect's own do, except where the model
    refused or was silent: its score is left out, as `xlt/strategy` does.
    """
    model = model_name(run.manifest.model)
    exchange = _Logged(f"{log}/{result.id}", run.manifest.created)
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


class _Logged:
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


def build_log(run: Run, cells: Sequence[Cell], name: str) -> EvalLog:
    """Return the log of the cells; `name` is its id, from which all other ids follow."""
    by_name = {cell.name: cell for cell in cells}
    results = [one for one in run.results if one.cell in by_name]
    results.sort(key=_order(run, cells))
    scorer = OF_METRIC.get(cells[0].metric, "overlap")
    samples = [build_sample(run, by_name[one.cell], one, scorer, name) for one in results]
    started, model = run.manifest.created, model_name(run.manifest.model)
    ended = len(results) == sum(cell.planned for cell in cells)
    log = EvalLog(
        status="success" if ended else "started",
        eval=_spec(run, cells, name, scorer, samples),
        plan=_plan(run, cells[0]),
        stats=EvalStats(
            started_at=started,
            completed_at=started if ended else "",
            model_usage=_usage([call for one in results for call in one.calls], model),
        ),
        samples=samples,
    )
    recompute_metrics(log)
    if log.results is not None:
        log.results.total_samples = sum(cell.planned for cell in cells)
    return log


def _order(run: Run, cells: Sequence[Cell]) -> Callable[[Result], tuple[Any, ...]]:
    """Return the key by which results stand as planned, not in the order they ended."""
    places = {cell.name: place for place, cell in enumerate(cells)}

    def key(result: Result) -> tuple[Any, ...]:
        parts = re.split(r"(\d+)", result.sample)  # words and digits by turns
        number = [int(one) if one.isdecimal() else one for one in parts]
        return places[result.cell], result.repeat, number

    return key


def _spec(
    run: Run, cells: Sequence[Cell], name: str, scorer: str, samples: Sequence[EvalSample]
) -> EvalSpec:
    manifest, first = run.manifest, cells[0]
    arguments = {
        "language": [cell.pair for cell in cells],
        "strategy": first.strategy,
        "shots": first.shots,
    }
    task = f"xlt/{first.benchmark}" if first.benchmark in benchmark_names() else first.benchmark
    ids = list(dict.fromkeys(str(sample.id) for sample in samples))
    return EvalSpec(
        eval_id=name,
        run_id=manifest.fingerprint,
        created=manifest.created,
        task=task,
        task_id=name,
        task_registry_name=task if first.benchmark in benchmark_names() else None,
        task_args=arguments,
        task_args_passed=arguments,
        dataset=EvalDataset(name=first.benchmark, samples=len(ids), sample_ids=ids),
        model=model_name(manifest.model),
        model_generate_config=_generation(manifest.settings),
        config=EvalConfig(epochs=manifest.repeats),
        packages={"inspect_ai": version("inspect_ai"), "xlt": manifest.version},
        metadata=_about(run, cells),
        scorers=[_scorer(scorer), _scorer("status")],
    )


def _about(run: Run, cells: Sequence[Cell]) -> dict[str, Any]:
    manifest = run.manifest
    about = {
        "task": cells[0].task,
        "metric": cells[0].metric,
        "xlt": manifest.version,
        "command": manifest.command,
        "run": manifest.fingerprint,
        "templates": manifest.templates,
        "seed": manifest.seed,
        "planned": {cell.name: cell.planned for cell in cells},
        "faults": {
            cell.name: [fault.model_dump() for fault in cell.faults]
            for cell in cells
            if cell.faults
        },
    }
    return {name: value for name, value in about.items() if value not in ("", {})}


def _generation(settings: Mapping[str, Any]) -> GenerateConfig:
    names = ("temperature", "max_tokens", "top_p")
    return GenerateConfig(**{name: settings[name] for name in names if name in settings})


def _scorer(name: str) -> Any:
    """Return the entry of a scorer as JSON; Inspect exports no class for it."""
    metrics = [{"name": one, "options": {}} for one in METRICS[name]]
    return {"name": name, "options": {}, "metadata": {}, "metrics": metrics}


def _plan(run: Run, cell: Cell) -> EvalPlan:
    given = {"strategy": cell.strategy, "shots": cell.shots}
    options = run.manifest.settings.get(f"options of {cell.strategy}")
    if options:
        given["options"] = options
    return EvalPlan(steps=[EvalPlanStep(solver="xlt/strategy", params=given)])


def write_logs(run: Run, folder: Path | str) -> list[Path]:
    """Write a log (.eval) for each benchmark and strategy of a run; return their paths.

    One log holds all languages of a benchmark and strategy, as in `inspect eval`. The names
    and ids follow from the run alone: writing it again, as when it has continued, replaces its
    logs. A run under way gives logs of status "started". Raises RunFolderError where
    the folder cannot be written.
    """
    folder = Path(folder)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        groups = grouped(run.manifest.cells, lambda cell: (cell.benchmark, cell.strategy))
        for (benchmark, strategy), cells in groups.items():
            name = identifier(run.manifest.fingerprint, benchmark, strategy)
            log = build_log(run, cells, name)
            path = folder / _file_name(run.manifest.created, benchmark, strategy, name)
            write_eval_log(log, place_inside(path, folder), format="eval")
            paths.append(path)
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be written: {error.strerror}.") from error
    return paths


def _file_name(created: str, benchmark: str, strategy: str, name: str) -> str:
    time, task = (re.sub(r"[^\w]+", "-", one) for one in (created, f"{benchmark}-{strategy}"))
    return f"{time}_{task}_{name}.eval"
