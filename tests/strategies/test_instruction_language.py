"""Prompts whose instructions are in Chinese or Spanish, line by line."""

import re
from pathlib import Path

import pytest

import xlt
from xlt import XLTError
from xlt.files.yaml import load_yaml

CAUSE = {"premise": "Nilitoka.", "question": "cause", "choice1": "Moto.", "choice2": "Baridi."}
PAIR = {"premise": "Mvua inanyesha.", "hypothesis": "Kuna maji."}
SENTENCES = {"sentence1": "Ni mrefu.", "sentence2": "Si mfupi."}

SIX = {
    ("mgsm", "zh"): (
        "2 + 3?",
        "我希望你担任斯瓦希里语算术推理专家。",
        "请求：2 + 3?",
        "你应该用英语复述请求。",
        "你应该一步一步地作答，得出一个数字答案。",
        "你应该一步一步地回应这个请求。",
        "你应该按“答案：”的格式告诉我答案。",
    ),
    ("mgsm", "es"): (
        "2 + 3?",
        "Quiero que actúes como experto en razonamiento aritmético para el suajili.",
        "Solicitud: 2 + 3?",
        "Debes reformular la solicitud en inglés.",
        "Debes responder paso a paso para obtener una respuesta numérica.",
        "Debes responder a la solicitud paso a paso.",
        "Debes darme la respuesta en este formato: 'Respuesta:'.",
    ),
    ("xcopa", "zh"): (
        CAUSE,
        "我希望你担任斯瓦希里语常识推理专家。",
        "这是一个前提：Nilitoka. 它的原因是什么？\n"
        "请帮我选出更合理的选项：\n-选项1：Moto.\n-选项2：Baridi.",
        "你应该用英语复述前提和选项。",
        "你应该一步一步地作答，选出一个选项。",
        "你应该一步一步地回应这个请求。",
        "你应该按“选项编号：”的格式告诉我选项编号。",
    ),
    ("xcopa", "es"): (
        CAUSE,
        "Quiero que actúes como experto en razonamiento de sentido común para el suajili.",
        "Aquí tienes una premisa: Nilitoka. ¿Cuál es la causa? "
        "Ayúdame a elegir la opción más plausible: -opción 1: Moto, -opción 2: Baridi.",
        "Debes reformular la premisa y las opciones en inglés.",
        "Debes responder paso a paso para elegir una opción.",
        "Debes responder a la solicitud paso a paso.",
        "Debes darme el número de la opción en este formato: 'Número de la opción:'.",
    ),
    ("pawsx", "zh"): (
        SENTENCES,
        "我希望你担任斯瓦希里语同义句识别专家。",
        "句子1：Ni mrefu.\n句子2：Si mfupi.\n问题：句子1是句子2的同义改写吗？是还是否？",
        "你应该用英语复述句子1和句子2。",
        "你应该用“是”或“否”回答问题：句子1是句子2的同义改写吗？",
        "你应该一步一步地回应这个请求。",
        "你应该从“是”和“否”中选择一个，按“答案：”的格式告诉我答案。",
    ),
    ("xnli", "es"): (
        PAIR,
        "Quiero que actúes como experto en inferencia en lenguaje natural para el suajili.",
        "Premisa: Mvua inanyesha.\nHipótesis: Kuna maji.",
        "Debes reformular la premisa y la hipótesis en inglés.",
        "Debes juzgar si la hipótesis es verdadera (implicación), falsa (contradicción) o "
        "indeterminada (neutral) dada la premisa. La relación puede elegirse entre implicación, "
        "contradicción y neutral.",
        "Debes responder a la solicitud paso a paso.",
        "Debes darme la relación en este formato: 'Relación:'.",
    ),
    ("mkqa", "zh"): (
        "Nani?",
        "我希望你担任斯瓦希里语问答专家。",
        "问题：Nani?",
        "你应该用英语复述问题。",
        "你应该用英语回答问题，答案为一个或几个词。",
        "你应该一步一步地回应这个请求。",
        "你应该用斯瓦希里语（一个或几个词），按“答案：”的格式告诉我答案。",
    ),
    ("flores", "es"): (
        "Habari?",
        "Quiero que actúes como experto en traducción automática del suajili al alemán.",
        "Oración de origen: Habari?",
        "Debes repetir la oración de origen en inglés.",
        "Debes dar la traducción al alemán de la oración de origen en inglés.",
        "Debes responder a la solicitud paso a paso.",
        "Debes darme la traducción en este formato: 'Traducción:'.",
    ),
}


def composed(task, inputs, instruction_language, **options):
    target = "de" if task == "flores" else None
    return xlt.compose(
        task, inputs, language="sw", target_language=target,
        instruction_language=instruction_language, **options,
    )  # fmt: skip


@pytest.mark.parametrize(("task", "tag"), SIX)
def test_the_six_steps(task, tag):
    inputs, *lines = SIX[task, tag]
    prompt = composed(task, inputs, tag)
    assert [step.text for step in prompt.steps] == lines
    assert [step.name for step in prompt.steps] == [
        "role_assigning", "task_inputting", "cross_lingual_thinking", "task_analyzing",
        "cot_task_solving", "output_formatting",
    ]  # fmt: skip
    assert f"|instructions:{tag}|" in prompt.signature


@pytest.mark.parametrize(
    ("strategy", "tag", "text"),
    [
        ("basic", "Chinese", "请求：2 + 3?"),
        ("cot", "zh", "请求：2 + 3?\n让我们一步一步地思考，最后告诉我答案。"),
        ("cot", "es", "Solicitud: 2 + 3?\nPensemos paso a paso y dime la respuesta al final."),
    ],
)
def test_the_baselines(strategy, tag, text):
    assert composed("mgsm", "2 + 3?", tag, strategy=strategy).text == text


def test_english_is_the_papers():
    assert composed("mgsm", "2 + 3?", "en") == xlt.compose("mgsm", "2 + 3?", language="sw")


@pytest.mark.parametrize(
    ("task", "inputs", "tag", "reply", "value"),
    [
        ("mgsm", "2 + 3?", "zh", "首先，2 加 3。\n答案：５", 5),
        ("mgsm", "2 + 3?", "es", "Paso 1: 2 + 3.\n**Respuesta:** 5", 5),
        ("xcopa", CAUSE, "zh", "第一步：思考。\n选项编号：2", 2),
        ("xcopa", CAUSE, "es", "Pensemos.\nNúmero de la opción: 2", 2),
        ("xnli", PAIR, "zh", "一步一步来。\n关系：蕴含", "entailment"),
        ("xnli", PAIR, "es", "Relación: contradicción", "contradiction"),
        ("mkqa", "Nani?", "zh", "用英语复述：Who?\n答案：Ruto", "Ruto"),
        ("mkqa", "Nani?", "es", "Respuesta: Ruto", "Ruto"),
        ("pawsx", SENTENCES, "zh", "答案：否", False),
        ("pawsx", SENTENCES, "es", "Respuesta: sí", True),
        ("xlsum", "Habari.", "zh", "摘要：Ni habari tu.", "Ni habari tu."),
        ("flores", "Habari?", "es", "Traducción: Wie geht es?", "Wie geht es?"),
    ],
)
def test_replies_are_read_by_the_words_of_the_instructions(task, inputs, tag, reply, value):
    answer = composed(task, inputs, tag).parse(reply)
    assert (answer.value, answer.status) == (value, "anchored")


def test_steps_demonstrations_and_the_answers_line_go_along():
    shot = xlt.Demonstration("1 + 1?", "答案：2", language="de")
    prompt = composed(
        "mgsm", "2 + 3?", "zh", steps=["task_inputting", "output_formatting"],
        demonstrations=[shot], answer_language=True,
    )  # fmt: skip
    assert [message["content"] for message in prompt.messages] == [
        "请求：1 + 1?\n你应该按“答案：”的格式告诉我答案。",
        "答案：2",
        "请求：2 + 3?\n你应该按“答案：”的格式告诉我答案。\nJibu kwa Kiswahili.",
    ]


@pytest.mark.parametrize(
    ("task", "tag", "options", "message"),
    [
        (
            "mgsm",
            "fr",
            {},
            "no instructions in French: add instructions/fr/.*Known: en, es, zh",
        ),
        ("mgsm", "zh", {"strategy": "en_cot"}, "en_cot has no step 'plain_request' in Chinese"),
        ("mgsm", "zh", {"guard": "delimit"}, "guard's line is in English"),
        ("mgsm", "zh", {"model_class": "reasoning"}, "no step 'answer_language' in Chinese"),
        ("chat", "zh", {"strategy": "xlt"}, "does not word the task chat: it has arithmetic"),
    ],
)
def test_what_is_not_there(task, tag, options, message):
    with pytest.raises(XLTError, match=message):
        composed(task, "Habari?", tag, **options)


def test_a_language_of_your_own(tmp_path):
    own = tmp_path / "instructions" / "fr"
    own.mkdir(parents=True)
    (own / "lets_think.j2").write_text("Réfléchissons pas à pas.\n", encoding="utf-8")
    (own / "tasks.yaml").write_text(
        'arithmetic_reasoning:\n  basic_prompt: "Requête : {{ problem }}"\n',
        encoding="utf-8",
    )
    options = {"language": "sw", "instruction_language": "fr", "templates": str(tmp_path)}
    prompt = xlt.compose("mgsm", "2 + 3?", strategy="cot", **options)
    assert prompt.text == "Requête : 2 + 3?\nRéfléchissons pas à pas."
    (own / "tasks.yaml").write_text("arithmetic_reasoning: {titel: x}\n", encoding="utf-8")
    with pytest.raises(XLTError, match="arithmetic_reasoning: .*titel"):
        xlt.compose("mgsm", "2 + 3?", strategy="basic", **{**options, "templates": str(tmp_path)})


TEMPLATES = Path(xlt.__file__).parent.parent / "templates"
STEPS = [
    "role_assigning", "cross_lingual_thinking", "task_analyzing", "cot_task_solving",
    "output_formatting", "lets_think",
]  # fmt: skip
WORDED = [
    "title", "task_language", "task_input", "input_tag", "task_goal", "output_type",
    "output_constraint", "rephrase", "basic_prompt",
]  # fmt: skip
PAPERS = [
    "arithmetic_reasoning", "commonsense_reasoning", "natural_language_inference",
    "question_answering", "paraphrase_identification", "summarization", "machine_translation",
]  # fmt: skip


def lines_of(tag):
    """Every line of the instructions in a language, by its name; English without a tag."""
    folder = TEMPLATES / "instructions" / tag if tag else TEMPLATES
    steps = "." if tag else "steps"
    for step in STEPS:
        place = folder / ("." if step == "lets_think" else steps) / f"{step}.j2"
        yield step, place.read_text("utf-8").strip()
    own = load_yaml(folder / "tasks.yaml") if tag else {}
    for task in PAPERS:
        worded = own[task] if tag else load_yaml(folder / "tasks" / f"{task}.yaml")
        yield from ((f"{task} {part}", worded[part]) for part in WORDED if part in worded)


def values_of(text):
    return set(re.findall(r"\{[{%] ?(?:if )?(\w+)", text)) - {"else", "endif"}


@pytest.mark.parametrize("tag", ["zh", "es"])
def test_every_english_line_has_a_counterpart_of_the_same_values(tag):
    english, own = dict(lines_of("")), dict(lines_of(tag))
    assert own.keys() == english.keys()
    assert {name: values_of(text) for name, text in own.items()} == {
        name: values_of(text) for name, text in english.items()
    }


@pytest.mark.parametrize("tag", ["zh", "es"])
def test_the_page_of_the_lines_shows_each_as_it_is(tag):
    page = (TEMPLATES.parent / "docs/reference/instruction-lines.md").read_text("utf-8")
    for name, text in lines_of(tag):
        told = page.split("`" + name.split()[0] + "`" if " " in name else "## The steps")[1]
        told = told.split("\n## ")[0]
        for part in re.split(r"\{\{.*?\}\}|\{%.*?%\}|\n|\s-", text):
            assert part.strip(" ,.()'，。：:-？") in told, name


@pytest.mark.parametrize("tag", ["zh", "es"])
@pytest.mark.parametrize("task", ["mgsm", "xcopa", "xnli", "mkqa", "pawsx", "xlsum", "flores"])
def test_all_seven_tasks_of_the_paper_are_worded(tag, task):
    inputs = {"xcopa": CAUSE, "xnli": PAIR, "pawsx": SENTENCES}.get(task, "Habari?")
    prompt = composed(task, inputs, tag)
    english = composed(task, inputs, "en")
    assert len(prompt.steps) == 6
    assert not {step.text for step in prompt.steps} & {step.text for step in english.steps}
