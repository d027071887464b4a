"""Choices and labels out of conclusions: what a careful person reads in them, kind by kind."""

import pytest
from asking import asked, choice, read

from xlt.registry import get_task

LABELS = ("contradiction", "neutral", "entailment")


def both(reply: str, language: str = "zh") -> tuple[object, object]:
    """Return the label by a choice among (A), (B), (C) and by the label's own kind."""
    task = get_task("xnli").answer.labels
    listed = asked("choice", language, options=LABELS, option_count=3)
    number = read(reply, listed).value
    label = read(reply, asked("label", language, labels=task, options=LABELS)).value
    return (LABELS[number - 1] if number else None), label


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("In this situation, the more plausible option would be (B) neutral since nothing says "
         "whether you called.", "neutral"),
        ('Since "If you leave, you save" contradicts it, the best option is contradiction (A).',
         "contradiction"),
        ("Hence the best option is (B) neutral, as it says nothing to determine if he came.",
         "neutral"),
        ("The best option is (B) neutral because nothing supports either (A) contradiction or (C) "
         "entailment.", "neutral"),
        ("Help me pick: (A) contradiction, (B) neutral, (C) entailment.\n\nThe text is short.\n"
         "Hence, the more plausible option would be (B) neutral.", "neutral"),
        ("Pick the more plausible option:\n\n(A) Contradiction: it is not.\n\n(C) Entailment: it "
         "is.\n\nThe more plausible option in this case is (C) entailment.", "entailment"),
        ("Let me find the best option:\n1. The text says so.\n2. He came.\n\nTherefore, the best "
         "option is (C) entailment.", "entailment"),
        ("Thus, the more plausible option is:\n\n(B) Neutral: it fits, as there is no "
         "contradiction.", "neutral"),
        ("We cannot say if it is true. In this case, option (B) neutral is the best.", "neutral"),
        ("It is hard to say more. Still, I would lean towards option B (neutral).", "neutral"),
    ],
)  # fmt: skip
def test_clear_conclusions(reply, value):
    assert both(reply) == (value, value)


@pytest.mark.parametrize(
    "reply",
    [
        "If he came, then the best option is (A) contradiction.",
        "If he came, it follows. In this case, the best option would be (C) entailment.",
        "如果他来了，那么最好的选项是 (A) contradiction。",
        "In that case, either (A) or (B) would be the best option.",
        "The best option could be (B) neutral or (C) entailment.",
        "Therefore both options B (neutral) and C (entailment) are plausible.",
        "Therefore, neither (A) contradiction, (B) neutral, nor (C) entailment can be chosen.",
        "Thus it is not possible to choose the best of (A) contradiction, (B) neutral, or (C) "
        "entailment.",
        "It is difficult to determine the correct option (A, B, or C) here.",
        "So it is not possible to determine whether it is a contradiction, neutral, or entails it.",
        "Now we can determine which option (A), (B), or (C) is the most plausible.",
        "Let us choose the best option: (A) contradiction, (B) neutral, (C) entailment.",
    ],
)
def test_what_leaves_the_choice_open(reply):
    assert both(reply) == (None, None)


def test_an_if_of_the_task_language_leaves_it_open():
    reply = "Wenn er kam, dann ist (A) contradiction die beste Option."
    assert both(reply, "de") == (None, None)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Answer: The more plausible outcome is A) The photos become blurry.", 1),
        ("Answer: The more plausible outcome is B) It was small.", 2),
        ("Antwort: Die plausiblere Folge ist B) Es war klein.", 2),
        ("Ответ: Более вероятно Б) Оно маленькое.", 2),
        ("答案：更合理的结果是 B) 它很小。", 2),
        ("Answer: More likely is A) than B).", 1),
        ("Answer: Both A) and B) are plausible.", None),
        ("Answer: He took his pill (Vitamin A) there.", None),
        ("Answer: It is unclear, but A may be more plausible if he fell, while option B may be "
         "if he slept, or option A.", None),
        ("Therefore, the best option is (B) See oli õrn.", None),  # the words are those of A
    ],
)  # fmt: skip
def test_letters_with_a_bracket_behind(reply, value):
    assert choice(reply, "ru").value == value
