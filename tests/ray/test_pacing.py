"""The token bucket by a clock of its own, and the pacer's runs."""

from __future__ import annotations

import pytest

from xlt.backends.errors import AuthenticationFailed, QuotaExceeded
from xlt.errors import InputError
from xlt.ray.pacing import Bucket, Pacer, RateLimit


def sent_by(bucket: Bucket, calls: int, tokens: float = 0, now: float = 0) -> list[float]:
    """Return when each of many calls goes that are all asked for at once."""
    return [now + bucket.take(tokens, now) for _ in range(calls)]


@pytest.mark.parametrize("burst", [0.0, 1.0, 5.0])
def test_no_minute_holds_more_than_its_requests_and_the_burst(burst: float):
    bucket = Bucket(RateLimit(requests_per_minute=600, burst=burst))
    times = sent_by(bucket, 3000)
    assert times == sorted(times)
    for start in range(0, 300, 7):
        in_minute = [time for time in times if start <= time < start + 60]
        assert len(in_minute) <= 600 + 10 * burst + 1
    assert times[-1] == pytest.approx(2999 / 10 - burst)  # and none is wasted


def test_tokens_are_the_other_limit():
    bucket = Bucket(RateLimit(requests_per_minute=6000, tokens_per_minute=60_000, burst=0))
    assert sent_by(bucket, 3, tokens=500) == [0.0, 0.5, 1.0]


def test_a_call_larger_than_the_limit_goes_and_the_next_waits_for_it():
    bucket = Bucket(RateLimit(tokens_per_minute=600, burst=1))
    assert sent_by(bucket, 2, tokens=1200) == [0.0, 119.0]


def test_what_a_reply_did_not_use_is_given_back():
    bucket = Bucket(RateLimit(tokens_per_minute=6000, burst=0))
    assert bucket.take(1000, 0.0) == 0.0
    bucket.settle(-900)
    assert bucket.take(1000, 0.0) == pytest.approx(1.0)
    bucket.settle(+100)
    assert bucket.take(0, 0.0) == pytest.approx(12.0)


def test_time_without_calls_saves_no_more_than_the_burst():
    bucket = Bucket(RateLimit(requests_per_minute=60, burst=2))
    assert sent_by(bucket, 4, now=1000.0) == [1000.0, 1000.0, 1000.0, 1001.0]


def test_no_limit_never_waits_but_for_a_pause():
    bucket = Bucket(RateLimit())
    assert set(sent_by(bucket, 100, tokens=1e9)) == {0.0}
    bucket.pause(5, 10.0)
    bucket.pause(2, 10.0)
    assert bucket.closed(11.0) == 4.0
    assert bucket.take(1, 10.0) == 5.0
    assert bucket.take(1, 16.0) == 0.0


@pytest.mark.parametrize(
    "wrong",
    [{"requests_per_minute": 0}, {"tokens_per_minute": -1}, {"burst": -1}, {"reply_tokens": -1}],
)
def test_limits_that_cannot_be(wrong: dict[str, float]):
    with pytest.raises(InputError):
        RateLimit(**wrong)


def test_runs_share_a_pacer_and_stop_alone():
    pacer = Pacer(RateLimit(requests_per_minute=60, burst=0), clock=lambda: 0.0)
    for run in ("one", "two"):
        pacer.join(run, RateLimit(requests_per_minute=60, burst=0))
    assert [pacer.take("one", 10), pacer.take("two", 20)] == [0.0, 1.0]
    pacer.stop("one", AuthenticationFailed("no key"))
    pacer.stop("one", QuotaExceeded("no money"))
    assert pacer.take("one", 10) is pacer.held("one") is None
    assert pacer.held("two") == 0.0
    assert isinstance(pacer.stopped("one"), AuthenticationFailed)
    assert pacer.stopped("two") is None
    pacer.settle(-5)
    assert pacer.told() == {"requests": 2, "tokens": 25}
    pacer.leave("one")
    pacer.join("one", RateLimit())
    assert pacer.take("one", 0) is not None


def test_the_limits_are_those_of_the_run_that_came_last():
    pacer = Pacer(RateLimit(requests_per_minute=60), clock=lambda: 0.0)
    pacer.join("one", RateLimit(requests_per_minute=6, burst=0))
    assert [pacer.take("one", 0), pacer.take("one", 0)] == [0.0, 10.0]
