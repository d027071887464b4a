"""Every built-in strategy keeps the promises that third parties' must keep."""

from dataclasses import replace

import pytest

import xlt
from xlt import Demonstration
from xlt.registry import names
from xlt.running import drive
from xlt.strategies.strategy import LastRound, get_strategy
from xlt.testing import check_strategy

SHOTS = [Demonstration("Moja na moja?", reply="One and one?\nAnswer: 2")]
OPTIONS = {
    "chain_of_dictionary": {"glossary": {"ngapi": "how many", "maji": ["water", "Wasser"]}},
    "translate_en": {"translator": lambda texts, *_: [text.upper() for text in texts]},
}


@pytest.mark.parametrize("name", [name for name in names("xlt.strategies") if name != "auto"])
@pytest.mark.parametrize(
    ("task", "inputs"),
    [
        ("mgsm", "Je, 2 + 2 ni ngapi?"),
        ("xnli", {"premise": "Mvua inanyesha.", "hypothesis": "Kuna maji."}),
        ("mkqa", "Nani alishinda?"),
    ],
)
def test_promises(name, task, inputs):
    strategy, options = get_strategy(name), OPTIONS.get(name)
    if name == "csicl":
        options = {"demonstrations": [replace(SHOTS[0], inputs=inputs)]}
    check_strategy(strategy, task=task, inputs=inputs, options=options)


def rounds_of(name, **options):
    """Return the rounds of a strategy's plan, and what a last one was replied and answered."""
    plan = xlt.plan("mgsm", "Je, 2 + 2 ni ngapi?", language="sw", strategy=name, **options)
    rounds = []

    def send(prompts):
        rounds.append(prompts)
        return [f"Translation: What is 2 + 2?\nCall {len(rounds)}. Answer: 4" for _ in prompts]

    return rounds, drive(plan, send)


@pytest.mark.parametrize(
    "name", ["clp", "emcee", "pim", "selective_translation", "self_translate", "basic", "auto"]
)
def test_a_strategy_whose_last_reply_is_the_answers_says_so(name):
    rounds, answer = rounds_of(name)
    assert [isinstance(one, LastRound) for one in rounds] == [False] * (len(rounds) - 1) + [True]
    assert len(rounds[-1]) == 1
    assert f"Call {len(rounds)}." in answer.reply


@pytest.mark.parametrize("name", ["autocap", "clc", "clsp", "related_feedback"])
def test_a_vote_or_a_judge_has_no_last_reply_to_show(name):
    rounds, _ = rounds_of(name)
    assert not any(isinstance(one, LastRound) for one in rounds)


def test_a_reply_that_may_be_asked_for_again_is_not_the_last():
    rounds, _ = rounds_of("clp", ensure_language=True)
    assert not any(isinstance(one, LastRound) for one in rounds)


@pytest.mark.parametrize("name", names("xlt.strategies"))
def test_every_strategy_names_its_source(name):
    strategy = get_strategy(name)
    assert strategy.name == name
    assert strategy.source
