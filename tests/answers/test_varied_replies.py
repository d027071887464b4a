"""Every kind of reply, varied by language, marker, mark-up and wording: the table is the data."""

import json
from pathlib import Path

import pytest

import xlt

TABLES = sorted((Path(__file__).parent / "data").glob("*.jsonl"))
ROWS = [json.loads(line) for one in TABLES for line in one.read_text("utf-8").splitlines()]
INPUTS = {
    "xcopa": {
        "premise": "p",
        "question": "cause",
        "choice1": "The dog barked.",
        "choice2": "The cat slept.",
    },
    "xnli": {"premise": "A man sleeps.", "hypothesis": "A man rests."},
    "multiple_choice": {
        "question": "শহরটির নাম কী?",
        "options": ["ঢাকা", "খুলনা", "সিলেট", "রাজশাহী"],
    },
    "pawsx": {"sentence1": "A b", "sentence2": "B c"},
    "flores": "Hello {name}",
}
TASKS = (
    "flores",
    "mgsm",
    "mkqa",
    "multiple_choice",
    "pawsx",
    "reading_comprehension",
    "xcopa",
    "xnli",
)


def read(row):
    task, language = row["task"], row["language"]
    reply = xlt.Reply(row["reply"], row.get("finish_reason"))
    inputs = row.get("inputs", INPUTS.get(task))
    if inputs is None:
        return xlt.parse(task, reply, language=language)
    target = "sw" if task == "flores" else None
    prompt = xlt.compose(task, inputs, language=language, target_language=target)
    return prompt.parse(reply)


@pytest.mark.parametrize("task", TASKS)
def test_varied_replies_are_read_as_the_table_says(task):
    rows = [row for row in ROWS if row["task"] == task]
    assert rows
    read_otherwise = [
        (row["reply"], row["language"], answer.value, row["value"])
        for row in rows
        if not agrees((answer := read(row)).value, row["value"])
    ]
    assert read_otherwise == []


def test_a_table_that_says_otherwise_fails():
    assert not agrees(read({"task": "mgsm", "language": "en", "reply": "Answer: 12"}).value, 13)
    assert not agrees(True, 1)
    assert not agrees(1, True)
    assert not agrees(None, 0)


def agrees(value, wanted):
    """Whether a value is the one wanted, and of its kind: True is not 1, None is not 0."""
    if isinstance(wanted, float):
        return value is not None and float(value) == wanted
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
