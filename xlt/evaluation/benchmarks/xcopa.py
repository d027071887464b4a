"""XCOPA: cause or effect, of two choices (Ponti et al. 2020, arXiv 2005.00333)."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from xlt.evaluation.benchmark import Benchmark, File, Hub, Row, Sample, field_files
from xlt.frozen import FrozenDict

_QUESTIONS = {"c": "cause", "e": "effect"}
_PARTS = FrozenDict({"test": "test", "dev": "val", "train": "train"})


def _sample(row: Row, file: File) -> Sample:
    """Return a row; each question is what English COPA asks, which five languages contradict."""
    number, label = row.get("idx"), row.get("label")
    if type(number) is not int or label not in (0, 1):
        raise file.error("idx must be an integer and label 0 or 1")
    inputs = file.texts(row, "premise", "question", "choice1", "choice2")
    right = _copa_questions(_PARTS[file.split]) if file.options.get("repair", True) else ""
    if 0 <= number < len(right) and inputs["question"] != _QUESTIONS[right[number]]:
        inputs["question"] = _QUESTIONS[right[number]]
        file.note("wrong question values", "replaced by those of English COPA")
    return file.sample(number, inputs, label + 1)


@lru_cache(maxsize=4)
def _copa_questions(part: str) -> str:
    """Return a letter for each idx of the split: c for cause, e for effect."""
    data = files(__package__).joinpath("xcopa_questions.json")
    return str(json.loads(data.read_text(encoding="utf-8")).get(part, ""))


BENCHMARK = Benchmark(
    name="xcopa",
    title="XCOPA: cause or effect, of two choices",
    task="xcopa",
    licence="CC-BY-4.0",
    languages=("zh", "it", "vi", "tr", "id", "sw", "th", "et", "ta", "ht", "qu"),
    count=500,
    files=field_files(["{part}.{code}.jsonl"], ["data/{code}/", "{code}/", ""]),
    hub=Hub(
        "cambridgeltl/xcopa",
        "042f78955ba48e6404616762fa6e05e839c3907a",
        ("{code}/{split}-00000-of-00001.parquet",),
    ),
    parts=_PARTS,
    sample=_sample,
)
