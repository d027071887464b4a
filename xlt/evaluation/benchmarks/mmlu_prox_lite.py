"""MMLU-ProX-Lite: exam questions with up to ten options (Xuan et al. 2025, arXiv 2503.10497)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample
from xlt.frozen import FrozenDict

_TAGS = "af ar bn cs de en es fr hi hu id it ja ko mr ne pt ru sr sw te th uk ur vi wo yo zh zu"


def _sample(row: Row, file: File) -> Sample:
    names = [f"option_{place}" for place in range(10)]
    options = [file.text(row, name) for name in names if row.get(name) is not None]
    return file.choice(
        row.get("question_id", file.line),
        {"question": file.text(row, "question"), "options": options},
        file.letter(row, "answer"),
        subject=row.get("category", ""),
    )


BENCHMARK = Benchmark(
    name="mmlu_prox_lite",
    title="MMLU-ProX-Lite: exam questions, four to ten options",
    task="multiple_choice",
    licence="MIT",
    languages=tuple(_TAGS.split()),
    count=588,
    files=("{code}/{split}-00000-of-00001.parquet",),
    hub=Hub("li-lab/MMLU-ProX-Lite", "e82aafb9460529687d3c7e51b401d8dd1dd309dd"),
    parts=FrozenDict({"test": "test", "dev": "validation"}),
    sample=_sample,
)
