"""PolyMath: competition mathematics at four levels (Wang et al. 2025, arXiv 2504.18428)."""

from __future__ import annotations

from collections.abc import Iterator

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample
from xlt.rows import read_rows

LEVELS = {"low": 1, "medium": 2, "high": 4, "top": 8}
"""The levels, and what a problem of each weighs in the official score."""
_TAGS = "ar bn de en es fr id it ja ko ms pt ru sw te th vi zh"


def _rows(file: File) -> Iterator[tuple[int, Row]]:
    """Yield the rows of all levels that are there, one file a level."""
    for level in LEVELS:
        path = file.path.with_name(f"{level}.parquet")
        if path.is_file():
            for line, row in read_rows(path):
                yield line, {**row, "level": level}


def _sample(row: Row, file: File) -> Sample:
    """Return a problem, named without its language: the same one in each."""
    level = row["level"]
    inputs = {"problem": file.text(row, "question")}
    gold, name = str(row.get("answer")), f"{level}-{file.line - 1}"
    return file.sample(name, inputs, gold, group=level, weight=LEVELS[level])


BENCHMARK = Benchmark(
    name="polymath",
    title="PolyMath: competition mathematics, four levels",
    task="competition_math",
    licence="Apache-2.0",
    languages=tuple(_TAGS.split()),
    count=500,
    files=("{code}/low.parquet",),
    hub=Hub(
        "Qwen/PolyMath",
        "71e0db902e0ece05e208dfd8b1695bd3d95cf130",
        beside=("{code}/medium.parquet", "{code}/high.parquet", "{code}/top.parquet"),
    ),
    rows=_rows,
    sample=_sample,
)
