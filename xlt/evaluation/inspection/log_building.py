"""`build_log`: some cells of a run, of one benchmark and strategy, as an Inspect log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

from inspect_ai.log import (
    EvalConfig,
    EvalDataset,
    EvalLog,
    EvalPlan,
    EvalPlanStep,
    EvalSample,
    EvalSpec,
    EvalStats,
    recompute_metrics,
)
from inspect_ai.model import GenerateConfig

from xlt.evaluation.benchmark import benchmark_names
from xlt.evaluation.inspection.log_samples import build_sample, model_name, total_usage
from xlt.evaluation.inspection.scorers import METRICS, OF_METRIC
from xlt.evaluation.runs.reading import Run
from xlt.evaluation.runs.records import Cell, Result

Status = Literal["success", "started"]


def build_log(run: Run, cells: Sequence[Cell], name: str) -> EvalLog:
    """Return the log of the cells; `name` is its id, from which all other ids follow."""
    by_name = {cell.name: cell for cell in cells}
    results = [one for one in run.results if one.cell in by_name]
    results.sort(key=_order(run, cells))
    scorer = OF_METRIC.get(cells[0].metric, "overlap")
    samples = [build_sample(run, by_name[one.cell], one, scorer, name) for one in results]
    started = run.manifest.created
    ended = len(results) == sum(cell.planned for cell in cells)
    status: Status = "success" if ended else "started"
    log = EvalLog(
        status=status,
        eval=_spec(run, cells, name, scorer, samples),
        plan=_plan(run, cells[0]),
        stats=EvalStats(
            started_at=started,
            completed_at=started if ended else "",
            model_usage=total_usage(samples),
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
