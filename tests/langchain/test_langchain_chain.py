"""The chain: inputs, configs, traces, everything LangChain offers on a runnable."""

import asyncio
import pickle
import sys
import warnings
from uuid import uuid4

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage
from langchain_core.runnables import ConfigurableField, RunnableLambda, RunnablePassthrough
from langchain_core.runnables.config import var_child_runnable_config

import xlt
from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.langchain import XLTChain, xlt_chain


def both(chain, *args, **kwargs):
    """Invoke a chain sync and async, and return the one answer both give."""
    answer = chain.invoke(*args, **kwargs)
    assert asyncio.run(chain.ainvoke(*args, **kwargs)) == answer
    return answer


def test_from_a_text_to_an_answer(model, james):
    answer = both(xlt_chain(model, "mgsm", language="zh"), james)
    assert isinstance(answer, xlt.Answer)
    assert (answer.value, answer.status) == (540, "anchored")
    sent = model.calls[0]["messages"]
    assert [message.content for message in sent] == [xlt.compose("mgsm", james, language="zh").text]


def test_a_changed_field_counts_from_the_next_input_on(model, james):
    chain = xlt_chain(model, "mgsm", language="zh")
    chain.invoke(james)
    for field, value in {
        "system": "Be brief.",
        "options": {"steps": ["task_inputting", "output_formatting"]},
        "language": "sw",
    }.items():
        setattr(chain, field, value)
        given = {"language": chain.language, "system": chain.system, **chain.options}
        chain.invoke(james)
        sent = [message.content for message in model.calls[-1]["messages"]]
        assert sent == [one["content"] for one in xlt.compose("mgsm", james, **given).messages]


def test_a_chain_that_has_answered_is_pickled(james):
    chain = xlt_chain(FakeListLLM(responses=["Answer: 540"]), "mgsm", language="zh")
    answer = chain.invoke(james)
    assert pickle.loads(pickle.dumps(chain)).invoke(james) == answer


@pytest.mark.parametrize(
    ("given", "expert"),
    [
        ({"problem": "1 + 1?", "language": "sw"}, "Swahili"),
        ({"problem": "1 + 1?", "language": None}, "Chinese"),
        ({"problem": "1 + 1?", "answer": "from a graph's state"}, "Chinese"),
        ("1 + 1?", "Chinese"),
    ],
)
def test_language_of_the_input_comes_first(model, given, expert):
    xlt_chain(model, "mgsm", language="zh").invoke(given)
    assert f"expert for {expert}.\n" in model.calls[0]["messages"][0].content


def test_a_models_own_marks_of_a_thought(scripted):
    model = scripted(lambda text: "<plan>Answer: 9</plan>It is 7.")
    tags = ("<plan>", "</plan>")
    assert both(xlt_chain(model, "mgsm", language="zh", think_tags=tags), "3 + 4?").value == 7
    with pytest.raises(InputError, match="opening and the closing mark"):
        xlt_chain(model, "mgsm", language="zh", think_tags=("<plan>", "")).invoke("3 + 4?")


def test_target_language_of_the_input(scripted):
    model = scripted(lambda text: "Target translation: Habari")
    chain = xlt_chain(model, "flores", language="zh")
    answer = both(chain, {"source": "你好", "target_language": "sw"})
    assert answer.value == "Habari"
    with pytest.raises(InputError, match="needs a target_language"):
        chain.invoke({"source": "你好"})


def test_wrong_inputs_are_xlt_errors(model):
    chain = xlt_chain(model, "xnli", language="sw")
    with pytest.raises(InputError, match="has 2 input fields"):
        chain.invoke("Maji ni maisha.")
    with pytest.raises(InputError, match="'hypothesis' .* is missing"):
        chain.invoke({"premise": "Maji ni maisha."})
    with pytest.raises(UnknownName, match="Did you mean 'language'"):
        chain.invoke({"premise": "a", "hypothesis": "b", "langauge": "sw"})
    assert model.calls == []


@pytest.mark.parametrize(
    "model",
    [
        RunnableLambda(lambda value: "Answer: 7"),
        RunnableLambda(lambda value: AIMessage(content="Answer: 7")),
        lambda value: "Answer: 7",
        FakeListLLM(responses=["Answer: 7"]),
    ],
)
def test_any_runnable_or_function_is_a_model(model):
    assert both(xlt_chain(model, "mgsm", language="en"), "3 + 4?").value == 7


def test_a_completion_model_gets_the_papers_completion_form():
    seen = []
    shot = xlt.Demonstration("5 + 6?", reply="Answer: 11")
    model = RunnableLambda(lambda value: seen.append(value.to_string()) or "Answer: 7")
    xlt_chain(model, "mgsm", language="en", demonstrations=[shot]).invoke("3 + 4?")
    assert "Answer: 11\nXXX\nXXX\nI want you to act" in seen[0]


def test_what_is_no_model_is_refused():
    with pytest.raises(InputError, match="not int"):
        xlt_chain(5, "mgsm")


def test_a_name_needs_langchain(monkeypatch):
    monkeypatch.setitem(sys.modules, "langchain.chat_models", None)
    with pytest.raises(MissingExtra, match=r'pip install "xlt\[openai\]"'):
        xlt_chain("openai:gpt-4o-mini", "mgsm")


def test_a_name_goes_through_init_chat_model(monkeypatch):
    chat_models = pytest.importorskip("langchain.chat_models")
    made = []

    def init_chat_model(name):
        made.append(name)
        return FakeListLLM(responses=["Answer: 7"])

    monkeypatch.setattr(chat_models, "init_chat_model", init_chat_model)
    assert xlt_chain("openai:gpt-4o-mini", "mgsm", language="en").invoke("3 + 4?").value == 7
    assert made == ["openai:gpt-4o-mini"]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("groq:llama3", InputError, "pip install langchain langchain-groq"),
        ("ollama:llama3", MissingExtra, r'pip install "xlt\[ollama\]"'),
        ("claude-x", MissingExtra, r'The model .claude-x. .* "xlt\[anthropic\]"'),
        ("nobody:x", InputError, "LangChain knows no provider 'nobody'"),
    ],
)
def test_a_providers_missing_package_is_named(monkeypatch, name, error, message):
    pytest.importorskip("langchain.chat_models")
    for package in ("langchain_groq", "langchain_ollama", "langchain_anthropic"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(error, match=message):
        xlt_chain(name, "mgsm")


def test_a_reply_without_an_answer(scripted):
    silent = scripted(lambda text: "I cannot say.")
    assert both(xlt_chain(silent, "mgsm", language="en"), "3 + 4?").value is None
    strict = xlt_chain(silent, "mgsm", language="en", raise_on_missing=True)
    with pytest.raises(OutputParserException) as caught:
        strict.invoke("3 + 4?")
    assert caught.value.llm_output == "I cannot say."


def test_a_reply_cut_short_is_flagged(scripted):
    cut = AIMessage(content="Answer: 5", response_metadata={"finish_reason": "length"})
    assert "truncated" in both(xlt_chain(scripted(lambda _: cut), "mgsm", language="en"), "x").flags


# Traces


def test_the_model_runs_under_the_chains_run(model, notes, james):
    chain = xlt_chain(model, "mgsm", language="zh")
    config = {"callbacks": [notes], "tags": ["mine"], "metadata": {"user": "ada"}}
    both(chain, james, config)
    signature = xlt.compose("mgsm", james, language="zh").signature
    for run, child in zip(notes.chains, notes.models, strict=True):
        assert run["inputs"] == james
        assert run["name"] == "xlt_arithmetic_reasoning"
        assert run["parent_run_id"] is None
        assert child["parent_run_id"] == run["run_id"]
        for seen in (run, child):
            assert "mine" in seen["tags"]
            told = {"task": "arithmetic_reasoning", "language": "zh", "strategy": "xlt"}
            expected = {**told, "signature": signature, "user": "ada"}
            assert {name: seen["metadata"][name] for name in expected} == expected
    assert [output.value for output in notes.outputs] == [540, 540]


def test_run_name_run_id_and_with_config(model, notes, james):
    run_id = uuid4()
    chain = xlt_chain(model, "mgsm", language="zh").with_config(run_name="solve", tags=["t"])
    both(chain, james, {"callbacks": [notes], "run_id": run_id})
    assert [run["name"] for run in notes.chains] == ["solve", "solve"]
    assert {run["run_id"] for run in notes.chains} == {run_id}
    assert {child["name"] for child in notes.models} != {"solve"}
    assert all("t" in child["tags"] for child in notes.models)
    named = xlt_chain(model, "mgsm", name="mine")
    assert named.get_name() == "mine"


def test_errors_are_traced_and_raised(scripted, notes):
    failing = xlt_chain(scripted(lambda _: ValueError("down")), "mgsm", language="en")
    with pytest.raises(ValueError, match="down"):
        failing.invoke("x", {"callbacks": [notes]})
    with pytest.raises(InputError):
        asyncio.run(failing.ainvoke("", {"callbacks": [notes]}))
    assert [type(error) for error in notes.errors] == [ValueError, InputError]
    assert notes.chains[1]["metadata"]["task"] == "arithmetic_reasoning"


def test_untraced_runs_pass_the_config_on_and_leave_none_behind(james):
    seen = []

    def ask(value):
        config = var_child_runnable_config.get()
        seen.append((config["metadata"]["user"], config["configurable"], "run_name" in config))
        return "Answer: 540"

    chain = xlt_chain(RunnableLambda(ask), "mgsm", language="zh")
    config = {"metadata": {"user": "ada"}, "configurable": {"thread": "1"}, "run_name": "solve"}
    both(chain, james, config)
    assert seen == [("ada", {"thread": "1"}, False)] * 2
    assert var_child_runnable_config.get() is None


# What LangChain puts around runnables


def test_bind_reaches_the_model(model, james):
    both(xlt_chain(model, "mgsm", language="zh").bind(stop=["XXX"], temperature=0), james)
    assert [(call["stop"], call["temperature"]) for call in model.calls] == [(["XXX"], 0)] * 2


def test_with_retry_asks_again(scripted, james):
    replies = iter([ValueError("busy"), "I cannot say.", "Answer: 540"] * 2)
    chain = xlt_chain(
        scripted(lambda _: next(replies)), "mgsm", language="zh", raise_on_missing=True
    )
    retrying = chain.with_retry(stop_after_attempt=3, wait_exponential_jitter=False)
    assert both(retrying, james).value == 540


def test_with_fallbacks_goes_to_the_next(scripted, model, james):
    broken = xlt_chain(scripted(lambda _: ValueError("down")), "mgsm", language="zh")
    chain = broken.with_fallbacks([xlt_chain(model, "mgsm", language="zh")])
    assert both(chain, james).value == 540
    assert [answer.value for answer in chain.batch([james, james])] == [540, 540]
    assert [answer.value for answer in asyncio.run(chain.abatch([james, james]))] == [540, 540]


def test_configurable_fields(model, scripted):
    chain = xlt_chain(model, "mgsm", language="zh").configurable_fields(
        language=ConfigurableField(id="language"),
        strategy=ConfigurableField(id="strategy"),
        model=ConfigurableField(id="model"),
    )
    other = scripted(lambda _: "Answer: 7")
    both(chain, "3 + 4?", {"configurable": {"language": "sw", "strategy": "basic"}})
    assert model.calls[0]["messages"][0].content == "Request: 3 + 4?"
    assert both(chain, "3 + 4?", {"configurable": {"model": other}}).value == 7
    with pytest.raises(UnknownName):
        chain.invoke("3 + 4?", {"configurable": {"strategy": "xtl"}})


def test_configurable_alternatives(model, scripted):
    default = xlt_chain(model, "mgsm", language="zh")
    chain = default.configurable_alternatives(
        ConfigurableField(id="llm"),
        other=xlt_chain(scripted(lambda _: "Answer: 7"), "mgsm", language="zh"),
    )
    assert both(chain, "x").value == 540
    assert both(chain, "x", {"configurable": {"llm": "other"}}).value == 7


def test_in_a_sequence_and_an_assignment(model, james):
    chain = xlt_chain(model, "mgsm", language="zh")
    assert both(chain | (lambda answer: answer.value + 1), james) == 541
    both_keys = RunnablePassthrough.assign(answer=chain).invoke({"problem": james, "id": 3})
    assert (both_keys["id"], both_keys["answer"].value) == (3, 540)


def test_example_selector_and_options(model):
    class Selector:
        def select_examples(self, inputs):
            return [{"problem": "5 + 6?", "reply": "Answer: 11"}]

        async def aselect_examples(self, inputs):
            return self.select_examples(inputs)

    chain = xlt_chain(
        model, "mgsm", language="zh", example_selector=Selector(), rephrase="translate"
    )
    both(chain, "3 + 4?")
    for call in model.calls:
        assert [message.type for message in call["messages"]] == ["human", "ai", "human"]
        assert "You should translate the request" in call["messages"][2].content


# Schemas, saving


def test_input_schema_of_a_task_with_one_field(model):
    schema = xlt_chain(model, "mgsm").get_input_schema()
    assert schema.model_validate("1 + 1?").model_dump() == "1 + 1?"
    assert schema.model_validate({"problem": "1 + 1?"}).model_dump()["language"] is None
    text, fields = schema.model_json_schema()["anyOf"]
    assert text == {"type": "string"}
    with pytest.raises(ValueError, match="problem"):
        schema.model_validate({"question": "1 + 1?"})


def test_input_schema_of_a_task_with_several_fields(model):
    schema = xlt_chain(model, "xcopa").get_input_jsonschema()
    assert schema["type"] == "object"
    assert schema["required"] == ["premise", "question", "choice1", "choice2"]
    assert schema["properties"]["question"]["enum"] == ["cause", "effect"]
    required = xlt_chain(model, "flores").get_input_jsonschema()
    assert "anyOf" in required
    assert xlt_chain(model, "flores", target_language="sw").get_input_jsonschema() != required


def test_output_schema_holds_an_answer(model, james):
    chain = xlt_chain(model, "mgsm", language="zh")
    answer = chain.invoke(james)
    schema = chain.get_output_schema()
    assert schema.model_validate(answer).root is answer
    assert chain.OutputType is xlt.Answer
    status = chain.get_output_jsonschema()["$defs"]["Answer"]["properties"]["status"]
    assert status["enum"] == ["anchored", "fallback", "none", "withheld"]


def test_saving_and_loading_with_its_model(james):
    from langchain_core.runnables import RunnablePassthrough as Same

    chain = xlt_chain(Same(), "mgsm", language="zh", rephrase="translate", raise_on_missing=True)
    saved = dumpd(chain)
    assert saved["id"] == ["xlt", "langchain", "XLTChain"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = load(saved, allowed_objects=[XLTChain, Same], valid_namespaces=["xlt"])
    assert dumpd(loaded) == saved
    assert isinstance(loaded.model, Same)
    assert loaded.options == {"rephrase": "translate"}


def test_it_pickles(james):
    chain = xlt_chain(FakeListLLM(responses=["Answer: 540"]), "mgsm", language="zh")
    assert pickle.loads(pickle.dumps(chain)).invoke(james).value == 540
