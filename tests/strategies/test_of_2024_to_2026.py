"""EMCEE, PIM, chain of dictionary, related feedback, CSICL, CLC: what they send, to the byte."""

from pathlib import Path

import pytest

import xlt
from xlt import Demonstration, XLTError
from xlt.demonstrations import MixedShots
from xlt.files.templates import TemplateFiles
from xlt.languages.entries import instruction_lines, language_tags, nearest_line

RAIN = {"premise": "Mvua inanyesha.", "hypothesis": "Kuna maji."}
PRESIDENT = "Nani ni rais wa Kenya"
FORMAT = 'You should format your final answer in one or a few words in Swahili as "Answer:".'


def conversation(task, inputs, *said, **options):
    """Run a plan on the replies `said`; return its answer and the prompts as texts."""
    left, sent = list(said), []

    def ask(prompt):
        sent.append(prompt)
        return left.pop(0)

    answer = xlt.run(xlt.plan(task, inputs, **options), ask)
    assert not left
    return answer, sent


def texts(prompts):
    return [prompt.text for prompt in prompts]


def test_emcee():
    said = [
        "He is Ruto.\nAnswer: Ruto",
        "<think>hm</think>Kenya elects a president.",
        "Answer: Ruto",
    ]
    answer, sent = conversation(
        "mkqa", PRESIDENT, *said, "Both say Ruto.\nAnswer: William Ruto", language="sw",
        strategy="emcee",
    )  # fmt: skip
    assert (answer.value, answer.usage.calls) == ("William Ruto", 4)
    assert texts(sent) == [
        f"{PRESIDENT}?\nLet's think step by step in English.\n{FORMAT}",
        "Below is a request in Swahili. Do not answer it. Explain in three to five English "
        "sentences what helps to answer it: its important terms and ideas and, where they matter, "
        "the customs, places and history that its author takes for granted.\n"
        f"\nRequest:\n{PRESIDENT}?",
        f"{PRESIDENT}?\nBackground: Kenya elects a president.\nWith this background in mind, give "
        f"only the answer, without an explanation.\n{FORMAT}",
        "You grew up with Swahili and the culture of its speakers, and you are fluent in English. "
        "Two colleagues have answered the request below. Compare what they say, sum it up in a "
        "sentence or two, and decide which answer is more plausible.\n"
        f"{PRESIDENT}?\n\nFirst colleague: He is Ruto.\nAnswer: Ruto\n\n"
        f"Second colleague: Kenya elects a president.\nAnswer: Ruto\n{FORMAT}",
    ]


def test_pim_by_the_model_itself():
    answer, sent = conversation(
        "mkqa", PRESIDENT, "Who is the president of Kenya", '"Wer ist Präsident von Kenia?"',
        "Answer: Ruto", language="sw", strategy="pim", languages=("en", "sw", "de"),
    )  # fmt: skip
    assert (answer.value, answer.usage.calls) == ("Ruto", 3)
    assert texts(sent) == [
        "Translate the following question from Swahili to English:\n"
        f"{PRESIDENT}\nDon't answer the question, just translate it!",
        "Translate the following question from Swahili to German:\n"
        f"{PRESIDENT}\nDon't answer the question, just translate it!",
        "The same request follows in 3 languages. The first version, in Swahili, is the original "
        "and decides; the others are translations that help to understand it.\n"
        f"Swahili:\n{PRESIDENT}?\n\nEnglish:\nWho is the president of Kenya?\n\n"
        f"German:\nWer ist Präsident von Kenia?\n{FORMAT}",
    ]
    assert "|parallel:en,de|" in sent[-1].signature


def test_pim_with_a_translator_is_one_call_and_keeps_the_choices():
    inputs = {"premise": "Nilitoka.", "question": "cause", "choice1": "Moto.", "choice2": "Baridi."}

    def translator(texts, source, target):
        return [f"{text} ({source}-{target})" for text in texts]

    answer, (prompt,) = conversation(
        "xcopa", inputs, "Answer: 2", language="sw", strategy="pim", languages=["en"],
        translator=translator,
    )  # fmt: skip
    assert (answer.value, answer.words) == (2, "Baridi.")
    assert "English:\nHere is a premise: Nilitoka. (sw-en). What is the cause?" in prompt.text


def test_chain_of_dictionary_translates_rare_words_first():
    glossary = {"agizo": ["order", "Bestellung"], "wapi": "where", "gari": "car", "wap": "x"}
    options = {"language": "sw", "strategy": "chain_of_dictionary", "glossary": glossary}
    source = "Agizo liko wapi? Wapi?"
    prompt = xlt.compose("flores", source, target_language="de", **options)
    assert prompt.text == (
        "Words of the text, each followed by its translations:\n"
        "agizo = order = Bestellung\nwapi = where\n"
        f"{source} Translate from Swahili to German:\n"
        'You should format your final translation as "Answer:".'
    )
    fewer = xlt.compose("flores", source, target_language="de", max_entries=1, **options)
    assert "agizo = " in fewer.text
    assert "wapi = " not in fewer.text
    common = {"agizo": 0.9, "wapi": 0.1}.__getitem__
    turned = xlt.compose("flores", source, target_language="de", frequency=common, **options)
    assert turned.text.index("wapi = ") < turned.text.index("agizo = ")
    without = xlt.compose("flores", "Habari?", target_language="de", **options)
    assert without.text.startswith("Habari? Translate")


@pytest.mark.parametrize(
    ("text", "language", "glossary", "shown"),
    [
        ("Juma ana mayai 3.", "sw", {"mayai": "eggs"}, "Juma ana mayai (eggs) 3."),
        ("小明有苹果。", "zh", {"苹果": ["apple", "Apfel"]}, "小明有苹果 (apple)。"),
        ("Mayai ni mayai.", "sw", {"mayai": "eggs"}, "Mayai (eggs) ni mayai (eggs)."),
        ("Kilo (2.5).", "sw", {"(2.5)": "weight"}, "Kilo (2.5) (weight)."),
    ],
)
def test_the_dictionary_inside_any_other_request(text, language, glossary, shown):
    prompt = xlt.compose(
        "mgsm", text, language=language, strategy="chain_of_dictionary", glossary=lambda _: glossary
    )
    assert prompt.text.split("\n")[:2] == [shown, "Let's think step by step in English."]
    assert prompt.inputs["problem"] == text


@pytest.mark.parametrize(
    ("verdict", "value", "status"),
    [
        ("Answer: True", "Ruto", "anchored"),
        ("The reviews disagree.\nAnswer: False", None, "withheld"),
        ("I cannot say.", "Ruto", "anchored"),
    ],
)
def test_related_feedback(verdict, value, status):
    reviews = ["Es stimmt nicht.", "Klopt.", "No."]
    answer, sent = conversation(
        "mkqa", "Wer ist Präsident von Kenia", "Answer: Ruto", *reviews, verdict, language="de",
        strategy="related_feedback",
    )  # fmt: skip
    assert (answer.value, answer.status, answer.text) == (value, status, "Ruto")
    asked = "Answer the question in one or a few words in German: Wer ist Präsident von Kenia?"
    review = "Write one paragraph in {} that says whether this answer is right, and why."
    assert texts(sent) == [
        f"{asked}\n{FORMAT.replace('Swahili', 'German')}",
        *[
            f"{asked}\nSomeone answered: Ruto\n{review.format(one)}"
            for one in ("Dutch", "English", "French")
        ],
        f"{asked}\nSomeone answered: Ruto\nReviews of this answer:\n"
        "Review 1: Es stimmt nicht.\nReview 2: Klopt.\nReview 3: No.\n"
        'Going by the reviews, is the answer right? Reply "Answer: True" or "Answer: False".',
    ]
    assert [dict(prompt.sampling) for prompt in sent[1:4]] == [{"temperature": 1.0}] * 3


def test_a_withheld_answer_says_so():
    answer, _ = conversation(
        "xnli", RAIN, "Answer: No", "Si.", "No.", "Non.", "Answer: False", language="sw",
        strategy="related_feedback", languages=["it", "es", "fr"], ensure_language=True,
    )  # fmt: skip
    assert answer.to_json()["status"] == "withheld"
    with pytest.raises(XLTError, match="withheld the answer 'No'"):
        answer.require()


def test_nothing_is_reviewed_where_there_is_no_answer():
    answer, _ = conversation("mgsm", "2 + 3?", "Hm.", language="sw", strategy="related_feedback")
    assert (answer.value, answer.usage.calls) == (None, 1)


def test_clc():
    answer, sent = conversation(
        "mgsm", "2 + 3?", "Answer: 5", "Antwort: 6", "答案：5", language="sw", strategy="clc",
        pivots=("en", "de", "zh"),
    )  # fmt: skip
    assert (answer.value, answer.usage.calls) == (5, 3)
    assert texts(sent) == [
        "2 + 3?\nLet's think step by step.\n"
        'You should format your final answer as:"Answer: <Arabic numeral>".',
        "2 + 3?\nDenken wir Schritt für Schritt.\nSie sollten Ihre endgültige Antwort wie folgt "
        'formatieren:"Antwort: <Arabische Ziffer>".',
        '2 + 3?\n让我们一步步思考。\n您的最终答案的格式应为："答案: <阿拉伯数字>".',
    ]
    assert [prompt.language.tag for prompt in sent] == ["sw"] * 3


def test_clc_stops_early_and_does_without_some():
    made = xlt.plan(
        "mgsm", "2 + 3?", language="sw", strategy="clc", early_stop=True, quorum=3,
        pivots=("en", "de", "es", "fr", "ja"),
    )  # fmt: skip
    calls = []

    def ask(prompt):
        calls.append(prompt)
        if len(calls) == 1:
            raise TimeoutError
        return "Answer: 5"

    assert xlt.run(made, ask).value == 5
    assert len(calls) == 3  # en failed, de and es agree; fr and ja may still answer


SWITCHED = "Wie viel ist 1 + 1?\nWie much is 1 + 1?\nHow much is 1 + 1?"
SHOT = Demonstration("Wie viel ist 1 + 1?", f"{SWITCHED}\n1 + 1 = 2\nAnswer: 2", language="de")


def test_csicl():
    prompt = xlt.compose(
        "mgsm", "Wie viel ist 2 + 3?", language="de", strategy="csicl", demonstrations=[SHOT]
    )
    lines = (
        "First write the request again and again, moving from German to English a few words at a "
        "time, as in the examples. Then think step by step in English.\n"
        'You should format your final answer as "Answer: <Arabic numeral>".'
    )
    assert [message["content"] for message in prompt.messages] == [
        f"Wie viel ist 1 + 1?\n{lines}",
        SHOT.reply,
        f"Wie viel ist 2 + 3?\n{lines}",
    ]


def test_demonstrations_for_csicl_are_built_and_resumed(tmp_path):
    rows = [{"inputs": "Wie viel ist 1 + 1?", "language": "de", "answer": 2}]
    sent = []

    def ask(prompt):
        sent.append(prompt)
        return SWITCHED if prompt.strategy == "csicl" else "1 + 1 = 2\nAnswer: 2"

    def build():
        return xlt.build_demonstrations(
            "mgsm", rows, ask, shots=1, kind="csicl", output=tmp_path / "shots.yaml"
        )

    (shot,) = build().demonstrations
    assert shot.reply == SHOT.reply
    assert sent[-1].text == (
        "Write the text below five times, one version a line and nothing else. The first is the "
        "text itself in German. In each of the next, replace more of it by English: some words, "
        "then most words, then whole clauses. The last is all English.\n\nWie viel ist 1 + 1?"
    )
    assert build().demonstrations[0].reply == SHOT.reply
    assert len(sent) == 2


def test_mixed_demonstrations_take_high_resource_languages_in_turn():
    pool = tuple(
        Demonstration(f"{number} + 1?", "Answer: 2", language=tag)
        for tag in ("de", "sw", "zh", "fr")
        for number in range(3)
    )
    request = xlt.compose("mgsm", "2 + 3?", language="sw")
    prompt = xlt.compose("mgsm", "2 + 3?", language="sw", demonstrations=MixedShots(pool, shots=5))
    shown = [turn.prompt.split("\n")[0].rpartition(" ")[2] for turn in prompt.demonstrations]
    assert sorted(shown[:3]) == ["Chinese.", "French.", "German."]
    assert len(shown) == 5
    assert "Swahili." not in shown
    mixed = xlt.compose("mgsm", "2 + 3?", language="sw", demonstrations="mixed")
    assert len(mixed.demonstrations) == 3
    assert mixed.request_text == request.request_text


def test_the_alignment_line_stands_between_demonstrations_and_request():
    shots = [
        Demonstration({"premise": "a", "hypothesis": "b"}, "Relationship: neutral", language=tag)
        for tag in ("en", "de", "en")
    ]
    options = {"language": "sw", "demonstrations": shots}
    prompt = xlt.compose("xnli", RAIN, alignment=True, **options)
    plain = xlt.compose("xnli", RAIN, **options)
    line = (
        "The examples above are in English, German. What follows is in Swahili, in which "
        '"entailment" is "uhusisho", "contradiction" is "mkanganyiko", "neutral" is "neutral".'
    )
    assert prompt.request_text == f"{line}\n{plain.request_text}"
    assert prompt.demonstrations == plain.demonstrations
    assert "|alignment:labels|" in prompt.signature


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("xlsum", {"strategy": "emcee"}, "emcee lets a judge weigh short answers"),
        (
            "flores",
            {"strategy": "related_feedback"},
            "feedback lets a judge weigh short",
        ),
        ("xlsum", {"strategy": "clc"}, "clc votes over equal answers"),
        ("mgsm", {"strategy": "clc", "pivots": ["so"]}, "no instruction lines in Somali"),
        ("mgsm", {"strategy": "csicl"}, "csicl needs demonstrations=.*kind='csicl'"),
        ("mgsm", {"strategy": "chain_of_dictionary"}, "needs glossary="),
        ("mgsm", {"strategy": "chain_of_dictionary", "glossary": ["a"]}, "must map words to"),
        ("mgsm", {"strategy": "chain_of_dictionary", "glossary": {"a": []}}, "no translation of"),
        ("mgsm", {"strategy": "pim", "languages": "en"}, "languages must be a list of one to 6"),
        ("mgsm", {"strategy": "pim", "languages": ["en"] * 7}, "one to 6"),
        ("mgsm", {"alignment": True}, "it needs a task with labels"),
        ("xnli", {"alignment": True}, "it needs demonstrations="),
    ],
)
def test_what_makes_no_sense_is_refused(task, options, message):
    inputs = RAIN if task == "xnli" else "a b"
    with pytest.raises(XLTError, match=message):
        xlt.run(
            xlt.plan(task, inputs, language="sw", target_language="de", **options),
            lambda prompt: "Answer: 1",
        )


@pytest.mark.parametrize(
    ("strategy", "options", "says"),
    [
        ("pim", {"instruction_language": "zh"}, "asks in several calls"),
        ("autocap", {"instruction_language": "zh"}, "asks in several calls"),
        ("self_translate", {"instruction_language": "es"}, "asks in several calls"),
        ("selective_translation", {"thinking": "bo"}, "no line that asks for a thought"),
        ("selective_translation", {"thinking_prefill": 5}, "thinking_prefill must be"),
        ("related_feedback", {"languages": "xx"}, "languages must be a list of one or more"),
        ("related_feedback", {"languages": ()}, "languages must be a list of one or more"),
        ("related_feedback", {"languages": ("English", "Tlingon")}, "No language named 'Tlingon'"),
        ("pim", {"languages": 5}, "languages must be a list of one to 6"),
        ("clsp", {"pivots": 5}, "pivots must be a list of one or more"),
        ("selective_translation", {"model_class": "modern"}, "is for reasoning models"),
        ("selective_translation", {"needs_translation": "no"}, "needs_translation must be"),
        ("xlt", {"model_class": "reasoning", "needs_translation": True}, "needs translator="),
        ("xlt", {"model_class": "reasoning", "thinking": "en", "thinking_prefill": ""}, "the mark"),
        ("xlt", {"answer_language": ""}, "anguage"),
        ("xlt", {"instruction_language": ""}, "anguage"),
        ("chain_of_dictionary", {"glossary": {"ni": None}}, "no translation of 'ni'"),
        ("chain_of_dictionary", {"glossary": {"ni": {"en": "is"}}}, "no translation of 'ni'"),
        ("chain_of_dictionary", {"glossary": {"ni": "is"}, "max_entries": True}, "from 1 on"),
        ("chain_of_dictionary", {"glossary": {"ni": "is"}, "max_entries": -1}, "from 1 on"),
        ("chain_of_dictionary", {"glossary": {"ni": "is"}, "max_entries": 1.5}, "from 1 on"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_first_call(strategy, options, says):
    sent = []
    with pytest.raises(XLTError, match=says):
        xlt.run(
            xlt.plan("mkqa", PRESIDENT, language="sw", strategy=strategy, **options), sent.append
        )
    assert not sent


def test_instructions_of_a_region_are_those_of_its_language():
    of = {"language": "sw", "strategy": "xlt"}
    for own, wanted in (("es-MX", "es"), ("zh-CN", "zh"), ("en-GB", "en")):
        given = xlt.compose("mkqa", PRESIDENT, instruction_language=own, **of)
        assert given.text == xlt.compose("mkqa", PRESIDENT, instruction_language=wanted, **of).text
    with pytest.raises(XLTError, match="no instructions in"):
        xlt.compose("mkqa", PRESIDENT, instruction_language="zh-TW", **of)


def test_a_glossary_is_not_looked_up_in_what_it_put_in():
    glossary = {"douleur": "pain", "pain": "bread"}
    of = {"language": "fr", "strategy": "chain_of_dictionary", "glossary": glossary}
    prompt = xlt.compose("mkqa", "Le pain et la douleur", **of)
    assert "Le pain (bread) et la douleur (pain)" in prompt.text


def test_pim_does_not_translate_into_the_language_asked_for():
    _, sent = conversation(
        "flores", "Habari", "Hello", "Hola", "Hallo", language="sw", target_language="de",
        strategy="pim",
    )  # fmt: skip
    assert len(sent) == 3
    assert not any("German to German" in one.text for one in sent)
    _, (alone,) = conversation(
        "flores", "Habari", "Hallo", language="sw", target_language="de", strategy="pim",
        languages=["de"],
    )  # fmt: skip
    assert "1 languages" not in alone.text


@pytest.mark.parametrize("task", ["mgsm", "mkqa"])
def test_one_language_of_the_answer_is_asked_for(task):
    thinks = {"model_class": "reasoning", "thinking": "en", "answer_language": True}
    text = xlt.compose(task, PRESIDENT, language="sw", **thinks).text
    assert text.endswith("Jibu kwa Kiswahili.")
    assert "write the answer in" not in text


@pytest.mark.parametrize("options", [{"language": "en"}, {"language": "sw", "topic": "culture"}])
def test_auto_takes_the_thinking_where_its_choice_does(options):
    wish = {"model": "deepseek-r1", "thinking": "en"}
    assert xlt.compose("mkqa", PRESIDENT, strategy="auto", **wish, **options).text


def test_auto_drops_no_wish_unsaid():
    of = {"strategy": "auto", "language": "sw"}
    for wish in ({"thinking": "en"}, {"thinking_prefill": True}, {"needs_translation": True}):
        with pytest.raises(XLTError, match="is for reasoning models, and gpt-4o is not known"):
            xlt.compose("mkqa", PRESIDENT, model="gpt-4o", **wish, **of)
    with pytest.raises(XLTError, match="auto takes basic here .*pass strategy='xlt'"):
        xlt.compose("mkqa", "Who?", strategy="auto", language="en", model="o3", thinking="de")
    given = {"model": "o3", "translator": lambda texts, source, target: ["Who?"], **of}
    assert "Who?" in xlt.compose("mkqa", PRESIDENT, **given).text
    assert "Who?" not in xlt.compose("mkqa", PRESIDENT, needs_translation=False, **given).text


@pytest.mark.parametrize("target", ["en", "de"])
def test_auto_asks_no_reasoning_model_for_steps(target):
    of = {"language": "en", "target_language": target, "strategy": "auto", "model": "o3"}
    assert "step" not in xlt.compose("mkqa", "Who?", **of).text


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("sr", 'Konačan odgovor napišite u ovom obliku:"Odgovor: <arapska cifra>".'),
        ("sr-Latn", 'Konačan odgovor napišite u ovom obliku:"Odgovor: <arapska cifra>".'),
        ("sr-Cyrl", 'Коначан одговор напишите у овом облику:"Одговор: <арапска цифра>".'),
        ("sr-Cyrl-RS", 'Коначан одговор напишите у овом облику:"Одговор: <арапска цифра>".'),
        ("zh-Hant-TW", '您的最終答案的格式應為："答案: <阿拉伯數字>".'),
    ],
)
def test_line_and_marker_of_native_cot_are_in_the_script_of_the_tag(tag, line):
    prompt = xlt.compose("mgsm", "2 + 3?", language=tag, strategy="native_cot")
    assert prompt.text.splitlines()[-1] == line
    marker = line.split('"')[1].split(":")[0]
    assert prompt.parse(f"2 + 3 = 5\n{marker}: 5").status == "anchored"


def test_the_page_counts_the_languages_that_native_cot_has():
    files = TemplateFiles.at(None)
    count = sum("think" in instruction_lines(tag, files) for tag in language_tags(files))
    page = (Path(xlt.__file__).parents[1] / "docs" / "strategies.md").read_text("utf-8")
    assert f"has the two instruction lines in {count} languages and scripts" in page
    assert all(nearest_line(tag, "answer_in", files) for tag in language_tags(files))
