"""Prompts that fit a number of tokens, and what they say they left out."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xlt
from xlt.budget import REDUCTIONS, Budget, Reduction, graphemes, words
from xlt.demonstrations import Demonstration
from xlt.errors import InputError, MissingExtra, UnknownName

ARTICLE = "One small cat sleeps. Two large dogs bark! " * 40
SHOTS = [
    Demonstration(f"Problem number {number}: what is {number} + 1?", reply=f"Answer: {number + 1}")
    for number in range(4)
]
DRAWN = [name for name in REDUCTIONS if name != "syntax"]


def tags(words: Sequence[str]) -> list[str]:
    known = {"cat": "NOUN", "dogs": "NOUN", "small": "ADJ", "large": "ADJ", "sleeps.": "VERB"}
    return [known.get(word, "X") for word in words]


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


@pytest.mark.parametrize(
    ("name", "count", "kept"),
    [
        ("head", 5, "One sm"),
        ("head+tail", 4, "Onk."),
        ("truncate", 3, "One small cat "),
        ("syntax", 2, "cat dogs "),
        ("syntax", 4, "small cat large dogs "),
        ("syntax", 5, "small cat sleeps. large dogs "),
    ],
)
def test_what_a_reduction_keeps(name, count, kept):
    text = "One small cat sleeps. Two large dogs bark."
    reduction = Reduction(name, text, tagger=tags)
    assert reduction.kept(count) == kept


def test_block_is_one_window_and_random_is_not():
    text = " ".join(str(number) for number in range(100, 200))
    block = Reduction("block", text, seed=1).kept(10)
    assert len(block.split()) == 10
    assert block in text
    scattered = Reduction("random", text, seed=1).kept(10)
    assert len(scattered.split()) == 10
    assert scattered not in text
    assert Reduction("random", text, seed=2).kept(10) != scattered


def test_the_place_of_a_block_is_uniform():
    starts = [
        int(Reduction("block", "a b c d", seed=seed).kept(2).startswith("a")) for seed in range(300)
    ]
    assert 70 <= sum(starts) <= 130  # one of three windows


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one  two\nthree", ["one  ", "two\n", "three"]),
        ("  one two", ["  one ", "two"]),
        ("小明有 3 个", ["小", "明", "有 ", "3 ", "个"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("ok 👩‍👩‍👧‍👦 é", ["ok ", "👩‍👩‍👧‍👦 ", "é"]),
        ("", []),
    ],
)
def test_words(text, pieces):
    assert words(text) == pieces


def test_a_long_run_is_cut_between_characters():
    assert len(words("a" * 61)) == 61
    assert words("a" * 60) == ["a" * 60]
    assert graphemes("e\u0301👩‍👩‍👧") == ["e\u0301", "👩‍👩‍👧"]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.sampled_from(DRAWN),
    st.integers(0, 9),
)
def test_what_is_kept_is_a_subsequence_by_seed_alone(text, name, seed):
    reduction = Reduction(name, text, seed=seed)
    assert "".join(reduction.pieces) == text
    for count in range(1, len(reduction.pieces)):
        kept = reduction.kept(count)
        assert is_subsequence(kept, text)
        assert kept == Reduction(name, text, seed=seed).kept(count)
        assert kept.strip() or not text.strip()
    assert reduction.kept(len(reduction.pieces)) == text


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DRAWN), st.integers(110, 500), st.integers(0, 5))
def test_a_prompt_fits_its_budget(name, most, seed):
    prompt = xlt.compose("xlsum", ARTICLE, language="en", max_tokens=Budget(most, name, seed=seed))
    assert prompt.count_tokens() <= most
    whole = xlt.compose("xlsum", ARTICLE, language="en")
    if whole.count_tokens() <= most:
        assert prompt == whole
        return
    assert is_subsequence(prompt.inputs["article"], ARTICLE)
    assert prompt.omitted.characters == len(ARTICLE) - len(prompt.inputs["article"])
    assert prompt.omitted.of == len(ARTICLE)
    assert prompt.omitted.tokens == whole.count_tokens() - prompt.count_tokens()
    assert prompt.inputs["article"] in prompt.text


def test_what_fits_already_does_not_change():
    plain = xlt.compose("mgsm", "1 + 1?", language="en", demonstrations=SHOTS)
    fitted = xlt.compose("mgsm", "1 + 1?", language="en", demonstrations=SHOTS, max_tokens=9999)
    assert fitted == plain
    assert fitted.omitted is None
    assert "omitted" not in fitted.signature


def test_demonstrations_go_first_from_the_end():
    whole = xlt.compose("mgsm", "1 + 1?", language="en", demonstrations=SHOTS)
    fewer = xlt.compose(
        "mgsm",
        "1 + 1?",
        language="en",
        demonstrations=SHOTS,
        max_tokens=whole.count_tokens() - 1,
    )
    assert fewer.demonstrations == whole.demonstrations[:3]
    assert fewer.inputs == whole.inputs
    assert fewer.omitted.demonstrations == 1
    assert "|shots:3|omitted:demonstrations=1|" in fewer.signature
    assert str(fewer.omitted).startswith("1 demonstration: ")


def test_then_the_longest_free_text():
    inputs = {"premise": "Dogs bark. " * 100, "hypothesis": "Cats bark."}
    prompt = xlt.compose("xnli", inputs, language="en", max_tokens=200, reduce="truncate")
    assert prompt.inputs["hypothesis"] == "Cats bark."
    assert len(prompt.inputs["premise"]) < 1100
    assert prompt.omitted.field == "premise"
    assert f"|omitted:premise={prompt.omitted.characters}/1100(truncate)|" in prompt.signature
    named = Budget(400, field="hypothesis")
    with pytest.raises(InputError, match="max_tokens is 400; without demonstrations"):
        xlt.compose("xnli", {**inputs, "premise": "Dogs. " * 500}, language="en", max_tokens=named)


def test_choices_are_never_cut():
    inputs = {"premise": "It rained. " * 50, "question": "effect"}
    inputs |= {"choice1": "Wet streets. " * 60, "choice2": "Dry streets."}
    prompt = xlt.compose("xcopa", inputs, language="en", max_tokens=400)
    assert prompt.omitted.field == "premise"
    assert prompt.inputs["choice1"] == inputs["choice1"]


@pytest.mark.parametrize("name", DRAWN)
def test_the_smallest_budget_that_an_error_names_works(name):
    with pytest.raises(InputError) as caught:
        xlt.compose("xlsum", ARTICLE, language="en", max_tokens=5, reduce=name)
    least = int(str(caught.value).split("Give at least ")[1].split(",")[0])
    prompt = xlt.compose("xlsum", ARTICLE, language="en", max_tokens=least, reduce=name)
    assert prompt.count_tokens() == least


@pytest.mark.parametrize(
    ("budget", "error", "message"),
    [
        (0, InputError, "max_tokens is 0; it must be at least 1."),
        ("100", InputError, "max_tokens must be a whole number or a Budget, not str."),
        (Budget(9, "tail"), UnknownName, "No reduction named 'tail'."),
        (Budget(9, field="text"), UnknownName, "No input field of summarization named 'text'."),
    ],
)
def test_wrong_budgets(budget, error, message):
    with pytest.raises(error) as caught:
        xlt.compose("xlsum", "a b c", language="en", max_tokens=budget)
    assert str(caught.value).startswith(message)


def test_syntax_takes_a_tagger_and_english():
    budget = Budget(130, "syntax", tagger=tags)
    prompt = xlt.compose("xlsum", ARTICLE, language="en", max_tokens=budget)
    assert set(prompt.inputs["article"].split()) <= {"cat", "dogs"}
    with pytest.raises(InputError, match="reads English, not German"):
        xlt.compose("xlsum", ARTICLE, language="de", max_tokens=budget)
    few = Budget(130, "syntax", tagger=lambda words: ["X"])
    with pytest.raises(InputError, match=r"The tagger gave 1 tags for \d+ words"):
        xlt.compose("xlsum", ARTICLE, language="en", max_tokens=few)


def test_syntax_without_spacy_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(MissingExtra, match=r'pip install "xlt\[syntax\]"'):
        xlt.compose("xlsum", ARTICLE, language="en", max_tokens=130, reduce="syntax")


def test_a_plan_fits_too_where_it_is_one_call():
    rounds = xlt.plan("xlsum", ARTICLE, language="en", max_tokens=150)
    (prompt,) = next(rounds)
    assert prompt.count_tokens() <= 150
    with pytest.raises(InputError, match="more than one call"):
        xlt.plan("mgsm", "1 + 1?", language="en", strategy="clp", max_tokens=150)


def test_a_translated_prompt_is_not_translated_at_each_try():
    calls = []

    def translator(texts, source, target):
        calls.append(texts)
        return list(texts)

    with pytest.raises(InputError, match="Translate first, then compose"):
        xlt.compose(
            "mgsm",
            "ndogo " * 400,
            language="sw",
            strategy="translate_en",
            translator=translator,
            max_tokens=150,
        )
    assert len(calls) == 1


def test_what_was_left_out_pickles():
    prompt = xlt.compose("xlsum", ARTICLE, language="en", max_tokens=150)
    assert pickle.loads(pickle.dumps(prompt)) == copy.deepcopy(prompt) == prompt


def test_frequency_keeps_rare_words_in_any_language():
    text = "le chat dort et le chien dort et le chat mange"
    reduction = Reduction("frequency", text)
    assert reduction.kept(2) == "chien mange"
    assert reduction.kept(3) == "chat chien mange"
    common = {"chien": 0.5}
    given = Reduction("frequency", text, frequency=lambda word: common.get(word, 0.1))
    assert "chien" not in given.kept(9)
    budget = Budget(100, "frequency")
    prompt = xlt.compose(
        "xlsum", "na mto na mvua " * 60 + "mafuriko", language="sw", max_tokens=budget
    )
    assert "mafuriko" in prompt.text
    assert "(frequency)" in prompt.signature


def test_frequency_keeps_whole_phrases_where_no_spaces_part_the_words():
    thai = "ภาษาไทยเป็นภาษาราชการ กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทยที่มีประชากรมาก น้ำท่วม"
    reduction = Reduction("frequency", thai)
    assert "".join(reduction.pieces) == thai
    assert all(piece in thai for piece in reduction.kept(2).split())
    assert reduction.kept(1).strip() in thai
    assert len(reduction.pieces) < 6


def test_frequency_takes_no_letters_out_of_a_long_run():
    tibetan = "བོད་ཡིག་ནི་བོད་མིའི་སྐད་ཡིག་ཡིན་ལ་དེ་ནི་སྔོན་ཐོན་མི་སམ་བྷོ་ཊས་གསར་བཟོས་མཛད་པའི་ཡི་གེ་ཞིག་ཡིན།"
    for text in (tibetan, f"https://example.org/{'letters-and-letters/' * 5}"):
        reduction = Reduction("frequency", text)
        assert "".join(reduction.pieces) == text
        assert len(reduction.pieces) > 1
        assert reduction.kept(1) in text
        assert len(reduction.kept(1)) > 10
