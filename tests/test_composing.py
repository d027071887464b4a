"""What `compose` gives for the paper's own examples."""

import re
from decimal import Decimal

import pytest

import xlt
from xlt.errors import InputError, UnknownName


def test_figure_2():
    problem = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
    assert xlt.compose("mgsm", problem, language="zh").text == (
        "I want you to act as an arithmetic reasoning expert for Chinese.\n"
        f"Request: {problem}\n"
        "You should retell the request in English.\n"
        "You should do step-by-step answer to obtain a number answer.\n"
        "You should step-by-step answer the request.\n"
        "You should tell me the answer in this format 'Answer:'."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": 5}, "strategy must be the name of a strategy, not int."),
        ({"guard": "delimit", "nonce": 5}, "nonce is '5'; it must be 8 to 64 ASCII letters"),
        ({"rephrase": "re\ud800"}, "'rephrase' holds a lone surrogate (U+D800) at offset 2"),
    ],
)
def test_options_of_another_type_are_named(options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        xlt.compose("mgsm", "1 + 1?", language="en", **options)


def test_a_name_of_another_type_is_unknown():
    with pytest.raises(UnknownName, match="No layout named '5'. Known: system"):
        xlt.compose("mgsm", "1 + 1?", language="en", layout=5)


def test_a_misspelt_format_is_said_without_demonstrations_too():
    with pytest.raises(UnknownName, match=r"No demonstration format named 'xlt\+basci'"):
        xlt.compose("mgsm", "1 + 1?", language="en", demonstration_format="xlt+basci")


def test_the_beginning_of_a_parameters_name_is_known():
    with pytest.raises(UnknownName, match="named 'lang'. Did you mean 'language'?"):
        xlt.compose("mgsm", "1 + 1?", lang="en")


def test_a_choice_of_one_is_none():
    options = "A) Dhaka B) Khulna"  # one text, where a list was meant: the answer was always 1
    with pytest.raises(InputError, match="'options' of multiple_choice must list two options"):
        xlt.compose("multiple_choice", {"question": "Q?", "options": options}, language="en")


def test_null_content_is_no_reply():
    with pytest.raises(InputError, match=r"^A reply must be a text or an .* not NoneType\.$"):
        xlt.parse("mgsm", None)


def test_a_reply_is_read_in_the_language_given():
    assert xlt.parse("mgsm", "Antwort: 1.234", language="de").value == 1234
    assert xlt.parse("mgsm", "Antwort: 1.234").value == Decimal("1.234")


def test_a_misspelt_strategy_is_said_while_parsing_too():
    with pytest.raises(UnknownName, match="Did you mean 'basic'"):
        xlt.parse("mgsm", "Answer: 7", strategy="basics")


def test_parsing_needs_the_labels_that_composing_needs():
    with pytest.raises(InputError, match="The task classification needs labels, as in labels="):
        xlt.parse("classification", "Label: refund")
    labels = ["refund", "other"]
    assert xlt.parse("classification", "Label: refund", labels=labels).value == "refund"


def test_a_prompt_and_an_answer_show_themselves_on_a_line():
    prompt = xlt.compose("mgsm", "Juma ana mayai 16. Anakula 3.", language="sw")
    assert repr(prompt) == (
        f"<Prompt {prompt.signature}: "
        "'I want you to act as an arithmetic reasoning expert for Swah' ...>"
    )
    answer = prompt.parse("Retelling: Juma has 16 eggs.\nAnswer: 13")
    assert repr(answer).startswith("Answer(value=13, status='anchored', text='13'")
    assert len(repr(answer)) < 120


@pytest.mark.parametrize("option", [{"output": dict[str, int]}, {"max_tokens": 500}])
def test_what_goes_with_one_call_is_said_by_its_name(option):
    (name,) = option
    with pytest.raises(InputError, match=f"'clp' takes more than one call, and {name}= goes with"):
        xlt.plan("mgsm", "1 + 1?", language="de", strategy="clp", **option)
