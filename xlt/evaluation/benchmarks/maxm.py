"""MaXM: questions on pictures of seven regions, asked by their speakers (arXiv 2209.05401)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from xlt.evaluation.benchmark import Benchmark, Codes, File, Row, Sample
from xlt.files.safe import read_file
from xlt.frozen import FrozenDict


def _rows(file: File) -> Iterator[tuple[int, Row]]:
    """Yield each question with its picture; a picture has several."""
    try:
        found = json.loads(read_file(file.path))
        rows = [{**one, **pair} for one in found["annotations"] for pair in one["qa_pairs"]]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise file.error(f"has no annotations with qa_pairs ({error})") from None
    yield from enumerate(rows, start=1)


def _sample(row: Row, file: File) -> Sample:
    """Return a row; gold is all accepted answers. Without the file, the picture is its URL."""
    name = file.text(row, "image_id")
    local = f"images/{name}.jpg"
    image = local if (file.folder / local).is_file() else file.text(row, "image_url")
    answers = row.get("processed_answers") or row.get("answers")
    if not isinstance(answers, list) or not answers:
        raise file.error("answers has no list of texts")
    inputs = {"image": file.picture(image), "question": file.text(row, "question")}
    gold = tuple(dict.fromkeys(map(str, answers)))
    kind = "collection" if row.get("is_collection") else "single"
    return file.sample(row.get("question_id", file.line), inputs, gold, group=kind)


BENCHMARK = Benchmark(
    name="maxm",
    title="MaXM: questions on pictures, short answers in 7 languages",
    task="visual_question_answering",
    licence="free for any use, name Google; the pictures have licences of their own",
    languages=("en", "fr", "hi", "he", "ro", "th", "zh"),
    count=306,
    files=("maxm_v1_release/maxm_v1_{code}.json", "maxm_v1_{code}.json", "{code}.json"),
    codes=Codes(exceptions=FrozenDict({"he": "iw"})),
    metric="relaxed_accuracy",
    rows=_rows,
    sample=_sample,
)
