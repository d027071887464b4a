"""What Inspect finds by its entry point: a task a benchmark, `own`, the solver, the scorers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, TypeVar

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig

from xlt.errors import InputError, XLTError
from xlt.evaluation.benchmark import benchmark_names, get_benchmark
from xlt.evaluation.inspection import scorers
from xlt.evaluation.inspection.solving import check_strategy, describe, described
from xlt.evaluation.inspection.solving import strategy as solve_by
from xlt.evaluation.runs.sources import Source, load_sources, task_of
from xlt.evaluation.runs.spec import RunSpec
from xlt.version import __version__

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
            "none; docs/evaluation-data.md says what they are called."
        )
    spec = RunSpec(benchmarks=(benchmark,), data=folder, **options)
    return _dataset(spec, benchmark, get_benchmark(benchmark).task)


def _dataset(spec: RunSpec, name: str, task: str) -> MemoryDataset:
    sources, remarks = load_sources(spec)
    samples = list(_in_turn([list(_samples(source, task, spec)) for source in sources]))
    if not samples:
        raise InputError(" ".join([f"{name} has no samples.", *remarks]))
    return MemoryDataset(samples, name=name, location=spec.data)


def _samples(source: Source, task: str, spec: RunSpec) -> Iterator[Sample]:
    for one in source.sampled(spec):
        about = describe(task, one.inputs, one.gold, one.language, one.target_language)
        yield Sample(id=f"{source.pair}/{one.id}", **about)


def _in_turn(columns: Iterable[Sequence[One]]) -> Iterator[One]:
    """Yield the first of each, the second of each ...: --limit then takes of all languages."""
    for row in zip_longest(*columns):
        yield from (one for one in row if one is not None)


Names = str | list[str] | bool
"""What -T language= gives: "zh", a list for "zh,sw", and False for "no" (YAML)."""


def _benchmark(name: str, title: str) -> Callable[..., Task]:

    def make(
        language: Names = "all",
        strategy: str = "xlt",
        shots: int = 0,
        demonstrations: str | None = None,
        data: str | None = None,
        split: str = "test",
        limit: int | None = None,
        seed: int = 0,
        target_language: Names | None = None,
        translator: str | None = None,
        options: dict[str, Any] | None = None,
    ) -> Task:
        with _said_plainly():
            languages = _languages(language, target_language)
            rows = {"split": split, "limit": limit, "seed": seed}
            dataset = benchmark_dataset(name, data, languages=languages, **rows)
            how = _how(strategy, shots, demonstrations, translator, options)
            return _task(dataset, how)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = (
        f"{title}\n\nlanguage is a tag, several (zh,sw) or all; data the folder with the files "
        "(or XLT_DATA); limit how many samples a language are drawn by seed (default the paper's "
        "number, 0 all); shots, demonstrations, translator and options are those of xlt/strategy."
    )
    return task(make)


for _name in benchmark_names():
    globals()[_name] = _benchmark(_name, get_benchmark(_name).title)


@task
def own(
    file: str,
    task: str,
    language: Names,
    strategy: str = "xlt",
    columns: dict[str, str] | None = None,
    gold: str = "answer",
    id_column: str | None = None,
    shots: int = 0,
    demonstrations: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    target_language: Names | None = None,
    translator: str | None = None,
    options: dict[str, Any] | None = None,
) -> Task:
    """Your own data: a .csv, .jsonl or .parquet file, {language} in its name where several.

    task is one of xlt's or a task file (.yaml); columns maps its fields to the file's columns.
    """
    with _said_plainly():
        spec = RunSpec(
            data=file,
            task=task_of(task),
            columns=columns or {},
            gold=gold,
            id_column=id_column,
            languages=_languages(language, target_language),
            limit=limit,
            seed=seed,
        )
        dataset = _dataset(spec, spec.file_name, task)
        return _task(dataset, _how(strategy, shots, demonstrations, translator, options))


def _how(
    strategy: str,
    shots: int,
    demonstrations: str | None,
    translator: str | None,
    options: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the arguments of the solver, those that are given."""
    given = {
        "shots": shots,
        "demonstrations": demonstrations,
        "translator": translator,
        "options": options,
    }
    return {"strategy": strategy, **{name: value for name, value in given.items() if value}}


def _task(dataset: MemoryDataset, how: Mapping[str, Any]) -> Task:
    first = described(dataset[0].metadata or {})
    check_strategy(first, **how)
    score = scorers.OF_METRIC.get(first.task.metric, "overlap")
    return Task(
        dataset=dataset,
        solver=solve_by(**how),
        scorer=[getattr(scorers, score)(), scorers.status()],
        config=GenerateConfig(temperature=0.0),  # the paper's; --temperature has the last word
        metadata={"task": first.task.name, "metric": first.task.metric, "xlt": __version__},
    )


def _languages(language: Names, target_language: Names | None) -> list[str]:
    """Return the languages as tags, or as pairs ("zh-ru") where a target is named."""
    sources = _named(language)
    if target_language is None:
        return sources
    return [f"{source}-{target}" for source in sources for target in _named(target_language)]


def _named(names: Names) -> list[str]:
    found = names.split(",") if isinstance(names, str) else names
    several = found if isinstance(found, list) else [found]
    # YAML reads the tag of Norwegian as a truth value.
    return ["no" if one is False else str(one).strip() for one in several]


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Let the command line say an XLTError without a traceback, as Inspect says its own."""
    from inspect_ai._util.error import PrerequisiteError

    try:
        yield
    except XLTError as error:
        raise PrerequisiteError(str(error)) from error
