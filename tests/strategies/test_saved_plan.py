"""Stopping a plan between rounds and going on in another process."""

import copy
import pickle
import subprocess
import sys

import pytest

import xlt
from xlt import SavedPlan, XLTError

RESUME = """
import sys
from xlt import SavedPlan

saved = SavedPlan.from_json(sys.stdin.read())
position = saved.position()
while position.answer is None:
    saved = saved.answered([f"Answer: {len(p.language.tag) + 3}" for p in position.prompts])
    position = saved.position()
print(position.answer.value, len(saved.rounds))
"""


def started():
    return SavedPlan.start("mgsm", "मूल्य?", language="hi", strategy="clsp", early_stop=True)


def test_another_process_goes_on_to_the_same_answer():
    saved = started()
    saved = saved.answered([f"समझा {number}" for number, _ in enumerate(saved.position().prompts)])
    done = subprocess.run(
        [sys.executable, "-c", RESUME],
        input=saved.to_json().encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.split() == [b"5", b"2"]


def test_json_keeps_everything():
    saved = started().answered(["a", "b", "c", "d"])
    assert SavedPlan.from_json(saved.to_json()) == saved
    assert "मूल्य?" in saved.to_json()
    assert pickle.loads(pickle.dumps(saved)) == copy.deepcopy(saved) == saved
    (first, *_) = SavedPlan.from_json(saved.to_json()).position().prompts
    assert first.history[1].content == "a"


def test_options_that_are_no_data_are_passed_again():
    def translator(texts, source, target):
        return [f"English {text}" for text in texts]

    saved = SavedPlan.start(
        "mgsm", "Wie viel?", language="de", strategy="translate_en", translator=translator
    ).answered(["Answer: 5"])
    resumed = SavedPlan.from_json(saved.to_json(), translator=translator)
    assert resumed.position().answer.value == 5
    with pytest.raises(XLTError, match="prompts of round 1 are not those"):
        SavedPlan.from_json(saved.to_json(), translator=lambda texts, *_: texts).position()


def test_demonstrations_are_saved():
    demonstration = xlt.Demonstration("1 + 1?", reply="Answer: 2", answer="2", language="de")
    saved = SavedPlan.start("mgsm", "2 + 3?", language="de", demonstrations=[demonstration])
    (prompt,) = SavedPlan.from_json(saved.to_json()).position().prompts
    assert len(prompt.messages) == 3


def test_a_path_and_a_language_are_saved(tmp_path):
    german = xlt.languages.get_language("de")
    saved = SavedPlan.start(
        "mgsm", "2 + 3?", language=german, strategy="clp", pivot=german, templates=tmp_path
    )
    (prompt,) = SavedPlan.from_json(saved.to_json()).position().prompts
    assert prompt.signature == saved.position().prompts[0].signature
    assert "lang:de|" in prompt.signature
    assert "pivot:de" in prompt.signature


def test_other_templates_are_refused(tmp_path):
    folder = tmp_path / "own"
    (folder / "clp").mkdir(parents=True)
    role = folder / "clp" / "understanding_role.j2"
    role.write_text("Read this {{ task_language }} text.\n", encoding="utf-8")
    saved = SavedPlan.start(
        "mgsm", "2 + 3?", language="sw", strategy="clp", templates=str(folder)
    ).answered(["Read."])
    other = saved.to_json().replace(str(folder), str(tmp_path))
    with pytest.raises(XLTError, match="prompts of round 1 are not those"):
        SavedPlan.from_json(other).position()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "rounds": 3}'])
def test_what_is_no_saved_plan(text):
    with pytest.raises(XLTError, match=r"not a saved plan|format 2 cannot be read"):
        SavedPlan.from_json(text)


def test_mistakes_are_named():
    with pytest.raises(XLTError, match="The round has 4 prompts, not 1"):
        started().answered(["Answer: 5"])
    done = SavedPlan.start("mgsm", "2 + 3?", language="sw").answered(["Answer: 5"])
    with pytest.raises(XLTError, match="has its answer already"):
        done.answered(["Answer: 6"])
    with pytest.raises(XLTError, match="needs the name of its task"):
        SavedPlan.start(xlt.get_task("mgsm"), "2 + 3?")
    with pytest.raises(XLTError, match="demonstrations must be a sequence"):
        SavedPlan.start("mgsm", "2 + 3?", language="sw", demonstrations=None).position()
    with pytest.raises(XLTError, match="option 'steps' cannot be saved"):
        SavedPlan.start("mgsm", "2 + 3?", language="sw", steps={"output_formatting"})
