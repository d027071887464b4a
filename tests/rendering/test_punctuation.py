"""Stops, question marks, capitals and articles, in every script."""

import pytest

from xlt.rendering.filters import (
    first_upper,
    with_article,
    with_question_mark,
    with_stop,
    without_stop,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See oli õrn.", "See oli õrn"),
        ("Wait..", "Wait."),
        ("它很小。", "它很小。"),
        ("वह छोटा था।", "वह छोटा था।"),
        ("كان صغيرا؟", "كان صغيرا؟"),
        ("and then…", "and then…"),
        ("มันเล็ก", "มันเล็ก"),
        ("அது சிறியது", "அது சிறியது"),
        ("ends in space. ", "ends in space. "),
    ],
)
def test_one_ascii_stop_goes(text, expected):
    assert without_stop(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ese oli mässitud.", "Ese oli mässitud."),
        ("สิ่งของถูกห่อไว้ในพลาสติก", "สิ่งของถูกห่อไว้ในพลาสติก."),
        ("这件物品用气泡膜包裹着。", "这件物品用气泡膜包裹着。"),
        ("वह गया।", "वह गया।"),
        ("وہ گیا۔", "وہ گیا۔"),
        ("እሱ ሄደ።", "እሱ ሄደ።"),
        ("Really?", "Really?"),
        ("He said: “Go!”", "He said: “Go!”"),
        ("彼は「はい。」", "彼は「はい。」"),
        ("and then…", "and then…"),
        ("no mark", "no mark."),
        ("a colon:", "a colon:."),
    ],
)
def test_a_stop_only_where_no_sentence_mark_is(text, expected):
    assert with_stop(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("世界で一番背の高い人類は誰ですか？", "世界で一番背の高い人類は誰ですか？"),
        ("من هو؟", "من هو؟"),
        ("Ποιος είναι;", "Ποιος είναι;"),
        ("ማን ነው፧", "ማን ነው፧"),
        ("who is it", "who is it?"),
        ("ใครสูงที่สุด", "ใครสูงที่สุด?"),
        ("who is it?", "who is it?"),
    ],
)
def test_a_question_mark_only_where_none_is(text, expected):
    assert with_question_mark(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arithmetic reasoning", "an arithmetic reasoning"),
        ("machine translation", "a machine translation"),
        ("multilingual summarization", "a multilingual summarization"),
        ("NLI", "an NLI"),
        ("QA", "a QA"),
        ("universal grammar", "a universal grammar"),
        ("hourly wage", "an hourly wage"),
        ("European law", "a European law"),
        ("one-shot", "a one-shot"),
    ],
)
def test_article(text, expected):
    assert with_article(text) == expected


def test_first_upper_leaves_the_rest():
    assert first_upper("target Translation") == "Target Translation"
    assert first_upper("") == ""
