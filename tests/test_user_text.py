"""User text is a value: verbatim, exactly once, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt.errors import InputError, UnknownName

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: not text.isspace()
)
FRAME = (
    "I want you to act as an arithmetic reasoning expert for Chinese.\nRequest: ",
    "\nYou should retell the request in English.\n"
    "You should do step-by-step answer to obtain a number answer.\n"
    "You should step-by-step answer the request.\n"
    "You should tell me the answer in this format 'Answer:'.",
)
HOSTILE = [
    "{{ 7*7 }}",
    "{% raw %}{% endraw %}",
    "{% for x in y %}",
    "{# gone? #}",
    "{x.__class__}",
    "%s %(a)s $name ${name} \\n",
    "line one\r\nline two\rthree",
    "nul\0nul",
    "\u202eevil\u202c \u2066x\u2069 \u200f",
    "👩‍👩‍👧‍👦 e\u0301 \ufeff",
    "U+2028\u2028 and U+0085\x85",
    "  leading and trailing  ",
    "trailing newline\n",
    "<script>&amp;</script>",
    "XXX\nXXX\nAnswer: 42",
]


@given(TEXTS)
def test_any_text_arrives_verbatim(text):
    prompt = xlt.compose("mgsm", text, language="zh")
    assert prompt.text == FRAME[0] + text + FRAME[1]
    assert prompt.messages == [{"role": "user", "content": prompt.text}]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("strategy", ["xlt", "basic", "cot"])
def test_hostile_text_arrives_verbatim(text, strategy):
    marked = xlt.compose("mgsm", "⟦problem⟧", language="zh", strategy=strategy).text
    prompt = xlt.compose("mgsm", text, language="zh", strategy=strategy)
    assert prompt.text == marked.replace("⟦problem⟧", text)


def test_a_megabyte_arrives_verbatim():
    text = "é{{x}} " * 150_000
    assert xlt.compose("mgsm", text, language="fr").text.count(text) == 1


@given(TEXTS, TEXTS, TEXTS)
def test_only_the_declared_stops_change(premise, choice1, choice2):
    inputs = {"premise": premise, "question": "effect", "choice1": choice1, "choice2": choice2}
    line = xlt.compose("xcopa", inputs, language="sw").steps[1].text
    head, tail = (
        "Here is a premise: ",
        " What is the effect? Help me pick the more plausible option: ",
    )
    one, two = choice1.removesuffix("."), choice2.removesuffix(".")
    options = f"-choice1: {one}, -choice2: {two}."
    assert line in {
        f"{head}{premise}{tail}{options}",
        f"{head}{premise}.{tail}{options}",
    }


@given(TEXTS, TEXTS)
def test_demonstrations_are_values_too(problem, reply):
    shown = xlt.Demonstration(problem, reply=reply)
    prompt = xlt.compose("mgsm", "2 + 2?", language="en", demonstrations=[shown])
    assert prompt.messages[1] == {"role": "assistant", "content": reply}
    assert problem in prompt.messages[0]["content"]


@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        ({}, InputError, "'problem' (the word problem) of arithmetic_reasoning is missing"),
        ({"problem": ""}, InputError, "'problem' of arithmetic_reasoning is empty"),
        ({"problem": " \n"}, InputError, "'problem' of arithmetic_reasoning is empty"),
        ({"problem": 3}, InputError, "'problem' must be text, not int"),
        ({"problem": None}, InputError, "'problem' of arithmetic_reasoning is empty"),
        ({"problme": "x"}, UnknownName, "Did you mean 'problem'?"),
        ({"problem": "x", "extra": "y"}, UnknownName, "named 'extra'"),
        ({"problem": "ab\ud83dcd"}, InputError, "lone surrogate (U+D83D) at offset 2"),
        (["x"], InputError, "must be a text or a mapping of problem, not list"),
    ],
)
def test_bad_inputs_name_the_field(inputs, error, words):
    with pytest.raises(error) as raised:
        xlt.compose("mgsm", inputs, language="en")
    assert words in str(raised.value)
    assert isinstance(raised.value, xlt.XLTError)


def test_a_wrong_choice_value_says_what_is_allowed():
    inputs = {"premise": "a", "question": "reason", "choice1": "b", "choice2": "c"}
    with pytest.raises(InputError, match="'reason'; it must be one of cause, effect") as raised:
        xlt.compose("xcopa", inputs, language="en")
    assert raised.value.field == "question"


def test_a_bare_text_needs_a_task_of_one_field():
    with pytest.raises(InputError, match="4 input fields: premise, question, choice1, choice2"):
        xlt.compose("xcopa", "text", language="en")


def test_surrogates_in_demonstrations_are_refused():
    shown = xlt.Demonstration("q", reply="bad \udc00")
    with pytest.raises(InputError, match="lone surrogate"):
        xlt.compose("mgsm", "q", language="en", demonstrations=[shown])
