"""Replies as chat models dress them: LaTeX, JSON, emoji, struck words, minus in words."""

from decimal import Decimal

import pytest
from asking import asked, boolean, choice, label, number, read

import xlt
from xlt.errors import InputError

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
        ("Answer: $1.2 \\times 10^3$", "en", 1200),
        ("Answer: $1.2 \\times 10^{-1}$", "en", Decimal("0.12")),
        ("Answer: 4×10⁵", "en", 400_000),
        ("Answer: 4 x 10", "en", None),
        ("Answer: +21", "en", 21),
        ("Part 1: 6+2=8\nPart 2: 8*3=24\n\n#### 24", "en", 24),
        ("Part 1: 6+2=8\nPart 2: 8*3=24\nThat makes 24 in all.", "en", 24),
        ("She feeds 9 hens and 4 geese, which is 13 birds altogether.", "en", 13),
        ("The answer is 3 weeks, i.e. 21 days.", "en", 21),
        ("Es dauert 2 Stunden, das heißt 120 Minuten.", "de", 120),
        ("他买了 2 打，也就是 24 个鸡蛋。", "zh", 24),
        ("Answer: $3 \\times 180 = 540$", "en", 540),
        ("Answer: not 5 but 6", "en", 6),
        ("The answer is not 5. It is 6.", "en", 6),
        ("Die Antwort ist nicht 5, sondern 6.", "de", 6),
        ("Answer: 12, not 10", "en", 12),
        ("Answer: not 5", "en", None),
        ("Answer: x = 5, y = 3", "en", None),
        ("Answer: x = 5, y = 3, x + y = 8", "en", 8),
        ("Answer: 5 apples and 3 pears", "en", None),
        ("Answer: 8 fruits: 5 apples and 3 pears", "en", 8),
        ("Answer: 7 hours 30 minutes", "en", None),
        ("Answer: 540 meters, and 3 times a week", "en", 540),
        ("Answer: half a million", "en", 500_000),
        ("Answer: 7 dozen eggs", "en", 7),  # the question may ask for dozens
        ("| Step | Result |\n|---|---|\n| Sum | 40 |\n| **Answer** | 42 |", "en", 42),
        ("| Step | Answer |\n|---|---|\n| Sum | 42 |", "en", 42),
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
        ("Choice number: Second", "en", "anchored"),
        ("| Field | Value |\n|---|---|\n| Choice number | 2 |", "en", "anchored"),
        (THOUGHT_OVER + "**B) See oli väike.**", "et", "fallback"),
        (THOUGHT_OVER + "**2**", "et", "fallback"),
        (THOUGHT_OVER + "Option B", "et", "fallback"),
        (THOUGHT_OVER + "See oli väike.", "et", "fallback"),
        (THOUGHT_OVER + "$$\\boxed{B}$$", "en", "fallback"),
        (THOUGHT_OVER + "\\boxed{\\text{See oli väike}}", "et", "fallback"),
        ("See oli väike.", "et", "fallback"),
    ],
)
def test_choices(reply, language, status):
    found = choice(reply, language)
    assert (found.value, found.status) == (2, status)


FOUR = ("Rot", "Blau", "Grün", "Gelb")


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("d", "en", 4),
        ("The answer is d", "en", 4),
        ("a man", "en", None),
        ("B looks good, but D is better.", "en", 4),
        ("B looks good, but D.", "en", 4),
        ("B, but D is close", "en", 2),
        ("B, but D would be possible too", "en", 2),
        ("A) No\nB) No\nC) No\nD) Yes", "en", 4),
        ("A: ✗\nB: ✗\nC: ✓\nD: ✗", "en", 3),
        ("A：错误\nB：正确\nC：错误", "zh", 2),
        ("A - Falsch\nB - Falsch\nC - Richtig", "de", 3),
        ("A) Yes\nB) Yes\nC) No\nD) No", "en", None),
        ("A) No\nB) No\nC) No\nD) No", "en", None),
        (
            "The most plausible colour is:\n- D: Gelb\nB, which is dark, is a less likely colour.",
            "en",
            4,
        ),
        ("The best colour is:\n\n(B)\n\nOption C is less fitting. So the answer is (C).", "en", 3),
        ("The less plausible colour is:\n- D\n\nI choose B.", "en", 2),
        ("The less plausible colour is D.", "en", None),
        ("It remains unclear. Answer: A or Answer: C", "en", None),
        ("Die Antwort: A oder Antwort: C", "de", None),
        ("Answer: C\nIt is a better choice than the answer: A", "en", 3),
        ("เลือกข้อ ง", "th", 4),
        ("ข้อ ค ถูกต้อง", "th", 3),
    ],
)
def test_four_options(reply, language, value):
    form = asked("choice", language, options=FOUR, option_count=4)
    assert read(reply, form).value == value


def test_a_reply_that_says_more_than_an_option_is_not_that_option():
    assert choice("See oli väike?? Ma ei tea.").value is None
    assert choice(THOUGHT_OVER + "2. It was small, since it hid.").value is None


@pytest.mark.parametrize(
    "reply",
    [
        "1. See oli õrn.\n2. See oli väike.",
        "A) See oli õrn\n\nB) See oli väike",
        "See oli õrn.\nSee oli väike.",
        "| Choice | Text |\n| --- | --- |\n| 1 | See oli õrn |\n| 2 | See oli väike |",
    ],
)
def test_listed_options_are_no_choice(reply):
    assert choice(THOUGHT_OVER + reply).value is None


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (THOUGHT_OVER + "\\boxed{neutral}", "neutral"),
        (THOUGHT_OVER + "**Neutral**", "neutral"),
        ("The premise entails the hypothesis.", "entailment"),
        ("It neither follows nor is contradicted, so it is neutral.", "neutral"),
        ("The premise does not entail the hypothesis.", None),
        ("If the premise entails the hypothesis, it is true.", None),
        ("The labels are\n- entailment\n- neutral\n- contradiction", None),
    ],
)
def test_labels(reply, value):
    assert label(reply).value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (THOUGHT_OVER + "$\\boxed{\\text{Yes}}$", True),
        (THOUGHT_OVER + "**Yes**", True),
        ("Answer: ❌ No", False),
        ("Answer: They differ in the year, so no.", False),
        ("Answer: Yes and no", None),
        ("Answer: Yes and no change of meaning occurs.", True),
    ],
)
def test_yes_and_no(reply, value):
    assert boolean(reply).value is value


@pytest.mark.parametrize(
    "reply",
    ['```json\n{"answer": "Paris"}\n```', '{"answer": "Paris", "sure": true}', "Answer: $Paris$"],
)
def test_short_texts(reply):
    assert read(reply, asked("short_text")).value == "Paris"


def test_a_text_that_says_there_is_no_answer_is_none():
    assert read("Answer: I don’t know.", asked("short_text")).value is None
    assert read("Answer: The Unknown Soldier", asked("short_text")).value == "The Unknown Soldier"


@pytest.mark.parametrize("tag", ["think", "thinking", "Thought"])
def test_json_in_a_thought_is_no_answer(tag):
    reply = f'<{tag}>{{"answer": 1}}</{tag}>I give none.'
    assert read(reply, asked("json")).value is None


OWN_MARKS = ("<plan>", "</plan>")


@pytest.mark.parametrize(
    "read",
    [
        lambda reply: xlt.compose("mgsm", "2 + 2?", language="en", think_tags=OWN_MARKS).parse(
            reply
        ),
        lambda reply: xlt.parse("mgsm", reply, think_tags=OWN_MARKS),
        lambda reply: xlt.run(
            xlt.plan("mgsm", "2 + 2?", language="en", think_tags=list(OWN_MARKS)), lambda _: reply
        ),
    ],
)
def test_own_marks_of_a_thought_hide_it_at_every_door(read):
    reply = "Answer: 4 <plan>It asks again.\nAnswer: 5</plan>"
    assert read(reply).value == 4
    assert read("<plan>Answer: 5").flags == {"unfinished_thought"}


@pytest.mark.parametrize("tags", ["<plan>", ("<plan>",), ("", "x"), 5])
def test_marks_that_are_no_pair_are_refused(tags):
    with pytest.raises(InputError, match="opening and the closing mark"):
        xlt.compose("mgsm", "2 + 2?", language="en", think_tags=tags)
