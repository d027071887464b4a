"""The rows of `xlt batch export` and their gold answers, from a file or a benchmark's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlt.errors import InputError

if TYPE_CHECKING:
    from xlt.evaluation.samples import Gold
    from xlt.task import Task

Rows = list[dict[str, Any]]


def file_rows(
    file: Path,
    task: Task,
    language: str | None,
    target: str | None,
    gold: str | None,
    limit: int | None,
) -> tuple[Rows, list[Gold]]:
    """Return the rows of a data file, and their gold answers where `gold` names the column."""
    from xlt.cli.data_file import read_rows
    from xlt.evaluation.own_data import gold_value

    found = read_rows(file, task)[:limit]
    rows = [
        {
            "inputs": {name: row[name] for name in task.field_names if name in row},
            "language": language or row.get("language"),
            "target_language": target or row.get("target_language"),
        }
        for row in found
    ]
    golds: list[Gold] = []
    for number, row in enumerate(found if gold is not None else ()):
        if row.get(str(gold)) in (None, ""):
            columns = ", ".join(map(str, row))
            raise InputError(f"Row {number} of {file} has no gold {gold!r}. It has: {columns}.")
        golds.append(gold_value(task.answer, row[str(gold)], file, number + 1))
    return rows, golds


def benchmark_rows(
    data: str, benchmark: str, language: str | None, target: str | None, limit: int | None
) -> tuple[Rows, list[Gold]]:
    """Return the rows of a benchmark's original files in a language, and their gold answers."""
    from xlt.evaluation import load

    if language is None:
        raise InputError("A benchmark's rows need their language: --language.")
    samples = load(benchmark, language, data, target_language=target).samples[:limit]
    rows = [
        {
            "inputs": dict(sample.inputs),
            "language": sample.language,
            "target_language": sample.target_language,
        }
        for sample in samples
    ]
    return rows, [sample.gold for sample in samples]
