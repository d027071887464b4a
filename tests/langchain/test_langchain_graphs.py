"""The chain as a tool and as a node of a LangGraph graph."""

import asyncio
import warnings
from typing import Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableParallel

from xlt.errors import InputError
from xlt.langchain import xlt_chain, xlt_node

JAMES = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"


def call(name, **args):
    return {"type": "tool_call", "id": "1", "name": name, "args": args}


def test_a_tool_with_the_tasks_fields(model, james):
    tool = xlt_chain(model, "mgsm").as_tool()
    assert tool.name == "xlt_arithmetic_reasoning"
    assert set(tool.args) == {"problem", "language", "target_language"}
    assert tool.invoke({"problem": james, "language": "zh"}) == "540"
    message = asyncio.run(tool.ainvoke(call(tool.name, problem=james, language="sw")))
    assert message.content == "540"
    assert message.artifact.value == 540
    assert "expert for Swahili" in model.calls[1]["messages"][0].content


def test_a_tool_says_when_there_is_no_answer(scripted, james):
    tool = xlt_chain(scripted(lambda _: "Hm."), "mgsm", language="zh").as_tool(
        name="solve", description="Solves."
    )
    assert (tool.name, tool.description) == ("solve", "Solves.")
    message = tool.invoke(call("solve", problem=james))
    assert message.content == "No answer could be read from the model's reply."


@pytest.mark.parametrize(
    ("options", "inputs", "message"),
    [
        ({}, {"problem": "12 + 4 = ?"}, "language"),
        ({}, {"problem": "Tina", "language": "Kiswahili sanifu"}, "Kiswahili sanifu"),
        ({"language": "sw"}, {"problem": ""}, "problem"),
        ({"language": "sw", "raise_on_missing": True}, {"problem": "Tina"}, "no answer"),
    ],
)
def test_an_agent_is_told_what_went_wrong_and_goes_on(scripted, options, inputs, message):
    tool = xlt_chain(scripted(lambda _: "Hm."), "mgsm", **options).as_tool(name="solve")
    told = tool.invoke(call("solve", **inputs))
    assert told.status == "error"
    assert message in told.content
    assert asyncio.run(tool.ainvoke(call("solve", **inputs))).status == "error"


def test_a_tool_runs_the_chain_under_its_run(model, notes, james):
    tool = xlt_chain(model, "mgsm", language="zh").as_tool()
    tool.invoke({"problem": james}, {"callbacks": [notes]})
    assert notes.chains[0]["parent_run_id"] is not None
    assert notes.models[0]["parent_run_id"] == notes.chains[0]["run_id"]


def test_a_tool_with_ones_own_arguments(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LangChain marks as_tool as beta
        tool = xlt_chain(model, "mgsm", language="zh").as_tool(arg_types={"problem": str})
    assert tool.invoke({"problem": "1 + 1?"}).value == 540


class State(TypedDict, total=False):
    problem: str
    language: str
    answer: Any


@pytest.fixture
def graph(model):
    graphs = pytest.importorskip("langgraph.graph")
    builder = graphs.StateGraph(State)
    chain = xlt_chain(model, "mgsm")
    builder.add_node("solve", RunnableParallel(answer=chain))
    builder.add_edge(graphs.START, "solve")
    builder.add_edge("solve", graphs.END)
    return builder.compile()


def test_a_node_of_a_graph(graph, james):
    state = {"problem": james, "language": "zh"}
    assert graph.invoke(state)["answer"].value == 540
    assert asyncio.run(graph.ainvoke({**state, "answer": "old"}))["answer"].value == 540


def test_a_node_is_traced_and_streams(graph, notes, james):
    graph.invoke({"problem": james, "language": "zh"}, {"callbacks": [notes]})
    run = next(run for run in notes.chains if run["name"] == "xlt_arithmetic_reasoning")
    assert run["metadata"]["langgraph_node"] == "solve"
    assert notes.models[0]["parent_run_id"] == run["run_id"]
    updates = list(graph.stream({"problem": james, "language": "zh"}, stream_mode="updates"))
    assert updates[-1]["solve"]["answer"].value == 540


def test_an_answer_survives_a_checkpoint(model, james, caplog):
    graphs = pytest.importorskip("langgraph.graph")
    memory = pytest.importorskip("langgraph.checkpoint.memory")
    jsonplus = pytest.importorskip("langgraph.checkpoint.serde.jsonplus")
    serde = jsonplus.JsonPlusSerializer(
        allowed_msgpack_modules=[
            ("xlt.answers.answer", "Answer"),
            ("xlt.answers.answer", "AnswerFormat"),
            ("xlt.languages.language", "Language"),
            ("xlt.reply", "Usage"),
            ("xlt.languages.entries", "Words"),
        ]
    )
    builder = graphs.StateGraph(State)
    builder.add_node("solve", RunnableParallel(answer=xlt_chain(model, "mgsm", language="zh")))
    builder.add_edge(graphs.START, "solve")
    graph = builder.compile(checkpointer=memory.InMemorySaver(serde=serde))
    config = {"configurable": {"thread_id": "1"}}
    graph.invoke({"problem": james}, config)
    kept = graph.get_state(config).values["answer"]
    assert (kept.value, kept.status, kept.text) == (540, "anchored", "540")
    assert kept.steps.complete
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({}, {"problem": JAMES, "language": "zh"}),
        ({"input_key": "question"}, {"question": JAMES, "language": "zh"}),
        ({"input_key": "question"}, {"question": {"problem": JAMES, "language": "zh"}}),
        (
            {"language": "zh"},
            {"messages": [HumanMessage("Old"), HumanMessage(JAMES), AIMessage("Hm")]},
        ),
        ({"language": "zh", "input_key": "messages"}, {"messages": [("user", JAMES)]}),
    ],
)
def test_a_node_leaves_the_rest_of_the_state_alone(model, options, state):
    graphs = pytest.importorskip("langgraph.graph")

    class Own(TypedDict, total=False):
        problem: str
        question: Any
        language: str
        messages: list[Any]
        status: str
        text: str
        answer: Any

    builder = graphs.StateGraph(Own)
    builder.add_node("solve", xlt_node(model, "mgsm", **options))
    builder.add_edge(graphs.START, "solve")
    builder.add_edge("solve", graphs.END)
    graph = builder.compile()
    own = {**state, "status": "new", "text": "my own text"}
    for ended in (graph.invoke(own), asyncio.run(graph.ainvoke(own))):
        assert ended["answer"].value == 540
        assert (ended["status"], ended["text"]) == ("new", "my own text")
    assert JAMES in model.calls[0]["messages"][0].content


def test_a_node_without_its_input_says_what_the_state_has(model):
    with pytest.raises(InputError, match="The state has no 'question'; it has problem"):
        xlt_node(model, "mgsm", input_key="question").invoke({"problem": JAMES})
    with pytest.raises(InputError, match="holds no user message"):
        xlt_node(model, "mgsm").invoke({"messages": [AIMessage("Hm")]})
