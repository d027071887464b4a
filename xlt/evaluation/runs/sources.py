"""Where the samples of a run come from: benchmarks' files or a file of one's own, by language."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from glob import escape, glob
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from xlt.backends.replies import whole_text
from xlt.errors import InputError, UnknownName
from xlt.evaluation.benchmarks.hub import load_from_hub
from xlt.evaluation.benchmarks.loading import load
from xlt.evaluation.own_data import load_file
from xlt.evaluation.paper import published_scores
from xlt.evaluation.runs.coverage import available_languages, flores_pair
from xlt.evaluation.runs.design import Design, OwnData
from xlt.evaluation.runs.records import pair_of
from xlt.evaluation.samples import Loaded, Sample
from xlt.files.templates import TemplateFiles
from xlt.languages import get_language
from xlt.registry import get_task
from xlt.task import Task

ALL = "all"
HUB = Path("hub")
"""In place of a folder: the Hugging Face hub, unless a folder is called so."""
_PLACE = "{language}"


class Row(NamedTuple):
    """A sample and its place in its file, counted from 0."""

    place: int
    sample: Sample


@dataclass(frozen=True, slots=True)
class Source:
    """The samples of one benchmark and language (`pair` "zh-ru" for translation)."""

    benchmark: str
    task: Task
    pair: str
    loaded: Loaded

    @property
    def rows(self) -> list[Row]:
        """Every sample with its place; an id that appears twice gets a number."""
        taken: Counter[str] = Counter()
        rows = []
        for place, sample in enumerate(self.loaded.samples):
            own = name = whole_text(sample.id)
            while taken[name]:
                taken[own] += 1
                name = f"{own}~{taken[own]}"
            taken[name] = 1
            rows.append(Row(place, replace(sample, id=name)))
        return rows


def load_sources(design: Design) -> tuple[list[Source], list[str]]:
    """Return the sources of a design, and remarks on languages that a benchmark has not.

    Raises UnknownName for a language, DataFileError for a file, InputError for a language that
    no benchmark has.
    """
    files = TemplateFiles.at(design.templates)
    if design.own is not None:
        return list(_own_sources(design, design.own, files)), []
    folder = design.data or Path()
    sources, remarks, used = [], [], set()
    for benchmark in dict.fromkeys(design.benchmarks):
        known = _known_languages(benchmark, folder, design.split)
        for name in dict.fromkeys(design.languages):
            pairs = known if name == ALL else _named(benchmark, name, known, _is_hub(folder))
            if pairs:
                used.add(name)
            else:
                has = ", ".join(known) or "none"
                remarks.append(f"{benchmark} has no data in {name}: left out. It has {has}.")
            sources += [(benchmark, pair) for pair in pairs]
    unused = [name for name in design.languages if name not in used]
    if unused:
        raise InputError(" ".join(one for one in remarks if f" in {unused[0]}:" in one))
    task_of = {name: get_task(name, files) for name in design.benchmarks}
    return [
        Source(name, task_of[name], pair, _loaded(name, pair, folder, design.split))
        for name, pair in dict.fromkeys(sources)
    ], remarks


def digest_samples(samples: Iterable[Sample]) -> str:
    """Return sixteen hex digits that pin the samples: ids, inputs, golds, languages."""
    digest = sha256()
    for one in samples:
        row = [one.id, dict(one.inputs), one.gold, one.language, one.target_language]
        digest.update(json.dumps(row, default=str).encode() + b"\n")
    return digest.hexdigest()[:16]


def _is_hub(folder: Path) -> bool:
    return folder == HUB and not folder.is_dir()


def _known_languages(benchmark: str, folder: Path, split: str) -> tuple[str, ...]:
    """Return what `all` stands for: the languages with files, of the hub those of the paper."""
    if _is_hub(folder):
        return tuple(published_scores(benchmark, "basic"))
    return available_languages(benchmark, folder, split)


def _named(benchmark: str, name: str, known: Sequence[str], untold: bool) -> list[str]:
    """Return the tag, or the pair of tags, that a name stands for where the benchmark has it.

    `untold` says that it may have more languages than are `known`.
    """
    if benchmark == "flores":
        pair = flores_pair(name)
        return ["-".join(pair)] if pair else []
    try:
        tag = get_language(name).tag
    except UnknownName:
        if flores_pair(name):
            return []
        raise
    return [tag] if untold or tag in known else []


def _loaded(benchmark: str, pair: str, folder: Path, split: str) -> Loaded:
    both = flores_pair(pair) if benchmark == "flores" else None
    source, target = both or (pair, None)
    if _is_hub(folder):
        return load_from_hub(benchmark, source, split, target_language=target)
    return load(benchmark, source, folder, split, target_language=target)


def _own_sources(design: Design, own: OwnData, files: TemplateFiles) -> Iterator[Source]:
    task = get_task(own.task, files)
    names = list(_own_languages(design, own))
    if _PLACE not in own.path and len(names) > 1:
        raise InputError(
            f"{own.path} is one file for {len(names)} languages: give one language, or a file "
            "for each with {language} in its name (questions_{language}.csv)."
        )
    file_of: dict[str, str] = {}
    for name in names:
        both = flores_pair(name) if task.target_language == "required" else None
        source, target = both or (get_language(name, files).tag, None)
        pair = pair_of(source, target)
        if file_of.setdefault(pair, name) != name:
            raise InputError(f"{file_of[pair]} and {name} are both {pair}: name one of them.")
        loaded = load_file(
            own.path.replace(_PLACE, name),
            task,
            source,
            columns=own.columns,
            gold=own.gold,
            id_column=own.id_column,
            target_language=target,
        )
        yield Source(own.name, task, pair, loaded)


def _own_languages(design: Design, own: OwnData) -> Iterator[str]:
    for name in dict.fromkeys(design.languages):
        if name != ALL:
            yield name
            continue
        if _PLACE not in own.path:
            raise InputError("Say what language the file is in; it cannot tell what `all` is.")
        before, _, after = own.path.partition(_PLACE)
        paths = sorted(glob(f"{escape(before)}*{escape(after)}"))
        if not paths:
            raise InputError(f"There is no file {own.path}, for any language.")
        for path in paths:
            yield path.removeprefix(before).removesuffix(after)
