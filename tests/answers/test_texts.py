"""Answers in words: the paper's endings, quotes, stops, and the language that is wanted."""

import pytest
from asking import asked, read

import xlt

ASK_JAPANESE = asked("short_text", "ja")
ASK_ENGLISH = asked("short_text", "en")
ASK_CHINESE = asked("long_text", "jv", "target translation", target="zh")
ASK_SUMMARY = asked("long_text", "es", "summary")


def test_steps_that_go_on_behind_an_answer_are_not_in_it():
    prompt = xlt.compose("chat", "Agizo langu liko wapi?", language="sw", strategy="xlt")
    steps = 'Step 1: Retell it.\nStep 2: Write it.\nReply: "Agizo liko njiani."\nStep 3: Check it.'
    assert prompt.parse(steps).value == "Agizo liko njiani."
    listed = "Reply: Fuata hatua hizi.\nStep 1: Fungua.\nStep 2: Funga."
    assert prompt.parse(listed).value == listed.removeprefix("Reply: ")


@pytest.mark.parametrize(
    ("form", "reply", "value"),
    [
        (
            ASK_JAPANESE,
            "Answer: Robert Wadlow\n\nIn Japanese:\nAnswer in Japanese: 答え： ロバート・ワドロー",
            "ロバート・ワドロー",
        ),
        (
            ASK_JAPANESE,
            "english answer: sultan kösen\njapanese answer: スルタン・ケーセン",
            "スルタン・ケーセン",
        ),
        (
            ASK_JAPANESE,
            "japanese answer: スルタン・ケーセン\nenglish answer: sultan kösen",
            "スルタン・ケーセン",
        ),
        (ASK_ENGLISH, 'Answer: "Robert Wadlow".', "Robert Wadlow"),
        (ASK_ENGLISH, "**Answer:** *Paris*", "Paris"),
        (ASK_ENGLISH, "Answer: Washington D.C.", "Washington D.C."),
        (ASK_ENGLISH, "The answer is Berlin.", "Berlin"),
        (ASK_ENGLISH, "Robert Wadlow.", "Robert Wadlow"),
        (ASK_ENGLISH, "Answer: Rome\n\nRome is the capital.", "Rome"),
        (ASK_ENGLISH, "Answer: [answer]", None),
        (ASK_ENGLISH, "Answer: ...", None),
        (
            ASK_CHINESE,
            "English: Hello.\n\nChinese translation: 你好吗。\n\nTarget translation: 你好。",
            "你好。",
        ),
        (ASK_CHINESE, 'Target translation: "你好。"', "你好。"),
        (ASK_CHINESE, "Target translation (Chinese): 你好。\n\nNote: a greeting.", "你好。"),
        (ASK_CHINESE, "你好。", "你好。"),
        (ASK_SUMMARY, "Step 1.\n\nSummary: Un hombre murió.", "Un hombre murió."),
        (ASK_SUMMARY, "Summary in Spanish:\nUn hombre murió.\nAyer.", "Un hombre murió.\nAyer."),
        (ASK_SUMMARY, "Summary: Un *gran* día.\r\nAyer.", "Un *gran* día.\nAyer."),
    ],
)
def test_words(form, reply, value):
    assert read(reply, form).value == value


def test_the_status_tells_a_marker_from_a_bare_reply():
    assert read("Answer: Rome", ASK_ENGLISH).status == "anchored"
    assert read("Rome", ASK_ENGLISH).status == "fallback"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ('Sure:\n```json\n{"answer": 5, "why": "a}b"}\n```', {"answer": 5, "why": "a}b"}),
        ('{"a": {"b": [1, 2]}} and {bad', {"a": {"b": [1, 2]}}),
        ('<think>{"a": 1}</think>{"a": 2}', {"a": 2}),
        ('{"a": "snake_case *x*"}', {"a": "snake_case *x*"}),
        ('{"a": NaN}', None),
        ('{"a": 1e400}', None),
        ('{"a": ' + "9" * 5000 + "}", None),
        ("[" * 100_000, None),
        ("[" * 100_000 + "]" * 100_000, None),
        ("no object", None),
    ],
)
def test_json_objects(reply, value):
    assert read(reply, asked("json")).value == value


@pytest.mark.parametrize(
    ("language", "question", "reply", "value"),
    [
        ("en", "What is the capital of Peru?", "The capital of Peru is Lima.", "Lima"),
        ("en", "What is the capital of Peru?", "The capital of Peru is Lima, not Cusco.", "Lima"),
        ("en", "What is the capital of Peru?", "Peru lies by the sea", "Peru lies by the sea"),
        ("fr", "Quelle est la capitale du Pérou ?", "La capitale du Pérou est **Lima**.", "Lima"),
        ("ja", "ペルーの首都はどこですか。", "ペルーの首都はリマです。", "リマ"),
        ("zh", "秘鲁的首都是哪里？", "秘鲁的首都是利马，不是库斯科。", "利马"),
        ("en", "Who wrote it?", "It was written by **Toni Morrison**.", "Toni Morrison"),
        ("en", "Who wrote it?", "Answer: Toni Morrison 📚", "Toni Morrison"),
        ("en", "How warm is it?", "Answer: 25°", "25°"),
        ("th", "เมืองหลวงคืออะไร", "คำตอบคือ ลิมา ครับ", "ลิมา"),
        ("ru", "Кто это написал?", "К сожалению, я не знаю.", None),
        ("de", "Wer schrieb es?", "Das weiß ich leider nicht.", None),
    ],
)
def test_a_short_answer_within_a_sentence(language, question, reply, value):
    form = asked("short_text", language, request=(question,))
    assert read(reply, form).value == value


@pytest.mark.parametrize(
    ("reply", "language", "target", "value"),
    [
        ("Sorry, that is not in the text.", "en", "en", None),
        ("Tyvärr står det inte i texten.", "sv", "sv", None),
        ("Sorry, Wrong Number", "en", "en", "Sorry, Wrong Number"),
        ("Sorry, something went wrong.", "de", "en", "Sorry, something went wrong"),
    ],
)
def test_an_apology_is_no_answer_but_may_be_a_translation(reply, language, target, value):
    assert read(reply, asked("short_text", language, target=target)).value == value
