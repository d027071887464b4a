"""Every built-in strategy keeps the promises that third parties' must keep."""

import pytest

from xlt.registry import names
from xlt.strategies.strategy import get_strategy
from xlt.testing import check_strategy

OPTIONS = {"translate_en": {"translator": lambda texts, *_: [text.upper() for text in texts]}}


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
    strategy = get_strategy(name)
    check_strategy(strategy, task=task, inputs=inputs, options=OPTIONS.get(name))


@pytest.mark.parametrize("name", names("xlt.strategies"))
def test_every_strategy_names_its_source(name):
    strategy = get_strategy(name)
    assert strategy.name == name
    assert strategy.source
