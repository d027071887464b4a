"""MGSM, revision 2: its translation errors repaired (arXiv 2511.05162); also called mgsm@2."""

from __future__ import annotations

from dataclasses import replace

from xlt.evaluation.benchmarks import mgsm

BENCHMARK = replace(
    mgsm.BENCHMARK,
    name="mgsm_rev2",
    title="MGSM-Rev2: grade school mathematics, translation errors repaired",
    licence="not stated where this was written (MGSM: CC-BY-4.0)",
    hub=None,
    files=("mgsm_rev2_{code}.tsv", "mgsm_{code}.tsv"),
)
