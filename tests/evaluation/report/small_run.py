"""A small run of our own sentences, written as the runner writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlt.evaluation.runs.records import (
    Call,
    Cell,
    KnownFault,
    Manifest,
    Reading,
    Result,
    SampleFailure,
)

RUN = "0123456789abcdef"
TIERS = {"zh": "high", "en": "high", "ar": "middle", "th": "middle", "sw": "very low"}
PROBLEMS = {
    "en": "Amina has 3 baskets with 4 mangoes each. How many mangoes is that?",
    "zh": "阿明有 3 个篮子，每个篮子里有 4 个芒果。一共有多少个芒果？",
    "ar": "لدى أمينة 3 سلال، في كل سلة 4 حبات مانجو. كم حبة مانجو لديها؟",
    "th": "อามินามีตะกร้า 3 ใบ แต่ละใบมีมะม่วง 4 ลูก รวมกันมีมะม่วงกี่ลูก",
    "sw": "Amina ana vikapu 3, kila kimoja kina maembe 4. Ana maembe mangapi?",
}
RIGHT = {  # language: how many of ten questions basic and xlt have right
    "en": (7, 9),
    "zh": (5, 9),
    "ar": (4, 8),
    "th": (4, 7),
    "sw": (1, 3),
}


@dataclass(frozen=True)
class Ending:
    """How one sample ended."""

    score: float | None = 1.0
    reply: str = "12 is what 3 times 4 makes.\nAnswer: 12"
    value: Any = 12
    outcome: str = "scored"
    finish_reason: str = "stop"


WRONG = Ending(0.0, "I add them: 3 + 4.\nAnswer: 7", 7)
UNPARSED = Ending(0.0, "Mangoes are sweet.", None, "unparsed")
ERRORED = Ending(None, "", None, "errored")


def cell(
    language: str, strategy: str, planned: int = 10, benchmark: str = "mgsm", **more: Any
) -> Cell:
    known: dict[str, Any] = {"task": "arithmetic_reasoning", "metric": "accuracy"}
    return Cell(
        benchmark=benchmark,
        language=language,
        tier=TIERS.get(language),
        strategy=strategy,
        planned=planned,
        **{**known, **more},
    )


def result(place: Cell, sample: str, end: Ending = Ending(), **more: Any) -> Result:
    """Return the end of a sample; the reading's span is where the value last stands."""
    text = "" if end.value is None else str(end.value)
    start = end.reply.rfind(text)
    reading = Reading(
        value=end.value,
        status="none" if end.value is None else "anchored",
        text=text,
        span=None if end.value is None else (start, start + len(text)),
    )
    prompt = f"I want you to act as an arithmetic expert.\nRequest: {PROBLEMS.get(place.language)}"
    slept = SampleFailure(kind="ServerError", message="502: the model slept")
    call = Call(
        messages=({"role": "user", "content": prompt},),
        reply=end.reply,
        finish_reason=end.finish_reason,
        prompt_tokens=90 if place.strategy == "xlt" else 30,
        completion_tokens=60 if place.strategy == "xlt" else 10,
    )
    failed = end.outcome == "errored"
    known: dict[str, Any] = {"inputs": {"problem": PROBLEMS.get(place.language, "?")}, "gold": 12}
    return Result(
        run=RUN,
        id=f"{place.name}/{sample}/{more.get('repeat', 0)}",
        benchmark=place.benchmark,
        language=place.language,
        target_language=place.target_language,
        strategy=place.strategy,
        sample=sample,
        outcome=end.outcome,
        score=end.score,
        reading=None if failed else reading,
        calls=() if failed else (call,),
        failure=slept if failed else None,
        **{**known, **more},
    )


def manifest(cells: Sequence[Cell], **more: Any) -> Manifest:
    known: dict[str, Any] = {
        "command": "xlt eval --benchmarks mgsm --languages en,zh,ar,th,sw --model fake",
        "created": "2026-11-23T04:00:00Z",
        "model": "fake-model",
        "settings": {"temperature": 0, "max_tokens": 512},
        "templates": "abc123",
        "version": "0.1.0",
        "seed": 1,
    }
    return Manifest(fingerprint=RUN, cells=tuple(cells), **{**known, **more})


def write_run(folder: Path, plan: Manifest, results: Sequence[Result]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(plan.model_dump_json(indent=2), encoding="utf-8")
    lines = [one.model_dump_json().encode() + b"\n" for one in results]
    (folder / "results.jsonl").write_bytes(b"".join(lines))
    return folder


def mango_cells() -> list[Cell]:
    fault = KnownFault(fault="thousands commas", count=2, action="read as numbers")
    return [
        cell(language, strategy, faults=(fault,) if language == "th" else ())
        for language in RIGHT
        for strategy in ("basic", "xlt")
    ]


def mango_results(cells: Sequence[Cell]) -> list[Result]:
    """Return ten results a cell; in Swahili one reply is unreadable, in Thai one errored."""
    found = []
    for place in cells:
        right = RIGHT[place.language][place.strategy == "xlt"]
        for number in range(10):
            end = Ending() if number < right else WRONG
            if number == 9 and place.strategy == "xlt":
                end = {"sw": UNPARSED, "th": ERRORED}.get(place.language, end)
            found.append(result(place, f"q{number}", end))
    return found


def write_mangoes(folder: Path, **more: Any) -> Path:
    """Write the run most tests look at: five languages, basic and xlt, ten questions each."""
    cells = mango_cells()
    prices = {"input_price": 0.15, "output_price": 0.6}
    return write_run(folder, manifest(cells, **{**prices, **more}), mango_results(cells))
