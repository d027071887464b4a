"""Every variant the paper measures is one call: steps, rephrasing, demonstrations."""

import pickle
from copy import deepcopy

import pytest

import xlt
from xlt.errors import InputError, UnknownName

ROLE = "I want you to act as an arithmetic reasoning expert for German."
INPUT = "Request: Wie viel ist 2 + 2?"
RETELL = "You should retell the request in English."
ANALYZE = "You should do step-by-step answer to obtain a number answer."
SOLVE = "You should step-by-step answer the request."
FORMAT = "You should tell me the answer in this format 'Answer:'."


def compose(**options):
    return xlt.compose("mgsm", "Wie viel ist 2 + 2?", language="de", **options)


@pytest.mark.parametrize(
    ("steps", "lines"),
    [  # table 3
        (
            "task_inputting cross_lingual_thinking task_analyzing cot_task_solving"
            " output_formatting",
            [INPUT, RETELL, ANALYZE, SOLVE, FORMAT],
        ),
        (
            "role_assigning task_inputting task_analyzing cot_task_solving output_formatting",
            [ROLE, INPUT, ANALYZE, SOLVE, FORMAT],
        ),
        (
            "role_assigning task_inputting cross_lingual_thinking task_analyzing output_formatting",
            [ROLE, INPUT, RETELL, ANALYZE, FORMAT],
        ),
        (
            "task_inputting role_assigning cross_lingual_thinking task_analyzing cot_task_solving"
            " output_formatting",
            [INPUT, ROLE, RETELL, ANALYZE, SOLVE, FORMAT],
        ),
        (
            "task_analyzing task_inputting cross_lingual_thinking role_assigning cot_task_solving"
            " output_formatting",
            [ANALYZE, INPUT, RETELL, ROLE, SOLVE, FORMAT],
        ),
        (
            "role_assigning task_inputting task_analyzing cross_lingual_thinking cot_task_solving"
            " output_formatting",
            [ROLE, INPUT, ANALYZE, RETELL, SOLVE, FORMAT],
        ),
    ],
)
def test_table_3(steps, lines):
    prompt = compose(steps=steps.split())
    assert prompt.text == "\n".join(lines)
    assert [step.name for step in prompt.steps] == steps.split()
    assert f"|steps:{steps.replace(' ', ',')}|" in prompt.signature


def test_steps_by_the_papers_spelling():
    prompt = compose(steps=["Task inputting", "cross-lingual thinking", "CoT task solving"])
    assert prompt.text == "\n".join([INPUT, RETELL, SOLVE])


@pytest.mark.parametrize("word", ["retell", "repeat", "translate"])
def test_rephrasing_words(word):
    assert f"You should {word} the request in English." in compose(rephrase=word).text


def test_default_signature():
    prompt = compose()
    assert prompt.signature.startswith(
        "task:arithmetic_reasoning|lang:de|strategy:xlt|shots:0|templates:"
    )
    assert prompt.signature.endswith(f"|v:{xlt.__version__}")
    assert "steps:" not in compose(steps=[step.name for step in prompt.steps]).signature
    assert "rephrase:" not in compose(rephrase="retell").signature
    assert "|rephrase:repeat|" in compose(rephrase="repeat").signature
    assert prompt.signature != compose(strategy="basic").signature


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"steps": ["role"]}, UnknownName, "No step named 'role'. Did you mean"),
        ({"steps": []}, InputError, "steps is empty"),
        ({"steps": ["task_inputting"] * 2}, InputError, "is given twice"),
        ({"rephrase": ""}, InputError, "rephrase must be a word"),
        ({"rephrase": 5}, InputError, "rephrase must be a word"),
        ({"steps": 5}, InputError, "steps must be names of steps"),
        ({"steps": [None]}, InputError, "choose from cot_task_solving, cross_lingual_thinking,"),
        ({"steps": ["lets_think"]}, UnknownName, "No step named 'lets_think'"),
        ({"strategy": "xtl"}, UnknownName, "Did you mean 'xlt'?"),
        ({"strategy": "basic", "steps": ["a"]}, UnknownName, "No option of the strategy basic"),
        ({"langauge": "sw"}, UnknownName, "named 'langauge'. Did you mean 'language'?"),
        ({"strategy": "clp", "template": "."}, UnknownName, "Did you mean 'templates'?"),
        ({"temperature": 0}, InputError, "temperature is the model's"),
        ({"demonstration_format": "xlt"}, UnknownName, "basic+basic, basic+xlt, xlt+xlt"),
    ],
)
def test_bad_options(options, error, words):
    shown = {"demonstrations": [xlt.Demonstration("1 + 1?", "Answer: 2", "2")]}
    with pytest.raises(error) as raised:
        compose(**({} if "strategy" in options else shown), **options)
    assert words in str(raised.value)


SHOTS = [
    xlt.Demonstration("Was ist 1 + 1?", reply="Retelling: one plus one.\nAnswer: 2.", answer="2"),
    xlt.Demonstration(
        "Was ist 3 + 4?", reply="Retelling: three plus four.\nAnswer: 7.", answer="7"
    ),
]


@pytest.mark.parametrize(
    ("shape", "first", "reply"),
    [  # table 4
        ("basic+basic", "Request: Was ist 1 + 1?", "2"),
        ("basic+xlt", "Request: Was ist 1 + 1?", SHOTS[0].reply),
        (
            "xlt+xlt",
            "\n".join([ROLE, "Request: Was ist 1 + 1?", RETELL, ANALYZE, SOLVE, FORMAT]),
            SHOTS[0].reply,
        ),
    ],
)
def test_table_4(shape, first, reply):
    prompt = compose(demonstrations=SHOTS, demonstration_format=shape)
    assert [message["role"] for message in prompt.messages] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    assert prompt.messages[0]["content"] == first
    assert prompt.messages[1]["content"] == reply
    assert prompt.messages[4]["content"] == compose().text
    assert "|shots:2|" in prompt.signature
    assert ("|format:" in prompt.signature) == (shape != "xlt+xlt")


def test_completion_text_has_the_papers_separator():
    prompt = compose(demonstrations=SHOTS[:1], demonstration_format="basic+xlt")
    assert prompt.text == (
        "Request: Was ist 1 + 1?\nRetelling: one plus one.\nAnswer: 2.\nXXX\nXXX\n" + compose().text
    )


def test_basic_shows_bare_answers():
    prompt = compose(strategy="basic", demonstrations=SHOTS[:1])
    assert [message["content"] for message in prompt.messages] == [
        "Request: Was ist 1 + 1?",
        "2",
        INPUT,
    ]


def test_demonstrations_follow_the_steps_and_their_own_language():
    shown = xlt.Demonstration("1 + 1 ni nini?", reply="Answer: 2", language="sw")
    prompt = compose(demonstrations=[shown], steps=["role_assigning", "task_inputting"])
    assert prompt.messages[0]["content"] == (
        "I want you to act as an arithmetic reasoning expert for Swahili.\nRequest: 1 + 1 ni nini?"
    )


def test_a_demonstration_without_the_shown_part():
    with pytest.raises(InputError, match="demonstration 1 has no reply"):
        compose(demonstrations=[xlt.Demonstration("1 + 1?", answer="2")])


def test_messages_are_new_every_time():
    prompt = compose()
    prompt.messages[0]["content"] = "changed"
    assert prompt.messages[0]["content"] == prompt.text


def test_prompts_are_frozen_and_travel():
    prompt = compose(demonstrations=SHOTS)
    assert pickle.loads(pickle.dumps(prompt)) == prompt
    assert deepcopy(prompt) == prompt
    assert hash(prompt) == hash(deepcopy(prompt))
    with pytest.raises(AttributeError):
        prompt.strategy = "basic"
    with pytest.raises(TypeError):
        prompt.inputs["problem"] = "other"


def test_target_language():
    prompt = xlt.compose("mkqa", "Wer ist es?", language="de", target_language="ja")
    assert prompt.steps[-1].text == (
        "You should tell me the answer in one or a few words in Japanese in this format 'Answer:'."
    )
    assert "|lang:de|target:ja|" in prompt.signature


def test_translation_needs_a_target():
    with pytest.raises(InputError, match="needs a target_language"):
        xlt.compose("flores", "Guten Tag.", language="de")


def test_tasks_by_name_alias_and_object():
    task = xlt.get_task("mgsm")
    for one in (task, "mgsm", "arithmetic_reasoning"):
        assert xlt.compose(one, "x", language="en").task is task
    with pytest.raises(UnknownName, match="No task named 'mgms'. Did you mean 'mgsm'?"):
        xlt.compose("mgms", "x", language="en")
