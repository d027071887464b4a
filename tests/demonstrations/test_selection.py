"""Which demonstrations a request gets."""

from __future__ import annotations

import pytest
from langchain_core.example_selectors import LengthBasedExampleSelector
from langchain_core.prompts import PromptTemplate

import xlt
from xlt.demonstrations import Demonstration
from xlt.demonstrations.selection import RandomShots, ShotsByLength
from xlt.errors import InputError

POOL = tuple(
    Demonstration(f"What is {number} + 1?", reply=f"Answer: {number + 1}", language="en")
    for number in range(9)
)


def shots(selector, text="What is 40 + 2?") -> list[str]:
    prompt = xlt.compose("mgsm", text, language="en", demonstrations=selector)
    return [turn.reply for turn in prompt.demonstrations]


def test_fixed():
    assert shots(POOL[:2]) == ["Answer: 1", "Answer: 2"]


def test_random_by_seed_and_request_alone():
    drawn = shots(RandomShots(POOL, 3))
    assert drawn == ["Answer: 3", "Answer: 1", "Answer: 7"]  # the same on every machine
    assert shots(RandomShots(POOL[::-1], 3)) == drawn
    others = [shots(RandomShots(POOL, 3), f"What is {number} + 2?") for number in range(5)]
    assert len({tuple(one) for one in others}) > 1
    assert any(shots(RandomShots(POOL, 3, seed=seed)) != drawn for seed in range(1, 4))


def test_random_never_shows_the_request_itself():
    assert len(shots(RandomShots(POOL, 9), "What is 3 + 1?")) == 8
    assert "Answer: 4" not in shots(RandomShots(POOL, 9), "What is 3 + 1?")


def test_by_length():
    every = [shots(ShotsByLength(POOL, most)) for most in range(0, 160, 8)]
    counts = [len(one) for one in every]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 9
    assert all(one == [f"Answer: {number + 1}" for number in range(len(one))] for one in every)
    longer = "What is 40 + 2? " * 5
    assert len(shots(ShotsByLength(POOL, 80), longer)) < len(shots(ShotsByLength(POOL, 80)))


def test_a_langchain_selector():
    examples = [
        {"problem": f"What is {number} + 1?", "reply": f"Answer: {number + 1}", "language": "en"}
        for number in range(9)
    ]
    template = PromptTemplate.from_template("{problem} {reply}")
    selector = LengthBasedExampleSelector(examples=examples, example_prompt=template, max_length=20)
    assert shots(selector) == ["Answer: 1", "Answer: 2"]


def test_a_saved_plan_is_given_its_selector_again():
    class Selector:
        def select_examples(self, inputs):
            return [{"problem": "1 + 1?", "reply": "Answer: 2"}]

    saved = xlt.SavedPlan.start("mgsm", "3 + 4?", language="en", demonstrations=Selector())
    again = xlt.SavedPlan.from_json(saved.to_json(), demonstrations=Selector())
    (prompt,) = again.position().prompts
    assert [turn.reply for turn in prompt.demonstrations] == ["Answer: 2"]


@pytest.mark.parametrize("wrong", ["text", {"inputs": "a"}, 3])
def test_what_is_no_selector(wrong):
    with pytest.raises(InputError, match="demonstrations must be a sequence of them, a function"):
        shots(wrong)
