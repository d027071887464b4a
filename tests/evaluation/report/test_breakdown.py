"""What stands behind a score: groups, repeats, places of choices, labels mixed up."""

from __future__ import annotations

from typing import Any

import pytest
from small_run import WRONG, Ending, cell, result

from xlt.evaluation.report.breakdown import OptionPlace, breakdowns, pass_at

RIGHT = Ending()


def told(results: list[Any], **more: Any) -> Any:
    one = cell("zh", "xlt", planned=len(results), **more)
    return breakdowns([one], {one.name: results})[0]


def with_group(sample: str, ending: Ending, group: str, weight: int) -> Any:
    about = {"group": group, "weight": str(weight)}
    return result(cell("zh", "xlt"), sample, ending).model_copy(update={"metadata": about})


def test_groups_are_told_apart_and_weighed():
    rows = [("a", RIGHT, "low", 1), ("b", WRONG, "low", 1), ("c", RIGHT, "top", 8)]
    found = told([with_group(*row) for row in rows])
    assert [(one.group, one.score, one.count) for one in found.groups] == [
        ("low", 50.0, 2), ("top", 100.0, 1),
    ]  # fmt: skip
    assert found.weighted == pytest.approx((1 * 50 + 8 * 100) / 9)


@pytest.mark.parametrize(
    ("count", "right", "k", "chance"), [(4, 1, 1, 0.25), (4, 1, 4, 1.0), (4, 2, 2, 5 / 6)]
)
def test_pass_at_k_is_that_of_the_humaneval_paper(count, right, k, chance):
    assert pass_at(count, right, k) == pytest.approx(chance)


def test_repeats_give_pass_at_k():
    ends = {"a": (RIGHT, WRONG), "b": (WRONG, WRONG)}
    rows = [
        result(cell("zh", "xlt"), sample, end).model_copy(update={"repeat": repeat})
        for sample, some in ends.items()
        for repeat, end in enumerate(some)
    ]
    assert told(rows).passes == {1: 25.0, 2: 50.0}


def test_the_place_of_a_choice_shows_a_bias():
    rows = []
    for sample, gold, value in (("a", 1, 1), ("b", 2, 1), ("c", 2, 1), ("d", 1, 2)):
        end = RIGHT if gold == value else WRONG
        one = result(cell("zh", "xlt"), sample, end)
        reading = one.reading.model_copy(update={"value": value})
        rows.append(one.model_copy(update={"gold": gold, "reading": reading}))
    found = told(rows, task="commonsense_reasoning", benchmark="xcopa")
    assert found.places == (OptionPlace("A", 75.0, 50.0), OptionPlace("B", 25.0, 50.0))
    assert found.place_bias == 25.0


def test_labels_that_were_mixed_up_are_counted():
    rows = []
    for sample, gold, value in (("a", "neutral", "neutral"), ("b", "neutral", None)):
        one = result(cell("zh", "xlt"), sample, RIGHT)
        reading = one.reading.model_copy(update={"value": value})
        rows.append(one.model_copy(update={"gold": gold, "reading": reading}))
    found = told(rows, task="natural_language_inference", benchmark="xnli")
    assert {(one.gold, one.value, one.count) for one in found.labels} == {
        ("neutral", "neutral", 1), ("neutral", None, 1),
    }  # fmt: skip
