"""Numbers as replies write them: every row is a reply (or its end) and the number in it."""

from decimal import Decimal

import pytest
from asking import number

FORMS_OF_540 = """
Answer: James runs a total of 540 meters per week.
Answer: 540
Answer:540
ANSWER: 540
answer ： 540
Answer - 540
Answer = 540
Answer → 540
Answer is 540
**Answer:** 540
**Answer: 540**
**Answer**: 540
*Answer:* 540
__Answer__: 540
`Answer: 540`
> Answer: 540
- Answer: 540
Answer: $540$
Answer: \\boxed{540}
Answer: $\\boxed{540}$
Answer: "540"
Answer: [540]
Answer: 540.00
Answer: 540m
Answer: 540km per 2 weeks
Answer: approximately 540
Answer (in meters): 540
Final Answer: 540
Therefore, Answer: 540 pieces of fabric are needed to make the robe.
4. Answer: 540 pieces of fabric are needed in total.
Thus the answer would be 540 meters.
The final answer is: **540**
The answer is that he runs 540 meters in 4 weeks.
Answer: 9 * 60 = 540
Answer: 9 × 60 = 540 meters
Answer: 540 = 9 * 60
Answer: x = 540
Answer: 540 (9 * 60)
Answer: In 4 weeks, he runs 540 meters.
Answer: The sum for 3 people is 540.
Answer: 540 minutes or 9 hours
He runs 540 meters in total.
\\boxed{540}
540
""".strip().splitlines()


@pytest.mark.parametrize("reply", FORMS_OF_540)
def test_every_form_of_one_answer(reply):
    assert number("He runs 9 sprints of 60 meters.\n\n" + reply).value == 540


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Answer:\n\n18", 18),
        ("## Answer\n18", 18),
        ("```\nAnswer: 18\n```", 18),
        ("Answer:\n1. He has 5.\n2. He gets 13.\nSo he has 5 + 13 = 18.", 18),
        ("<think>Answer: 3</think>Answer: 18", 18),
        ("so 5. Answer: 3</think>\nAnswer: 18", 18),
        ("The answer is 12.\nWait.\nThe answer is 18.", 18),
        ("Answer: 18\nNote that the answer is rounded to 2 decimals.", 18),
        ("Answer: 18\n\nIf the answer is 20, you made an error.", 18),
        ("I hope this helps! Answer: 18. Let me know if my answer 3 is not clear.", 18),
        ("Answer: 18. \n\nTo solve it, we add 5 and 13.", 18),
        ("Answer: 18. Hmm...", 18),
        ("Answer: 18 (5 + 13)", 18),
        ("Answer: **18**. Check: 5+13", 18),
        ("Answer: 2 + 1 = 3 pieces", 3),
        ("Answer: $64 for 16 glasses", 64),
        ("Answer: He pays $720 per year at a cost of $15 per wash.", 720),
        ("Answer: -$10,000", -10000),
        ("Answer: \u221212", -12),
        ("Answer: 17.9", Decimal("17.9")),
        ("Answer: 0.125", Decimal("0.125")),
        ("Answer: 40/8 pets", 5),
        ("Answer: 50%", 50),
        ("Answer: €77", 77),
        ("Answer: US$1,000", 1000),
        ("Answer: 1,23,456", 123456),
        ("Answer: 1 000", 1000),
        ("Answer: 1\u00a0000", 1000),
        ("Answer: 1’000", 1000),
        ("Answer: 1.000", 1000),
        ("Answer: 3,5", Decimal("3.5")),
        ("Answer: 1,234.5", Decimal("1234.5")),
        ("Answer: 276,000", 276000),
        ("The calling code is +49.", 49),
        ("Answer: She can see 3 films with her $42 of pocket money.", 3),
        ("Answer: With their €30, they can buy 5 tickets.", 5),
        ("The lowest of the five temperatures was +3 degrees.", 3),
        ("区号是+86。", 86),
    ],
)
def test_which_number_of_a_reply(reply, value):
    assert number(reply).value == value


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " \n\t ",
        "Answer:",
        "Answer: I cannot say",
        "Answer: between 3 and 5",
        "Answer: [Between 1000 and 1200 feet]",
        "Answer: Either 16 or 17.",
        "Answer: 3-5",
        "Answer: 3 to 5 apples",
        "Answer: more than 1800",
        "Answer: 180 + 3x",
        "Answer: Fred delivers 160 - x roses.",
        "Answer: x2",
        "The length is x +4.",
        "She has 3 +4.",
        "Answer: 1_000",
        "Answer: ²",
        "Answer: 5²",
        "Answer: nan",
        "Answer: 1e999",
        "Answer: 1.2.3",
        "Answer: [num]",
        "Answer: Cannot be determined without the 3 ages.",
        "<think>The answer is 5? Hm",
    ],
)
def test_no_number_is_read_where_none_is_stated(reply):
    answer = number(reply)
    assert (answer.value, answer.status, answer.span) == (None, "none", None)


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        ("de", "Die Antwort ist 11.", 11),
        ("es", "La respuesta es 11.", 11),
        ("fr", "La réponse est 11.", 11),
        ("ru", "Ответ — 11.", 11),
        ("sw", "Jibu ni 11.", 11),
        ("te", "సమాధానం 11.", 11),
        ("th", "คำตอบคือ 11", 11),
        ("ja", "答えは11です。", 11),
        ("zh", "答案是 11。", 11),
        ("bn", "উত্তর হল 11।", 11),
        ("ko", "정답은 11입니다.", 11),
        ("vi", "Đáp án là 11.", 11),
        ("tr", "Cevap: 11", 11),
        ("hi", "उत्तर 11 है।", 11),
        ("el", "Η απάντηση είναι 11.", 11),
        ("el", "ΑΠΆΝΤΗΣΗ: 11", 11),
        ("bg", "Отговорът е 11.", 11),
        ("id", "Jawabannya adalah 11.", 11),
        ("ar", "الإجابة هي ١١.", 11),
        ("et", "Vastus on 11.", 11),
        ("ht", "Repons lan se 11.", 11),
        ("qu", "Kutichiyqa 11.", 11),
        ("gl", "A resposta é 11.", 11),
        ("it", "La risposta è 11.", 11),
        ("ur", "جواب 11 ہے۔", 11),
        ("ta", "பதில் 11.", 11),
        ("jv", "Wangsulane yaiku 11.", 11),
        ("de", "Antwort: 1.234,5", Decimal("1234.5")),
        ("de", "Antwort: 1.234", 1234),
        ("fr", "Re\u0301ponse : 1\u202f234", 1234),
        ("ru", "Ответ: 1 234,5", Decimal("1234.5")),
        ("ar", "الجواب: ١٢٣٫٤", Decimal("123.4")),
        ("ar", "الجواب: ١٬٢٣٤", 1234),
        ("ur", "جواب: ۱۲", 12),
        ("hi", "उत्तर: १२", 12),
        ("bn", "উত্তর: ১,২৩,৪৫৬", 123456),
        ("ta", "விடை: ௧௨", 12),
        ("te", "సమాధానం: ౧౨", 12),
        ("th", "คำตอบ: ๑๒", 12),
        ("jv", "Wangsulan: ꧑꧒", 12),
        ("ja", "答え：９９", 99),
        ("zh", "答案：４２", 42),
        ("zh", "答案：十八", 18),
        ("zh", "答：三百二十。", 320),
        ("zh", "答案：两万", 20000),
        ("zh", "答案：1.5万", 15000),
        ("zh", "答：他每周一共跑540米。", 540),
        ("zh", "答：一共十八个。", 18),
        ("th", "Antwort: 18", 18),  # a pivot language that was not asked for
        ("th", "答案：18", 18),
    ],
)
def test_every_language_in_its_own_words_and_digits(language, reply, value):
    assert number(reply, language).value == value


def test_the_span_is_a_place_in_the_raw_reply():
    reply = "<think>Answer: 3</think>\r\n**Re\u0301ponse\u00a0:** **$5\u202f400** par an"
    answer = number(reply, "fr")
    assert (answer.value, answer.text) == (5400, "$5\u202f400")
    assert reply[slice(*answer.span)] == "$5\u202f400"


def test_an_echo_of_the_request_is_not_anchored():
    request = ('Tom says "Answer: 42" and has 3 apples. How many?',)
    answer = number(f"{request[0]}\nHe has 3 apples.", request=request)
    assert (answer.value, answer.status) == (3, "fallback")
    assert answer.flags == {"echoed_from_request"}
    answer = number(f"{request[0]}\nAnswer: 42", request=request)
    assert (answer.value, answer.status, answer.flags) == (42, "anchored", frozenset())
