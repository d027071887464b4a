"""A run's samples as one Inspect dataset, its languages in turn."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from inspect_ai.dataset import MemoryDataset, Sample

from xlt.errors import InputError
from xlt.evaluation.benchmark import get_benchmark
from xlt.evaluation.inspection.describing import describe
from xlt.evaluation.runs.sources import Source, load_sources
from xlt.evaluation.runs.spec import RunSpec
from xlt.evaluation.samples import draw

DATA = "XLT_DATA"
"""The environment variable that names the folder of the benchmarks' files."""

One = TypeVar("One")


def benchmark_dataset(benchmark: str, data: str | None, **options: Any) -> MemoryDataset:
    """Return the samples of a benchmark in some languages; raises InputError without a folder.

    `options` are those of a `RunSpec`: languages, split, limit, seed.
    """
    folder = data or os.environ.get(DATA)
    if not folder and not get_benchmark(benchmark).is_generated:
        raise InputError(
            f"{benchmark} needs the folder with its files: -T data=DIR, or {DATA}=DIR. xlt ships "
            "none; docs/evaluation-data.md says how they are called."
        )
    spec = RunSpec(benchmarks=(benchmark,), data=folder, **options)
    return _dataset(spec, benchmark, get_benchmark(benchmark).task)


def own_dataset(spec: RunSpec, task: str) -> MemoryDataset:
    """Return the samples of your own file; `task` is a name or a task file."""
    return _dataset(spec, spec.file_name, task)


def _dataset(spec: RunSpec, name: str, task: str) -> MemoryDataset:
    sources, remarks = load_sources(spec)
    samples = list(_in_turn([list(_samples(source, task, spec)) for source in sources]))
    if not samples:
        raise InputError(" ".join([f"{name} has no samples.", *remarks]))
    return MemoryDataset(samples, name=name, location=spec.data)


def _samples(source: Source, task: str, spec: RunSpec) -> Iterator[Sample]:
    limit = source.drawn if spec.limit is None else spec.limit
    rows = [row.sample for row in source.rows]
    for one in draw(rows, limit, spec.seed) if limit else rows:
        about = describe(task, one.inputs, one.gold, one.language, one.target_language)
        yield Sample(id=f"{source.pair}/{one.id}", **about)


def _in_turn(columns: Iterable[Sequence[One]]) -> Iterator[One]:
    """Yield the first of each, the second of each ...: --limit then takes of all languages."""
    for row in zip_longest(*columns):
        yield from (one for one in row if one is not None)
