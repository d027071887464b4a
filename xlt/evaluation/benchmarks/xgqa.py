"""xGQA: questions on photographs in 8 languages, answers in English (arXiv 2109.06082)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample
from xlt.files.safe import read_file
from xlt.rows import read_rows


def _rows(file: File) -> Iterator[tuple[int, Row]]:
    """Yield the rows: of the authors' files, an object of questions by id, or of the hub's."""
    if file.path.suffix != ".json":
        yield from read_rows(file.path)
        return
    try:
        found = json.loads(read_file(file.path))
        rows = [{**value, "question_id": name} for name, value in found.items()]
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise file.error(f"is not a JSON object of questions by their ids ({error})") from None
    yield from enumerate(rows, start=1)


def _sample(row: Row, file: File) -> Sample:
    """Return a row; its picture is in `images/`, by GQA's name, or in the row."""
    image = row.get("image") or f"images/{file.text(row, 'imageId')}.jpg"
    inputs = {"image": file.picture(image), "question": file.text(row, "question")}
    file.target_language = "en"
    kinds = row.get("types")
    kind = kinds.get("structural", "") if isinstance(kinds, dict) else ""
    name = row.get("question_id", file.line)
    return file.sample(name, inputs, (file.text(row, "answer"),), group=kind)


BENCHMARK = Benchmark(
    name="xgqa",
    title="xGQA: questions on photographs, answers in English",
    task="visual_question_answering",
    licence="CC-BY-4.0; the photographs are GQA's (Visual Genome)",
    languages=("en", "bn", "de", "id", "ko", "pt", "ru", "zh"),
    count=12578,
    files=(
        "data/zero_shot/testdev_balanced_questions_{code}.json",
        "testdev_balanced_questions_{code}.json",
        "data/few_shot/{code}/test.json",
        "{code}.parquet",
        "{code}.jsonl",
    ),
    # Pangea's copy, with the pictures; the file names are the hub's usual ones for a split.
    hub=Hub("neulab/PangeaBench-xgqa", "main", ("data/{code}-00000-of-00001.parquet",)),
    metric="contained",
    rows=_rows,
    sample=_sample,
)
