"""Global PIQA, parallel: which of four solutions fits (Chang et al. 2025, arXiv 2510.24081)."""

from __future__ import annotations

from dataclasses import replace

from xlt.evaluation.benchmark import Hub
from xlt.evaluation.benchmarks import global_piqa_nonparallel as nonparallel

BENCHMARK = replace(
    nonparallel.BENCHMARK,
    name="global_piqa_parallel",
    title="Global PIQA: everyday physical sense, translated, four options",
    files=("parallel_{code}.tsv", "data/parallel_{code}.tsv"),
    hub=Hub(
        "mrlbenchmarks/global-piqa-parallel",
        "a350910e9cfc8b0b57cb55aa8261780deabb6568",
        ("data/parallel_{code}.tsv",),
    ),
)
