"""What is written in a language's way is read as it was meant, whatever stands around it."""

import unicodedata
from dataclasses import replace
from decimal import Decimal

from asking import asked, number
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.answers.reading import read_answer
from xlt.languages import languages

# CLDR: decimal sign, group sign and own digits, where they are not "." "," and 0-9.
SIGNS = (
    dict.fromkeys(("de", "es", "it", "vi", "tr", "id", "el", "gl", "jv"), (",", "."))
    | dict.fromkeys(("ru", "bg", "et", "ht"), (",", "\u00a0"))
    | {"fr": (",", "\u202f")}
)
ZEROS = {
    "ar": "٠", "ur": "۰", "hi": "०", "bn": "০", "ta": "௦", "te": "౦", "th": "๐", "jv": "꧐",
    "zh": "０", "ja": "０",
}  # fmt: skip
LANGUAGES = {
    language.tag: language
    for language in languages()
    if language.words.answer and language.words.choice and language.words.yes and language.words.no
}
PROSE = (
    "",
    "Retelling: there are 3 cats.\n\n",
    "1. 5 + 6 = 11\n2. So it is 11.\n",
    "Bon, 7 fois 8.\n\n",
)
COLONS = (": ", ":", "： ", " : ", ":\n\n")
DRESS = ("{}", "**{}**", "`{}`", "__{}__", "*{}*")


@st.composite
def written(draw):
    """Return a language, a value, and a reply that states it as the language writes it."""
    tag = draw(st.sampled_from(sorted(LANGUAGES)))
    value = Decimal(draw(st.integers(-(10**9), 10**9)))
    places = draw(st.sampled_from((0, 0, 1, 2)))
    value = value / 10**places
    decimal, group = SIGNS.get(tag, (".", ","))
    sign = group if draw(st.booleans()) else ""
    text = f"{value:,f}".replace(",", "_").replace(".", decimal).replace("_", sign)
    zero = draw(st.sampled_from(("0", ZEROS.get(tag, "0"))))
    text = "".join([chr(ord(zero) + int(c)) if c.isascii() and c.isdigit() else c for c in text])
    word = draw(st.sampled_from((*LANGUAGES[tag].words.answer, "Answer")))
    marker = draw(st.sampled_from(DRESS)).format(word)
    shown = draw(st.sampled_from(DRESS)).format(text)
    reply = draw(st.sampled_from(PROSE)) + marker + draw(st.sampled_from(COLONS)) + shown
    return tag, value, reply + draw(st.sampled_from(("", ".", "\n", "\n\nThat is all.")))


@given(written())
@settings(max_examples=600, deadline=None)
def test_a_number_is_read_as_it_was_written(case):
    tag, value, reply = case
    answer = number(reply, tag)
    assert (answer.value, answer.status) == (value, "anchored"), reply


@given(
    written(), st.sampled_from(("NFC", "NFD")), st.sampled_from(("", "\u200e", "\ufeff", "\u200f"))
)
@settings(max_examples=200, deadline=None)
def test_line_ends_normal_forms_and_format_characters_change_nothing(case, form, edge):
    tag, value, reply = case
    changed = edge + unicodedata.normalize(form, reply.replace("\n", "\r\n")) + edge
    assert number(changed, tag).value == value


@given(written())
@settings(max_examples=100, deadline=None)
def test_a_cut_reply_is_flagged_and_read_the_same(case):
    tag, value, reply = case
    answer = read_answer(reply, asked("number", tag), finish_reason="length")
    assert answer.flags == {"truncated"}
    assert replace(answer, flags=frozenset()) == number(reply, tag)


@given(st.sampled_from(sorted(LANGUAGES)), st.integers(1, 4), st.sampled_from(DRESS), st.data())
@settings(max_examples=200, deadline=None)
def test_a_choice_is_read_as_it_was_written(tag, value, dress, data):
    words = LANGUAGES[tag].words
    shown = data.draw(
        st.sampled_from((f"{value}", f"({'ABCD'[value - 1]})", f"{words.choice[0]} {value}"))
    )
    word = data.draw(st.sampled_from((*words.answer, "Answer", "Choice number")))
    form = asked("choice", tag, "choice number", option_count=4)
    reply = f"{data.draw(st.sampled_from(PROSE))}{dress.format(word)}: {shown}"
    assert read_answer(reply, form).value == value, reply


@given(st.sampled_from(sorted(LANGUAGES)), st.booleans(), st.sampled_from(DRESS), st.data())
@settings(max_examples=200, deadline=None)
def test_yes_and_no_are_read_as_they_were_written(tag, value, dress, data):
    words = LANGUAGES[tag].words
    said = data.draw(st.sampled_from(words.yes if value else words.no))
    word = data.draw(st.sampled_from((*words.answer, "Answer")))
    reply = f"{word}: {dress.format(said)}"
    assert read_answer(reply, asked("boolean", tag)).value is value, reply
