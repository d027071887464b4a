"""Global-MGSM: MGSM in more languages, as CohereLabs publishes it."""

from __future__ import annotations

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample

_TAGS = """
en de ru fr zh es ja sw th bn te ar ca cs cy el eu gl hu ko sr vi am ha lg sn st wo xh yo
"""


def read_sample(row: Row, file: File) -> Sample:
    """Return a problem; the answer is a text or a number, with or without group signs."""
    answer = row.get("answer_number", row.get("answer"))
    try:
        gold = int(str(answer).replace(",", ""))
    except ValueError as error:
        raise file.error(f"{answer!r} is not an integer") from error
    return file.sample(file.line - 1, {"problem": file.text(row, "question")}, gold)


BENCHMARK = Benchmark(
    name="global_mgsm",
    title="Global-MGSM: grade school mathematics, more languages",
    task="mgsm",
    licence="CC-BY-4.0",
    languages=tuple(_TAGS.split()),
    count=250,
    files=("{code}/{part}.parquet",),
    hub=Hub("CohereLabs/global-mgsm", "29087245a1a9788d4e0413f4927e994d49633bbb"),
    sample=read_sample,
)
