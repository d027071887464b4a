"""SIB-200: the topic of a sentence, seven labels (Adelani et al. 2023, arXiv 2309.07445)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, Codes, File, Hub, Row, Sample, flores_code
from xlt.evaluation.benchmarks.belebele import BENCHMARK as BELEBELE
from xlt.frozen import FrozenDict

TOPICS = "science/technology travel politics sports health entertainment geography"


def _sample(row: Row, file: File) -> Sample:
    topic = file.text(row, "category")
    if topic not in TOPICS.split():
        raise file.error(f"category is {topic!r}, not one of {TOPICS}")
    return file.sample(row.get("index_id", file.line), {"text": file.text(row, "text")}, topic)


BENCHMARK = Benchmark(
    name="sib200",
    title="SIB-200: the topic of a sentence, 205 languages",
    task="topic_classification",
    licence="CC-BY-SA-4.0",
    languages=BELEBELE.languages,
    count=204,
    files=("data/annotated/{code}/{part}.tsv", "{code}/{part}.tsv"),
    hub=Hub(
        "Davlan/sib200", "38977a667f6fc264d5c26ec57a01e16db040b358", ("data/{code}/{part}.tsv",)
    ),
    codes=Codes(flores_code),
    parts=FrozenDict({"test": "test", "dev": "dev", "train": "train"}),
    sample=_sample,
)
