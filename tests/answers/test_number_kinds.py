"""Numbers that careless readers take for the answer, kind by kind and in several scripts."""

from decimal import Decimal
from pathlib import Path

import pytest
from asking import asked, number, read

from xlt.files.yaml import load_yaml
from xlt.languages import get_language

IN_WORDS = load_yaml(Path(__file__).parent / "data" / "number_words.yaml")


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Retelling the request in English: James runs.\n1. He runs.", None),
        ("1. He runs.\n2. He rests.", None),
        ("1) He runs.\n2) He rests.", None),
        ("(1) He runs.\n(2) He rests.", None),
        ("- 1. He runs.", None),
        ("### Step 1: He runs.", None),
        ("Schritt 1: Er läuft.\nSchritt 2: Er ruht.", None),
        ("Шаг 1: Он бежит.", None),
        ("第一步：他跑步。", None),
        ("步骤1：他跑步。", None),
        ("１．彼は走る。", None),
        ("Answer:\n1. He runs.\n2. He rests.", None),
        ("1. He runs 9 sprints.\n2. That is 9 x 60 = 540.", 540),
        ("1. He runs.\n2. He runs 540 meters.", 540),
        ("18. Hmm...", 18),
        ("Answer: 1. He has one.", 1),
        ("Answer:\n18. That is all.", 18),
    ],
)
def test_the_number_of_a_step_is_no_answer(reply, value):
    assert number(reply).value == value


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: Fred needs to deliver 160 - x red roses",
        "Answer: Fred needs to deliver 160 - x red roses before 5 p.m.",
        "Answer: 3 * n apples",
        "Answer: x + 5",
        "Answer: 2x + 3y",
        "Answer: (n - 1) + 4 stones, n - 1 of them red",
        "答案：160 - x 朵玫瑰",
        "答え：x + 5 個",
        "Ответ: 160 - x роз",
        "คำตอบ: 160 - x ดอก",
    ],
)
def test_algebra_left_open_is_no_number(reply):
    answer = number(reply, "zh")
    assert (answer.value, answer.flags) == (None, {"undetermined"})


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Answer: 18, because there are 3 bags of 6.", 18),
        ("Answer: 18, since each of the 3 bags is 6 kg", 18),
        ("Answer: Since there are 3 bags, the total is 18.", 18),
        ("Antwort: 18, weil es 3 Tüten sind", 18),
        ("答案：18个，因为有 3 袋", 18),
        ("Ответ: 18, потому что мешков было 3", 18),
        ("Answer: Of the 20 children 5 stay.", 5),
        ("Answer: All 60 guests ate 5 cakes.", 5),
        ("Answer: The remaining 6 bags weigh 30 kg.", 30),
        ("Answer: Ann must walk the remaining 8 km at a speed of 5 km per hour.", 5),
        ("Answer: 24 litres hold 10⅓ litres", 24),
        ("Answer: there are 10 litres in the remaining 24 litres", 10),
        ("Answer: By 5 p.m. he sells 160 roses.", 160),
        ("Answer: He arrives at 10:30 am carrying 4 bags.", 4),
        ("Answer: $78,400 and $55,999.99 respectively", None),
        ("Answer: Ann and Bo have 5 and 6 apples, respectively.", None),
    ],
)
def test_the_number_asked_for_among_others(reply, value):
    assert number(reply, "de").value == value


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("답: 연필 36자루를 4명에게 나누면 각각 9자루입니다.", "ko", 9),
        ("답: 민수와 영희는 각각 3개와 5개입니다.", "ko", None),
        ("సమాధానం: 30 పెన్నులు 6 మందికి ఒక్కొక్కరికి 5 పెన్నులు వస్తాయి.", "te", 5),
    ],
)
def test_each_before_the_last_number_gives_one(reply, language, value):
    assert number(reply, language).value == value


@pytest.mark.parametrize(
    ("language", "reply"),
    [("zh", "答案：分别是 5 和 6"), ("fr", "Réponse : 5 et 6 pommes respectivement")],
)
def test_two_numbers_of_two_things(language, reply):
    assert number(reply, language).value is None


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Answer: 10½", Decimal("10.5")),
        ("Answer: 2 ¼ cups", Decimal("2.25")),
        ("Answer: 2 1/2 cups", Decimal("2.5")),
        ("Answer: $2\\frac{1}{2}$", Decimal("2.5")),
        ("Answer: 3万5千", 35000),
        ("答案：3万5千元", 35000),
        ("答案：1亿2000万", 120_000_000),
        ("답: 3만 5천 원", 35000),
        ("答案：3千米", 3),
        ("Answer: 1.5 million people", 1_500_000),
        ("Answer: 2 thousand", 2000),
        ("Antwort: 2 Millionen", 2_000_000),
        ("Answer: 5 men", 5),
        ("Answer: ½", Decimal("0.5")),
    ],
)
def test_numbers_in_parts(reply, value):
    language = "de" if reply.startswith("Antwort") else "ko" if reply.startswith("답") else "zh"
    assert number(reply, language).value == value


def test_thirds_are_as_exact_as_a_decimal_can_be():
    assert number("Answer: 10⅓").value == Decimal(31) / 3
    assert number("Answer: 10 1/3").value == 10 + Decimal(1) / 3


def test_more_digits_than_decimals_are_computed_with():
    digits = "7" * 60
    assert number(f"Answer: -{digits}").value == -int(digits)
    assert number(f"Answer: {digits} 1/3").status == "anchored"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Answer: eighteen dollars", 18),
        ("Answer: Twenty-three", 23),
        ("Answer: twenty three apples", 23),
        ("Answer: one hundred and forty", 140),
        ("Answer: a hundred", 100),
        ("Answer: two thousand five hundred", 2500),
        ("Answer: two hundred and fifty thousand, three hundred and one", 250_301),
        ("Answer: He has one apple.", 1),
        ("Answer: zero", 0),
        ("The answer is eighteen.", 18),
        ("Answer: Twenty minus five is fifteen.", 15),
        ("Answer: eighteen (six for each of the three bags)", 18),
        ("答案：十八", 18),
        ("Answer: 5 of the nine dwarfs", 5),
        ("Answer: No one knows", None),
        ("Answer: One of them", None),
        ("Answer: between three and five", None),
        ("Answer: three or four", None),
        ("Answer: more than twenty", None),
        ("Answer: the twenty-first", None),
        ("Answer: two thirds", None),
        ("Answer: two and a half", Decimal("2.5")),
        ("Answer: often", None),
        ("Answer: achtzehn", None),  # neither English nor of the task's language
        ("He waits for two of them.", None),  # only behind a marker
    ],
)
def test_english_number_words_behind_a_marker(reply, value):
    assert number(reply, "zh").value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Die Antwort ist 18.\n\nAntwort: [num]", 18),
        ("So the answer is 18.\n\nAnswer: [num]", 18),
        ("Alors il a 18 pommes.\nRéponse : [nombre]", 18),
        ("Antwort: [Zahl] 18", 18),
        ("答案：[数字]", None),
        ("答案：18", 18),
        ("答え：[番号] 18", 18),
        ("Ответ: [число]", None),
        ("Respuesta: [18]", 18),
        ("The answer is: 18", 18),
        ("#### 18", 18),
        ("He has 6 + 12 = 18.\n#### 18\n\nThere were 3 bags.", 18),
        ("### 2. The bags\nHe has 18.", 18),
        ("Thus $\\boxed{18}$. It took 3 steps.", 18),
        ("Answer: $\\boxed{18}$", 18),
        ("Answer: The final answer is 18. I hope it is correct.", 18),
        ("Sure! I'd be happy to help.\n\nAnswer: 18\n\nLet me know if you have 2 more.", 18),
        ("Answer: 18\n" * 40, 18),
    ],
)
def test_pivots_and_weaker_models(reply, value):
    for target in ("en", "de", "es", "fr", "ja", "ru", "zh"):
        assert read(reply, asked("number", "bn", target=target)).value == value


@pytest.mark.parametrize(
    "next_prompt",
    [
        "\nXXX\nXXX\nI want you to act as an expert.\nRequest: 2 + 2?\nAnswer: 4",
        "\n\nI want you to act as an expert in Chinese.\n答案：4",
        "\n\nQ: How many legs have 2 birds?\nA: The answer is 4.",
        "\n\nQuestion: How many?\nAnswer: 4",
        "<|im_end|>\n<|im_start|>user\nAnswer: 4",
        "</s> [INST] And now? [/INST] Answer: 4",
        "\n### Instruction:\nAdd 2 and 2.\n### Response:\nAnswer: 4",
        "\nHuman: Thanks. What is 2 + 2?\nAssistant: Answer: 4",
    ],
)
@pytest.mark.parametrize("own", ["Answer: 18", "答案：18", "He has 18.\nThe answer is 18."])
def test_what_a_base_model_adds_is_not_the_answer(own, next_prompt):
    answer = number(own + next_prompt, "zh")
    assert (answer.value, answer.reply) == (18, own + next_prompt)


def test_a_prompt_repeated_before_the_answer_is_no_end():
    reply = "I want you to act as an expert.\nQuestion: How many are 6 bags of 3?\nAnswer: 18"
    assert number(reply).value == 18
    assert number("Question: How many?\nHe has 6 + 12 = 18.").value == 18
    reply = "He is asked:\nQuestion: 6 bags of 3?\nAnswer: 18\nQuestion: 1 + 1?\nAnswer: 2"
    assert number(reply).value == 18


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("Answer: fifty percent", "en", 50),
        ("Answer: twenty-five per cent of them", "en", 25),
        ("Antwort: fünfzig Prozent", "de", 50),
        ("답: 오십 퍼센트", "ko", 50),
        ("คำตอบ: ร้อยละห้าสิบ", "th", 50),
        ("คำตอบ: ร้อยละ 5", "th", 5),
        ("答案：百分之三十五", "zh", 35),
        ("Respuesta: ninguna de las dos", "es", None),
        ("Answer: none of the two", "en", None),
        ("答案：两者都不", "zh", None),
        ("คำตอบ: ทั้งสอง", "th", None),
        ("ধাপ ১: সে দৌড়ায়।\nধাপ ২: সে ঘুমায়।", "bn", None),
        ("答え：5 〜 6", "ja", None),
    ],
)
def test_a_number_word_within_a_longer_word(reply, language, value):
    assert number(reply, language).value == value


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("उत्तर: 5 से अधिक", "hi", None),
        ("उत्तर: 5 सेब से अधिक", "hi", None),
        ("答え：5個より多い", "ja", None),
        ("답: 5개보다 많습니다", "ko", None),
        ("उत्तर: 5 की तुलना में 8 सेब", "hi", 8),
        ("Resposta: mais de 5", "pt", None),
        ("Відповідь: не менше 5", "uk", None),
        ("答えは5個または6個です。", "ja", None),
        ("Válasz: tizenkét alma", "hu", 12),
        ("Answer:\n\n| Quantity | Value |\n|---|---|\n| Total | 42 |", "en", 42),
    ],
)
def test_a_bound_is_no_value_wherever_its_word_stands(reply, language, value):
    assert number(reply, language).value == value


@pytest.mark.parametrize(
    ("language", "request_", "reply", "value"),
    [
        ("sv", "En biljett kostar 90 kronor. Vad kostar 3 biljetter?",
         "Om en biljett kostar 90 kronor kostar 3 biljetter 270 kronor.", 270),
        ("cs", "Káva stojí 45 Kč. Kolik stojí 2 kávy?", "2 kávy stojí 90 Kč.", 90),
        ("tr", "Bir kalem 15 lira. 4 kalem kaç lira?",
         "Bir kalem 15 lira ise 4 kalem 60 lira eder.", 60),
        ("hi", "एक टिकट 30 रुपये का है। 5 टिकट कितने के हैं?", "5 टिकट 150 रुपये के हैं।", 150),
        ("bn", "একটি বইয়ের দাম ৪০ টাকা হলে ৩টি বইয়ের দাম কত?",
         "একটি বইয়ের দাম ৪০ টাকা হলে ৩টি বইয়ের দাম ১২০ টাকা।", 120),
        ("ja", "切符は1枚200円です。3枚でいくらですか。",
         "切符1枚が200円なので、3枚では600円になります。", 600),
        # the result is a number that the request gives
        ("en", "Tom has 3 boxes of 12 pens. He gives away 24. How many pens does he have left?",
         "Out of 36 pens, 24 were given away, leaving 12.", 12),
        ("en", "Tom has 3 boxes of 12 pens. He gives away 24. How many pens does he have left?",
         "So Tom has 12 pens left, which is 1 box.", 12),
        ("de", "Tom hat 3 Kisten mit 12 Stiften. Er gibt 24 weg. Wie viele Stifte hat er noch?",
         "Von 36 Stiften gibt er 24 weg, es bleiben 12.", 12),
        ("ru", "У Тома 3 коробки по 12 ручек. Он отдаёт 24. Сколько ручек осталось?",
         "Из 36 ручек он отдал 24, осталось 12.", 12),
        ("zh", "汤姆有3盒笔，每盒12支。他送出24支。还剩多少支？",
         "一共36支，送出24支，还剩12支。", 12),
        ("en", "A box has 6 rows of 8 eggs. 5 are broken. How many eggs are whole?",
         "The box has 48 eggs, of which 5 are broken, so 43 are whole.", 43),
        ("en", "Mia has 9 red and 4 blue beads. How many beads has she?",
         "Mia has 13 beads in 2 colours.", 13),
        ("en", "A path has 15 km. She walked 6 km in 2 hours. How fast must she walk?",
         "She must walk the remaining 9 km at 6 km per hour.", 6),
    ],
)  # fmt: skip
def test_what_the_request_gives_is_not_the_answer(language, request_, reply, value):
    assert number(reply, language, request=(request_,)).value == value


@pytest.mark.parametrize(
    ("question", "reply", "value"),
    [
        ("How many cents do two stamps cost?", "They cost 170 cents, that is 1.70 dollars.", 170),
        ("How many cents do two stamps cost?", "170 cents = 1.70 dollars", 170),
        ("How many cents do two stamps cost?", "That makes 170 cents, or $1.70.", 170),
        ("How many cents do two stamps cost?", "170 or 175 cents.", None),
        ("How many minutes is the film?", "It is 1 hour and 40 minutes, or 100 minutes.", 100),
        ("How many minutes is the film?", "It is 1 hour and 40 minutes, or 90 minutes.", None),
        ("How many apples does he have?", "He has 2 apples and 3 pears.", None),
        ("Hur många kulor är kvar?", "Hon tappar 4 kulor och har 11 kulor kvar.", 11),
    ],
)
def test_of_two_facts_the_one_that_is_asked_for(question, reply, value):
    assert number(reply, "sv", request=(question,)).value == value


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        ("en", "Fifty-two.", 52),
        ("es", "Setenta y cuatro manzanas.", 74),
        ("pl", "Trzydzieści osiem kilometrów.", 38),
        ("kn", "ಉತ್ತರ: ಅರವತ್ನಾಲ್ಕು", 64),
        ("kn", "ಉತ್ತರ: ಮೂವತ್ತಾರು ಪುಸ್ತಕಗಳು", 36),
        ("bn", "উত্তর: তেরোটি", 13),
        ("fil", "Dalawampung mangga.", 20),
        ("ta", "நூற்று முப்பது", 130),
        ("en", "No one can say.", None),
        ("fil", "Wala akong ideya.", None),
    ],
)
def test_number_words_of_a_reply_without_digits(language, reply, value):
    assert number(reply, language).value == value


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("90 apples. (6 × 15)", 90),
        ("Total cost = 6 bags × 15 cents/bag = 90 cents", 90),
        ("I'm not sure, but I believe it is 90.", 90),
        ("I'm not sure, but if he pays, I believe it is 90.", None),
        ("Answer: 80. Wait, that is wrong: 6 × 15 = 90.", 90),
    ],
)
def test_asides_hedges_and_retractions(reply, value):
    assert number(reply).value == value


@pytest.mark.parametrize("language", IN_WORDS)
def test_compounds_and_halves_in_words(language):
    answer = get_language(language).lexicon["answer"][0]
    rows = IN_WORDS[language].items()
    assert {words: number(f"{answer}: {words}", language).value for words, _ in rows} == {
        words: None if value == "-" else Decimal(value) for words, value in rows
    }
