"""Development rows as requests, in the order a seed draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from xlt.demonstrations.selection import fingerprint
from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.prompt import Prompt
from xlt.request import Request, make_request
from xlt.strategies.strategy import get_strategy
from xlt.task import Task


class DrawnRow(NamedTuple):
    """A development row as a request: its gold answer, its prompt, and a key that pins it."""

    request: Request
    gold: Any
    prompt: Prompt
    key: str


def draw_samples(
    task: Task,
    rows: Iterable[Mapping[str, Any]],
    seed: int,
    files: TemplateFiles,
    options: Mapping[str, Any],
) -> list[DrawnRow]:
    """Return the rows in the seed's order, each request once, with their zero-shot prompts."""
    strategy = get_strategy("xlt")
    samples: dict[str, DrawnRow] = {}
    for number, row in enumerate(rows):
        missing = [name for name in ("inputs", "answer") if name not in row]
        if missing:
            raise InputError(f"Row {number} has no {missing[0]!r}; it has {', '.join(row)}.")
        request = make_request(
            task,
            row["inputs"],
            language=row.get("language"),
            target_language=row.get("target_language"),
            files=files,
        )
        tags = (request.language.tag, request.target_language.tag)
        key = fingerprint(task.name, request.inputs, *tags)
        if key not in samples:
            samples[key] = DrawnRow(
                request, row["answer"], strategy.compose(request, **options), key
            )
    if not samples:
        raise InputError("There are no development rows to build demonstrations from.")
    return sorted(
        samples.values(), key=lambda one: sha256(f"{seed}|{one.key}".encode()).hexdigest()
    )
