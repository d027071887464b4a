"""The paper's numbers that can stand beside those of a run."""

from __future__ import annotations

from dataclasses import dataclass

from xlt.evaluation.paper import paper_tables
from xlt.evaluation.runs.records import Cell

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
    """Return the paper's scores for a cell's benchmark, language and strategy; often there is none.

    A benchmark of one's own, or one scored by another metric, has none.
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
