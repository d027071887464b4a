"""A folder of one's own: its files replace the shipped ones of the same name."""

import copy
import pickle

import pytest

import xlt
from xlt.errors import DefinitionError, DuplicateName, InputError
from xlt.files.templates import TemplateFiles


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "steps").mkdir()
    return tmp_path


def compose(folder, **options):
    return xlt.compose("mgsm", "2 + 2?", language="en", templates=str(folder), **options)


def test_an_own_step_replaces_the_shipped_one(folder):
    (folder / "steps" / "role_assigning.j2").write_text(
        "You are {{ task_name | with_article }} teacher."
    )
    prompt = compose(folder)
    assert prompt.steps[0].text == "You are an arithmetic reasoning teacher."
    assert prompt.steps[1:] == xlt.compose("mgsm", "2 + 2?", language="en").steps[1:]
    assert prompt.signature != xlt.compose("mgsm", "2 + 2?", language="en").signature


def test_a_seventh_step(folder):
    (folder / "steps" / "politeness.j2").write_text("You should be polite.")
    (folder / "xlt.j2").write_text(
        '{% include "steps/task_inputting.j2" %}\n{% include "steps/politeness.j2" %}\n'
    )
    assert compose(folder).text == "Request: 2 + 2?\nYou should be polite."
    assert compose(folder, steps=["politeness"]).text == "You should be polite."


def test_own_tasks_and_languages(folder):
    (folder / "tasks").mkdir()
    (folder / "tasks" / "riddle.yaml").write_text(
        "name: riddle\ntitle: riddle solving\ninputs: [{name: riddle}]\n"
        'task_input: "Riddle: {{ riddle }}"\n'
        "input_tag: riddle\ntask_goal: solve the riddle\noutput_type: answer\n"
        'basic_prompt: "{{ riddle }}"\nanswer: short_text\n'
    )
    (folder / "languages.yaml").write_text(
        "languages:\n  tlh: {name: Klingon, tier: very low, answer: [jangwI']}\n"
    )
    prompt = xlt.compose("riddle", "nuq?", language="Klingon", templates=str(folder))
    assert prompt.steps[0].text == "I want you to act as a riddle solving expert for Klingon."
    assert prompt.language.words.answer == ("jangwI'",)


def test_own_templates_are_checked_before_they_are_compiled(folder):
    (folder / "steps" / "role_assigning.j2").write_text("fine\n{{ 'a' * 10**9 }}")
    with pytest.raises(DefinitionError, match=r"steps/role_assigning.j2:2: Mul is not allowed"):
        compose(folder)


def test_an_unknown_value_in_a_template_is_named(folder):
    (folder / "steps" / "role_assigning.j2").write_text("{{ task_nam }}")
    with pytest.raises(DefinitionError, match="'task_nam'"):
        compose(folder)


def test_files_stay_under_their_root(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.j2"
    outside.write_text("secret")
    (folder / "steps" / "role_assigning.j2").symlink_to(outside)
    with pytest.raises(DefinitionError, match="lies outside its template folder"):
        compose(folder)


def test_a_folder_in_it_that_cannot_be_read_is_named(folder, monkeypatch):
    def locked(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.iterdir", locked)
    with pytest.raises(DefinitionError, match="cannot be read: Permission denied"):
        compose(folder)


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(InputError, match="is not a directory"):
        compose(tmp_path / "nowhere")


def test_a_task_of_the_folder_takes_no_other_tasks_name(tmp_path):
    path = tmp_path / "tasks" / "riddles.yaml"
    path.parent.mkdir()
    path.write_text(
        "name: riddles\naliases: [mgsm]\ntitle: riddle solving\ninputs: [{name: riddle}]\n"
        'task_input: "Riddle: {{ riddle }}"\ninput_tag: riddle\ntask_goal: think\n'
        'output_type: answer\nbasic_prompt: "{{ riddle }}"\nanswer: short_text\n',
        encoding="utf-8",
    )
    with pytest.raises(DuplicateName) as caught:
        xlt.compose("riddles", "Mimi ni nani", language="sw", templates=tmp_path)
    assert str(caught.value) == (
        f"two tasks are called 'mgsm': arithmetic_reasoning of xlt and riddles of {path}"
    )


def test_a_folder_is_one_object_wherever_it_went(tmp_path):
    for folder in (None, tmp_path):
        files = TemplateFiles.at(folder)
        assert TemplateFiles.at(folder) is files
        assert pickle.loads(pickle.dumps(files)) is copy.deepcopy(files) is files
