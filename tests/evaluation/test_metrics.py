"""The metrics on small cases of our own: values, signatures and what they refuse."""

import pickle
from copy import deepcopy
from decimal import Decimal
from importlib.util import find_spec

import pytest

from xlt.answers.answer import Answer
from xlt.errors import InputError, UnknownName
from xlt.evaluation.paper import (
    paper_tables,
    published_scores,
)
from xlt.evaluation.rates import macro_f1, status_rates
from xlt.evaluation.runs.records import Price, Spent
from xlt.evaluation.scoring import score_values
from xlt.evaluation.statistics import Score, democratization
from xlt.evaluation.text_metrics import mkqa_em, mkqa_f1, normalize, rouge1, tokenize
from xlt.evaluation.translation import bleu, chrf


@pytest.mark.parametrize(
    ("value", "gold", "correct"),
    [
        (540, 540, True),
        (540, (54, 540), True),
        (54, (540, "54"), False),
        (Decimal("540.0"), 540, True),
        (None, 540, False),
        (None, False, False),
        (True, True, True),
        (True, 1, False),
        (1, True, False),
        ("entailment", "entailment", True),
        ("neutral", "entailment", False),
        ("540", 540, False),
    ],
)
def test_an_answer_is_correct_when_its_value_is_the_gold_one(value, gold, correct):
    assert score_values("accuracy", [value], [gold], "en").per_sample == (float(correct),)


def test_accuracy_counts_answers_not_found_as_wrong():
    score = score_values("accuracy", [2, None, 1], [2, 1, 2], "en")
    assert score.per_sample == (1.0, 0.0, 0.0)
    assert score.value == pytest.approx(100 / 3)
    assert score.signature.startswith("metric:accuracy|version:")
    assert str(score) == "33.3 (accuracy, n=3)"


@pytest.mark.parametrize(
    ("text", "language", "normal"),
    [
        ("The U.S. Dollar!", "en", "us dollar"),
        ("Descartes", "fr", "scartes"),
        ("les", "fr", "s"),
        ("gli Stati Uniti", "it", "stati iti"),
        ("dei Visconti", "it", "visconti"),
        ("الولايات المتحدة", "ar", "ولايات متحدة"),
        ("NBA 冠军", "zh-Hant", "n b a 冠 军"),
        ("NBA 冠军", "zh_cn", "n b a 冠 军"),
        ("“Oslo”", "nb", "“oslo”"),
        ("Et hus", "nb", "hus"),
    ],
)
def test_mkqa_normal_forms(text, language, normal):
    assert normalize(text, language) == normal


def test_mkqa_takes_the_best_gold_and_counts_no_answer_as_one():
    golds = [["Robert Wadlow", "Wadlow"], [""], [""]]
    f1 = mkqa_f1(["wadlow", "", "Paris"], golds, "en")
    assert f1.per_sample == (1.0, 1.0, 0.0)
    assert mkqa_em(["wadlow!", "the", "Paris"], golds, "en").per_sample == (1.0, 1.0, 0.0)
    assert f1.signature.startswith("metric:mkqa_f1|lang:en|norm:mkqa|version:")


@pytest.mark.parametrize(
    ("text", "language", "tokens"),
    [
        ("U.S. grew 3.5% in Q2", "en", ["u", "s", "grew", "3", "5", "in", "q", "2"]),
        ("L'état, «c'est moi»", "fr", ["l", "état", "c", "est", "moi"]),
        ("我爱北京。2021年", "zh", ["我", "爱", "北京", " ", "2021", "年"]),
        ("我爱北京", "zh_CN", ["我", "爱", "北京"]),
        ("我爱", None, ["我", "爱"]),
        ("भारत की राजधानी।", "hi", ["भारत", "की", "राजधानी"]),
        ("", "en", []),
    ],
)  # fmt: skip
def test_rouge_tokens(text, language, tokens):
    assert tokenize(text, language) == tokens


def test_rouge_scores_identical_texts_of_any_script_as_100():
    for text, language in (("我爱北京", "zh"), ("Xin chào", "vi"), ("нет", "ru")):
        score = rouge1([text], [text], language)
        assert score.value == 100
    assert "lang:ru|tok:unicode|stem:no|rouge_score:" in score.signature


def test_rouge_of_thai_needs_the_words_of_thai():
    with pytest.raises(InputError, match="ROUGE for th needs its words: pass segment="):
        rouge1(["ภาษาไทย"], ["ภาษาไทย"], "th")
    score = rouge1(["ภาษาไทย"], ["ภาษาจีน"], "th", segment=lambda text: [text[:4], text[4:]])
    assert score.value == 50


def test_bleu_tokenizes_for_the_target_language_and_chrf_reads_thai():
    for tag in ("zh-Hans", "zh_TW", "yue", "yue-Hant", "cmn", "wuu"):
        chinese = bleu(["我爱北京天安门"], ["我爱北京天安门"], tag)
        assert chinese.value == pytest.approx(100)
        assert "tok:zh" in chinese.signature
        assert chinese.per_sample == ()
    assert "tok:13a" in bleu(["Ngóa òi Beijing lah ah"] * 2, ["Ngóa"] * 2, "zh-Latn").signature
    thai = (["ภาษาไทยง่าย"], ["ภาษาไทยยาก"])
    assert bleu(*thai, "th").value == 0
    assert chrf(*thai).value > 30
    assert chrf(*thai).signature.startswith("metric:chrf++|nrefs:1|case:mixed|eff:yes|nc:6|nw:2")


def test_bleu_of_korean_names_sacrebleus_own_extra_where_it_is_missing():
    if find_spec("mecab_ko"):
        pytest.skip("sacrebleu[ko] is installed")
    with pytest.raises(InputError, match=r'needs: pip install "sacrebleu\[ko\]"'):
        bleu(["안녕"], ["안녕"], "ko")


@pytest.mark.parametrize(
    "call",
    [
        lambda: score_values("accuracy", [], [], "en"),
        lambda: score_values("accuracy", [1], [], "en"),
        lambda: mkqa_f1(["a"], [], "en"),
        lambda: mkqa_f1(["a"], [[]], "en"),
        lambda: mkqa_f1(["a"], ["a"], "en"),
        lambda: rouge1([], [], "en"),
        lambda: rouge1(["a"], [], "en"),
        lambda: bleu([], [], "en"),
        lambda: bleu("a", "a", "en"),
        lambda: chrf(["a"], []),
        lambda: democratization({}),
        lambda: democratization({"en": 0.0, "zh": 0.0}),
        lambda: democratization({"en": -1.0}),
        lambda: democratization({"en": float("nan")}),
        lambda: status_rates([]),
        lambda: Spent(-1, 0),
    ],
)
def test_what_cannot_be_scored_raises_an_input_error(call):
    with pytest.raises(InputError):
        call()


def test_democratization_is_the_mean_over_the_best():
    assert democratization({"en": 80.0, "sw": 40.0}) == 75
    assert democratization({"en": 80.0}) == 100
    assert democratization({"en": 0.5, "sw": 0.0}) == 50


def printed_democratization(benchmark, method, *, setting, model):
    """Return a cell of table 2 as it is printed."""
    table = paper_tables()["democratization_table2"]
    (row,) = (row for row in table["rows"] if (row["setting"], row["model"]) == (setting, model))
    return row[method][table["columns"].index(benchmark)]


def test_recomputed_democratization_agrees_with_table_2_but_for_two_misprints():
    models = ("text-davinci-003", "gpt-3.5-turbo")
    settings = [(setting, model) for setting in ("zero-shot", "few-shot") for model in models]
    wrong = {}
    for benchmark in ("mgsm", "xcopa", "xnli", "pawsx", "mkqa"):
        for setting, model in settings:
            for method in ("basic", "xlt"):
                row = {"setting": setting, "model": model}
                found = democratization(published_scores(benchmark, method, **row))
                printed = printed_democratization(benchmark, method, **row)
                if abs(found - printed) > 0.3:
                    wrong[benchmark, setting, model, method] = (printed, round(found, 1))
    assert wrong == {
        ("mgsm", "zero-shot", "gpt-3.5-turbo", "xlt"): (84.1, 83.0),
        ("mgsm", "few-shot", "gpt-3.5-turbo", "xlt"): (86.2, 85.5),
    }


def test_the_papers_tables_name_what_they_have():
    assert published_scores("mgsm", "xlt")["en"] == 84.4
    assert published_scores("flores", "basic").keys() >= {"zh-ru", "th-jv"}
    assert "democratization_table2" in paper_tables()
    with pytest.raises(UnknownName, match="Did you mean 'mgsm'"):
        published_scores("mgms", "xlt")
    with pytest.raises(UnknownName, match="few-shot / gpt-4 / xlt"):
        published_scores("mgsm", "xlt", setting="few-shot", model="gpt-4")


def test_status_rates_count_statuses_and_flags():
    answers = [
        Answer(1, "anchored"),
        Answer(1, "anchored", flags=frozenset(["truncated"])),
        Answer(1, "fallback"),
        Answer(None, "none", flags=frozenset(["truncated"])),
    ]
    rates = status_rates(answers)
    assert (rates.anchored, rates.fallback, rates.none) == (50, 25, 25)
    assert rates.flags == {"truncated": 2}


def test_a_price_is_of_a_million_tokens():
    price = Price(input_per_million=2.0, output_per_million=8.0)
    assert price.of(Spent(500, 50, 2)) == pytest.approx(0.0014)


def test_results_pickle_and_copy():
    for result in (
        mkqa_f1(["a b"], [["b"]], "en"),
        status_rates([Answer(1, "anchored", flags=frozenset(["truncated"]))]),
        Spent(1, 2),
        Price(1.0, 2.0),
    ):
        assert pickle.loads(pickle.dumps(result)) == deepcopy(result) == result
    assert isinstance(mkqa_f1(["a b"], [["b"]], "en"), Score)


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ([("a", "a", 3), ("b", "b", 1)], 100.0),
        ([("a", "a", 9), ("b", "a", 1)], 100 * (18 / 19) / 2),
        ([("a", None, 1), ("b", "b", 1)], 50.0),
        ([("a", "other", 1)], 0.0),
        ([], None),
    ],
)
def test_macro_f1_counts_every_label_alike(counts, score):
    assert macro_f1(counts) == (None if score is None else pytest.approx(score))
