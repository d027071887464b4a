"""AfriMGSM: MGSM in African languages (IrokoBench; Adelani et al. 2024, arXiv 2406.03368)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, Codes, Hub, iso3_code
from xlt.evaluation.benchmarks.global_mgsm import read_sample
from xlt.frozen import FrozenDict

_TAGS = "am ee ha ig rw ln lg om sn st sw tw vai wo xh yo zu en fr"
TAGS = tuple(_TAGS.split())
CODES = Codes(iso3_code, FrozenDict({"sw": "swa", "om": "orm", "tw": "twi"}))

BENCHMARK = Benchmark(
    name="afrimgsm",
    title="AfriMGSM: grade school mathematics, African languages",
    task="mgsm",
    licence="Apache-2.0",
    languages=TAGS,
    count=250,
    files=("data/{code}/{part}.tsv", "{code}/{part}.tsv"),
    hub=Hub(
        "masakhane/afrimgsm",
        "8e4268d2b94941f18f63f694cf48e4ae26fbec65",
        ("data/{code}/{part}.tsv",),
    ),
    codes=CODES,
    parts=FrozenDict({"test": "test", "dev": "dev"}),
    sample=read_sample,
)
