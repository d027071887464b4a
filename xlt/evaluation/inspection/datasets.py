"""A design's samples as one Inspect dataset, its languages in turn."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from inspect_ai.dataset import MemoryDataset, Sample

from xlt.errors import InputError
from xlt.evaluation.inspection.describing import describe
from xlt.evaluation.runs.design import Design, OwnData
from xlt.evaluation.runs.sources import Source, load_sources
from xlt.evaluation.samples import PAPER_SAMPLES, draw

DATA = "XLT_DATA"
"""The environment variable that names the folder of the benchmarks' files."""

One = TypeVar("One")


def benchmark_dataset(
    benchmark: str,
    languages: Sequence[str],
    data: str | None,
    *,
    split: str,
    limit: int | None,
    seed: int,
) -> MemoryDataset:
    """Return the samples of a benchmark in some languages; raises InputError without a folder."""
    folder = data or os.environ.get(DATA)
    if not folder:
        raise InputError(
            f"{benchmark} needs the folder with its files: -T data=DIR, or {DATA}=DIR. xlt ships "
            "none; docs/evaluation-data.md says how they are called."
        )
    design = Design(
        languages=tuple(languages),
        strategies=("xlt",),  # the samples do not depend on it
        benchmarks=(benchmark,),
        data=Path(folder),
        split=split,
        limit=limit,
        seed=seed,
    )
    return _dataset(design, benchmark, benchmark)


def own_dataset(
    own: OwnData, task: str, languages: Sequence[str], *, limit: int | None, seed: int
) -> MemoryDataset:
    """Return the samples of a file of one's own; `task` is a name or a task file."""
    design = Design(
        languages=tuple(languages), strategies=("xlt",), own=own, limit=limit, seed=seed
    )
    return _dataset(design, own.name, task)


def _dataset(design: Design, name: str, task: str) -> MemoryDataset:
    sources, remarks = load_sources(design)
    columns = [list(_samples(source, task, design)) for source in sources]
    samples = list(_in_turn(columns))
    if not samples:
        raise InputError(" ".join([f"{name} has no samples.", *remarks]))
    location = str(design.data or (design.own.path if design.own else ""))
    return MemoryDataset(samples, name=name, location=location)


def _samples(source: Source, task: str, design: Design) -> Iterator[Sample]:
    limit = PAPER_SAMPLES.get(source.benchmark, 0) if design.limit is None else design.limit
    rows = [row.sample for row in source.rows]
    for one in draw(rows, limit, design.seed) if limit else rows:
        about = describe(task, one.inputs, one.gold, one.language, one.target_language)
        yield Sample(id=f"{source.pair}/{one.id}", **about)


def _in_turn(columns: Iterable[Sequence[One]]) -> Iterator[One]:
    """Yield the first of each, the second of each ...: --limit then takes of all languages."""
    for row in zip_longest(*columns):
        yield from (one for one in row if one is not None)
