"""AfriXNLI: XNLI in African languages (IrokoBench; Adelani et al. 2024, arXiv 2406.03368)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, Hub
from xlt.evaluation.benchmarks import afrimgsm, xnli
from xlt.frozen import FrozenDict

BENCHMARK = Benchmark(
    name="afrixnli",
    title="AfriXNLI: entailment, neutral or contradiction, African languages",
    task="xnli",
    licence="Apache-2.0 (made from XNLI, which is CC-BY-NC-4.0)",
    languages=tuple(tag for tag in afrimgsm.TAGS if tag != "vai"),
    count=600,
    files=("data/{code}/{part}.tsv", "{code}/{part}.tsv"),
    hub=Hub(
        "masakhane/afrixnli",
        "e3ca06b30f3e7af2a86f6c8609ea76fee326bc56",
        ("data/{code}/{part}.tsv",),
    ),
    codes=afrimgsm.CODES,
    parts=FrozenDict({"test": "test", "dev": "dev"}),
    sample=xnli.read_sample,
)
