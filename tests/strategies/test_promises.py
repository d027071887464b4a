"""Every built-in strategy keeps the promises that third parties' must keep."""

from dataclasses import replace

import pytest

from xlt import Demonstration
from xlt.registry import names
from xlt.strategies.strategy import get_strategy
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


@pytest.mark.parametrize("name", names("xlt.strategies"))
def test_every_strategy_names_its_source(name):
    strategy = get_strategy(name)
    assert strategy.name == name
    assert strategy.source
