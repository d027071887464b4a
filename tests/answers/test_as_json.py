"""An answer as JSON: what JSON's own types can say, and digits as text where they cannot."""

import json
from decimal import Decimal

import pytest

from xlt.answers.answer import Answer, marked
from xlt.answers.as_json import answer_json
from xlt.frozen import FrozenDict


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12, "12"),
        (True, "true"),
        ("四", '"四"'),
        (Decimal("17.9"), "17.9"),
        (Decimal("12345678901234567890.12"), '"12345678901234567890.12"'),
        ([1, Decimal("0.5")], "[1, 0.5]"),
        (FrozenDict({"a": (Decimal("0.5"), None)}), '{"a": [0.5, null]}'),
        (None, "null"),
    ],
)
def test_every_value_can_be_written(value, written):
    found = answer_json(Answer(value, "anchored"))
    assert json.dumps(found["value"], ensure_ascii=False) == written


def test_all_that_is_told():
    answer = Answer(4, "anchored", "4", (8, 9), frozenset({"truncated", "echoed_from_request"}))
    assert answer_json(answer) == {
        "value": 4,
        "status": "anchored",
        "text": "4",
        "span": [8, 9],
        "flags": ["echoed_from_request", "truncated"],
        "rule": "",
    }
    chosen = Answer(2, "anchored", "B", (8, 9), rule="behind marker", letter="B", words="dry")
    told = answer_json(chosen)
    assert (told["rule"], told["letter"], told["words"]) == ("behind marker", "B", "dry")
    assert answer_json(Answer(None, "none"))["span"] is None


def test_the_place_of_an_answer_is_shown_in_its_line():
    found = Answer(18, "anchored", "18", (17, 19), reply="He adds.\nAnswer: 18 eggs\nDone.")
    assert marked(found) == "Answer: »18« eggs"
    assert marked(Answer(None, "none")) == ""
