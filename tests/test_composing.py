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


def test_null_content_is_no_reply():
    with pytest.raises(InputError, match=r"^A reply must be a text or an .* not NoneType\.$"):
        xlt.parse("mgsm", None)


def test_a_reply_is_read_in_the_language_given():
    assert xlt.parse("mgsm", "Antwort: 1.234", language="de").value == 1234
    assert xlt.parse("mgsm", "Antwort: 1.234").value == Decimal("1.234")


def test_a_misspelt_strategy_is_said_while_parsing_too():
    with pytest.raises(UnknownName, match="Did you mean 'basic'"):
        xlt.parse("mgsm", "Answer: 7", strategy="basics")


def test_a_prompt_and_an_answer_show_themselves_on_a_line():
    prompt = xlt.compose("mgsm", "Juma ana mayai 16. Anakula 3.", language="sw")
    assert repr(prompt) == (
        f"<Prompt {prompt.signature}: "
        "'I want you to act as an arithmetic reasoning expert for Swah' ...>"
    )
    answer = prompt.parse("Retelling: Juma has 16 eggs.\nAnswer: 13")
    assert repr(answer).startswith("Answer(value=13, status='anchored', text='13'")
    assert len(repr(answer)) < 120
