"""Which languages a benchmark's files have: what `all` stands for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from xlt.errors import UnknownName
from xlt.evaluation.benchmarks.loading import benchmark_folder, split_name
from xlt.evaluation.data_files import read_jsonl, read_tsv
from xlt.evaluation.paper import published_scores
from xlt.languages import get_language

_MKQA_TAGS = {"zh_cn": "zh", "zh_tw": "zh-Hant", "zh_hk": "zh-HK", "no": "nb"}
_XLSUM_TAGS = {"chinese_simplified": "zh", "chinese_traditional": "zh-Hant"}


def available_languages(benchmark: str, data_dir: Path, split: str = "test") -> tuple[str, ...]:
    """Return the tags of the languages whose files are there, in the paper's order, then by tag.

    Of FLORES the pairs of the paper ("zh-ru") with both files. Empty where there are none.
    Raises UnknownName for a benchmark, DataFileError for a folder that is none.
    """
    folder = benchmark_folder(benchmark, data_dir)
    found = set(_FINDERS[benchmark](folder, split_name(split)))
    published = published_scores(benchmark, "basic")
    first = [tag for tag in published if tag in found]
    return (*first, *sorted(found.difference(first)))


def flores_pair(name: str) -> tuple[str, str] | None:
    """Return the tags of "zh-ru", None where the name is not two languages."""
    parts = name.replace("→", "-").replace(">", "-").split("-")
    for middle in range(1, len(parts)):
        source, target = _tag("-".join(parts[:middle])), _tag("-".join(parts[middle:]))
        if source and target:
            return source, target
    return None


def _tag(name: str) -> str | None:
    try:
        return get_language(name).tag
    except UnknownName:
        return None


def _tags(names: Iterable[str]) -> Iterator[str]:
    return (tag for tag in map(_tag, names) if tag)


def _matches(folder: Path, patterns: Iterable[str], name: str) -> Iterator[str]:
    """Yield what `name`, a regular expression of one group, finds in the files' names."""
    files = itertools.chain.from_iterable(folder.glob(pattern) for pattern in patterns)
    found = (re.fullmatch(name, path.relative_to(folder).as_posix()) for path in files)
    return (match[1] for match in found if match)


def _mgsm(folder: Path, part: str) -> Iterator[str]:
    return _tags(_matches(folder, ["mgsm_*.tsv"], r"mgsm_(.+)\.tsv"))


def _xcopa(folder: Path, part: str) -> Iterator[str]:
    name = f"{'val' if part == 'dev' else part}.*.jsonl"
    patterns = [name, f"*/{name}", f"data/*/{name}"]
    return _tags(_matches(folder, patterns, r"(?:data/)?(?:[^/]+/)?[^/.]+\.([^/.]+)\.jsonl"))


def _pawsx(folder: Path, part: str) -> Iterator[str]:
    name = "*train.tsv" if part == "train" else f"{part}_2k.tsv"
    return _tags(_matches(folder, [f"*/{name}", f"x-final/*/{name}"], r"(?:x-final/)?([^/]+)/.+"))


def _xnli(folder: Path, part: str) -> Iterator[str]:
    for suffix, read in ((".tsv", read_tsv), (".jsonl", read_jsonl)):
        path = folder / f"xnli.{part}{suffix}"
        if path.is_file():
            rows: Iterable[tuple[int, Mapping[str, object]]] = read(path)
            return _tags({str(row.get("language")) for _, row in rows})
    return _tags(_matches(folder, ["jsonl/*.jsonl"] * (part == "test"), r"jsonl/(.+)\.jsonl"))


def _mkqa(folder: Path, part: str) -> Iterator[str]:
    paths = [folder / name for name in ("mkqa.jsonl.gz", "mkqa.jsonl")]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return iter(())
    _, row = next(read_jsonl(path), (0, {}))
    queries = row.get("queries")
    codes = queries if isinstance(queries, dict) else {}
    return _tags([_MKQA_TAGS.get(str(code), str(code)) for code in codes])


def _xlsum(folder: Path, part: str) -> Iterator[str]:
    name = "val" if part == "dev" else part
    patterns = [f"*_{name}.jsonl", f"*/*_{name}.jsonl"]
    names = _matches(folder, patterns, rf"(?:[^/]+/)?([^/]+)_{name}\.jsonl")
    return _tags(_XLSUM_TAGS.get(one, one.replace("_", " ")) for one in names)


def _flores(folder: Path, part: str) -> Iterator[str]:
    from xlt.evaluation.benchmarks.generation import has_flores

    for pair in published_scores("flores", "basic"):
        source, _, target = pair.partition("-")
        if all(has_flores(folder, get_language(tag), part) for tag in (source, target)):
            yield pair


_FINDERS: Mapping[str, Callable[[Path, str], Iterator[str]]] = MappingProxyType(
    {
        "mgsm": _mgsm,
        "xcopa": _xcopa,
        "xnli": _xnli,
        "pawsx": _pawsx,
        "mkqa": _mkqa,
        "xlsum": _xlsum,
        "flores": _flores,
    }
)
