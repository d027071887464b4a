"""Parsers: the built-in ones and a third party's pass the same check."""

import re
from dataclasses import replace

import pytest

from xlt.answers.answer import Answer
from xlt.answers.cleaning import clean
from xlt.answers.reading import parser_of
from xlt.errors import UnknownName
from xlt.registry import names
from xlt.testing import check_parser, default_format

KINDS = ("boolean", "choice", "json", "label", "labels", "long_text", "number", "short_text")


def test_the_kinds_that_ship():
    assert names("xlt.answers") == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_that_ship_pass_their_own_check(kind):
    check_parser(parser_of(kind), default_format(kind))


def test_an_unknown_kind_is_named_with_what_exists():
    with pytest.raises(UnknownName, match="Did you mean 'number'"):
        parser_of("numbr")


def read_year(reply, asked) -> Answer:
    """A third party's parser: the last year of the reply."""
    found = list(re.finditer(r"\b\d{4}\b", reply.text))
    if not found:
        return reply.not_found()
    return reply.answer(int(found[-1][0]), *found[-1].span())


def test_a_parser_of_a_third_party():
    check_parser(read_year, examples=[("It was **1969**.", 1969), ("I forgot.", None)])


@pytest.mark.parametrize(
    ("parser", "message"),
    [
        (lambda reply, asked: 5, "gave a int, not an Answer"),
        (lambda reply, asked: Answer(5, "anchored"), "does not keep the raw reply"),
        (lambda reply, asked: Answer(None, "anchored", reply=reply.raw), "has a value exactly if"),
        (lambda reply, asked: Answer(5, "sure", reply=reply.raw), "gave the status 'sure'"),
    ],
)
def test_a_parser_that_breaks_a_promise_is_told_which(parser, message):
    with pytest.raises(AssertionError, match=message):
        check_parser(parser)


def test_a_wrong_example_is_told():
    with pytest.raises(AssertionError, match="read 1969, not 1970"):
        check_parser(read_year, examples=[("1969", 1970)])


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("**Answer:** `5`", "Answer: 5"),
        ("3 * 4 = 12, 3*4, 1_000", "3 * 4 = 12, 3*4, 1_000"),
        ("a<br>b\r\nc", "a\nb\nc"),
        ("$\\frac{1}{2}$ and 2{,}125", "$1/2$ and 2,125"),
        ("Re\u0301ponse", "Réponse"),
        ("<THINK>x</THINK>y", "\ny"),
    ],
)
def test_the_cleaned_text(raw, text):
    assert clean(raw).text == text


def test_places_lead_back_to_the_raw_reply():
    raw = "<think>hm</think>**Re\u0301ponse\u200f:** 5"
    view = clean(raw)
    start = view.text.index("Réponse")
    assert raw[slice(*view.span(start, start + 7))] == "Re\u0301ponse"


def test_answers_are_compared_by_what_was_found():
    found = Answer(4, "anchored", "4", (8, 9), asked=default_format("number"))
    assert replace(found, asked=None) == found
    assert replace(found, value=5) != found
