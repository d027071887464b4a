"""What the one-call strategies send, to the letter."""

import pytest

import xlt
from xlt import XLTError
from xlt.files.templates import shipped_folder

PICTURE = shipped_folder() / "demonstrations/images/house.png"
PARIS = "パリはどこの首都ですか"


@pytest.mark.parametrize(
    ("strategy", "task", "inputs", "language", "lines"),
    [
        (
            "en_basic",
            "mgsm",
            "2 + 3?",
            "sw",
            [
                "Request: 2 + 3?",
                'You should format your final answer as "Answer: <Arabic numeral>".',
            ],
        ),
        (
            "en_cot",
            "mgsm",
            "2 + 3?",
            "sw",
            [
                "2 + 3?",
                "Let's think step by step in English.",
                'You should format your final answer as "Answer: <Arabic numeral>".',
            ],
        ),
        (
            "en_cot",
            "mkqa",
            PARIS,
            "ja",
            [
                PARIS + "?",
                "Let's think step by step in English.",
                "You should format your final answer in one or a few words in Japanese "
                'as "Answer:".',
            ],
        ),
        (
            "native_cot",
            "mgsm",
            "2 + 3?",
            "zh",
            ["2 + 3?", "让我们一步步思考。", '您的最终答案的格式应为："答案: <阿拉伯数字>".'],
        ),
        (
            "native_cot",
            "xnli",
            {"premise": "Es regnet.", "hypothesis": "Es ist nass."},
            "de",
            [
                "Es regnet. Based on previous passage, is it true that Es ist nass? "
                "Yes, No, or Maybe?",
                "Denken wir Schritt für Schritt.",
                "Sie sollten Ihre endgültige Antwort wie folgt formatieren:"
                '"Antwort: <Ja, Nein oder Vielleicht>".',
            ],
        ),
    ],
)
def test_prompts(strategy, task, inputs, language, lines):
    prompt = xlt.compose(task, inputs, language=language, strategy=strategy)
    assert prompt.text == "\n".join(lines)


def test_native_lines_exist_for_at_least_35_languages_and_are_read_back():
    from xlt.files.templates import TemplateFiles
    from xlt.languages import languages
    from xlt.languages.entries import instruction_lines

    files = TemplateFiles.at(None)
    speaking = [one for one in languages() if "think" in instruction_lines(one.tag, files)]
    assert len(speaking) >= 35
    assert {one for one in languages() if one.tier} <= set(speaking)
    for language in speaking:
        prompt = xlt.compose("mgsm", "2 + 3?", language=language, strategy="native_cot")
        marker = language.words.answer[0]
        assert f'"{marker}: <' in prompt.text
        assert prompt.parse(f"{marker}: 5").value == 5


def test_native_cot_without_lines_says_what_to_do():
    with pytest.raises(XLTError, match="no instruction lines in Somali.*use en_cot"):
        xlt.compose("mgsm", "2 + 3?", language="so", strategy="native_cot")


def test_a_variant_takes_the_lines_of_its_language():
    prompt = xlt.compose("mgsm", "2 + 3?", language="de-AT", strategy="native_cot")
    assert "Denken wir Schritt für Schritt." in prompt.text


def test_markers_follow_the_prompt_and_not_the_task():
    inputs = {"premise": "Nilitoka.", "question": "cause", "choice1": "Moto.", "choice2": "Baridi."}
    prompt = xlt.compose("xcopa", inputs, language="sw", strategy="en_cot")
    assert prompt.answer_format.output_type == "answer"
    assert prompt.parse("Step 1: think.\nAnswer: 2").value == 2


@pytest.mark.parametrize("strategy", ["en_basic", "en_cot", "native_cot", "clp"])
@pytest.mark.parametrize("task", [task.name for task in xlt.tasks()])
def test_every_task_has_a_prompt(strategy, task):
    found = xlt.get_task(task)
    fields = {
        field.name: PICTURE if field.is_image else (field.allowed or ("Nakala",))[0]
        for field in found.inputs
    }
    fields |= {field.name: ["Nakala", "Barua"] for field in found.inputs if field.many}
    about = {
        "classification": {"labels": ["a", "b"]},
        "extraction": {"output": {"type": "object", "properties": {"a": {"type": "string"}}}},
    }.get(task, {})
    if about.get("output") and strategy == "clp":
        pytest.skip("a structured answer takes a strategy of one call")
    plan = xlt.plan(task, fields, language="sw", target_language="fr", strategy=strategy, **about)
    (prompt,) = next(plan)
    assert "Nakala" in prompt.request_text or not found.deciding
    assert len(prompt.images) == sum(field.is_image for field in found.inputs)


def test_an_unknown_option_names_those_there_are():
    with pytest.raises(XLTError, match="No option of the strategy clp named 'pivots'.*pivot"):
        xlt.plan("mgsm", "2 + 3?", language="sw", strategy="clp", pivots=["de"])
