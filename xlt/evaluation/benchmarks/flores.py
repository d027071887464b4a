"""FLORES-200: translation (NLLB Team 2022, arXiv 2207.04672), and FLORES+ from the hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlt.errors import DataFileError
from xlt.evaluation.benchmark import (
    Benchmark,
    Codes,
    File,
    Hub,
    Row,
    field_files,
    flores_code,
    split_pair,
)
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.rows import read_lines, read_rows


def _rows(file: File) -> Iterator[tuple[int, Row]]:
    """Yield the aligned lines of both languages; blank ones are kept."""
    target = file.options["target"]
    file.target_language = target.tag
    source_lines = _lines(file.path)
    lines = _lines(BENCHMARK.find(file.folder, target, file.split))
    if len(source_lines) != len(lines):
        counts = f"{len(source_lines)} and {len(lines)} lines"
        names = f"{file.language.tag} and {target.tag}"
        raise DataFileError(f"{names} have {counts}: not aligned", file.folder)
    for number, (text, gold) in enumerate(zip(source_lines, lines, strict=True)):
        yield number + 1, {"source": text, "gold": gold}


def _lines(path: Path) -> list[str]:
    if path.suffix != ".jsonl":
        return read_lines(path)
    return [str(row.get("text", "")) for _, row in read_rows(path)]


def _found(folder: Path, split: str) -> Iterator[str | None]:
    for pair in BENCHMARK.languages:
        both = map(get_language, split_pair(pair) or ())
        if all(BENCHMARK.holds(folder, one, split) for one in both):
            yield pair


_PAIRS = "zh-ru ru-zh de-vi vi-de zh-th th-zh zh-jv jv-zh th-gl gl-th jv-th th-jv"
BENCHMARK = Benchmark(
    name="flores",
    title="FLORES-200: translation",
    task="flores",
    licence="CC-BY-SA-4.0",
    languages=tuple(_PAIRS.split()),
    count=1012,
    drawn=200,
    pairs=True,
    files=field_files(["{part}/{code}.{part}"], ["flores200_dataset/", ""]),
    hub=Hub(
        "openlanguagedata/flores_plus",  # gated; it renamed a few of FLORES-200's languages
        "5fec6c13f9e5a4db2f745d4ec0d7c9721ddc4f06",
        ("{part}/{renamed}.jsonl", "{part}/{code}.jsonl"),
        FrozenDict({"zh": "cmn_Hans", "zh-Hant": "cmn_Hant", "et": "ekk_Latn"}),
    ),
    codes=Codes(flores_code),
    parts=FrozenDict({"test": "devtest", "dev": "dev"}),
    rows=_rows,
    found=_found,
    sample=lambda row, file: file.sample(file.line - 1, {"source": row["source"]}, row["gold"]),
)
