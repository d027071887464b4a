"""The numbers of a report, on runs small enough to count by hand."""

from __future__ import annotations

import pytest
from small_run import ERRORED, UNPARSED, WRONG, Ending, cell, manifest, result, write_run

from xlt.errors import InputError, UnknownName
from xlt.evaluation.report.assembling import make_report
from xlt.evaluation.report.charts import series_of
from xlt.evaluation.report.gains import Difference, Gain, holm
from xlt.evaluation.runs.run_folder import load_run
from xlt.evaluation.runs.tally import summarize
from xlt.evaluation.statistics import sign_flip_test


@pytest.fixture
def report_of(tmp_path):
    """Make the report of cells and results, or the reasons it cannot be made."""

    def make(cells, results, *, baseline=None, examples=1, **more):
        folder = write_run(tmp_path / "run", manifest(cells, **more), results)
        return make_report(load_run(folder), baseline=baseline, examples=examples)

    return make


def ends(place, *endings, **more):
    return [result(place, f"q{number}", end, **more) for number, end in enumerate(endings)]


def by_name(report):
    return {part.name: part for part in report.cells}


def test_samples_are_counted_once_and_add_up(report):
    assert str(report.totals) == "100 planned = 98 scored + 1 unparsed + 1 errored"
    for part in report.cells:
        tally = part.score.tally
        assert tally.planned == tally.scored + tally.unparsed + tally.errored == 10


def test_unparsed_is_wrong_and_errored_is_no_answer(report):
    cells = by_name(report)
    swahili, thai = cells["mgsm/sw/xlt"].score, cells["mgsm/th/xlt"].score
    assert (swahili.score, swahili.answered) == (30.0, 10)
    assert thai.score == pytest.approx(100 * 7 / 9)
    assert thai.notes == ("1 errored, left out of the score",)
    assert swahili.interval.low <= 30.0 <= swahili.interval.high


def test_gain_of_a_language_is_paired_and_tested_exactly(report):
    gains = {one.language: one for one in report.gains}
    chinese = gains["zh"].difference
    assert (chinese.value, chinese.samples, chinese.test) == (40.0, 10, "McNemar")
    assert chinese.p_value == 0.125  # four gained, none lost: 2 / 2**4
    assert chinese.low > 0
    assert chinese.verdict == "unclear"  # the interval alone would have said better
    assert gains["th"].difference.samples == 9  # the errored one has no partner
    assert gains["zh"].corrected == pytest.approx(5 * 0.125)


def test_translations_of_a_question_are_one_question(report):
    (overall,) = report.gains_by_benchmark
    assert (overall.languages, overall.difference.pairs, overall.difference.samples) == (5, 49, 10)
    assert overall.difference.test == "permutation"
    assert overall.difference.verdict == "better"
    assert overall.difference.is_rough


def test_near_copies_feign_no_certainty(report_of):
    one_language = [cell("zh", name) for name in ("basic", "xlt")]
    many = [cell(tag, name) for tag in ("en", "zh", "ar", "th") for name in ("basic", "xlt")]
    pattern = [Ending(), WRONG, WRONG, WRONG, WRONG], [Ending(), Ending(), Ending(), WRONG, WRONG]

    def overall(cells):
        results = [one for c in cells for one in ends(c, *pattern[c.strategy == "xlt"])]
        return report_of(cells, results).gains_by_benchmark[0].difference

    once, copied = overall(one_language), overall(many)
    assert (once.low, once.high) == (copied.low, copied.high)


def test_repeats_are_one_question(report_of):
    place = cell("zh", "basic", planned=4)
    results = [result(place, "q0", Ending(), repeat=number) for number in range(2)]
    results += [result(place, "q1", WRONG, repeat=0), result(place, "q1", Ending(), repeat=1)]
    score = report_of([place], results, repeats=2).cells[0].score
    assert (score.score, score.answered) == (75.0, 4)
    assert {score.interval.low, score.interval.high} == {
        50.0,
        100.0,
    }  # of 100 and 50, two questions


def test_democratization_over_the_languages_present(report):
    balance = {one.strategy: one for one in report.balances}["xlt"]
    scores = [90, 90, 80, 700 / 9, 30]
    assert balance.democratization == pytest.approx(100 * sum(scores) / 5 / 90)
    assert (balance.languages, balance.best, balance.worst) == (5, "en", "sw")
    assert balance.behind == ("sw",)
    assert balance.published is None  # the paper's MGSM has no Arabic


def test_democratization_of_the_paper_is_over_the_same_languages(report_of):
    cells = [cell(tag, "xlt", planned=1) for tag in ("zh", "sw")]
    report = report_of(cells, [one for c in cells for one in ends(c, Ending())])
    assert report.balances[0].published == pytest.approx(100 * (72.6 + 70.8) / 2 / 72.6)


@pytest.mark.parametrize(
    ("languages", "endings", "note"),
    [
        (("zh",), (Ending(),), "needs two languages"),
        (("zh", "sw"), (WRONG,), "every language scores zero"),
        (("zh", "sw"), (ERRORED,), "needs two languages"),
    ],
)
def test_democratization_that_does_not_exist(report_of, languages, endings, note):
    cells = [cell(tag, "xlt", planned=1) for tag in languages]
    report = report_of(cells, [one for c in cells for one in ends(c, *endings)])
    assert [(one.democratization, one.note) for one in report.balances] == [(None, note)]
    assert report.findings[2].answer == "Cannot tell"


def test_the_paper_stands_beside_the_same_setting(report_of):
    cells = [cell("zh", "xlt", planned=1, shots=5), cell("zh", "clp", planned=1)]
    report = report_of(cells, [one for c in cells for one in ends(c, Ending())])
    few_shot, none = report.cells
    apt = {row.model: row.score for row in few_shot.published if row.is_apt}
    assert apt == {"gpt-3.5-turbo": 71.8, "text-davinci-003": 53.2}
    assert none.published == ()


def test_summary_and_report_score_a_list_of_references_alike(report_of, tmp_path):
    settings = {"benchmark": "own", "task": "machine_translation", "metric": "sacrebleu"}
    text = "Die Katze schläft heute auf dem alten Dach."
    place = cell("zh", "xlt", 1, target_language="de", **settings)
    report = report_of([place], ends(place, Ending(None, text, text), gold=[text, "Sie schläft."]))
    (summary,) = summarize(load_run(tmp_path / "run"))
    assert summary.score.value == report.cells[0].score.score == pytest.approx(100)


def test_corpus_metrics_have_no_interval(report_of):
    settings = {"benchmark": "flores", "task": "machine_translation", "metric": "sacrebleu"}
    cells = [cell("zh", name, 2, target_language="de", **settings) for name in ("basic", "xlt")]
    text = "Die Katze schläft heute auf dem alten Dach."
    worse = Ending(
        None, "Der Hund schläft heute auf dem Dach.", "Der Hund schläft heute auf dem Dach."
    )
    better = Ending(None, text, text)
    results = [
        *ends(cells[0], worse, worse, gold=text),
        *ends(cells[1], better, better, gold=text),
    ]
    report = report_of(cells, results)
    basic, xlt = (part.score for part in report.cells)
    assert xlt.score == pytest.approx(100)
    assert xlt.interval is None
    assert xlt.notes == ("a corpus metric: no interval",)
    (gain,) = report.gains
    assert gain.difference.value == pytest.approx(xlt.score - basic.score)
    assert (gain.difference.p_value, gain.corrected) == (None, None)
    assert "may be chance" in report.findings[0].sentences[0]
    assert "cannot be compared" in report.balances[0].note


def test_answers_in_another_language_are_seen(report_of):
    settings = {"benchmark": "mkqa", "task": "question_answering", "metric": "mkqa_f1"}
    place = cell("sw", "xlt", 3, **settings)
    sentences = (
        "Mji mkuu wa Kenya ni Nairobi, na uko karibu na mbuga ya wanyama.",
        "The capital of Kenya is Nairobi, and it is close to a large park.",
        "1963",
    )
    results = ends(place, *(Ending(0.0, text, text) for text in sentences))
    found = report_of([place], results).cells[0].rates.consistency
    assert (found.judged, dict(found.other), found.skipped) == (2, {"en": 1}, 1)
    assert found.line_pass == 50.0


def test_a_second_call_is_told(report_of):
    place = cell("sw", "xlt", 2)
    first, second = ends(place, Ending(1.0, "Answer: 12", 12), Ending(1.0, "Answer: 12", 12))
    reading = first.reading.model_copy(update={"flags": ("asked_again",)})
    again = first.model_copy(update={"reading": reading})
    notes = report_of([place], [again, second]).cells[0].score.notes
    assert notes == ("1 asked a second time",)


def test_the_language_is_that_of_the_reply_with_the_answer(report_of):
    """A verdict or a second call that declined comes after it."""
    place = cell("sw", "related_feedback", 1)
    swahili = "Juma ana mayai kumi na sita na anakula matatu."
    (end,) = ends(place, Ending(1.0, f"{swahili}\nJibu: 12", 12))
    after = end.calls[-1].model_copy(
        update={"reply": "Going by the reviews, the answer is right: True", "reasoning": "I see."}
    )
    span = (len(swahili) + 7, len(swahili) + 9)
    reading = end.reading.model_copy(update={"text": "12", "span": span})
    first = end.calls[-1].model_copy(update={"reasoning": swahili})
    both = end.model_copy(update={"reading": reading, "calls": (first, after)})
    rates = report_of([place], [both]).cells[0].rates
    assert (rates.consistency.line_pass, rates.thoughts.line_pass) == (100.0, 100.0)


def test_the_language_of_thoughts_is_told_beside_any_metric(report_of):
    place = cell("sw", "xlt", 3)
    thoughts = (
        "<think>Juma ana mayai kumi na sita na anakula matatu.</think>Answer: 12",
        "<think>Juma has sixteen eggs and eats three of them.</think>Answer: 12",
        "Answer: 12",
    )
    results = ends(place, *(Ending(1.0, text, 12) for text in thoughts))
    rates = report_of([place], results).cells[0].rates
    assert rates.consistency is None
    assert (rates.thoughts.line_pass, dict(rates.thoughts.other)) == (50.0, {"en": 1})
    apart = [
        one.model_copy(update={"calls": (one.calls[-1].model_copy(update={"reasoning": thought}),)})
        for one, thought in zip(
            ends(place, *(Ending(1.0, "Answer: 12", 12) for _ in thoughts)),
            ("Juma ana mayai kumi na sita na anakula matatu.", "", ""),
            strict=True,
        )
    ]
    told = report_of([place], apart).cells[0].rates.thoughts
    assert (told.line_pass, told.judged) == (100.0, 1)
    plain = ends(place, *(Ending(1.0, "Answer: 12", 12) for _ in thoughts))
    assert report_of([place], plain).cells[0].rates.thoughts is None


def test_tokens_and_money_count_every_call(report):
    totals = {one.strategy: one for one in report.spending if one.language is None}
    xlt = totals["xlt"]
    assert (xlt.usage.input_tokens, xlt.usage.output_tokens, xlt.usage.calls) == (4410, 2940, 49)
    assert xlt.money == pytest.approx((4410 * 0.15 + 2940 * 0.6) / 1e6)
    assert report.findings[1].answer == "3.7× the tokens"


def test_errors_and_known_faults_are_listed(report):
    (failure,) = report.failures
    assert (failure.kind, failure.count, failure.cells) == ("ServerError", 1, ("mgsm/th/xlt",))
    assert [(one.language, one.fault, one.count) for one in report.faults] == [
        ("th", "thousands commas", 2)
    ]


def test_worst_examples_prefer_what_the_baseline_had_right(report_of):
    cells = [cell("zh", name, 4) for name in ("basic", "xlt")]
    results = [
        *ends(cells[0], WRONG, Ending(), WRONG, WRONG),
        *ends(cells[1], WRONG, WRONG, UNPARSED, ERRORED),
    ]
    examples = report_of(cells, results, examples=3).examples
    assert [(one.result.sample, one.is_regression) for one in examples] == [
        ("q1", True),
        ("q2", False),
        ("q0", False),
    ]


def test_examples_come_from_every_cell_before_any_comes_twice(report_of):
    cells = [cell(tag, "xlt", 2) for tag in ("zh", "sw")]
    results = [one for c in cells for one in ends(c, WRONG, WRONG)]
    report = report_of(cells, results, baseline="xlt", examples=2)
    names = ["mgsm/zh/xlt", "mgsm/sw/xlt"]
    assert [one.cell for one in report.examples] == names * 2


def test_a_run_under_way_says_so(report_of):
    place = cell("zh", "xlt", planned=3)
    report = report_of([place], ends(place, Ending()))
    assert str(report.totals) == "3 planned = 1 scored + 0 unparsed + 0 errored + 2 open"
    assert report.cells[0].score.notes == ("2 not run yet",)


def test_a_run_without_results(report_of):
    report = report_of([cell("zh", "basic"), cell("zh", "xlt")], [])
    assert [finding.answer for finding in report.findings] == [
        "Cannot tell",
        "Nothing yet",
        "Cannot tell",
    ]


@pytest.mark.parametrize(
    ("gained", "lost", "answer"),
    [(20, 0, "Yes: +50.0 points"), (0, 20, "No: −50.0 points"), (2, 1, "Not clear: +2.5 points")],
)
def test_the_headline_says_no_more_than_the_numbers(report_of, gained, lost, answer):
    cells = [cell("zh", name, 40) for name in ("basic", "xlt")]
    basic = [WRONG] * gained + [Ending()] * (40 - gained)
    xlt = [Ending()] * gained + [WRONG] * lost + [Ending()] * (40 - gained - lost)
    report = report_of(cells, [*ends(cells[0], *basic), *ends(cells[1], *xlt)])
    assert report.findings[0].answer == answer


def test_another_baseline(report_of):
    cells = [cell("zh", name, 1) for name in ("cot", "clp")]
    results = [one for c in cells for one in ends(c, Ending())]
    assert report_of(cells, results).baseline == "cot"
    assert report_of(cells, results, baseline="clp").subject == "cot"
    with pytest.raises(UnknownName, match="No strategy in this run named 'basic'"):
        report_of(cells, results, baseline="basic")


def test_a_run_without_cells_is_refused(report_of):
    with pytest.raises(InputError, match="has no cells"):
        report_of([], [])


@pytest.mark.parametrize(
    ("differences", "p_value"),
    [
        ([1.0] * 6, 2 / 2**6),
        ([1.0] * 4 + [0.0] * 6, 2 / 2**4),  # as McNemar's test has it
        ([0.2, 0.4], 0.5),
        ([1.0, -1.0], 1.0),
        ([0.0], 1.0),
        ([], 1.0),
        ([0.1] * 29, 1 / 2001),  # drawn: no draw comes near
    ],
)
def test_permutations(differences, p_value):
    assert sign_flip_test(differences) == pytest.approx(p_value)


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.9]) == [1.0, 1.0]
    assert holm([0.04, None, 0.01]) == pytest.approx([0.04, None, 0.02])
    assert holm([]) == []


@pytest.mark.parametrize(
    ("low", "high", "p_value", "verdict"),
    [
        (1.0, 2.0, 0.01, "better"),
        (-2.0, -1.0, 0.01, "worse"),
        (-1.0, 2.0, 0.01, "unclear"),
        (1.0, 2.0, 0.05, "unclear"),
        (None, None, None, "unclear"),
    ],
)
def test_verdicts(low, high, p_value, verdict):
    assert Difference(1.0, low, high, p_value).verdict == verdict


def test_every_strategy_is_judged(report_of):
    """Three strategies over two languages: means, where each is best, fixed and broken."""
    cells = [cell(tag, name, 4) for tag in ("zh", "sw") for name in ("basic", "clp", "xlt")]
    right = {"basic": (2, 1), "clp": (2, 0), "xlt": (3, 2)}
    results = []
    for place in cells:
        count = right[place.strategy][place.language == "sw"]
        results += ends(place, *[Ending()] * count, *[WRONG] * (4 - count))
    made = report_of(cells, results)
    basic, clp, xlt = made.judged
    assert (basic.mean, clp.mean, xlt.mean) == (37.5, 25.0, 62.5)
    assert (basic.best_in, clp.best_in, xlt.best_in) == ((), (), ("zh", "sw"))
    assert basic.gain is None
    assert (xlt.gain.difference.fixed, xlt.gain.difference.broken) == (2, 0)
    assert (clp.gain.difference.fixed, clp.gain.difference.broken) == (0, 1)
    assert xlt.gain.corrected >= xlt.gain.difference.p_value
    assert (xlt.tokens, basic.tokens, xlt.seconds) == (150, 40, None)
    best = made.findings[1]
    assert (best.question, best.answer) == ("Which strategy scores highest?", "xlt")
    assert "xlt 62.5, then basic 37.5, clp 25.0 (means over languages)" in best.sentences[0]


@pytest.mark.parametrize(
    ("right", "best"),
    [((1, 2, 2), "clp and xlt"), ((2, 1, 2), "basic and xlt"), ((0, 0, 0), "Several alike")],
)
def test_strategies_of_the_same_score_are_named_together(report_of, right, best):
    cells = [cell("zh", name, 4) for name in ("basic", "clp", "xlt")]
    results = []
    for place, count in zip(cells, right, strict=True):
        results += ends(place, *[Ending()] * count, *[WRONG] * (4 - count))
    found = report_of(cells, results).findings[1]
    assert (found.answer, found.sentences[0][-20:]) == (best, "The first are equal.")


def test_a_mark_over_all_languages_needs_the_corrected_p():
    """p = 0.029 alone would be filled; among four strategies it is not."""
    found = Difference(5.0, 1.0, 9.0, 0.029)
    assert found.verdict == "better"
    gain = Gain("mgsm", "accuracy", None, "xlt", "basic", 6, found, corrected=0.116)
    assert gain.verdict == "unclear"


def test_the_strategies_stand_side_by_side_on_each_sample(report):
    questions = {(one.pair, one.sample): one for one in report.questions}
    assert len(report.questions) == 50
    fixed = questions["sw", "q1"]
    assert [(one.strategy, one.mark, one.change) for one in fixed.attempts] == [
        ("basic", "wrong", ""),
        ("xlt", "right", "fixed"),
    ]
    assert fixed.states == ("wrong", "right", "fixed", "wrong basic", "right xlt", "fixed xlt")
    assert [one.mark for one in questions["th", "q9"].attempts] == ["wrong", "errored"]
    assert [one.mark for one in questions["sw", "q9"].attempts] == ["wrong", "none"]


def test_a_strategy_has_its_colour_in_every_report(report_of):
    def series(*names):
        cells = [cell("zh", name, 1) for name in names]
        return series_of(report_of(cells, [one for each in cells for one in ends(each, WRONG)]))

    assert series("xlt", "mine", "basic") == {"xlt": 1, "mine": 2, "basic": 0}
    assert series("en_cot", "xlt") == {"en_cot": 2, "xlt": 1}


def test_placeholders_and_citations_are_counted(report_of):
    about = {"benchmark": "mine", "task": "localization", "metric": "chrf++"}
    place = cell("de", "xlt", 4, **about)
    results = ends(place, *[Ending(None, "Hallo {name}", "Hallo {name}")] * 4)
    reading = results[0].reading.model_copy(update={"flags": ("placeholders_changed",)})
    results[0] = results[0].model_copy(update={"reading": reading})
    rates = report_of([place], results).cells[0].rates
    assert dict(rates.checks) == {"placeholders kept": 75.0, "glossary kept": 100.0}
    assert (rates.right, rates.wrong_language) == (None, None)


def test_right_wrong_none_and_wrong_language_stand_apart(report_of):
    place = cell("sw", "xlt", 4, benchmark="mkqa", task="question_answering", metric="mkqa_f1")
    results = ends(place, Ending(), Ending(), WRONG, UNPARSED)
    reading = results[2].reading.model_copy(update={"wrong_language": True})
    results[2] = results[2].model_copy(update={"reading": reading})
    rates = report_of([place], results).cells[0].rates
    assert (rates.right, rates.wrong, rates.statuses.none) == (50.0, 25.0, 25.0)
    assert rates.wrong_language == 1
