"""MKQA: open questions, short answers (Longpre et al. 2020, arXiv 2007.15207)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlt.evaluation.benchmark import Benchmark, Codes, File, Hub, Row, Sample
from xlt.frozen import FrozenDict
from xlt.rows import read_rows

_CODES = Codes(
    exceptions=FrozenDict(
        {"zh": "zh_cn", "zh-Hans": "zh_cn", "zh-Hant": "zh_tw", "zh-TW": "zh_tw", "zh-CN": "zh_cn"}
        | {"zh-HK": "zh_hk", "nb": "no"}
    )
)
# The hub's rows hold the number of the type.
_TYPES = "entity long_answer unanswerable date number number_with_unit short_phrase binary"
_LEFT_OUT = {"unanswerable": "unanswerable questions", "long_answer": "long answers"}


def _sample(row: Row, file: File) -> Sample | None:
    """Return a row; gold is all accepted texts. The paper keeps 6,758 of 10,000 questions."""
    code = _CODES.of(file.language)
    answers = _answers(row, code, file)
    kinds = {_type(answer) for answer in answers}
    gold = _texts(answers)
    reason = next((why for kind, why in _LEFT_OUT.items() if kind in kinds), None)
    if reason or not gold:
        file.leave_out(reason or "answers without a text")
        return None
    inputs = {"question": file.text(row["queries"], code)}
    name = row.get("example_id", file.line)
    return file.sample(name, inputs, gold, type=", ".join(sorted(kinds)))


def _answers(row: Row, code: str, file: File) -> list[dict[str, Any]]:
    answers, queries = row.get("answers"), row.get("queries")
    if not isinstance(answers, dict) or not isinstance(queries, dict):
        raise file.error("answers and queries must be objects by language")
    own = answers.get(code)
    if not isinstance(own, list) or not all(isinstance(one, dict) for one in own):
        raise file.error(f"no answers in {code}; it has {', '.join(answers)}")
    return own


def _type(answer: dict[str, Any]) -> str:
    kind = answer.get("type")
    names = _TYPES.split()
    return names[kind] if type(kind) is int and 0 <= kind < len(names) else str(kind)


def _texts(answers: list[dict[str, Any]]) -> tuple[str, ...]:
    texts: list[object] = []
    for one in answers:
        aliases = one.get("aliases")
        texts += [one.get("text"), *(aliases if isinstance(aliases, list) else ())]
    return tuple(dict.fromkeys(text for text in texts if isinstance(text, str) and text))


def _found(folder: Path, split: str) -> Iterator[str | None]:
    paths = [folder / name for name in BENCHMARK.files if (folder / name).is_file()]
    for _, row in read_rows(paths[0]) if paths else ():
        queries = row.get("queries")
        yield from map(_CODES.tag, queries if isinstance(queries, dict) else ())
        return


BENCHMARK = Benchmark(
    name="mkqa",
    title="MKQA: open questions, short answers",
    task="mkqa",
    licence="CC-BY-SA-3.0",
    languages=("en", "de", "ru", "fr", "zh", "es", "ja", "vi", "tr", "th"),
    count=10000,
    files=("mkqa.jsonl.gz", "mkqa.jsonl", "train/0000.parquet"),
    hub=Hub(
        "apple/mkqa",  # of the branch that the hub converted to Parquet
        "d7a2b9681ece319c53f8c2fe850eb4b487cec912",
        ("mkqa/train/0000.parquet",),
    ),
    codes=_CODES,
    found=_found,
    sample=_sample,
)
