"""Where the samples of a run come from, by language, and which of them it takes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from glob import escape, glob
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from xlt.errors import DataFileError, InputError, UnknownName
from xlt.evaluation.benchmark import (
    Benchmark,
    Loaded,
    Sample,
    benchmark_folder,
    get_benchmark,
    load,
    load_from_hub,
    split_name,
    split_pair,
)
from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.runs.spec import RunSpec
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.images.image import plain
from xlt.languages import Language, get_language
from xlt.messages import whole_text
from xlt.registry import get_task
from xlt.rows import Columns, read_task_rows
from xlt.task import Task


def load_file(
    path: Path | str,
    task: str | Task,
    language: str | Language | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    gold: str = "answer",
    id_column: str | None = None,
    target_language: str | Language | None = None,
) -> Loaded:
    """Return the samples of a data file, gzipped or not.

    `columns` maps the task's input fields to columns (default: of the same name), `gold` is the
    column of the right answer (`xlt.rows.read_gold` says in what forms). `language` None takes
    each row's own, from the column `language`.
    Raises UnknownName for a field the task lacks, DataFileError with the line of a bad row,
    InputError for rows without a language, MissingExtra for Parquet without pyarrow.
    """
    place = Columns(
        get_task(task),
        columns or FrozenDict(),
        gold=gold,
        id=id_column,
        language=language,
        target_language=target_language,
    )
    samples = []
    for row in read_task_rows(Path(path), place):
        if row.language is None or row.gold is None:
            raise InputError(
                f"{path} does not say what language its rows are in: give one, or a column "
                "called language."
            )
        samples.append(Sample(row.id, row.inputs, row.gold, row.language, row.target_language))
    return Loaded(Path(path).name, tuple(samples))


ALL = "all"
HUB = Path("hub")
"""In place of a folder: the Hugging Face hub, unless a folder is called so."""
_PLACE = "{language}"


class PlacedSample(NamedTuple):
    """A sample and its place in its file, counted from 0."""

    place: int
    sample: Sample


@dataclass(frozen=True, slots=True)
class Source:
    """The samples of one benchmark and language (`pair` "zh-ru" for translation).

    `drawn` is how many rows a language its study took, None for all.
    """

    benchmark: str
    task: Task
    pair: str
    loaded: Loaded
    metric: str
    drawn: int | None = None

    @property
    def rows(self) -> list[PlacedSample]:
        """Every sample with its place; an id that appears twice gets a number."""
        taken: Counter[str] = Counter()
        rows = []
        for place, sample in enumerate(self.loaded.samples):
            own = name = whole_text(sample.id)
            while taken[name]:
                taken[own] += 1
                name = f"{own}~{taken[own]}"
            taken[name] = 1
            rows.append(PlacedSample(place, replace(sample, id=name)))
        return rows

    def sampled(self, spec: RunSpec) -> Sequence[Sample]:
        """Return the samples that `spec.limit` and `spec.seed` draw; 0 draws all."""
        samples = [row.sample for row in self.rows]
        limit = self.drawn if spec.limit is None else spec.limit
        return draw(samples, limit, spec.seed) if limit else samples


def load_sources(spec: RunSpec) -> tuple[list[Source], list[str]]:
    """Return the sources of a run, and remarks on languages that a benchmark does not have.

    Raises UnknownName for a language, DataFileError for a file, InputError for a language that
    no benchmark has.
    """
    files = TemplateFiles.at(spec.templates)
    if spec.task is not None:
        return list(_own_sources(spec, files)), []
    pairs: list[tuple[Benchmark, str]] = []
    remarks, used = [], set()
    for benchmark in map(get_benchmark, dict.fromkeys(spec.benchmarks)):
        known, untold = _known_languages(benchmark, spec), is_on_hub(benchmark, spec)
        for name in dict.fromkeys(spec.languages):
            found = known if name == ALL else _named(benchmark, name, known, untold)
            if found:
                used.add(name)
            else:
                has = ", ".join(known)
                has = f"It has {has}." if known else f"{spec.data} holds none of its files."
                remarks.append(f"{benchmark.name} has no data in {name}: left out. {has}")
            pairs += [(benchmark, pair) for pair in found]
    unused = [name for name in spec.languages if name not in used]
    if unused:
        raise InputError(" ".join(one for one in remarks if f" in {unused[0]}:" in one))
    return [_source(one, pair, spec, files) for one, pair in dict.fromkeys(pairs)], remarks


def digest_samples(samples: Iterable[Sample]) -> str:
    """Return sixteen hex digits that pin the samples: ids, inputs, golds, languages."""
    digest = sha256()
    for one in samples:
        row = [one.id, dict(one.inputs), one.gold, one.language, one.target_language]
        digest.update(json.dumps(row, default=plain).encode() + b"\n")
    return digest.hexdigest()[:16]


def is_on_hub(benchmark: Benchmark, spec: RunSpec) -> bool:
    """Tell whether the rows of a benchmark come from the Hugging Face hub."""
    return spec.folder == HUB and not HUB.is_dir() and not benchmark.is_generated


def _known_languages(benchmark: Benchmark, spec: RunSpec) -> tuple[str, ...]:
    """Return what `all` stands for: the languages with files; of the hub, the published ones."""
    if is_on_hub(benchmark, spec):
        return benchmark.languages
    folder = benchmark_folder(benchmark.name, spec.folder)
    return benchmark.available(folder, split_name(spec.split))


def _named(benchmark: Benchmark, name: str, known: Sequence[str], untold: bool) -> list[str]:
    """Return the tag, or the pair of tags, that a name stands for where the benchmark has it.

    `untold` says that it may have more languages than are `known`.
    """
    pair = split_pair(name)
    if benchmark.pairs:
        return ["-".join(pair)] if pair else []
    try:
        tag = get_language(name).tag
    except UnknownName:
        if pair:
            return []
        raise
    return [tag] if untold or tag in known else []


def _source(benchmark: Benchmark, pair: str, spec: RunSpec, files: TemplateFiles) -> Source:
    both = split_pair(pair) if benchmark.pairs else None
    source, target = both or (pair, None)
    if is_on_hub(benchmark, spec):
        loaded = load_from_hub(benchmark.name, source, spec.split, target_language=target)
    else:
        loaded = load(benchmark.name, source, spec.folder, spec.split, target_language=target)
    task = get_task(benchmark.task, files)
    metric = benchmark.metric or task.metric
    return Source(benchmark.name, task, pair, loaded, metric, benchmark.drawn)


def _own_sources(spec: RunSpec, files: TemplateFiles) -> Iterator[Source]:
    path, task = spec.data or "", task_of(spec.task or "", files)
    named = spec.languages != (ALL,)
    if _PLACE not in path and not (named and _needs_language(path, spec, task)):
        found = _by_language(_own_rows(path, spec, task), spec, task)
        yield from _of_languages(list(found), spec, task, files) if named else found
        return
    names = list(_own_languages(spec, path))
    if _PLACE not in path and len(names) > 1:
        raise InputError(
            f"{path} is one file for {len(names)} languages: give one language, a column called "
            "language, or a file for each with {language} in its name (questions_{language}.csv)."
        )
    file_of: dict[str, str] = {}
    for name in names:
        both = split_pair(name) if task.target_language == "required" else None
        source, target = both or (get_language(name, files).tag, None)
        pair = pair_of(source, target)
        if file_of.setdefault(pair, name) != name:
            raise InputError(f"{file_of[pair]} and {name} are both {pair}: name one of them.")
        loaded = _own_rows(path.replace(_PLACE, name), spec, task, source, target)
        yield Source(spec.file_name, task, pair, loaded, task.metric)


def _own_rows(
    path: str, spec: RunSpec, task: Task, source: str | None = None, target: str | None = None
) -> Loaded:
    return load_file(
        path,
        task,
        source,
        columns=spec.columns,
        gold=spec.gold,
        id_column=spec.id_column,
        target_language=target,
    )


def _needs_language(path: str, spec: RunSpec, task: Task) -> bool:
    """Tell whether the rows of a file, by the first of them, leave their languages open."""
    with suppress(DataFileError):  # whoever reads all rows says what is wrong with it
        place = Columns(task, spec.columns or FrozenDict(), gold=spec.gold)
        row = next(read_task_rows(Path(path), place), None)
        if row is not None and row.language is not None:
            return task.target_language == "required" and row.target_language is None
    return True


def _of_languages(
    sources: Sequence[Source], spec: RunSpec, task: Task, files: TemplateFiles
) -> Iterator[Source]:
    """Yield the sources of the languages named; raises InputError for one without rows."""
    found = {one.pair: one for one in sources}
    chosen: dict[str, None] = {}
    for name in spec.languages:
        both = split_pair(name) if task.target_language == "required" else None
        pair = name if name in found else pair_of(*both or (get_language(name, files).tag, None))
        if pair not in found:
            raise InputError(f"{spec.data} has no rows in {name}: it has {', '.join(found)}.")
        chosen[pair] = None
    for pair in chosen:
        yield found[pair]


def _by_language(loaded: Loaded, spec: RunSpec, task: Task) -> Iterator[Source]:
    """Yield the rows of a file that names the language of each, a source a language."""
    pairs: dict[str, list[Sample]] = {}
    for one in loaded.samples:
        pairs.setdefault(pair_of(one.language, one.target_language), []).append(one)
    for pair, samples in pairs.items():
        own = replace(loaded, samples=tuple(samples))
        yield Source(spec.file_name, task, pair, own, task.metric)


def task_of(task: str | Task, files: TemplateFiles | None = None) -> Task:
    """Return a task by name, or that of a YAML file."""
    if isinstance(task, str) and task.endswith((".yaml", ".yml")):
        return Task.from_yaml(Path(task))
    return get_task(task, files)


def _own_languages(spec: RunSpec, path: str) -> Iterator[str]:
    for name in dict.fromkeys(spec.languages):
        if name != ALL:
            yield name
            continue
        before, _, after = path.partition(_PLACE)
        paths = sorted(glob(f"{escape(before)}*{escape(after)}"))
        if not paths:
            raise InputError(f"There is no file {path}, for any language.")
        for one in paths:
            yield one.removeprefix(before).removesuffix(after)


def draw(samples: Sequence[Sample], count: int, seed: int) -> tuple[Sample, ...]:
    """Return `count` samples drawn by `seed` without repetition, in their order; all if fewer.

    The seed ranks the ids, so that it draws the same ones in every language and a larger draw
    holds a smaller one. Raises InputError for a negative count.
    """
    if count < 0:
        raise InputError(f"The number of samples must not be negative; it is {count}.")
    if count >= len(samples):
        return tuple(samples)

    def rank(place: int) -> bytes:
        return sha256(f"{seed}|{samples[place].id}".encode(errors="replace")).digest()

    drawn = sorted(range(len(samples)), key=rank)[:count]
    return tuple(samples[place] for place in sorted(drawn))


def shuffled(sample: Sample, options: Sequence[str], seed: int) -> Sample:
    """Return a sample with the options of its choice in an order drawn by `seed`; gold follows.

    `options` are the input fields that hold them: one with a list, or one each. The order
    depends on the sample's id alone, so that it is the same in every language.
    """
    given = [sample.inputs[name] for name in options if sample.inputs.get(name)]
    is_list = len(given) == 1 and not isinstance(given[0], str)
    texts = list(given[0]) if is_list else given
    if type(sample.gold) is not int or not 1 <= sample.gold <= len(texts):
        return sample
    order = draw_order(sample.id, len(texts), seed)
    moved = tuple(texts[place] for place in order)
    fields = {options[0]: moved} if is_list else dict(zip(options, moved, strict=False))
    inputs = FrozenDict({**sample.inputs, **fields})
    return replace(sample, inputs=inputs, gold=order.index(sample.gold - 1) + 1)


def draw_order(name: str, count: int, seed: int) -> list[int]:
    """Return the places 0 to `count` in an order drawn by `seed` and a name."""

    def rank(place: int) -> bytes:
        return sha256(f"{seed}|{name}|{place}".encode(errors="replace")).digest()

    return sorted(range(count), key=rank)


def square_root_shares(sizes: Mapping[str, int]) -> FrozenDict[str, float]:
    """Return how likely each data set is to be drawn from when several are mixed.

    In proportion to the square root of its size, so that a large set does not drown a small one
    (InstructBLIP, arXiv 2305.06500, section 2.4). Raises InputError for no or negative sizes.
    """
    if not sizes or min(sizes.values()) < 0 or not any(sizes.values()):
        raise InputError("Mixing needs at least one data set, and sizes that are not negative.")
    roots = {name: math.sqrt(size) for name, size in sizes.items()}
    return FrozenDict({name: root / math.fsum(roots.values()) for name, root in roots.items()})


def balanced_counts(sizes: Mapping[str, int], total: int) -> FrozenDict[str, int]:
    """Return how many of `total` samples to draw from each data set, by square-root shares.

    None gives more than it has; what it lacks goes to the others. The counts add up to `total`,
    or to all samples where there are fewer. Raises InputError for a negative total.
    """
    if total < 0:
        raise InputError(f"The number of samples must not be negative; it is {total}.")
    shares = square_root_shares(sizes)
    counts = dict.fromkeys(sizes, 0)
    for _ in range(min(total, sum(sizes.values()))):
        # One at a time to the set furthest below its share: exact, and stable in ties.
        open_sets = [name for name in sizes if counts[name] < sizes[name]]
        chosen = min(open_sets, key=lambda name: (counts[name] + 1) / shares[name])
        counts[chosen] += 1
    return FrozenDict(counts)
