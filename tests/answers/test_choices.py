"""Choices by number, letter or words; labels; yes and no."""

import pytest
from asking import asked, boolean, choice, label, read


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Choice number: 1.", 1),
        ('Choice Number: 2. Water flowed from the tap. The answer is choice2."', 2),
        ("**Choice number:** 2", 2),
        ("Choice number: choice2", 2),
        ("Choice number: -choice2: See oli väike", 2),
        ("Choice number: (A)", 1),
        ("Answer: B", 2),
        ("Answer: [B] See oli väike", 2),
        ("Answer: [Choice]\nOption (B) - It was small.", 2),
        ('Answer: Option (B) - "It was small."', 2),
        ("Answer: The more plausible option is A - it was soft.", 1),
        ("Choice number: ①", 1),
        ("Choice number: أ", 1),
        ("Choice number: क", 1),
        ("Choice number: २", 2),
        ("Choice number: See oli väike.", 2),
        ("Choice number: The second option", 2),
        ("Choice number: Option A is more plausible than Option B", 1),
        ("Choice number: not option A but option B", 2),
        ("The more plausible option is choice1.", 1),
        ("I pick choice1 because choice2 is odd", 1),
        ("choice2", 2),
        ("2", 2),
        ("Answer: If he is careful, (A).", 1),
        ('The more plausible option is (B), as in "who did it?"', 2),
        ("Choice number: 3", None),
        ("Choice number: Both 1 and 2", None),
        ("Choice number: 1 or 2", None),
        ("Choice number: A man", None),
        ("Answer: It depends on the context.", None),
        ("Answer: Neither option (A) nor option (B) is plausible.", None),
        ("Answer: If it was minor, option A; if severe, option B.", None),
    ],
)
def test_which_choice(reply, value):
    assert choice(reply).value == value


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        ("zh", "答案：选项2", 2),
        ("zh", "选择：1", 1),
        ("th", "คำตอบ: ตัวเลือกที่ 2", 2),
        ("it", "Risposta: Opzione 1", 1),
        ("vi", "Đáp án: Lựa chọn 2", 2),
        ("ar", "الإجابة: ب", 2),
    ],
)
def test_choices_in_the_task_language(language, reply, value):
    assert choice(reply, language, ("甲物", "乙物")).value == value


@pytest.mark.parametrize(("reply", "value"), [("Choice number: А", 1), ("Choice number: В", 2)])
def test_a_cyrillic_letter_for_a_latin_list_is_flagged(reply, value):
    answer = choice(reply)
    assert (answer.value, answer.flags) == (value, {"confusable_letter"})


def test_latin_letters_are_not_flagged():
    assert choice("Choice number: B").flags == frozenset()


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Relationship: Entailment. The hypothesis is true given the premise ...", "entailment"),
        ("Relationship: **Neutral**", "neutral"),
        ("Relationship: false (contradiction)", "contradiction"),
        ("The relationship is entailment.", "entailment"),
        ("Relationship: Neither entailment nor contradiction; neutral.", "neutral"),
        ("Yes, it is true that he slept.", "entailment"),
        ("Maybe.", "neutral"),
        ("No", "contradiction"),
        ("Therefore, the correct answer would be (A) contradiction.", "contradiction"),
        ("So the best option is neutral, as nothing shows an entailment.", "neutral"),
        ("- (A) contradiction\n- (C) entailment\n\nHence option (C) is correct.", "entailment"),
        ("Relationship: not entailment", None),
        ("Relationship: entailment or neutral", None),
        ("Based on this, both (B) neutral and (C) entailment seem plausible.", None),
        ("If the text says so, then it would be an entailment.", None),
        ("I do not know", None),
        ("Answer: I do not know", None),
        ("There is no evidence", None),
        ("", None),
    ],
)
def test_labels_are_never_guessed(reply, value):
    assert label(reply).value == value


def test_labels_in_other_languages():
    assert label("Relationship: 蕴含", "zh").value == "entailment"
    assert label("答案：可能", "zh").value == "neutral"
    assert label("Vielleicht", "de").value == "neutral"
    assert label("Ответ: Да", "ru").value == "entailment"
    assert label("Relationship: Widerspruch", "de").value == "contradiction"


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        ("en", "Answer: No, Sentence 1 does not paraphrase Sentence 2.\n5. More steps.", False),
        ("en", "Answer: Yes", True),
        ("en", "**Answer: No**", False),
        ("en", "Answer: (B) No", False),
        ("en", "Option A: Yes.\nOption B: No.\n\nAnswer: A", True),
        ("en", "Answer: Sentence 1 does not paraphrase Sentence 2.", False),
        ("en", "The answer is yes.", True),
        ("en", "Yes, they do.", True),
        ("en", "Answer: Yes or No", None),
        ("en", "Answer: Nothing", None),
        ("en", "Answer: Not sure", None),
        ("en", "I do not know", None),
        ("zh", "答案：是", True),
        ("zh", "答案：不是", False),
        ("ja", "答え：いいえ", False),
        ("ko", "답: 아니요", False),
        ("es", "Respuesta: Sí", True),
        ("fr", "Re\u0301ponse : oui", True),
    ],
)
def test_yes_and_no(language, reply, value):
    assert boolean(reply, language).value is value


def test_labels_of_an_own_task():
    form = asked("label", labels={"positive": ("good",), "negative": ("bad",)})
    assert read("Answer: The review is good.", form).value == "positive"
    assert read("Answer: The review is not good.", form).value is None


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("The 2nd option is more plausible.", "en", 2),
        ("Choice number: 1st", "en", 1),
        ("Answer: N/A", "en", None),
        ("정답은 나입니다.", "ko", 2),
        ("정답: B는 가능성이 높습니다.", "ko", 2),
        ("정답: A는 가능성이 낮습니다.", "ko", None),
        ("나는 B를 선택합니다.", "ko", 2),
        ("Valiny: A dia diso.", "mg", None),
        ("ഉത്തരം: A അല്ലെങ്കിൽ B", "ml", None),
    ],
)
def test_a_letter_within_a_word_names_no_choice(reply, language, value):
    assert choice(reply, language).value == value


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("درست جواب (ب) ہے۔", "ur", 2),
        ("پاسخ درست: گزینه الف", "fa", 1),
        ("گزینه ب محتمل‌تر است.", "fa", 2),
        ("A alternativa correta é a letra B.", "pt", 2),
        ("Option A is less likely than option B.", "en", 2),
        ("Option A is not less likely than option B.", "en", None),
        ("Možnosť A je menej pravdepodobná ako možnosť B.", "sk", 2),
        ("It's either A or B, but I'd go with B.", "en", 2),
        ("It's either A or B, but I won't choose.", "en", None),
        ("Тачан одговор је под Б.", "sr", 2),
        ("Wybieram opcję B.", "pl", 2),
        ("Valitsen vaihtoehdon B.", "fi", 2),
        ("Biram opciju 2, a ne opciju 1.", "hr", 2),
        ("Бирам опцију 1.", "sr", 1),
        ("Обираю варіантом B.", "uk", 2),
        ("Se choveu muito, a opção A; caso contrário, a opção B.", "pt", None),
        ("Optie B is minder waarschijnlijk, dus ik kies voor optie A.", "nl", 1),
    ],
)
def test_a_choice_as_it_is_said_in_the_language(reply, language, value):
    assert choice(reply, language).value == value


@pytest.mark.parametrize(
    ("reply", "language", "value"),
    [
        ("Відношення: ні, це нейтрально.", "uk", "neutral"),
        ("Relation: Nej, det är neutralt.", "sv", "neutral"),
        ("关系：不，是中立。", "zh", "neutral"),
        ("Relação: não, há uma contradição.", "pt", "contradiction"),
    ],
)
def test_no_and_then_another_label(reply, language, value):
    assert label(reply, language).value == value


CITIES = ("Turin", "Mailand", "Rom", "Genua")


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        ("de", "A) Turin – falsch\nB) Mailand – falsch\nC) Rom – richtig\nD) Genua – falsch", 3),
        ("en", "A) Turin ❌\nB) Mailand ❌\nC) Rom: the capital ✅\nD) Genua ❌", 3),
        ("ko", "A: 틀림\nB: 틀림\nC: 맞음\nD: 틀림", 3),
        ("de", "Turin ist schön, aber die Hauptstadt von Italien ist Rom.", 3),
        ("de", "Turin ist schön, und Genua auch.", None),
        ("en", "Option C is the correct one; options A and D are smaller.", 3),
        ("en", "It is not A, because Turin lies in the north. It's Rom.", 3),
        ("en", "Answer: B. Wait, no, it is C.", 3),
        ("en", "Answer: C. Actually, there is nothing to add.", 3),
        ("it", "La scelta più plausibile è la terza.", 3),
        ("es", "Aunque la primera opción es posible, la tercera es más plausible.", 3),
        ("zh", "答案是选项三。", 3),
        ("sv", "Alternativ tre.", 3),
        ("ko", "Turin이 아니라 Rom입니다.", 3),
    ],
)
def test_a_verdict_among_four(language, reply, value):
    request = ("Was ist die Hauptstadt von Italien?", *CITIES)
    form = asked("choice", language, options=CITIES, option_count=4, request=request)
    assert read(reply, form).value == value


@pytest.mark.parametrize(
    ("language", "options", "reply", "value"),
    [
        ("ar", ("دمشق", "حلب"), "العاصمة هي دمشق وليست حلب.", 1),
        ("ar", ("دمشق", "حلب"), "العاصمة هي دمشق ولا حلب.", 1),
        ("he", ("חיפה", "ירושלים"), "הבירה היא ירושלים ולא חיפה.", 2),
        ("ko", ("부산", "서울"), "수도는 부산이 아니라 서울입니다.", 2),
    ],
)
def test_and_not_the_other(language, options, reply, value):
    assert choice(reply, language, options).value == value


@pytest.mark.parametrize(
    ("language", "reply", "value"),
    [
        ("pt", "Rótulo: neutral\nConfiança: 0,7", "neutral"),
        ("en", "Answer: neutral. No, wait: entailment.", "entailment"),
        ("en", "Label: entailment/contradiction", None),
    ],
)
def test_a_label_with_more_behind_it(language, reply, value):
    assert label(reply, language).value == value


def test_yes_and_no_side_by_side_are_no_answer():
    assert boolean("Answer: Yes/No").value is None


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("Choice number: the man was angry with his boss because of the delay", 1),
        ("Choice number: she went home very early, that woman, that day", 2),
        ("Choice number: the man went home", None),
        ("Choice number: the man was not angry at his boss for the delay", None),
    ],
)
def test_a_choice_in_nearly_its_own_words(reply, value):
    options = (
        "The man was angry at his boss for the delay.",
        "The woman went home early that day.",
    )
    answer = choice(reply, "en", options)
    assert (answer.value, "by_words" in answer.flags) == (value, value is not None)
