"""Replies no one should send: nothing raises, and time grows with the length, not its square."""

import pytest
from asking import asked
from growth import grows_linearly
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.answers.answer import AnswerFormat
from xlt.answers.reading import read_answer
from xlt.registry import get_task

FORMS: dict[str, AnswerFormat] = {
    "number": asked("number", "th"),
    "choice": asked("choice", "et", options=("See on a", "Teine b"), option_count=2),
    "label": asked("label", "zh", "relationship", labels=get_task("xnli").answer.labels),
    "boolean": asked("boolean", "ja"),
    "short_text": asked("short_text", "ja"),
    "long_text": asked("long_text", "es", "summary"),
    "json": asked("json"),
}
BAD = {
    "nothing": "",
    "white space": " \n\t\u3000",
    "marker without value": "Answer:",
    "lone surrogates": "Answer: \ud800\udfff",
    "NUL": "Answer:\0\0",
    "combining marks": "\u0301\u0323" * 100_000,
    "combining marks behind a marker": "Answer: e" + "\u0301\u0323" * 100_000,
    "digits": "Answer: " + "9" * 5_000,
    "brackets": "[" * 100_000,
    "unclosed thought": "<think>" * 1000 + "The answer is 5? Hm",
}
REPEATED = {
    "markers": "Answer: ",
    "answers": "Answer: 5\n",
    "letters": "a",
    "digits": "9",
    "blanks": " ",
    "stars": "*",
    "underscores": "_",
    "thoughts": "<think>",
    "boxes": "\\boxed{",
    "groups": "1,234 ",
    "marks": "\u0301\u0323",
    "Han numerals": "一",
    "equations": "1=",
    "options": "Option A ",
    "labels": "(A) entailment, ",
    "İ": "İ",
    "carriage returns": "\r",
    "bold letters": "**a** ",
    "suppositions": "if A, if ",
    "letters that look Latin": "А, В, ",
    "quoted verdicts": '"It is 5. ',
    "denials": "of not ",
    "retractions": "Wait, no: 5\n",
    "parts": "a) 1\n",
    "fields": "[[ ## answer ## ]]\n",
    "escaped thoughts": "&lt;think&gt;",
    "struck out": "<del>",
}
# Objects that never end as they begin: a comment, blanks, a quote, a string of quotes.
OBJECTS = {
    "comments": '{"answer": 1 /* ',
    "blanks": '{"a": "answer: ',
    "curly quotes": '{"a": "answer: ‘',
    "quotes": '{"a": "\\"',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("reply", BAD.values(), ids=BAD)
def test_bad_replies_hold_no_answer(form, reply):
    answer = read_answer(reply, form)
    assert answer.reply == reply
    if form.kind not in ("short_text", "long_text"):
        assert answer.value is None


@given(
    st.text() | st.text(alphabet="Answer: 0٣一.,-()[]{}*_`<think>\\\r\n\u200e\u0301\ud800ABnoyes")
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_without_an_error(reply):
    for form in FORMS.values():
        answer = read_answer(reply, form)
        assert (answer.value is None) == (answer.status == "none")
        if answer.span is not None:
            assert reply[slice(*answer.span)] == answer.text


@pytest.mark.slow
@pytest.mark.parametrize("start", OBJECTS.values(), ids=OBJECTS)
def test_careless_json_is_read_in_linear_time(start):
    for kind in ("number", "label", "short_text", "json"):

        def run(size, form=FORMS[kind]):
            read_answer(start + start[-2:] * (size // 2) + '", "answer": 1}', form)

        assert grows_linearly(run, 200_000), kind


@pytest.mark.slow
def test_a_key_of_no_letter_is_looked_for_once():
    def run(size):
        read_answer("{" + " " * size + "'': 'yes', 'b': 'no doubt'}", FORMS["boolean"])

    assert grows_linearly(run, 200_000)


@pytest.mark.slow
@pytest.mark.parametrize("unit", REPEATED.values(), ids=REPEATED)
def test_time_grows_with_the_length(unit):
    """Up to 1 MB."""
    for kind in ("number", "choice", "label", "boolean", "short_text"):

        def run(size, form=FORMS[kind]):
            read_answer("Answer: " + unit * (size // len(unit)), form)

        assert grows_linearly(run, 1_000_000), kind
