"""XQuAD: questions on a passage, short answers (Artetxe et al. 2020, arXiv 1910.11856)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample
from xlt.frozen import FrozenDict

_TAGS = "ar de el en es hi ro ru th tr vi zh"


def _sample(row: Row, file: File) -> Sample:
    answers = row.get("answers")
    texts = answers.get("text") if isinstance(answers, dict) else None
    if not isinstance(texts, list) or not texts:
        raise file.error("answers has no list of texts")
    gold = tuple(dict.fromkeys(map(str, texts)))
    return file.sample(row.get("id", file.line), file.texts(row, "context", "question"), gold)


BENCHMARK = Benchmark(
    name="xquad",
    title="XQuAD: questions on a passage, short answers",
    task="reading_comprehension",
    licence="CC-BY-SA-4.0",
    languages=tuple(_TAGS.split()),
    count=1190,
    files=("xquad.{code}/validation-00000-of-00001.parquet", "xquad.{code}.jsonl"),
    hub=Hub(
        "google/xquad",
        "51adfef1c1287aab1d2d91b5bead9bcfb9c68583",
        ("xquad.{code}/validation-00000-of-00001.parquet",),
    ),
    parts=FrozenDict({"test": "validation"}),
    sample=_sample,
)
