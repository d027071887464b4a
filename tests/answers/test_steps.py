"""The step view of a reply: retelling, reasoning lines, answer."""

import copy
import pickle

import pytest
from growth import grows_linearly
from hypothesis import given
from hypothesis import strategies as st

import xlt
from xlt.answers.answer import Answer
from xlt.answers.steps import ReplySteps

PROBLEM = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"


def steps_of(reply: str, language: str = "zh") -> ReplySteps:
    return xlt.compose("mgsm", PROBLEM, language=language).parse(reply).steps


@pytest.mark.parametrize(
    ("reply", "retelling", "reasoning", "answer"),
    [
        pytest.param(
            "Retelling the request in English: James runs 3 times 3 sprints of 60 meters.\n"
            "Step-by-step answer:\n1. 3 x 3 = 9 sprints.\n2. 9 x 60 = 540 meters.\nAnswer: 540.",
            "James runs 3 times 3 sprints of 60 meters.",
            ("1. 3 x 3 = 9 sprints.", "2. 9 x 60 = 540 meters."),
            "540",
            id="as the paper shows it",
        ),
        pytest.param(
            "**Retelling the request in English:**\r\n\r\nJames runs.\r\n\r\n"
            "**Step-by-step answer:**\r\n\r\n1. He runs 9 sprints.\r\n2. **9 x 60 = 540**\r\n\r\n"
            "**Answer:** 540\r\n",
            "James runs.",
            ("1. He runs 9 sprints.", "2. **9 x 60 = 540**"),
            "540",
            id="bold headings, CRLF",
        ),
        pytest.param(
            "## Retelling in English\nJames runs.\n---\n## Step-by-step answer\n"
            "- He runs 9 sprints a week.\n- That is 540 meters.\n## Answer\n540\n",
            "James runs.",
            ("- He runs 9 sprints a week.", "- That is 540 meters."),
            "540",
            id="markdown headings",
        ),
        pytest.param(
            "1. Retell the request in English: James runs.\n"
            "2. Step-by-step answer: 3 x 3 x 60 = 540.\n3. Answer: 540 meters",
            "James runs.",
            ("3 x 3 x 60 = 540.",),
            "540",
            id="numbered headings",
        ),
        pytest.param(
            "James runs 3 x 3 = 9 sprints a week.\n\nEach is 60 meters long.\nAnswer: 540",
            None,
            ("James runs 3 x 3 = 9 sprints a week.", "Each is 60 meters long."),
            "540",
            id="no headings",
        ),
        pytest.param(
            "<think>Retelling the request in English: no.\n1. Hmm.\nAnswer: 3</think>\n"
            "Retelling the request in English: James runs.\n1. He runs.\nAnswer: 540",
            "James runs.",
            ("1. He runs.",),
            "540",
            id="thoughts",
        ),
        pytest.param(
            "1. Hmm, 3 or 9?\nAnswer: 3\n</think>\n1. He runs 9 sprints.\nAnswer: 540",
            None,
            ("1. He runs 9 sprints.",),
            "540",
            id="a thought opened by the prompt",
        ),
        pytest.param(
            "用英语复述请求：James runs.\n逐步解答：\n1. 每周跑 9 段。\n2. 9 x 60 = 540\n答案：540",
            "James runs.",
            ("1. 每周跑 9 段。", "2. 9 x 60 = 540"),
            "540",
            id="headings in the task language",
        ),
        pytest.param(
            "1. 9 x 60 = 550\nAnswer: 550\nI made a mistake.\n2. 9 x 60 = 540\nAnswer: 540\n"
            "So he runs 540 meters.",
            None,
            (
                "1. 9 x 60 = 550",
                "Answer: 550",
                "I made a mistake.",
                "2. 9 x 60 = 540",
                "So he runs 540 meters.",
            ),
            "540",
            id="only the marker that counts is left out",
        ),
        pytest.param("540", None, (), "540", id="nothing but the answer"),
        pytest.param(
            "他每周跑九段。\n答案是 540。",
            None,
            ("他每周跑九段。",),
            "540",
            id="a marker without a colon",
        ),
        pytest.param(
            "Retelling the request in English: James runs.\nHow far does he run?\n\n- He runs.",
            "James runs.\nHow far does he run?",
            ("- He runs.",),
            None,
            id="no answer",
        ),
    ],
)
def test_parts(reply, retelling, reasoning, answer):
    steps = steps_of(reply)
    assert (steps.retelling, steps.reasoning, steps.answer) == (retelling, reasoning, answer)


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("es", "Respuesta paso a paso:"),
        ("fr", "Réponse étape par étape :"),
        ("de", "Schritt-für-Schritt-Antwort:"),
        ("ru", "Пошаговое решение:"),
        ("zh", "逐步解答："),
        ("ja", "ステップごとの答え："),
        ("th", "คำตอบทีละขั้นตอน:"),
        ("sw", "Jibu la Hatua kwa Hatua:"),
        ("bn", "ধাপে ধাপে উত্তর:"),
        ("te", "దశలవారీగా సమాధానం:"),
    ],
)
def test_the_step_headings_of_mgsm_are_no_answers(language, heading):
    steps = steps_of(f"{heading}\n1. 9 x 60 = 540\nAnswer: 540", language)
    assert (steps.reasoning, steps.answer) == (("1. 9 x 60 = 540",), "540")


@pytest.mark.parametrize(
    "heading",
    [
        "Retelling the request in English",
        "Retelling",
        "The request in English is",
        "Translation",
        "English translation",
        "First, let's translate the problem into English",
        "Repeating the premise and hypothesis in English",
        "Request restated in English",
        "Nacherzählung auf Englisch",
    ],
)
def test_headings_of_a_retelling(heading):
    assert steps_of(f"{heading}: James runs.\n1. He runs.", "de").retelling == "James runs."


@pytest.mark.parametrize(
    "line",
    [
        "Repeated addition: 60 + 60 = 120",
        "Right angles: 4",
        "Sure, here is how to solve the task in English: by counting",
        "First, let's find the sprints: 9",
        "Sentence 2 talks of something that is said in many languages: nothing",
    ],
)
def test_lines_that_are_no_retelling(line):
    steps = steps_of(f"{line}\nAnswer: 540")
    assert (steps.retelling, steps.reasoning) == (None, (line,))


def test_an_answer_in_english_is_no_retelling():
    steps = steps_of("9 x 60 = 540\nTherefore, the answer to the task in English is: 540")
    assert steps == ReplySteps(None, ("9 x 60 = 540",), "540", False)


def test_a_retelling_may_have_several_named_parts():
    prompt = xlt.compose("xnli", {"premise": "P.", "hypothesis": "H."}, language="de")
    steps = prompt.parse(
        "Retelling the premise and hypothesis in English:\n\nPremise: It rains.\n\n"
        "Hypothesis: It is wet.\n\nRain makes wet.\nRelationship: Entailment."
    ).steps
    assert steps.retelling == "Premise: It rains.\nHypothesis: It is wet."
    assert steps.reasoning == ("Rain makes wet.",)
    assert steps.answer == "Entailment"


WHOLE = "Retelling the request in English: James runs.\n1. He runs.\nAnswer: 540"


def test_complete_needs_all_parts_a_marker_and_an_end():
    prompt = xlt.compose("mgsm", PROBLEM, language="zh")
    assert prompt.parse(WHOLE, finish_reason="stop").steps.complete
    assert not prompt.parse(WHOLE, finish_reason="length").steps.complete
    for part in WHOLE.split("\n"):
        assert not prompt.parse(WHOLE.replace(part, "")).steps.complete
    assert not prompt.parse(WHOLE.replace("Answer: ", "He runs ")).steps.complete


def test_steps_of_an_answer_whose_question_is_not_known():
    answer = Answer(540, "anchored", "540", (67, 70), reply=WHOLE)
    assert answer.steps == ReplySteps("James runs.", ("1. He runs.",), "540", True)


def test_steps_pickle_and_copy():
    steps = steps_of(WHOLE)
    assert pickle.loads(pickle.dumps(steps)) == copy.deepcopy(steps) == steps


@given(st.text())
def test_any_text_has_steps(reply):
    steps = steps_of(reply)
    assert all(line.strip() and line in reply for line in steps.reasoning)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["a", "\n", "a\n", "# ", "**", "1. ", "Answer: 1\n", "Answer:\n", ":", "<think>", "</think>"]
    + ["translat english ", "Retelling: a\n", "é", "\u0300\u0316", "Step 1: a\n", "- a: b\n"],
)
def test_linear(unit):
    def run(size: int) -> None:
        answer = Answer(1, "anchored", "1", (0, 1), reply=unit * (size // len(unit)))
        assert answer.steps is not None

    assert grows_linearly(run, 800_000)
