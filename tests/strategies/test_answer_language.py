"""`answer_language` and `ensure_language`: every strategy, every driver."""

import asyncio
from functools import partial

import pytest

import xlt
from xlt import XLTError
from xlt.registry import names

FRENCH = "Le musée ouvre à neuf heures du matin et ferme à six heures du soir."
ENGLISH = "The museum opens at nine in the morning and closes at six in the evening."
GERMAN = "Das Museum öffnet um neun Uhr morgens und schließt um sechs Uhr abends."
ASK_AGAIN = "Antworte auf Deutsch."
OPTIONS = {
    "chain_of_dictionary": {"glossary": {"ni": "is"}},
    "csicl": {"demonstrations": [xlt.Demonstration("1 + 1?", reply="Answer: 2")]},
    "translate_en": {"translator": lambda texts, *_: list(texts)},
}


def chat(**options):
    return xlt.plan("chat", "Wann öffnet das Museum?", language="de", strategy="basic", **options)


def replies(*said):
    """A model that says one thing after the other, and what it was sent."""
    left, sent = list(said), []

    def ask(prompt):
        sent.append(prompt)
        reply = left.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    return ask, sent


@pytest.mark.parametrize("strategy", names("xlt.strategies"))
def test_every_strategy_ends_the_prompts_for_the_answer_in_the_line(strategy):
    ask, sent = replies(*["Answer: 5"] * 20)
    made = xlt.plan(
        "mgsm", "Wie viel ist 2 + 3?", language="sw", strategy=strategy,
        answer_language="German", **OPTIONS.get(strategy, {}),
    )  # fmt: skip
    xlt.run(made, ask)
    asked = [prompt for prompt in sent if ASK_AGAIN in prompt.text]
    assert sent[-1] in asked or strategy == "related_feedback"  # its last call is the verdict
    for prompt in asked:
        assert prompt.text.endswith(f"\n{ASK_AGAIN}")
        assert prompt.text.count(ASK_AGAIN) == 1
        assert "|target:de|" in prompt.signature
        assert "|answer_language:de|" in prompt.signature


@pytest.mark.parametrize(
    ("language", "answer_language", "line"),
    [
        ("sw", True, "Jibu kwa Kiswahili."),
        ("sw", "zh", "请用中文回答。"),
        ("de-AT", True, "Antworte auf Deutsch."),
        ("en", "ar", "أجب باللغة العربية."),
    ],
)
def test_the_line_is_in_the_language_itself(language, answer_language, line):
    prompt = xlt.compose("mkqa", "Nani?", language=language, answer_language=answer_language)
    assert prompt.steps[-1] == ("answer_in", line)


def test_turns_that_ask_for_no_answer_have_no_line():
    made = xlt.plan("mgsm", "2 + 3?", language="de", strategy="clp", answer_language=True)
    assert ASK_AGAIN not in next(made)[0].text
    assert made.send(("Es geht um eine Summe.",))[0].text.endswith(ASK_AGAIN)


def test_the_line_comes_after_the_form_of_an_object():
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    prompt = xlt.compose(
        "extraction", "Ich wohne in Bonn.", language="de", output=schema, answer_language=True
    )
    assert prompt.text.endswith(f"\n{ASK_AGAIN}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"answer_language": "klingonish"}, "No language named 'klingonish'"),
        ({"answer_language": "tlh"}, "no line that asks for an answer in Klingon.*answer_in"),
        ({"answer_language": "de", "target_language": "fr"}, "target_language is fr and answer"),
        ({"ensure_language": True}, "may take a second call: use xlt.plan"),
        ({"answer_langauge": "de"}, "Did you mean 'answer_language'"),
    ],
)
def test_what_cannot_be_asked_for(options, message):
    with pytest.raises(XLTError, match=message):
        xlt.compose("mkqa", "Nani?", language="sw", **options)


def drivers():
    from xlt.langchain import xlt_chain

    async def async_chain(ask):
        settings = {"language": "de", "strategy": "basic", "ensure_language": True}
        chain = xlt_chain(lambda value: ask(value.prompt), "chat", **settings)
        return await chain.ainvoke("Wann öffnet das Museum?")

    async def awaited(ask):
        async def send(prompt):
            return ask(prompt)

        return await xlt.arun(chat(), send, ensure_language=True)

    return {
        "plan": lambda ask: xlt.run(chat(ensure_language=True), ask),
        "run": lambda ask: xlt.run(chat(), ask, ensure_language=True),
        "arun": lambda ask: asyncio.run(awaited(ask)),
        "ask": lambda ask: xlt.ask(
            "chat",
            "Wann öffnet das Museum?",
            model=ask,
            language="de",
            strategy="basic",
            ensure_language=True,
        ),  # fmt: skip
        "chain": lambda ask: asyncio.run(async_chain(ask)),
        "max_tokens": lambda ask: xlt.run(chat(ensure_language=True, max_tokens=500), ask),
    }


@pytest.mark.parametrize("driver", ["plan", "run", "arun", "ask", "chain", "max_tokens"])
def test_a_wrong_language_is_asked_for_once_more(driver):
    run = drivers()[driver]
    ask, sent = replies(ENGLISH, GERMAN)
    answer = run(ask)
    assert (answer.value, sorted(answer.flags)) == (GERMAN, ["asked_again"])
    assert answer.reply_language.tag == "de"
    assert len(sent) == answer.usage.calls == 2
    assert [message["content"] for message in sent[1].messages[-2:]] == [ENGLISH, ASK_AGAIN]
    ask, sent = replies(GERMAN)
    answer = run(ask)
    assert (answer.value, answer.flags, len(sent)) == (GERMAN, frozenset(), 1)


@pytest.mark.parametrize(
    ("second", "value", "flags"),
    [
        (FRENCH, FRENCH, ["asked_again", "wrong_language"]),
        ("", ENGLISH, ["asked_again", "wrong_language"]),
        (xlt.Reply("", refusal="No."), ENGLISH, ["asked_again", "wrong_language"]),
    ],
)
def test_a_second_answer_that_is_no_better(second, value, flags):
    ask, sent = replies(ENGLISH, second)
    answer = xlt.run(chat(), ask, ensure_language=True)
    assert (answer.value, sorted(answer.flags), len(sent)) == (value, flags, 2)


def test_a_second_call_that_fails_ends_the_run():
    ask, _ = replies(ENGLISH, TimeoutError("too slow"))
    with pytest.raises(TimeoutError):
        xlt.run(chat(), ask, ensure_language=True)


@pytest.mark.parametrize(
    ("task", "strategy", "said", "calls"),
    [
        ("mkqa", "basic", "Answer: Paris", 1),  # too short to tell
        ("mgsm", "native_cot", "Drei und zwei sind zusammen fünf.\nAntwort: 5", 1),
        ("mgsm", "native_cot", f"{ENGLISH}\nAntwort: 5", 2),  # no text: the whole reply counts
        ("xlsum", "xlt", f"Request in English: {ENGLISH}\nSummary: {GERMAN}", 1),
        ("chat", "basic", f"<think>{ENGLISH}</think>{GERMAN}", 1),
    ],
)
def test_what_is_judged(task, strategy, said, calls):
    ask, sent = replies(said, said)
    made = xlt.plan(task, "Wie viel ist 2 + 3?", language="de", strategy=strategy)
    xlt.run(made, ask, ensure_language=True)
    assert len(sent) == calls


def test_the_answer_of_a_vote_is_the_one_asked_for_again():
    def ask(prompt):
        if prompt.steps[0].name == "answer_in":
            return "Antwort: 5"
        return f"{prompt.steps[0].text}\n{ENGLISH}\nAnswer: 5"

    made = xlt.plan(
        "mgsm", "2 + 3?", language="de", strategy="clsp", pivots=("fr", "es"), ensure_language=True
    )
    answer = xlt.run(made, ask)
    assert (answer.value, answer.flags, answer.usage.calls) == (5, {"asked_again"}, 5)


def test_a_saved_plan_asks_again_after_a_restart():
    start = partial(xlt.SavedPlan.start, "chat", "Wann öffnet das Museum?", language="de")
    saved = start(strategy="basic", ensure_language=True, answer_language="de")
    saved = xlt.SavedPlan.from_json(saved.answered([ENGLISH]).to_json())
    (prompt,), answer = saved.position()
    assert (prompt.request_text, answer) == (ASK_AGAIN, None)
    assert saved.answered([GERMAN]).position().answer.flags == {"asked_again"}


def test_thoughts_are_not_sent_back():
    ask, sent = replies(f"<think>{GERMAN}</think>{ENGLISH}", GERMAN)
    xlt.run(chat(), ask, ensure_language=True)
    assert "<think>" not in str(sent[1].messages)


def test_a_reply_that_goes_on_from_a_begun_thought_is_asked_for_again():
    ask, sent = replies("I think.</think>" + ENGLISH, GERMAN)
    thinks = {"model_class": "reasoning", "thinking": "en", "thinking_prefill": True}
    plan = xlt.plan("chat", "Wann?", language="de", ensure_language=True, **thinks)
    answer = xlt.run(plan, ask)
    assert (answer.value, answer.flags) == (GERMAN, {"asked_again"})
    assert [bool(prompt.prefill) for prompt in sent] == [True, False]


def test_a_plan_that_ensures_the_language_is_asked_once_more_by_no_driver():
    ask, sent = replies(ENGLISH, FRENCH, GERMAN)
    answer = xlt.run(chat(ensure_language=True), ask, ensure_language=True)
    assert len(sent) == 2
    assert answer.flags == {"asked_again", "wrong_language"}


def test_code_is_in_no_language():
    code = "# this comment says what the program does\nprint('hello to all of you')"
    ask, sent = replies(f"Hier ist der Code:\n\n```python\n{code}\n```", GERMAN)
    answer = xlt.run(chat(ensure_language=True), ask)
    assert len(sent) == 1
    assert answer.wrong_language is not True


def test_a_language_without_the_line_is_refused_before_a_call_is_paid_for():
    ask, sent = replies(ENGLISH)
    with pytest.raises(XLTError, match="asks for an answer in Tibetan"):
        xlt.run(xlt.plan("chat", "a b", language="bo", ensure_language=True), ask)
    assert not sent


@pytest.mark.parametrize(
    ("votes", "again", "value", "flags"),
    [
        ("555", "6", 5, {"asked_again", "wrong_language"}),
        ("565", "6", 5, {"asked_again", "wrong_language"}),  # early_stop: the last path is alone
        ("565", "5", 5, {"asked_again"}),
        ("???", "6", 6, {"asked_again"}),  # no path has an answer: there is no vote
    ],
)
@pytest.mark.parametrize("early_stop", [False, True])
@pytest.mark.parametrize("strategy", ["clc", "clsp"])
def test_one_more_reply_does_not_overrule_a_vote(strategy, early_stop, votes, again, value, flags):
    paths = iter(votes)

    def ask(prompt):
        if prompt.text.endswith(ASK_AGAIN):
            return f"Er kauft noch einige Äpfel auf dem Markt.\nAntwort: {again}"
        understands = strategy == "clsp" and not prompt.history
        if understands:
            return "It is about a sum."
        return f"He buys some more apples at the market.\nAnswer: {next(paths)}"

    made = xlt.plan(
        "mgsm", "Wie viel ist 2 + 3?", language="de", strategy=strategy,
        pivots=("en", "de", "fr"), early_stop=early_stop, ensure_language=True,
    )  # fmt: skip
    answer = xlt.run(made, ask)
    assert (answer.value, answer.flags) == (value, flags)
    assert ("Antwort" in answer.reply) is ("wrong_language" not in flags)


def test_a_reply_that_others_only_prepare_is_no_vote():
    pim = xlt.plan("mgsm", "Wie viel ist 2 + 3?", language="de", strategy="pim")
    ask, sent = replies("Two?", "¿Dos?", f"{ENGLISH}\nAnswer: 6", f"{GERMAN}\nAntwort: 5")
    answer = xlt.run(pim, ask, ensure_language=True)
    assert (answer.value, answer.flags, len(sent)) == (5, {"asked_again"}, 4)


def test_a_language_that_the_detector_does_not_know_is_not_taken_for_another():
    sundanese = "Ibu kota Indonésia téh Jakarta, sarta ieu kota téh aya di pulo Jawa."
    assert xlt.check_language(sundanese, "su").line_pass is None
    assert xlt.check_language(ENGLISH, "su").line_pass is False
