"""INCLUDE: exams of 44 languages' own regions (Romanou et al. 2024, arXiv 2411.19799)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, Codes, File, Hub, Row, Sample
from xlt.frozen import FrozenDict

_TAGS = """
sq ar hy az eu be bn bg zh hr nl et fi fr ka de el he hi hu id it ja kk ko lt mk ms ml ne fa pl pt
ru sr es fil ta te tr uk ur uz vi
"""


def _sample(row: Row, file: File) -> Sample:
    options = list(file.texts(row, "option_a", "option_b", "option_c", "option_d").values())
    right = row.get("answer")
    if type(right) is not int or not 0 <= right < 4:
        raise file.error(f"answer is {right!r}, not one of 0 to 3")
    return file.choice(
        file.line - 1,
        {"question": file.text(row, "question"), "options": options},
        right + 1,
        group=row.get("regional_feature") or "",
        subject=row.get("domain") or "",
    )


BENCHMARK = Benchmark(
    name="include_base_44",
    title="INCLUDE: regional exam questions, four options",
    task="multiple_choice",
    licence="Apache-2.0",
    languages=tuple(_TAGS.split()),
    count=550,
    files=("{code}/{split}-00000-of-00001.parquet",),
    hub=Hub("CohereLabs/include-base-44", "d2e1f6015f67a43c02a9a68db98e2298e2d6a660"),
    codes=Codes(
        lambda language: language.name, FrozenDict({"mk": "North Macedonian", "fil": "Tagalog"})
    ),
    parts=FrozenDict({"test": "test", "dev": "validation"}),
    sample=_sample,
)
