"""Samples as Inspect holds them: input, target, and the metadata that scorers rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlt.composing import plan
from xlt.errors import InputError
from xlt.evaluation.runs.records import pair_of
from xlt.images.image import recorded
from xlt.languages import get_language
from xlt.registry import get_task
from xlt.rows import Gold
from xlt.strategies.strategy import Plan
from xlt.task import Task

_TASK_FILES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Described:
    """The request a sample stands for, read from its metadata."""

    task: Task
    inputs: Mapping[str, str]
    language: str
    target_language: str | None

    @property
    def pair(self) -> str:
        return pair_of(self.language, self.target_language)

    @property
    def metric(self) -> str:
        return self.task.metric

    @property
    def answer_language(self) -> str:
        return self.target_language or self.language

    def plan(self, strategy: str, options: Mapping[str, Any]) -> Plan:
        """Return a strategy's plan for the request; raises XLTError."""
        return plan(
            self.task,
            self.inputs,
            language=self.language,
            target_language=self.target_language,
            strategy=strategy,
            **options,
        )


def describe(
    task: str,
    inputs: Mapping[str, str],
    gold: Any,
    language: str,
    target_language: str | None,
) -> dict[str, Any]:
    """Return input, target and metadata of a sample; `task` is a name or a task file."""
    metadata = {
        "task": task,
        "language": language,
        "target_language": target_language,
        "tier": get_language(language).tier,
        "inputs": {name: recorded(value) for name, value in inputs.items()},
        "gold": as_target(gold),
    }
    return {"input": _shown(inputs), "target": as_target(gold), "metadata": metadata}


def described(metadata: Mapping[str, Any]) -> Described:
    """Return what `describe` wrote; raises InputError for the sample of another task."""
    try:
        task, inputs = metadata["task"], metadata["inputs"]
        language, target_language = metadata["language"], metadata["target_language"]
    except KeyError as error:
        raise InputError(
            f"The sample has no {error.args[0]!r} in its metadata: xlt's solver and scorers work "
            "on xlt's tasks (xlt/mgsm, ..., xlt/own)."
        ) from None
    return Described(task_of(task), inputs, language, target_language)


def task_of(name: str) -> Task:
    """Return the task of a name, or of a YAML file."""
    if name.endswith(_TASK_FILES):
        return Task.from_yaml(Path(name))
    return get_task(name)


def _shown(inputs: Mapping[str, str]) -> str:
    """Return the inputs to read through: the text alone, or a line a field."""
    told = {name: _told(value) for name, value in inputs.items()}
    if len(told) == 1:
        return next(iter(told.values()))
    return "\n".join(f"{name}: {text}" for name, text in told.items())


def _told(value: Any) -> str:
    """Return an input as a text; an image's is its file, its URL or its digest."""
    if isinstance(value, Mapping):
        return str(value.get("path") or value.get("url") or value.get("sha256"))
    return str(value)


def as_target(gold: Gold) -> str | list[str]:
    """Return the texts that stand for a gold answer: "540", "yes", or all accepted ones."""
    if isinstance(gold, bool):
        return "yes" if gold else "no"
    if isinstance(gold, list | tuple):
        return [str(one) for one in gold]
    return str(gold)


def from_target(kind: str, target: Sequence[str]) -> Gold:
    """Return the gold answer of a task whose answer is of this kind (`task.answer.kind`)."""
    if kind in ("number", "choice"):
        number = Decimal(target[0])
        return int(number) if number == number.to_integral_value() else number
    if kind == "boolean":
        return target[0] == "yes"
    return target[0] if len(target) == 1 else tuple(target)
