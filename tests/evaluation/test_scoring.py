"""The score of a task's metric from values and gold answers of every kind."""

from decimal import Decimal

import pytest

from xlt.errors import InputError, UnknownName
from xlt.evaluation.scoring import METRICS, score_values
from xlt.registry import tasks


@pytest.mark.parametrize(
    ("metric", "values", "golds", "language", "expected"),
    [
        ("accuracy", [540, None, Decimal("2.5"), 7], [540, 3, Decimal("2.50"), 8], "zh", 50.0),
        ("accuracy", ["entailment", "neutral"], ["entailment", "neutral"], "de", 100.0),
        ("accuracy", [True, None], [True, False], "ja", 50.0),
        ("accuracy", ["b", "c"], [("a", "b"), ("a", "b")], "en", 50.0),
        ("mkqa_f1", ["Robert Wadlow", None], [("Wadlow",), ("x",)], "en", 100 * (2 / 3) / 2),
        ("mkqa_em", ["the Wadlow", None], [("Wadlow", "W"), ("x",)], "en", 50.0),
        ("rouge1", ["le chat dort", None], ["le chat", "un chien"], "fr", 40.0),
        ("sacrebleu", ["le chat dort sur le lit"], ["le chat dort sur le lit"], "fr", 100.0),
        ("chrf++", ["le chat dort", None], ["le chat dort", ""], "fr", 100.0),
    ],
)
def test_scores(metric, values, golds, language, expected):
    assert score_values(metric, values, golds, language).value == pytest.approx(expected)


def test_every_shipped_task_names_a_metric_that_is_there():
    assert {task.metric for task in tasks()} <= set(METRICS)


def test_a_metric_nobody_knows_is_named():
    with pytest.raises(UnknownName, match="accuracy"):
        score_values("acuracy", [1], [1], "en")


def test_values_and_golds_must_be_as_many():
    with pytest.raises(InputError, match="2 answers cannot be scored against 1"):
        score_values("accuracy", [1, 2], [1], "en")
