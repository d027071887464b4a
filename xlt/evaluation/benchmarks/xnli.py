"""XNLI: entailment, neutral or contradiction (Conneau et al. 2018, arXiv 1809.05053)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from xlt.errors import DataFileError
from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample, language_tag
from xlt.frozen import FrozenDict
from xlt.rows import read_rows

LABELS = ("entailment", "neutral", "contradiction")


def read_sample(row: Row, file: File) -> Sample | None:
    """Return a row as a sample; None for another language, of a file that holds them all."""
    tag = file.language.tag
    if row.get("language", tag) != tag:
        return None
    gold, own = _label(row, file), "premise" in row
    premise = file.text(row, "premise" if own else "sentence1")
    hypothesis = file.text(row, "hypothesis" if own else "sentence2")
    number = row.get("pairID") or row.get("row", file.kept)
    inputs = {"premise": premise, "hypothesis": hypothesis}
    return file.sample(number, inputs, gold, genre=row.get("genre", ""))


def _label(row: Row, file: File) -> str:
    """Return the label by name; the hub's rows hold its number alone."""
    gold, number = row.get("gold_label"), str(row.get("label"))
    if "gold_label" not in row and number in ("0", "1", "2"):
        gold = LABELS[int(number)]
    if gold not in LABELS:
        raise file.error(f"gold_label is {gold!r}, not one of {LABELS}")
    return str(gold)


def _rows(file: File) -> Iterable[tuple[int, Row]]:
    if file.path.parent.name == "jsonl" and file.split != "test":
        raise DataFileError("holds only the test rows", file.path)
    return read_rows(file.path)


def _found(folder: Path, split: str) -> Iterator[str | None]:
    for name in (f"xnli.{split}.tsv", f"xnli.{split}.jsonl"):
        if (folder / name).is_file():
            names = {str(row.get("language")) for _, row in read_rows(folder / name)}
            yield from map(language_tag, names)
            return
    paths = [*folder.glob("jsonl/*.jsonl")] if split == "test" else []
    yield from (language_tag(path.stem) for path in paths)


_TAGS = "en de ru fr zh es vi tr sw ar el th bg hi ur"
BENCHMARK = Benchmark(
    name="xnli",
    title="XNLI: entailment, neutral or contradiction",
    task="xnli",
    licence="CC-BY-NC-4.0",
    languages=tuple(_TAGS.split()),
    count=5010,
    files=("xnli.{part}.tsv", "xnli.{part}.jsonl", "jsonl/{code}.jsonl"),
    hub=Hub(
        "facebook/xnli",
        "b8dd5d7af51114dbda02c0e3f6133f332186418e",
        ("{code}/{split}-00000-of-00001.parquet",),
    ),
    parts=FrozenDict({"test": "test", "dev": "dev", "train": "train"}),
    rows=_rows,
    found=_found,
    sample=read_sample,
)
