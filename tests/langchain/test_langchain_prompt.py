"""The prompt template: variables, partials, demonstrations, messages, saving and loading."""

import asyncio
import pickle
import warnings

import pytest
from langchain_core.example_selectors.base import BaseExampleSelector
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, HumanMessage

import xlt
from xlt.langchain import XLTPrompt
from xlt.task import Task

SHOT = {"problem": "5 + 6?", "reply": "Retelling: 5 plus 6.\nAnswer: 11", "answer": "11"}


class WordSelector(BaseExampleSelector):
    """Selects the examples of a list whose problem shares a word with the request."""

    def __init__(self, examples):
        self.examples, self.asked = list(examples), []

    def add_example(self, example):
        self.examples.append(example)

    def select_examples(self, input_variables):
        self.asked.append(input_variables)
        words = set(input_variables["problem"].split())
        return [one for one in self.examples if words & set(one["problem"].split())]

    async def aselect_examples(self, input_variables):
        self.asked.append("async")
        return self.select_examples(input_variables)


def reload_as(saved, allowed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # load is marked beta
        return load(saved, allowed_objects=allowed, valid_namespaces=["xlt"])


def reload(prompt):
    return reload_as(dumpd(prompt), [XLTPrompt])


@pytest.mark.parametrize(
    ("settings", "variables", "optional"),
    [
        ({"task": "mgsm"}, ["problem"], ["language", "target_language"]),
        ({"task": "mgsm", "language": "zh"}, ["problem"], ["target_language"]),
        ({"task": "xnli"}, ["premise", "hypothesis"], ["language", "target_language"]),
        ({"task": "flores"}, ["source", "target_language"], ["language"]),
        ({"task": "flores", "target_language": "sw"}, ["source"], ["language"]),
    ],
)
def test_variables_follow_from_the_task(settings, variables, optional):
    prompt = XLTPrompt(**settings)
    assert prompt.input_variables == variables
    assert prompt.optional_variables == optional


def test_messages_are_those_of_compose(james):
    value = XLTPrompt(task="mgsm").invoke({"problem": james, "language": "zh"})
    assert value.to_messages() == [
        HumanMessage(content=xlt.compose("mgsm", james, language="zh").text)
    ]
    assert value.to_string() == xlt.compose("mgsm", james, language="zh").text
    assert value.prompt.parse("Answer: 540").value == 540


def test_a_bare_text_is_the_one_variable(james):
    prompt = XLTPrompt(task="mgsm", language="zh")
    assert james in prompt.invoke(james).to_string()
    assert asyncio.run(prompt.ainvoke(james)) == prompt.invoke(james)


@pytest.mark.parametrize("text", ["{problem} {{x}} {0.__class__}", "{{ 7*7 }} {% raw %}", "}{"])
def test_user_text_is_never_a_template(text):
    messages = XLTPrompt(task="mgsm", language="en").format_messages(problem=text)
    assert f"Request: {text}\n" in messages[0].content


def test_options_of_the_strategy_are_given_by_name():
    prompt = XLTPrompt(task="mgsm", language="zh", steps=["task inputting", "output formatting"])
    assert prompt.format(problem="1+1") == (
        "Request: 1+1\nYou should tell me the answer in this format 'Answer:'."
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "mgms"}, "No task named 'mgms'. Did you mean 'mgsm'?"),
        ({"task": "mgsm", "strategy": "xtl"}, "No strategy named 'xtl'. Did you mean 'xlt'?"),
        ({"task": "mgsm", "langauge": "zh"}, "named 'langauge'. Did you mean 'language'?"),
        ({"task": "mgsm", "language": "Klingonese"}, "No language named 'Klingonese'"),
        ({"task": "mgsm", "example_selector": 3}, "must be a LangChain example selector"),
        ({"task": "mgsm", "demonstrations": {"a": 1}}, "demonstrations must be a sequence"),
        (
            {"task": "mgsm", "demonstrations": [SHOT], "example_selector": WordSelector([])},
            "not both",
        ),
    ],
)
def test_a_wrong_setting_is_told_when_the_prompt_is_made(settings, message):
    with pytest.raises(xlt.XLTError, match=message.replace("?", r"\?")):
        XLTPrompt(**settings)


def test_a_missing_variable_is_named():
    with pytest.raises(KeyError, match="missing variables {'hypothesis'}"):
        XLTPrompt(task="xnli", language="sw").invoke({"premise": "Maji ni maisha."})


def test_partials_fix_fields_and_languages():
    prompt = XLTPrompt(task="xnli").partial(premise="Maji ni maisha.", language="sw")
    assert prompt.input_variables == ["hypothesis"]
    assert prompt.optional_variables == ["target_language"]
    text = prompt.format(hypothesis="Maji yana thamani.")
    assert "expert for Swahili.\nPremise: Maji ni maisha.\n" in text
    changing = iter(["uno", "dos"])
    called = XLTPrompt(task="mgsm", language="es").partial(problem=lambda: next(changing))
    assert "Request: uno\n" in called.format()
    assert "Request: dos\n" in called.format()


def test_partial_of_a_required_target_language():
    prompt = XLTPrompt(task="flores", language="zh").partial(target_language="sw")
    assert prompt.input_variables == ["source"]
    assert "expert for Chinese to Swahili." in prompt.format(source="你好")


def test_demonstrations_are_turns_before_the_request():
    prompt = XLTPrompt(task="mgsm", language="zh", demonstrations=[SHOT])
    first, second, last = prompt.format_messages(problem="7 + 8?")
    assert isinstance(first, HumanMessage)
    assert "Request: 5 + 6?\n" in first.content
    assert second == AIMessage(content="Retelling: 5 plus 6.\nAnswer: 11")
    assert "Request: 7 + 8?\n" in last.content
    same = xlt.Demonstration("5 + 6?", reply=SHOT["reply"])
    assert XLTPrompt(task="mgsm", language="zh", demonstrations=[same]).format_messages(
        problem="7 + 8?"
    ) == [first, second, last]


def test_an_example_selector_picks_demonstrations_for_each_input():
    other = {"problem": "viele Äpfel", "reply": "Answer: 3", "language": "de"}
    selector = WordSelector([SHOT, other])
    prompt = XLTPrompt(task="mgsm", language="zh", example_selector=selector)
    assert [len(prompt.format_messages(problem=text)) for text in ("5 birds", "Äpfel", "-")] == [
        3,
        3,
        1,
    ]
    assert "for German." in prompt.format_messages(problem="Äpfel")[0].content
    asyncio.run(prompt.ainvoke({"problem": "5 birds"}))
    assert selector.asked[-2:] == ["async", {"problem": "5 birds"}]


def test_saving_and_loading_under_its_own_namespace():
    prompt = XLTPrompt(
        task="mgsm", language="zh", demonstrations=[SHOT], rephrase="repeat"
    ).partial(target_language="en")
    assert dumpd(prompt)["id"] == ["xlt", "langchain", "XLTPrompt"]
    loaded = reload(prompt)
    assert loaded.format(problem="{1}") == prompt.format(problem="{1}")
    assert loaded.input_variables == ["problem"]
    assert dumpd(loaded) == dumpd(prompt)


def test_a_task_of_ones_own_is_saved_whole():
    task = Task.parse_yaml(
        "name: riddle\ntitle: riddle\ninputs: [{name: lc}]\ntask_input: 'Riddle: {{ lc }}'\n"
        "input_tag: riddle\ntask_goal: solve it\noutput_type: answer\nbasic_prompt: '{{ lc }}'\n"
        "answer: short_text\n"
    )
    prompt = XLTPrompt(task=task, language="et", demonstrations=[{"lc": "Mis?", "reply": "Ei."}])
    assert reload(prompt).format(lc="Kes?") == prompt.format(lc="Kes?")


def test_another_namespace_is_refused_without_permission():
    saved = dumpd(XLTPrompt(task="mgsm"))
    with pytest.raises(ValueError, match="not allowed"):
        reload_as(saved, "core")


def test_it_pickles_and_shows_itself():
    prompt = XLTPrompt(task="xcopa", language="et")
    assert pickle.loads(pickle.dumps(prompt)) == prompt
    shown = prompt.pretty_repr()
    assert "Here is a premise: {premise}. What is the cause?" in shown
    assert "for Estonian" in shown


def test_input_schema_names_the_variables():
    schema = XLTPrompt(task="xnli", language="sw").get_input_jsonschema()
    assert schema["required"] == ["premise", "hypothesis"]
    assert set(schema["properties"]) == {"premise", "hypothesis", "target_language"}
