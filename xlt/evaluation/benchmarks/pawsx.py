"""PAWS-X: whether two sentences say the same (Yang et al. 2019, arXiv 1908.11828)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample, field_files
from xlt.frozen import FrozenDict


def _sample(row: Row, file: File) -> Sample | None:
    inputs = file.texts(row, "sentence1", "sentence2")
    label = str(row.get("label"))
    if label not in ("0", "1"):
        raise file.error(f"label is {row.get('label')!r}, neither 0 nor 1")
    if "NS" in (text.strip() for text in inputs.values()):
        file.leave_out("NS in place of a sentence")  # as its authors count them
        return None
    return file.sample(row.get("id", file.line), inputs, label == "1")


BENCHMARK = Benchmark(
    name="pawsx",
    title="PAWS-X: whether two sentences say the same",
    task="pawsx",
    licence="free for any purpose, credit Google",
    languages=("en", "de", "fr", "zh", "es", "ja", "ko"),
    count=2000,
    files=field_files(["{code}/{part}.tsv", "{code}/translated_{part}.tsv"], ["x-final/", ""]),
    hub=Hub(
        "google-research-datasets/paws-x",
        "4cd8187c404bda33cb1f62b49b001115862acf37",
        ("{code}/{split}-00000-of-00001.parquet",),
    ),
    parts=FrozenDict({"test": "test_2k", "dev": "dev_2k", "train": "train"}),
    sample=_sample,
)
