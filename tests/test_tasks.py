"""Tasks: the paper's seven, and what a wrong definition is told."""

import pickle
from inspect import signature

import pytest

import xlt
from xlt.errors import DefinitionError
from xlt.files.yaml import parse_yaml
from xlt.task import Task

RIDDLE = """\
name: riddle
title: riddle solving
inputs: [{name: riddle}]
task_input: "Riddle: {{ riddle }}"
input_tag: riddle
task_goal: solve the riddle
output_type: answer
basic_prompt: "{{ riddle | with_question_mark }}"
answer: short_text
"""


def test_the_papers_seven():
    aliases = {task.name: task.aliases for task in xlt.tasks()}
    assert (
        aliases.items()
        >= {
            "arithmetic_reasoning": ("mgsm",),
            "commonsense_reasoning": ("xcopa",),
            "machine_translation": ("flores",),
            "natural_language_inference": ("xnli",),
            "paraphrase_identification": ("pawsx",),
            "question_answering": ("mkqa",),
            "summarization": ("xlsum",),
        }.items()
    )


@pytest.mark.parametrize(
    ("alias", "title", "tag", "output", "constraint", "rephrase", "kind", "metric"),
    [  # table 6 and section 3.3.1
        ("mgsm", "arithmetic reasoning", "request", "answer", "", "retell", "number", "accuracy"),
        (
            "xcopa",
            "commonsense reasoning",
            "premise and the options",
            "choice number",
            "",
            "retell",
            "choice",
            "accuracy",
        ),
        (
            "xnli",
            "natural language inference",
            "premise and hypothesis",
            "relationship",
            "",
            "retell",
            "label",
            "accuracy",
        ),
        (
            "pawsx",
            "paraphrase identification",
            "sentence 1 and sentence 2",
            "answer",
            "choosing either yes or no",
            "retell",
            "boolean",
            "accuracy",
        ),
        (
            "mkqa",
            "question answering",
            "question",
            "answer",
            "in one or a few words in {{ target_language }}",
            "retell",
            "short_text",
            "mkqa_f1",
        ),
        (
            "xlsum",
            "multilingual summarization",
            "entire text",
            "summary",
            "into one sentence in {{ target_language }}",
            "repeat",
            "long_text",
            "rouge1",
        ),
        (
            "flores",
            "machine translation",
            "source sentence",
            "target translation",
            "",
            "repeat",
            "long_text",
            "sacrebleu",
        ),
    ],
)
def test_table_6(alias, title, tag, output, constraint, rephrase, kind, metric):
    task = xlt.get_task(alias)
    assert (task.title, task.input_tag, task.output_type) == (title, tag, output)
    assert (task.output_constraint, task.rephrase) == (constraint, rephrase)
    assert (task.answer.kind, task.metric) == (kind, metric)


def test_a_task_from_yaml_composes(tmp_path):
    path = tmp_path / "riddle.yaml"
    path.write_text(RIDDLE, encoding="utf-8")
    prompt = xlt.compose(Task.from_yaml(path), "Mimi ni nani", language="sw")
    assert prompt.text == (
        "I want you to act as a riddle solving expert for Swahili.\n"
        "Riddle: Mimi ni nani\n"
        "You should retell the riddle in English.\n"
        "You should solve the riddle.\n"
        "You should step-by-step answer the request.\n"
        "You should tell me the answer in this format 'Answer:'."
    )
    assert xlt.compose(prompt.task, "Mimi ni nani", language="sw", strategy="basic").text == (
        "Mimi ni nani?"
    )


def test_a_task_from_python():
    task = Task(
        name="riddle",
        title="riddle solving",
        inputs=({"name": "riddle"},),
        task_input="Riddle: {{ riddle }}",
        input_tag="riddle",
        task_goal="solve the riddle",
        output_type="answer",
        basic_prompt="{{ riddle | with_question_mark }}",
        answer="short_text",
    )
    assert task == Task.parse_yaml(RIDDLE)
    with pytest.raises(ValueError, match="frozen"):
        task.title = "other"


def test_a_loop_over_a_text_is_refused():
    task = Task.parse_yaml(
        RIDDLE.replace(
            '"Riddle: {{ riddle }}"',
            '"{% for sign in riddle %}{{ loop.index0 }}{{ sign }}{% if not loop.last %},{% endif %}'
            '{% endfor %}"',
        )
    )
    with pytest.raises(DefinitionError, match="task_input: cannot be filled: a loop runs over"):
        xlt.compose(task, "abc", language="en")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "title: riddle",
            "titel: riddle",
            "my.yaml:2:8: No key of a task named 'titel'. Did you mean 'title'?",
        ),
        ("name: riddle\n", "name: Riddle!\n", "my.yaml:1:7: name: String should match pattern"),
        ("{{ riddle }}", "{{ ridle }}", "task_input mentions 'ridle'; it may mention"),
        ("{{ riddle }}", "the riddle", "task_input does not mention the input 'riddle'"),
        ("{{ riddle }}", "{{ riddle", "task_input:1: unexpected end of template"),
        ("{{ riddle }}", "{{ riddle|upper }}", "No filter named 'upper'"),
        ("{{ riddle }}", "{{ riddle.__class__ }}", "only loop.index and its like"),
        ("{{ riddle }}", "{{ 'a' * 10**9 }}", "Mul is not allowed in a template"),
        ("{name: riddle}", "{name: language}", "'language' cannot be the name of an input"),
        ("{name: riddle}", "{name: riddle}, {name: riddle}", "the input 'riddle' appears twice"),
        ("[{name: riddle}]", "[]", "at least 1 item"),
        (
            "answer: short_text",
            "answer: {kind: choice, options: [a]}",
            "the option 'a' is not an input",
        ),
        ("task_goal: solve", "task_goal: solve {{ riddle }}", "task_goal mentions 'riddle'"),
        ("name: riddle\n", "name: riddle\naliases: [riddle]\n", "the name 'riddle' appears twice"),
        (
            "name: riddle\n",
            "name: riddle\nname: again\n",
            "my.yaml:2:1: the key 'name' appears twice",
        ),
        ("title: riddle solving", "title: &a riddle", "my.yaml:2:8: anchors and aliases"),
        ("title: riddle solving", "title: !!python/name:os.system", "my.yaml:2:8: tags"),
        ("title: riddle solving", "title: [", "my.yaml:4:1: not valid YAML"),
        (RIDDLE, "- a list", "my.yaml:1:1: a task is a mapping"),
        (RIDDLE, "", "a task is a mapping"),
    ],
)
def test_wrong_definitions_say_where_and_what(old, new, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(RIDDLE.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError) as raised:
        Task.from_yaml("my.yaml")
    assert words in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DefinitionError, match=r"no.yaml: cannot be read: No such file"):
        Task.from_yaml(tmp_path / "no.yaml")


def test_scalars_stay_strings():
    task = Task.parse_yaml(RIDDLE.replace("title: riddle solving", "title: no"))
    assert task.title == "no"
    task = Task.parse_yaml(RIDDLE.replace("title: riddle solving", "title: 012"))
    assert task.title == "012"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"titel": "riddles"}, "No key of a task named 'titel'. Did you mean 'title'?"),
        ({"title": None}, "title: must be a valid string"),
        ({"inputs": []}, "inputs: Tuple should have at least 1 item"),
        ({"inputs": [{"name": "Riddle!"}]}, "inputs.0.name: String should match pattern"),
        ({"task_input": "{{ ridle }}"}, "ridle"),
        ({"target_language": "any"}, "target_language: must be 'same' or 'required'"),
    ],
)
def test_a_task_made_wrong_in_python(change, message):
    parts = {**parse_yaml(RIDDLE), **change}
    with pytest.raises(DefinitionError) as error:
        Task(**parts)
    assert message in str(error.value)
    with pytest.raises(DefinitionError, match="title is missing; .*answer is missing"):
        Task(name="riddle")


def test_a_task_keeps_its_fields_for_type_checkers_and_pickles():
    task = Task(**parse_yaml(RIDDLE))
    assert list(signature(Task).parameters)[:3] == ["name", "aliases", "title"]
    assert pickle.loads(pickle.dumps(task)) == task
    assert Task.model_validate_json(task.model_dump_json()) == task
