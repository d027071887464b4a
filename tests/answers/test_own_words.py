"""Two template folders may say different things of one language tag; neither sees the other's."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

import xlt
from xlt.languages import Language

CHOICE = {"premise": "It rained.", "question": "effect", "choice1": "wet", "choice2": "dry"}
PAIR = {"premise": "It rained.", "hypothesis": "It was wet."}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    entries = (
        "languages:\n  mi: {answer: [Whakautu], yes: [Āe], choice: [kōwhiringa]}\n"
        "  x-house: {name: House Style English, choice: [pickle]}\n"
    )
    (tmp_path / "languages.yaml").write_text(entries, encoding="utf-8")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("task", "inputs", "reply", "value"),
    [
        ("mgsm", "3 + 4 = ?", "Whakautu: 7", 7),
        ("xcopa", CHOICE, "Whakautu: kōwhiringa 2", 2),
        ("xnli", PAIR, "Whakautu: Āe", "entailment"),
    ],
)
def test_own_words_are_read_after_the_language_was_used_without(task, inputs, reply, value, folder):
    before = xlt.compose(task, inputs, language="mi").parse(reply)
    own = xlt.compose(task, inputs, language="mi", templates=folder).parse(reply)
    again = xlt.compose(task, inputs, language="mi").parse(reply)
    assert (own.value, own.status) == (value, "anchored")
    assert before == again
    assert before.status != "anchored"


def test_a_choice_in_a_language_that_only_the_folder_has(folder):
    prompt = xlt.compose("xcopa", CHOICE, language="x-house", templates=folder)
    assert prompt.parse("Answer: pickle 2").value == 2


def test_a_language_of_another_name_is_named_so():
    xlt.compose("mgsm", "3 + 4 = ?", language="sw")
    prompt = xlt.compose("mgsm", "3 + 4 = ?", language=Language("sw", "Sheng", "Sheng"))
    assert prompt.steps[0].text.endswith("expert for Sheng.")


def test_the_index_of_markers_holds_the_words_of_every_language_file():
    written = runpy.run_path(str(Path(__file__).parents[2] / "scripts" / "marker_words.py"))
    index = json.loads(written["INDEX"].read_text("utf-8"))
    assert index == written["marker_words"](), "run scripts/marker_words.py"
