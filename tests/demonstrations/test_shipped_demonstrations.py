"""The worked requests that xlt ships say in their replies what they give as answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import xlt
from xlt.demonstrations import shipped_demonstrations
from xlt.errors import DefinitionError, UnknownName

TASKS = [task.name for task in xlt.tasks()]
SHOWN_AS = {"topic_classification": "Topic", "natural_language_inference": "Relationship",
            "commonsense_reasoning": "Choice number",
            "summarization": "Summary", "machine_translation": "Target translation",
            "chat": "Reply", "classification": "Label", "sentiment": "Sentiment",
            "localization": "Target translation", "image_captioning": "Caption",
            "visual_question_generation": "Question"}  # fmt: skip
LABELS = {"classification": {"labels": ["question", "complaint", "praise"]}}


def test_those_of_extraction_are_the_objects_that_the_prompt_asks_for():
    fields = {"supplier": {"type": "string"}, "total": {"type": "number"}}
    output = {"type": "object", "properties": fields, "required": [*fields]}
    for one in shipped_demonstrations("extraction"):
        prompt = xlt.compose(
            "extraction", one.inputs, language=one.language, output=output, strategy="xlt"
        )
        answer = prompt.parse(one.reply)
        assert (answer.faults, answer.value) == ((), json.loads(one.answer))
        assert list(json.loads(one.reply)) == ["retelling", "steps", "answer"]


@pytest.mark.parametrize("task", [task for task in TASKS if task != "extraction"])
def test_three_of_each_task_in_the_form_the_prompt_asks_for(task: str):
    try:
        demonstrations = shipped_demonstrations(task)
    except UnknownName:
        pytest.fail(f"write templates/demonstrations/{task}.yaml: three worked requests")
    assert len(demonstrations) == 3
    for one in demonstrations:
        prompt = xlt.compose(
            task,
            one.inputs,
            language=one.language,
            target_language=one.target_language,
            strategy="xlt",
            **LABELS.get(task, {}),
        )
        marker = SHOWN_AS.get(task, "Answer")
        assert f"'{marker}:'" in prompt.request_text
        assert one.reply.splitlines()[-1] == f"{marker}: {one.answer}"
        word = {"retell": "Retelling", "repeat": "Repeating"}[xlt.get_task(task).rephrase]
        assert one.reply.startswith(f"{word} the {xlt.get_task(task).input_tag} in English: ")


def test_their_languages_differ_and_the_prompt_names_each():
    prompt = xlt.compose(
        "flores", "Hola", language="es", target_language="tr",
        demonstrations=shipped_demonstrations("flores"),
    )  # fmt: skip
    heads = [turn.prompt.splitlines()[0] for turn in prompt.demonstrations]
    assert heads == [
        "I want you to act as a machine translation expert for German to Spanish.",
        "I want you to act as a machine translation expert for French to German.",
        "I want you to act as a machine translation expert for Spanish to Chinese.",
    ]


def test_own_folder_adds_and_replaces(tmp_path: Path):
    folder = tmp_path / "demonstrations"
    folder.mkdir()
    (folder / "arithmetic_reasoning.yaml").write_text(
        "- language: fr\n  inputs: {problem: 1 + 1}\n  reply: 'Answer: 2'\n  answer: 2\n"
    )
    (one,) = shipped_demonstrations("mgsm", str(tmp_path))
    assert (one.inputs["problem"], one.answer) == ("1 + 1", "2")


def test_faulty_file_names_the_place(tmp_path: Path):
    folder = tmp_path / "demonstrations"
    folder.mkdir()
    (folder / "arithmetic_reasoning.yaml").write_text("- language: fr\n  reply: x\n  answer: y\n")
    with pytest.raises(DefinitionError, match="0.inputs is missing"):
        shipped_demonstrations("mgsm", str(tmp_path))


def test_task_without_demonstrations():
    task = xlt.get_task("mgsm").model_copy(update={"name": "mine"})
    with pytest.raises(UnknownName, match="demonstrations/mine.yaml"):
        shipped_demonstrations(task)
