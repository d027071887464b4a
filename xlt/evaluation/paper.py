"""The paper's result tables (arXiv 2305.07004v2), to stand beside your own results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from xlt.errors import UnknownName
from xlt.evaluation.runs.records import Cell
from xlt.frozen import FrozenDict


@lru_cache(maxsize=1)
def paper_tables() -> Mapping[str, Any]:
    """Return all tables by name: the seven benchmarks (tables 7-13) and tables 1 to 4."""
    text = files("xlt.evaluation").joinpath("paper_tables.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


def published_scores(
    benchmark: str, method: str, *, setting: str = "zero-shot", model: str = "gpt-3.5-turbo"
) -> FrozenDict[str, float]:
    """Return the paper's score of each language ("zh-ru" for translation), in percent.

    `method` is basic or xlt. Raises UnknownName for a row that tables 7 to 13 do not have.
    """
    known = [name for name, table in paper_tables().items() if "metric" in table]
    if benchmark not in known:
        raise UnknownName("benchmark in the paper", benchmark, known)
    rows = paper_tables()[benchmark]["rows"]
    named = {(row["setting"], row["model"], row["method"]): row["scores"] for row in rows}
    if (setting, model, method) not in named:
        raise UnknownName(
            f"row of {benchmark} in the paper",
            " / ".join((setting, model, method)),
            [" / ".join(key) for key in named],
        )
    return FrozenDict(named[setting, model, method])


_METRICS = {
    "accuracy": "accuracy",
    "token F1": "mkqa_f1",
    "ROUGE-1": "rouge1",
    "sacreBLEU": "sacrebleu",
}


@dataclass(frozen=True, slots=True)
class Published:
    """A score of the paper's tables 7 to 13, on the whole test set and the models of its time.

    `is_apt` tells that its setting, zero- or few-shot, is the cell's.
    """

    model: str
    setting: str
    method: str
    score: float
    is_apt: bool


def published_beside(cell: Cell) -> tuple[Published, ...]:
    """Return the paper's scores for a cell's benchmark, language and strategy, if it has any.

    Your own data, and a benchmark scored by another metric, have none.
    """
    table = paper_tables().get(cell.benchmark, {})
    if _METRICS.get(table.get("metric")) != cell.metric:
        return ()
    apt = "few-shot" if cell.shots else "zero-shot"
    return tuple(
        Published(
            model=row["model"],
            setting=row["setting"],
            method=row["method"],
            score=row["scores"][cell.pair],
            is_apt=row["setting"] == apt,
        )
        for row in table["rows"]
        if row["method"] == cell.strategy and cell.pair in row["scores"]
    )
