"""Crossmodal-3600: captions in 36 languages (arXiv 2205.12522), and XM100, 100 pictures of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlt.evaluation.benchmark import Benchmark, Codes, File, Hub, Row, Sample
from xlt.frozen import FrozenDict
from xlt.rows import read_rows

_TAGS = """ar bn cs da de el en es fa fi fil fr he hi hr hu id it ja ko mi nl no pl pt qu ro ru sv
sw te th tr uk vi zh"""
_CODES = Codes(exceptions=FrozenDict({"he": "iw", "qu": "quz"}))
_KEY = "image/key"


def _sample(row: Row, file: File) -> Sample | None:
    """Return a row of either: all languages by picture, or XM100's of one language."""
    if _KEY in row:
        own = row.get(_CODES.of(file.language))
        captions = own.get("caption") if isinstance(own, dict) else None
        name = file.text(row, _KEY)
        image: Any = f"images/{name}.jpg"
    else:
        captions, image = row.get("caption"), row.get("image")
        name = str(row.get("image_id", file.line))
    texts = [captions] if isinstance(captions, str) else captions
    if not isinstance(texts, list) or not texts:
        file.leave_out("pictures without a caption")
        return None
    return file.sample(name, {"image": file.picture(image)}, tuple(map(str, texts)))


def _found(folder: Path, split: str) -> Iterator[str | None]:
    if not (folder / "captions.jsonl").is_file():
        yield from BENCHMARK.in_names(folder, split)
        return
    for _, row in read_rows(folder / "captions.jsonl"):
        yield from [_CODES.tag(name) for name, value in row.items() if isinstance(value, dict)]
        return


BENCHMARK = Benchmark(
    name="xm3600",
    title="Crossmodal-3600 and XM100: captions in 36 languages",
    task="image_captioning",
    licence="CC-BY-4.0",
    languages=tuple(_TAGS.split()),
    count=3600,
    files=(
        "captions.jsonl",
        "{code}.parquet",
        "{code}.jsonl",
    ),
    # XM100, with the pictures; the file names are the hub's usual ones for a split.
    hub=Hub("neulab/PangeaBench-xm100", "main", ("data/{code}-00000-of-00001.parquet",)),
    codes=_CODES,
    metric="cider",
    found=_found,
    sample=_sample,
)
