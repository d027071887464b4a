"""Intervals and significance: known values, the same on every run."""

import math

import pytest

from xlt.errors import InputError
from xlt.evaluation.statistics import bootstrap_interval, mcnemar_exact, paired_bootstrap

HALF = [1.0, 0.0] * 50


def test_an_interval_holds_the_mean_and_has_the_width_of_the_normal_one():
    found = bootstrap_interval(HALF)
    assert found.value == 50
    normal = 100 * 1.96 * math.sqrt(0.25 / 100)  # 9.8 points each side
    assert found.low == pytest.approx(50 - normal, abs=1.5)
    assert found.high == pytest.approx(50 + normal, abs=1.5)
    assert "resamples:2000|seed:12345|confidence:0.95" in found.signature


def test_the_same_seed_gives_the_same_interval_and_less_confidence_a_narrower_one():
    assert bootstrap_interval(HALF) == bootstrap_interval(HALF)
    assert bootstrap_interval(HALF, seed=1) != bootstrap_interval(HALF, seed=2)
    narrow, wide = bootstrap_interval(HALF, confidence=0.5), bootstrap_interval(HALF)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_scores_without_spread_have_an_interval_of_one_point():
    found = bootstrap_interval([1.0] * 10)
    assert (found.low, found.value, found.high) == (100, 100, 100)


def test_a_clear_gain_is_significant_and_no_gain_is_not():
    gain = paired_bootstrap([0.0] * 40 + [1.0] * 60, [1.0] * 100)
    assert gain.difference == pytest.approx(40)
    assert gain.low > 25
    assert gain.p_value == pytest.approx(2 / 2001)
    same = paired_bootstrap(HALF, HALF)
    assert (same.difference, same.p_value) == (0, 1)
    swapped = paired_bootstrap([1.0] * 100, [0.0] * 40 + [1.0] * 60)
    assert swapped.difference == pytest.approx(-40)
    assert swapped.p_value == gain.p_value


@pytest.mark.parametrize(
    ("gains", "losses", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 0.0625),
        (10, 2, 158 / 4096),  # 2 * (1 + 12 + 66) / 2**12
        (3, 3, 1.0),
    ],
)
def test_mcnemar_counts_only_what_the_two_disagree_on(gains, losses, p_value):
    first = [False] * gains + [True] * losses + [True, False] * 20
    second = [True] * gains + [False] * losses + [True, False] * 20
    assert mcnemar_exact(first, second) == pytest.approx(p_value)
    assert mcnemar_exact(second, first) == pytest.approx(p_value)


def test_mcnemar_of_thousands_of_samples_neither_overflows_nor_vanishes():
    found = mcnemar_exact([False] * 1300 + [True] * 1200, [True] * 1300 + [False] * 1200)
    normal = math.erfc((100 - 1) / math.sqrt(2500) / math.sqrt(2))
    assert found == pytest.approx(normal, rel=0.02)
    assert mcnemar_exact([False] * 5000, [True] * 5000) == 0.0


def test_mcnemar_of_ten_thousand_disagreements_is_cut_short(monkeypatch):
    # A binomial coefficient anew for each of them took 19 seconds.
    monkeypatch.delattr(math, "comb")
    assert mcnemar_exact([False] * 5000 + [True] * 5000, [True] * 5000 + [False] * 5000) == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: bootstrap_interval([]),
        lambda: bootstrap_interval([1.0], confidence=1.0),
        lambda: bootstrap_interval([1.0], resamples=0),
        lambda: paired_bootstrap([1.0], []),
        lambda: paired_bootstrap([], []),
        lambda: mcnemar_exact([], []),
        lambda: mcnemar_exact([True], [0.5]),
        lambda: mcnemar_exact([True], [True, False]),
    ],
)
def test_what_cannot_be_compared_raises_an_input_error(call):
    with pytest.raises(InputError):
        call()
