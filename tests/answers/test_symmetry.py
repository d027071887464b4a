"""Swapping the letters of a reply swaps the value: no letter is read more readily than another."""

import re

import pytest

import xlt

LETTER = re.compile("(?<![A-Za-z])[AB](?![A-Za-z])")
REPLIES = [
    ("en", "Answer: A"),
    ("en", "Choice number: (A)"),
    ("en", "The correct option is A."),
    ("en", "A is correct."),
    ("en", "I'd go with A."),
    ("en", "Option A is more likely. Option B does not make sense."),
    ("en", "A is less plausible, so B."),
    ("en", "Not B but A."),
    ("en", "**A**"),
    ("en", "\\boxed{A}"),
    ("en", "A) It follows.\n\nExplanation: B does not."),
    ("en", "Both A and B are plausible."),
    ("en", "Answer: A or B"),
    ("zh", "答案：A。"),
    ("zh", "选A"),
    ("zh", "故选：A"),
    ("ko", "정답은 A입니다"),
    ("ja", "答え：Aです。"),
    ("es", "La opción correcta es A"),
    ("de", "Nicht A, sondern B."),
    ("ru", "Правильный ответ: A."),
    ("ar", "الإجابة: A"),
    ("hi", "सही विकल्प A है।"),
    ("bn", "উত্তর: A"),
    ("th", "คำตอบ: A"),
    ("vi", "Đáp án đúng là A."),
    ("sw", "Jibu: A"),
    ("tr", "Cevap: A"),
]


def swapped(reply):
    return LETTER.sub(lambda match: "B" if match[0] == "A" else "A", reply)


def chosen(reply, language):
    inputs = {"premise": "p", "question": "cause", "choice1": "He ran.", "choice2": "She sat."}
    return xlt.compose("xcopa", inputs, language=language).parse(reply).value


@pytest.mark.parametrize(("language", "reply"), REPLIES)
def test_swapped_letters_swap_the_value(language, reply):
    value = chosen(reply, language)
    assert chosen(swapped(reply), language) == (None if value is None else 3 - value)


@pytest.mark.parametrize(("language", "reply"), REPLIES)
def test_each_of_them_names_a_choice_but_a_list(language, reply):
    listed = "Both" in reply or " or " in reply
    assert (chosen(reply, language) is None) == listed
