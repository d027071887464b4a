"""Scores of a batch: gold answers kept beside its rows, and the metric of each language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlt.answers.answer import Value
from xlt.batches.answering import RowResult, read_answers
from xlt.batches.folder import BatchFolder
from xlt.errors import DataFileError, InputError
from xlt.evaluation.scoring import score_values
from xlt.evaluation.statistics import Score
from xlt.files.safe import read_lines, to_line, to_object, write_if_changed
from xlt.files.templates import TemplateFiles
from xlt.registry import get_task
from xlt.rows import Gold


@dataclass(frozen=True, slots=True)
class BatchScores:
    """The scores by language tag, and rows: planned = scored + unparsed + errored.

    An unparsed row is wrong and counts in its language's score; an errored one does not.
    """

    scores: Mapping[str, Score]
    planned: int
    scored: int
    unparsed: int
    errored: int

    def __str__(self) -> str:
        return (
            f"{self.planned} planned = {self.scored} scored + {self.unparsed} unparsed "
            f"+ {self.errored} errored"
        )


def write_golds(folder: str | Path, golds: Sequence[Gold]) -> None:
    """Keep the gold answer of every row of the run in a folder, in the order of its rows.

    Raises InputError where there are more or fewer than rows.
    """
    run = BatchFolder.load(Path(folder), force=True)
    if len(golds) != run.manifest.planned:
        raise InputError(f"{len(golds)} gold answers do not fit {run.manifest.planned} rows.")
    lines = [to_line({"row": row, **_as_data(gold)}) for row, gold in enumerate(golds)]
    write_if_changed(_path(run), b"".join(lines), inside=run.path)


def score_batch(folder: str | Path, *, force: bool = False) -> BatchScores | None:
    """Return the scores of a run that has ended; None where no gold answers were kept.

    The metric is the task's. Raises InputError while rows wait for results.
    """
    run = BatchFolder.load(Path(folder), force=force)
    if not _path(run).exists():
        return None
    golds = list(_golds(_path(run)))
    if len(golds) != run.manifest.planned:
        problem = f"it has {len(golds)} rows, not {run.manifest.planned}"
        raise DataFileError(problem, _path(run))
    arguments = run.manifest.settings.arguments
    task = get_task(str(arguments["task"]), TemplateFiles.at(arguments.get("templates")))
    by_language: dict[str, list[tuple[Value, Gold]]] = {}
    counts = {"scored": 0, "unparsed": 0, "errored": 0}
    for result in read_answers(folder, force=force):
        counts[_outcome(result)] += 1
        if result.answer is not None:
            row = {**arguments, **run.rows[result.row]}
            language = str(row.get("target_language") or row["language"])
            by_language.setdefault(language, []).append((result.answer.value, golds[result.row]))
    if run.manifest.planned != sum(counts.values()):
        raise AssertionError(f"{run.manifest.planned} rows planned, {counts} ended")
    scores = {}
    for language, pairs in sorted(by_language.items()):
        values, expected = zip(*pairs, strict=True)
        scores[language] = score_values(task.metric, values, expected, language)
    return BatchScores(scores, run.manifest.planned, **counts)


def _outcome(result: RowResult) -> str:
    if result.answer is None:
        return "errored"
    return "unparsed" if result.answer.value is None else "scored"


def _path(run: BatchFolder) -> Path:
    return run.path / f"gold-{run.manifest.run}.jsonl"


def _as_data(gold: Gold) -> dict[str, Any]:
    if isinstance(gold, Decimal):
        return {"decimal": str(gold)}
    return {"gold": list(gold) if isinstance(gold, tuple) else gold}


def _golds(path: Path) -> Iterable[Gold]:
    for number, line, _ in read_lines(path):
        row = to_object(line) or {}
        if "decimal" in row:
            yield Decimal(str(row["decimal"]))
        elif isinstance(gold := row.get("gold"), int | str):
            yield gold
        elif isinstance(gold, list):
            yield tuple(map(str, gold))
        else:
            raise DataFileError("not a gold answer that xlt wrote", path, number)
