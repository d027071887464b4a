"""`Benchmark`: a data set as its authors publish it, and how its rows become samples.

What a benchmark is made of comes first (`Sample`, `Codes`, `File`), then reading one: from a folder
of its authors' files (`load`), or from the Hugging Face hub at a pinned revision (`load_from_hub`).
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from xlt.errors import DataFileError, InputError, MissingExtra, UnknownName
from xlt.evaluation import benchmarks as room
from xlt.frozen import FrozenDict
from xlt.images.image import take_image
from xlt.languages import Language, get_language
from xlt.rows import Gold, read_rows

Row = dict[str, Any]
Download = Callable[[str, str, str], str | Path]
"""Fetches a file of a data set: (id, file, revision) to its path; FileNotFoundError if none."""
_SPLITS = {"val": "dev", "validation": "dev", "devtest": "test"}
_ON_HUB = {"dev": "validation"}
# Where FLORES names the variety it has instead of the language.
_PAIRS = """
ar=arb sw=swh qu=quy ms=zsm fa=pes no=nob et=est lv=lvs az=azj mn=khk mg=plt ps=pbt om=gaz
or=ory uz=uzn sq=als ne=npi yi=ydd ku=kmr fil=tgl
"""
_VARIETIES = dict(pair.split("=") for pair in _PAIRS.split())
# What FLORES+ and later sets call two of them.
_RENAMED = {"cmn": "zho", "ekk": "est"}
_LANGUAGE_OF = {variety: tag for tag, variety in _VARIETIES.items()}


@dataclass(frozen=True, slots=True)
class Sample:
    """One request of a benchmark.

    `inputs` are the task's input fields; `gold` an int or Decimal, a choice's number from 1, a
    label, a bool, a reference text, or a tuple of accepted texts; `language` and
    `target_language` BCP-47 tags, the latter None where it is the former. `metadata` says what
    else is known of the row; `group` in it is what the report tells apart.
    """

    id: str
    inputs: FrozenDict[str, Any]
    gold: Gold
    language: str
    target_language: str | None = None
    metadata: FrozenDict[str, str] = field(default_factory=FrozenDict)


@dataclass(frozen=True, slots=True)
class Note:
    """A known fault of the data that loading handled: its name, how often, and what was done."""

    fault: str
    count: int
    action: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The samples of one benchmark and language, in file order, and what was done to them."""

    benchmark: str
    samples: tuple[Sample, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Codes:
    """How a benchmark spells a language: by a rule, except for those in `exceptions`.

    `exceptions` maps BCP-47 tags to codes.
    """

    spell: Callable[[Language], str] = lambda language: language.tag
    exceptions: Mapping[str, str] = FrozenDict()

    def of(self, language: Language) -> str:
        """Return the code of a language."""
        return self.exceptions.get(language.tag) or self.spell(language)

    def tag(self, code: str) -> str | None:
        """Return the BCP-47 tag of a code, None for a code of no known language."""
        known = {own: tag for tag, own in reversed([*self.exceptions.items()])}
        return known.get(code) or _flores_tag(code) or language_tag(code)


def language_tag(name: str) -> str | None:
    """Return the tag of a language by tag or name ("scottish_gaelic"), None where unknown."""
    for one in dict.fromkeys((name, name.replace("_", " "))):
        try:
            tag = get_language(one).tag
        except UnknownName:
            continue
        return tag
    return None


def flores_code(language: Language) -> str:
    """Return a language as FLORES-200 spells it: ISO 639-3 and script, `swh_Latn`."""
    import langcodes

    code = langcodes.Language.get(language.tag)
    variety = _VARIETIES.get(code.language or "und") or code.to_alpha3()
    return f"{variety}_{code.maximize().script}"


def flores_tags(codes: str) -> tuple[str, ...]:
    """Return the tags of FLORES codes with blanks between, without those of unknown languages."""
    return tuple(dict.fromkeys(filter(None, map(_flores_tag, codes.split()))))


def iso3_code(language: Language) -> str:
    """Return a language's ISO 639-3 code: `amh`."""
    return flores_code(language).partition("_")[0]


def _flores_tag(code: str) -> str | None:
    """Return the tag of `swh_Latn`, without a script that goes without saying."""
    import langcodes

    variety, _, script = code.partition("_")
    if len(variety) != 3 or len(script) != 4:
        return None
    variety, script = _RENAMED.get(variety, variety), script.title()
    language = _LANGUAGE_OF.get(variety) or langcodes.standardize_tag(variety)
    usual = str(langcodes.Language.get(language).maximize().script)
    try:
        return get_language(language if script == usual else f"{language}-{script}").tag
    except UnknownName:
        return None


def split_pair(name: str) -> tuple[str, str] | None:
    """Return the tags of "zh-ru", None where the name is not two languages."""
    parts = name.replace("→", "-").replace(">", "-").split("-")
    for middle in range(1, len(parts)):
        source, target = map(language_tag, ("-".join(parts[:middle]), "-".join(parts[middle:])))
        if source and target:
            return source, target
    return None


@dataclass(slots=True)
class File:
    """One file of a benchmark while it is read: what is asked of it, and the faults met so far.

    `folder` is the benchmark's, `options` those given to `load`; `line` is the row's own, from 1,
    and `kept` the number of samples before it.
    """

    benchmark: str
    folder: Path
    path: Path
    language: Language
    split: str
    options: Mapping[str, Any]
    line: int = 0
    kept: int = 0
    target_language: str | None = None
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    pictures: dict[str, Any] = field(default_factory=dict)

    def text(self, row: Mapping[str, Any], column: str) -> str:
        """Return a column's text; raises DataFileError where there is none."""
        value = row.get(column)
        if not isinstance(value, str):
            fault = "has no text" if column in row else f"is missing; the row has {', '.join(row)}"
            raise self.error(f"the column {column!r} {fault}")
        return value

    def texts(self, row: Mapping[str, Any], *columns: str) -> dict[str, str]:
        return {column: self.text(row, column) for column in columns}

    def picture(self, given: Any) -> Any:
        """Return what is kept of a picture: its digest and path, which is read when it is sent.

        `given` is a path below the benchmark's folder, a URL, or bytes, which are kept whole.
        Raises DataFileError.
        """
        if isinstance(given, str) and given in self.pictures:
            return self.pictures[given]
        try:
            image = take_image(given, inside=self.folder)
        except InputError as error:
            raise self.error(str(error).removesuffix(".")) from error
        kept = FrozenDict(image.to_json()) if image.source else image
        if isinstance(given, str):
            self.pictures[given] = kept
        return kept

    def error(self, problem: str) -> DataFileError:
        return DataFileError(problem, self.path, self.line)

    def note(self, fault: str, action: str) -> None:
        """Count a known fault of the data, and what was done about it."""
        self.faults[fault, action] += 1

    def leave_out(self, fault: str) -> None:
        self.note(fault, "left out")

    def sample(
        self, name: object, inputs: Mapping[str, Any], gold: Gold, **metadata: object
    ) -> Sample:
        """Return the row as a sample, named after the benchmark and its id there."""
        about = FrozenDict({key: str(value) for key, value in metadata.items()})
        id, tag = f"{self.benchmark}-{name}", self.language.tag
        return Sample(id, FrozenDict(inputs), gold, tag, self.target_language, about)

    def choice(
        self, name: object, inputs: Mapping[str, Any], right: int, **metadata: object
    ) -> Sample:
        """Return a row of `multiple_choice`; `right` is the option's number from 1."""
        return self.sample(name, {**inputs, "options": tuple(inputs["options"])}, right, **metadata)

    def letter(self, row: Mapping[str, Any], column: str) -> int:
        """Return the number from 1 of an option's letter, A to P or the language's own."""
        letter = self.text(row, column).strip().upper()
        own = [one.upper() for one in self.language.lexicon.get("letters", ())]
        if letter in own:
            return own.index(letter) + 1
        if len(letter) != 1 or not "A" <= letter <= "P":
            also = f", nor one of {' '.join(own)}" if own else ""
            raise self.error(f"{column} is {letter!r}, not the letter of an option{also}")
        return ord(letter) - ord("A") + 1


@dataclass(frozen=True, slots=True)
class Hub:
    """A data set of the Hugging Face hub: its id, the commit that is read, and its files.

    `files` are named where they are not called as the authors' own; `{renamed}` in them is the
    code of a language, where the hub has another one. `beside` are read together with the first.
    """

    id: str
    revision: str
    files: tuple[str, ...] = ()
    renamed: Mapping[str, str] = FrozenDict()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark, whole: what is asked, where its files are, how a row becomes a sample.

    `files` and `Hub.files` are names below its folder, of which the first that exists is read:
    `{code}` is what it calls the language (`codes`), `{part}` what it calls the split (`parts`),
    `{split}` the hub's word for it. `sample` returns None for a row that is left out. `rows`
    reads a file that holds more than rows of one language; where there are neither `files` nor a
    `hub`, it makes them. `languages` are the published ones,
    `drawn` how many rows a language its study took, None for all.
    """

    name: str
    title: str
    task: str
    licence: str
    files: tuple[str, ...]
    sample: Callable[[Row, File], Sample | None]
    languages: tuple[str, ...]
    count: int
    hub: Hub | None = None
    codes: Codes = field(default_factory=Codes)
    parts: Mapping[str, str] = FrozenDict({"test": "test"})
    metric: str | None = None
    drawn: int | None = None
    pairs: bool = False
    rows: Callable[[File], Iterable[tuple[int, Row]]] | None = None
    found: Callable[[Path, str], Iterable[str | None]] | None = None

    @property
    def is_generated(self) -> bool:
        """Whether `rows` makes its rows, so that it needs no files."""
        return not self.files and self.hub is None

    def names(self, language: Language, split: str, *, hub: bool = False) -> list[str]:
        """Return the names a file of a language and split may have, the likeliest first."""
        code = self.codes.of(language)
        renamed = self.hub.renamed.get(language.tag, code) if self.hub else code
        names = [
            one.format(code=code, renamed=renamed, **self._words(split))
            for one in (self._of_hub if hub else (*self.files, *self._of_hub))
        ]
        return list(dict.fromkeys(names))

    def holds(self, folder: Path, language: Language, split: str) -> bool:
        """Tell whether the folder has a file of a language and split."""
        return self._there(folder, language, split) is not None

    def find(self, folder: Path, language: Language, split: str) -> Path:
        """Return the file of a language and split; raises DataFileError, naming all it may be."""
        if split not in self.parts:
            has = ", ".join(self.parts)
            raise DataFileError(f"{self.name} has no split {split!r}, only {has}", folder)
        if self.is_generated:
            return folder
        found = self._there(folder, language, split)
        if found is None:
            names = ", ".join(self.names(language, split))
            raise DataFileError(f"holds none of {names}", folder)
        return found

    def read(self, folder: Path, language: Language, split: str, **options: Any) -> Loaded:
        """Return the samples in a folder of the authors' files; raises DataFileError."""
        path = self.find(folder, language, split)
        file = File(self.name, folder, path, language, split, options)
        samples: list[Sample] = []
        for line, row in self.rows(file) if self.rows else read_rows(path):
            file.line = line
            file.kept = len(samples)
            if (sample := self.sample(row, file)) is not None:
                samples.append(sample)
        if not samples:
            raise DataFileError(f"has no row in {language.tag}", path)
        notes = [Note(fault, count, action) for (fault, action), count in file.faults.items()]
        return Loaded(self.name, tuple(samples), tuple(notes))

    def available(self, folder: Path, split: str) -> tuple[str, ...]:
        """Return the tags of the languages whose files are there, in published order first."""
        tags = self.in_names(folder, split) if self.found is None else self.found(folder, split)
        found = {tag for tag in tags if tag}
        first = [tag for tag in self.languages if tag in found]
        return (*first, *sorted(found.difference(first)))

    def in_names(self, folder: Path, split: str) -> Iterator[str | None]:
        """Yield the tags of the codes in the names of the files that are there."""
        for pattern in (*self.files, *self._of_hub):
            name = pattern.format(code="\0", renamed="\0", **self._words(split))
            shape = re.escape(name).replace("\\\0", "\0").replace("\0", "([^/]+?)", 1)
            shape = shape.replace("\0", r"\1")
            for path in folder.glob(name.replace("\0", "*")):
                if match := re.fullmatch(shape, path.relative_to(folder).as_posix()):
                    yield self.codes.tag(match[1])

    @property
    def _of_hub(self) -> tuple[str, ...]:
        return () if self.hub is None else self.hub.files or self.files

    def _there(self, folder: Path, language: Language, split: str) -> Path | None:
        paths = (folder / name for name in self.names(language, split))
        return next(filter(Path.is_file, paths), None)

    def _words(self, split: str) -> dict[str, str]:
        return {"part": self.parts.get(split, split), "split": _ON_HUB.get(split, split)}


def benchmark_names() -> tuple[str, ...]:
    """Return the names of all benchmarks: the modules of `xlt/evaluation/benchmarks`."""
    return tuple(sorted(module.name for module in iter_modules(room.__path__)))


@cache
def get_benchmark(name: str) -> Benchmark:
    """Return a benchmark by name, "global-mmlu-lite" or "global_mmlu_lite"; raises UnknownName.

    "mgsm@2" is the second revision of mgsm, mgsm_rev2.
    """
    own = name.lower().replace("-", "_").replace("@", "_rev")
    if own not in benchmark_names():
        raise UnknownName("benchmark", name, benchmark_names())
    found: Benchmark = import_module(f"{room.__name__}.{own}").BENCHMARK
    return found


def load(
    benchmark: str,
    language: str | Language,
    data_dir: Path | str,
    split: str = "test",
    *,
    target_language: str | Language | None = None,
    **options: Any,
) -> Loaded:
    """Return the samples of a benchmark in a language, from the files its authors published.

    `data_dir` holds a folder of the benchmark's name, or is that folder. `split` is test, dev
    (also val, validation) or train, where the benchmark has it. FLORES needs a
    `target_language`; the others answer in their own. `options` are a benchmark's own: xcopa's
    `repair=False` keeps its published question values, wrong in five languages.
    Raises UnknownName, InputError, or DataFileError with the line of a bad row.

    >>> from xlt.evaluation.self_test import DATA
    >>> load("mgsm", "sw", DATA).samples[0].gold
    12
    """
    found, spoken = get_benchmark(benchmark), get_language(language)
    folder = benchmark_folder(found.name, Path(data_dir))
    if found.pairs:
        options["target"] = _target(found, target_language)
    elif target_language is not None and get_language(target_language) != spoken:
        raise InputError(f"{found.name} has gold answers in {spoken.name} only.")
    return found.read(folder, spoken, split_name(split), **options)


def load_from_hub(
    benchmark: str,
    language: str | Language,
    split: str = "test",
    *,
    target_language: str | Language | None = None,
    revision: str | None = None,
    cache_dir: Path | str | None = None,
    download: Download | None = None,
    **options: Any,
) -> Loaded:
    """Return the samples of a benchmark in a language from the Hugging Face hub.

    As `load` otherwise, faults and notes included. `revision` is the commit to read in place of
    the benchmark's own; `cache_dir` is the hub's cache (default: its own, `HF_HOME`);
    `download` fetches a file in place of `huggingface_hub`. FLORES+ and a few others want the
    token of an account that accepted their terms (`hf auth login`).
    Raises MissingExtra without `xlt[eval]`, DataFileError for a file that cannot be had.
    """
    found = get_benchmark(benchmark)
    if found.hub is None:
        where = "it is generated" if found.is_generated else "give the folder with its files"
        raise InputError(f"{found.name} is not on the hub: {where}.")
    wanted = [get_language(language)]
    if found.pairs:
        options["target"] = _target(found, target_language)
        wanted.append(options["target"])
    part = split_name(split)
    fetch = _from_hub(cache_dir) if download is None else download
    folder = Path()
    for one in wanted:
        names = found.names(one, part, hub=True)
        commit = revision or found.hub.revision
        folder = _fetch_first(found.hub, names, commit, fetch)
        for name in found.hub.beside:
            fetch(found.hub.id, name.format(code=found.codes.of(one)), commit)
    return found.read(folder, wanted[0], part, **options)


def split_name(split: str) -> str:
    """Return what xlt calls a split: test, dev or train."""
    return _SPLITS.get(split, split)


def benchmark_folder(benchmark: str, data_dir: Path) -> Path:
    """Return the folder of a benchmark: that of its name in `data_dir`, or `data_dir` itself.

    A generated one reads none, so that any will do.
    """
    if get_benchmark(benchmark).is_generated:
        return data_dir
    if not data_dir.is_dir():
        raise DataFileError("is not a folder", data_dir)
    own = data_dir / benchmark
    return own if own.is_dir() else data_dir


def available_languages(benchmark: str, data_dir: Path, split: str = "test") -> tuple[str, ...]:
    """Return the tags of the languages whose files are there, in the paper's order, then by tag.

    Of FLORES the pairs of the paper ("zh-ru") with both files. Empty where there are none.
    Raises UnknownName for a benchmark, DataFileError for a folder that is none.
    """
    found = get_benchmark(benchmark)
    return found.available(benchmark_folder(found.name, data_dir), split_name(split))


def field_files(patterns: Iterable[str], parents: Iterable[str]) -> tuple[str, ...]:
    """Return each pattern below each of the folders it may be in."""
    return tuple(f"{parent}{one}" for one, parent in itertools.product(patterns, parents))


def _target(benchmark: Benchmark, language: str | Language | None) -> Language:
    if language is None:
        raise InputError(f"{benchmark.name} needs a target_language, to translate into.")
    return get_language(language)


def _fetch_first(hub: Hub, files: Sequence[str], revision: str, fetch: Download) -> Path:
    for file in files:
        try:
            found = Path(fetch(hub.id, file, revision))
        except FileNotFoundError:
            continue
        return found.parents[len(Path(file).parts) - 1]
    missing = " or ".join(files)
    raise DataFileError(f"the data set has no file {missing}", _address(hub.id, revision))


def _from_hub(cache_dir: Path | str | None) -> Download:
    try:
        from huggingface_hub import errors, hf_hub_download
    except ModuleNotFoundError as error:
        raise MissingExtra("Loading from the Hugging Face hub", "eval") from error

    def download(name: str, file: str, revision: str) -> Path:
        try:
            path = hf_hub_download(
                name, file, repo_type="dataset", revision=revision, cache_dir=cache_dir
            )
        except errors.LocalEntryNotFoundError as error:  # is an EntryNotFoundError, too
            raise DataFileError(
                f"{file} is not in the cache, and the hub cannot be reached",
                _address(name, revision),
            ) from error
        except errors.EntryNotFoundError as error:
            raise FileNotFoundError(file) from error
        except errors.GatedRepoError as error:
            raise DataFileError(
                f"accept its terms at https://huggingface.co/datasets/{name}, then hf auth login",
                _address(name, revision),
            ) from error
        except Exception as error:  # whatever its HTTP library raises; it may hold a URL with a key
            problem = f"{file} cannot be fetched ({type(error).__name__})"
            raise DataFileError(problem, _address(name, revision)) from None
        return Path(path)

    return download


def _address(name: str, revision: str) -> str:
    return f"hf://datasets/{name}@{revision}"
