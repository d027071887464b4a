"""Replies as chat models dress them: LaTeX, JSON, emoji, struck words, minus in words."""

from decimal import Decimal

import pytest
from asking import asked, boolean, choice, label, number, read

THOUGHT_OVER = "Let us look at both.\n\nThe first does not follow from what was said.\n\n"


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("Answer: ~~12~~ 15", "en", 15),
        ("Answer: minus 5", "en", -5),
        ("The answer is negative 5.", "en", -5),
        ("Ответ: минус 5", "ru", -5),
        ("答案：负5", "zh", -5),
        ("Answer: 10 minus 5 is 5", "en", 5),
        ("Answer: 10:30", "en", None),
        ("Answer: 8:00 PM", "en", 8),
        ("Answer: at 10:30 he had 4 left", "en", 4),
        ("Jawaban: Rp1.500.000", "id", 1_500_000),
        ("Jibu: KSh500", "sw", 500),
        ("Answer: 5k", "en", None),
        ("Answer: 90^\\circ", "en", 90),
        ("\\boxed{\\dfrac{-7}{2}}", "en", Decimal("-3.5")),
        ("Answer: $1.2 \\times 10^3$", "en", None),
        ("Answer: $3 \\times 180 = 540$", "en", 540),
    ],
)
def test_numbers(reply, language, value):
    assert number(reply, language).value == value


@pytest.mark.parametrize(
    ("reply", "language", "status"),
    [
        ("Answer: $B$", "en", "anchored"),
        ("Answer: $\\boxed{B}$", "en", "anchored"),
        ("Answer: ✅ B", "en", "anchored"),
        ("La respuesta correcta es B.", "es", "anchored"),
        ("La réponse correcte est (B).", "fr", "anchored"),
        ("La risposta corretta è B.", "it", "anchored"),
        ("Đáp án đúng là B.", "vi", "anchored"),
        ("Jawaban yang benar adalah B.", "id", "anchored"),
        ("Jibu sahihi ni B.", "sw", "anchored"),
        ("คำตอบที่ถูกต้องคือ ข", "th", "anchored"),
        ("الإجابة الصحيحة: (ب)", "ar", "anchored"),
        ("Doğru cevap B.", "tr", "anchored"),
        ("正解は②です。", "ja", "anchored"),
        (THOUGHT_OVER + "$$\\boxed{B}$$", "en", "fallback"),
        (THOUGHT_OVER + "\\boxed{\\text{See oli väike}}", "et", "fallback"),
        ("See oli väike.", "et", "fallback"),
    ],
)
def test_choices(reply, language, status):
    found = choice(reply, language)
    assert (found.value, found.status) == (2, status)


def test_a_reply_that_says_more_than_an_option_is_not_that_option():
    assert choice("See oli väike?? Ma ei tea.").value is None


def test_boxed_labels():
    assert label(THOUGHT_OVER + "\\boxed{neutral}").value == "neutral"
    assert boolean(THOUGHT_OVER + "$\\boxed{\\text{Yes}}$").value is True
    assert boolean("Answer: ❌ No").value is False


@pytest.mark.parametrize(
    "reply",
    ['```json\n{"answer": "Paris"}\n```', '{"answer": "Paris", "sure": true}', "Answer: $Paris$"],
)
def test_short_texts(reply):
    assert read(reply, asked("short_text")).value == "Paris"


@pytest.mark.parametrize("tag", ["think", "thinking", "Thought"])
def test_json_in_a_thought_is_no_answer(tag):
    reply = f'<{tag}>{{"answer": 1}}</{tag}>I give none.'
    assert read(reply, asked("json")).value is None
