"""clsp and autocap: paths, votes, ties, early stop, failures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt import Answer, XLTError
from xlt.strategies.clsp import PIVOTS
from xlt.strategies.voting import Vote


def pivot_of(prompt):
    return dict(prompt.options)["pivot"]


def clsp(**options):
    return xlt.plan("mgsm", "2 + 3?", language="sw", strategy="clsp", **options)


def answering(values):
    """Return an `ask` that gives each pivot its own answer, and the list of what was asked."""
    asked = []

    def ask(prompt):
        asked.append((dict(prompt.options)["turn"], pivot_of(prompt)))
        value = values[PIVOTS.index(pivot_of(prompt))]
        if isinstance(value, Exception):
            raise value
        return "I see." if dict(prompt.options)["turn"] == "understanding" else f"Answer: {value}"

    return ask, asked


@pytest.mark.parametrize(
    ("values", "winner"),
    [
        ("5555566", 5),
        ("6555566", 5),
        ("6565123", 6),
        ("5651623", 5),
        (["?", "?", "?", "?", "?", "?", "7"], 7),
        (["540", "540.0", "1", "1", "1,000", "540.00", "9"], 540),
    ],
)
@pytest.mark.parametrize("early_stop", [False, True])
def test_the_majority_answers_and_ties_go_to_the_first(values, winner, early_stop):
    ask, _ = answering(values)
    assert xlt.run(clsp(early_stop=early_stop), ask).value == winner


def test_two_rounds_with_a_path_a_pivot():
    plan = clsp()
    first = next(plan)
    assert [pivot_of(prompt) for prompt in first] == ["en", "de", "es", "fr", "ja", "ru", "zh"]
    second = plan.send(tuple(f"In {pivot_of(prompt)}" for prompt in first))
    assert [prompt.history[1].content for prompt in second] == [f"In {pivot}" for pivot in PIVOTS]


def test_early_stop_sends_no_path_that_cannot_change_the_vote():
    ask, asked = answering("5555666")
    assert xlt.run(clsp(early_stop=True), ask).value == 5
    assert len(asked) == 8  # four paths of seven


def test_no_readable_reply_is_no_answer():
    ask, _ = answering(["?"] * 7)
    answer = xlt.run(clsp(), ask)
    assert (answer.value, answer.status) == (None, "none")


def test_a_failed_path_ends_the_run_or_does_not_vote():
    values = ["5", ConnectionError("gone"), "5", "6", "6", "6", "5"]
    ask, _ = answering(values)
    with pytest.raises(ConnectionError, match="gone"):
        xlt.run(clsp(), ask)
    assert xlt.run(clsp(quorum=6), ask).value == 5
    with pytest.raises(XLTError, match="Only 6 paths of clsp answered; quorum=7"):
        xlt.run(clsp(quorum=7), ask)


def test_a_vote_decided_early_needs_no_further_path():
    ask, asked = answering("5555666")
    assert xlt.run(clsp(early_stop=True, quorum=6), ask).value == 5
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pivots": []}, "must be a list"),
        ({"pivots": "en"}, "must be a list"),
        ({"pivots": ["Klingonish"]}, "No language named"),
        ({"quorum": 8}, "quorum is 8; with 7 pivots it must be from 1 to 7"),
        ({"quorum": 0}, "quorum is 0"),
    ],
)
def test_bad_options_are_said_before_any_call(options, message):
    ask, asked = answering("5555555")
    with pytest.raises(XLTError, match=message):
        xlt.run(clsp(**options), ask)
    assert asked == []


def test_texts_are_not_voted_on():
    with pytest.raises(XLTError, match="no two texts of summarization are equal"):
        next(xlt.plan("xlsum", "Un texte.", language="fr", strategy="clsp"))


def answer(value):
    return Answer(value, "none" if value is None else "anchored")


@given(st.lists(st.sampled_from([1, 2, 3, None]), min_size=1, max_size=9))
def test_a_decided_vote_does_not_change(values):
    whole, partial = Vote(), Vote()
    for value in values:
        whole.add(answer(value))
    sent = 0
    while needed := partial.needed(len(values) - sent):
        assert needed <= len(values) - sent
        for value in values[sent : sent + needed]:
            partial.add(answer(value))
        sent += needed
    assert partial.winner().value == whole.winner().value


def test_equal_values_count_together():
    vote = Vote()
    for value in ("Paris", Decimal("2.5"), " paris "):
        vote.add(answer(value))
    assert vote.winner().value == "Paris"


SELECTED = 'Good ones.\nTarget Language=[{"language": "German"}, {"language": "Chinese"}]'
SCORED = (
    'Target Language=[{"language": "German", "alignment score": 0.9}, '
    "{'language': 'Chinese', 'alignment score': '0.4'}, {\"language\": \"Thai\", "
    '"alignment score": 0.4}, {"language": "Qwx", "alignment score": 1}]'
)


def autocap_reply(scored, answers):
    def ask(prompt):
        options = dict(prompt.options)
        if "pivot" not in options:
            return SELECTED if options["turn"] == "selection" else scored
        return f"Answer: {answers[options['pivot']]}"

    return ask


@pytest.mark.parametrize(
    ("scored", "answers", "winner"),
    [
        (SCORED, {"de": 5, "zh": 6, "th": 6}, 5),
        (SCORED.replace("0.9", "0.7"), {"de": 5, "zh": 6, "th": 6}, 6),
        ("I would rather not.", {"de": 5, "zh": 6}, 5),
    ],
)
def test_autocap_weighs_the_pivots_the_model_chose(scored, answers, winner):
    plan = xlt.plan("mgsm", "2 + 3?", language="sw", strategy="autocap")
    assert xlt.run(plan, autocap_reply(scored, answers)).value == winner


def test_autocap_without_a_choice_takes_the_pivots_of_clsp():
    pivots = []

    def ask(prompt):
        pivots.append(dict(prompt.options).get("pivot"))
        return "Answer: 5"

    plan = xlt.plan("mgsm", "2 + 3?", language="sw", strategy="autocap")
    assert xlt.run(plan, ask).value == 5
    assert pivots == [None, None, *PIVOTS, *PIVOTS]


def test_a_tie_that_the_first_would_win_is_decided():
    vote = Vote()
    vote.add(answer(5))
    vote.add(answer(5))
    assert (vote.needed(2), vote.needed(3)) == (0, 1)


@pytest.mark.parametrize("count", [0, -1])
def test_autocap_needs_a_pivot(count):
    with pytest.raises(XLTError, match=f"count is {count}; autocap needs at least one pivot"):
        next(xlt.plan("mgsm", "2 + 3?", language="sw", strategy="autocap", count=count))
