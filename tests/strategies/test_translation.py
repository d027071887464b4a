"""The strategies that go by an English translation."""

import pytest

import xlt
from xlt import XLTError

XNLI = {"premise": "Es regnet.", "hypothesis": "Es ist nass."}


def upper(texts, source, target):
    assert (source, target) == ("de", "en")
    return [text.upper() for text in texts]


def test_translate_en_translates_all_fields_in_one_call():
    calls = []

    def translator(texts, source, target):
        calls.append(list(texts))
        return upper(texts, source, target)

    prompt = xlt.compose(
        "xnli", XNLI, language="de", strategy="translate_en", translator=translator
    )
    assert calls == [["Es regnet.", "Es ist nass."]]
    assert prompt.text == (
        "ES REGNET. Based on previous passage, is it true that ES IST NASS? Yes, No, or Maybe?\n"
        "Let's think step by step.\n"
        'You should format your final answer as "Answer: Yes", "Answer: No", or "Answer: Maybe".'
    )
    assert "|lang:de|" in prompt.signature
    assert prompt.parse("Answer: Yes").value == "entailment"


def test_values_of_a_list_are_not_translated():
    inputs = {"premise": "a", "question": "cause", "choice1": "b", "choice2": "c"}
    prompt = xlt.compose("xcopa", inputs, language="de", strategy="translate_en", translator=upper)
    assert "premise: A. What is the cause?" in prompt.text


def test_english_needs_no_translation():
    def never(texts, source, target):
        raise AssertionError("called")

    prompt = xlt.compose("mgsm", "2 + 3?", language="en", strategy="translate_en", translator=never)
    assert prompt.text.startswith("2 + 3?\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "translate_en needs translator="),
        ({"translator": lambda texts, source, target: "A B"}, "returned one text"),
        ({"translator": lambda texts, source, target: ["A"]}, "list of 2 texts and returned 1"),
        ({"translator": lambda texts, source, target: ["A", ""]}, "'hypothesis' of .* is empty"),
    ],
)
def test_what_a_translator_must_return(options, message):
    with pytest.raises(XLTError, match=message):
        xlt.compose("xnli", XNLI, language="de", strategy="translate_en", **options)


@pytest.mark.parametrize("strategy", ["translate_en", "self_translate"])
def test_a_translation_task_is_refused(strategy):
    with pytest.raises(XLTError, match="makes no sense for machine_translation"):
        next(xlt.plan("flores", "Hallo", language="de", target_language="fr", strategy=strategy))


def test_self_translate_asks_for_the_translation_then_solves_it():
    plan = xlt.plan("mgsm", "Wie viel ist 2 + 3?", language="de", strategy="self_translate")
    (first,) = next(plan)
    assert first.text == (
        "Translate the following question from German to English:\nWie viel ist 2 + 3?\n"
        "Don't answer the question, just translate it!"
    )
    (second,) = plan.send(('"How much is 2 + 3?"\n',))
    assert second.text == (
        "How much is 2 + 3?\nLet's think step by step.\n"
        'You should format your final answer as "Answer: <Arabic numeral>".'
    )
    with pytest.raises(StopIteration) as stop:
        plan.send(("Answer: 5",))
    assert stop.value.value.value == 5


def test_self_translate_sends_the_fields_side_by_side():
    plan = xlt.plan("xnli", XNLI, language="de", strategy="self_translate")
    assert len(next(plan)) == 2
    (prompt,) = plan.send(("It rains.", "It is wet."))
    assert prompt.text.startswith("It rains. Based on previous passage, is it true that It is wet?")


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ('"Hello."', "Hello."),
        ("“Hello.”", "Hello."),
        ("「Hello.」", "Hello."),
        ("Hello.\n", "Hello."),
        ('"A" and "B"', '"A" and "B"'),
        ('"', '"'),
        ('""', ""),
        ('<think>Hm: "a".</think>\n"Hello."', "Hello."),
        ("<think>Hm", ""),
        ("<think>a</think>It <think>b</think>rains.<think>c</think>", "It rains."),
    ],
)
def test_what_is_the_translation(reply, text):
    from xlt.strategies.self_translate import translation_in

    assert translation_in(reply) == text


@pytest.mark.parametrize(
    ("reply", "flag"), [("", "empty"), (" ", "empty"), ("<think>I wonder", "no_translation")]
)
def test_no_translation_is_no_answer(reply, flag):
    plan = xlt.plan("mgsm", "Wie viel?", language="de", strategy="self_translate")
    answer = xlt.run(plan, lambda prompt: reply)
    assert (answer.value, answer.flags) == (None, {flag})
