"""Global PIQA, non-parallel: which of two solutions fits (Chang et al. 2025, arXiv 2510.24081)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, Codes, File, Hub, Row, Sample, flores_code

_TAGS = "am ar bn de el en es fa fr gu ha hi id ig it ja jv ko mr nl pl pt ru sw ta te th tr ur vi"
_TAGS += " yo zh zu"
CODES = Codes(
    lambda language: flores_code(language).lower().replace("zho_", "cmn_").replace("est_", "ekk_")
)


def read_sample(row: Row, file: File) -> Sample:
    """Return a row of either set; the right solution counts from 0 in the file."""
    names = [f"solution{place}" for place in range(4)]
    options = [file.text(row, name) for name in names if row.get(name)]
    right = str(row.get("label"))
    if not (right.isdecimal() and int(right) < len(options)):
        raise file.error(f"label is {right!r}, not one of 0 to {len(options) - 1}")
    inputs = {"question": file.text(row, "prompt"), "options": options}
    return file.choice(row.get("example_id", file.line), inputs, int(right) + 1)


BENCHMARK = Benchmark(
    name="global_piqa_nonparallel",
    title="Global PIQA: everyday physical sense, written in each language, two options",
    task="multiple_choice",
    licence="CC-BY-SA-4.0, not for training",
    languages=tuple(_TAGS.split()),
    count=100,
    files=("nonparallel_{code}.tsv", "data/nonparallel_{code}.tsv"),
    hub=Hub(
        "mrlbenchmarks/global-piqa-nonparallel",
        "6777742fa3634c0583cda3b7f8a482ea7b1b0937",
        ("data/nonparallel_{code}.tsv",),
    ),
    codes=CODES,
    sample=read_sample,
)
