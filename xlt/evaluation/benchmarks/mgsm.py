"""MGSM: grade school mathematics in eleven languages (Shi et al. 2022, arXiv 2210.03057)."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample
from xlt.rows import read_rows


def _sample(row: Row, file: File) -> Sample:
    answer = row["answer"]
    if "," in answer:
        file.note("thousands commas in gold answers", "read as group signs")
    try:
        gold = int(answer.replace(",", ""))
    except ValueError as error:
        raise file.error(f"{answer!r} is not an integer") from error
    return file.sample(file.line - 1, {"problem": row["problem"]}, gold)


BENCHMARK = Benchmark(
    name="mgsm",
    title="MGSM: grade school mathematics",
    task="mgsm",
    licence="CC-BY-4.0",
    languages=("en", "de", "ru", "fr", "zh", "es", "ja", "sw", "th", "bn", "te"),
    count=250,
    files=("mgsm_{code}.tsv",),
    hub=Hub("juletxara/mgsm", "b2f13d426afe3be8d69a7e739b36724db8b66bbc"),
    rows=lambda file: read_rows(file.path, columns=("problem", "answer")),
    sample=_sample,
)
