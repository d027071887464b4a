"""Global-MMLU-Lite: exam questions, culturally sensitive or not (Singh et al. 2024, 2412.03304)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample
from xlt.frozen import FrozenDict

_GROUPS = {"CS": "culturally sensitive", "CA": "culturally agnostic"}
_TAGS = "ar bn de en es fr hi id it ja ko pt sw yo zh"


def _sample(row: Row, file: File) -> Sample:
    """Return a row; the key is the language's own: zh differs from the others in 7 of 400."""
    options = list(file.texts(row, "option_a", "option_b", "option_c", "option_d").values())
    group = row.get("cultural_sensitivity_label")
    return file.choice(
        row.get("sample_id", file.line),
        {"question": file.text(row, "question").strip(), "options": options},
        file.letter(row, "answer"),
        group=_GROUPS.get(str(group), ""),
        subject=row.get("subject_category", ""),
    )


BENCHMARK = Benchmark(
    name="global_mmlu_lite",
    title="Global-MMLU-Lite: exam questions, with a culture split",
    task="multiple_choice",
    licence="Apache-2.0",
    languages=tuple(_TAGS.split()),
    count=400,
    files=("{code}/{part}-00000-of-00001.parquet",),
    hub=Hub("CohereLabs/Global-MMLU-Lite", "36c2fd756f19ccf13a9a96c8e53ccecc02192b8b"),
    parts=FrozenDict({"test": "test", "dev": "dev"}),
    sample=_sample,
)
