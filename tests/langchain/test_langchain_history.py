"""History, messages and objects in and out of the chain and its parts; pipes and their prompts."""

import asyncio
from decimal import Decimal

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.load import dumpd, load
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import (
    ChatPromptTemplate,
    HumanMessagePromptTemplate,
    MessagesPlaceholder,
    PromptTemplate,
)
from langchain_core.runnables import (
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
    RunnableSequence,
)
from pydantic import BaseModel

import xlt
from xlt.errors import InputError
from xlt.langchain import XLTAnswerParser, XLTPrompt, xlt_chain, xlt_node

GERMAN = {"problem": "Anna hat 5 Äpfel", "language": "de"}
CUP = {
    "premise": "Kikombe kilianguka.",
    "choice1": "Kilivunjika.",
    "choice2": "Kilicheka.",
    "question": "effect",
    "language": "sw",
}
BEFORE = [HumanMessage("Habari?"), AIMessage("Nzuri.")]


def says(reply):
    return FakeListChatModel(responses=[reply])


def pipe(task, reply, **settings):
    return XLTPrompt(task=task) | says(reply) | XLTAnswerParser(task=task, **settings)


@pytest.mark.parametrize(
    ("task", "reply", "inputs", "value"),
    [
        ("mgsm", "Antwort: 1.234", GERMAN, 1234),
        ("mgsm", "Answer: 1.234", {**GERMAN, "language": "en"}, Decimal("1.234")),
        ("xcopa", "Answer: Kilivunjika.", CUP, 1),
    ],
)
def test_a_pipe_reads_as_the_chain_does(task, reply, inputs, value):
    made = pipe(task, reply)
    answer = made.invoke(inputs)
    assert answer.value == value
    assert answer.value == xlt_chain(says(reply), task).invoke(inputs).value
    assert asyncio.run(made.ainvoke(inputs)) == answer
    assert made.batch([inputs] * 2) == [answer] * 2
    assert [*made.stream(inputs)] == [answer]


def test_a_pipe_may_have_steps_between_and_be_built_from_the_end():
    between = RunnableLambda(lambda message: message)
    parser = XLTAnswerParser(task="mgsm")
    prompt = XLTPrompt(task="mgsm")
    for made in (
        prompt | says("Antwort: 1.234") | between | parser,
        prompt | (says("Antwort: 1.234") | parser),
        prompt | (says("Antwort: 1.234") | between) | parser,
    ):
        assert made.invoke(GERMAN).value == 1234


def test_a_parser_of_another_task_reads_by_itself():
    made = XLTPrompt(task="mgsm") | says("Answer: yes") | XLTAnswerParser(task="mkqa")
    assert made.invoke(GERMAN).value == "yes"


def test_a_pipe_without_an_answer_raises_where_it_is_asked_to():
    from langchain_core.exceptions import OutputParserException

    with pytest.raises(OutputParserException):
        pipe("mgsm", "Hm.", raise_on_missing=True).invoke(GERMAN)
    assert pipe("mgsm", "Hm.").invoke(GERMAN).value is None


@pytest.mark.filterwarnings("ignore")  # load is marked beta
def test_a_pipe_is_saved_and_loaded():
    said = ChatPromptTemplate.from_messages([("human", "Antwort: 1.234")])
    made = XLTPrompt(task="mgsm") | said | StrOutputParser() | XLTAnswerParser(task="mgsm")
    classes = [XLTPrompt, XLTAnswerParser, RunnableSequence, RunnableParallel]
    classes += [RunnablePassthrough, ChatPromptTemplate, StrOutputParser]
    classes += [HumanMessagePromptTemplate, PromptTemplate]
    again = load(dumpd(made), allowed_objects=classes, valid_namespaces=["xlt"])
    assert type(again) is type(made) is RunnableSequence
    assert again.first == made.first
    assert again.last == made.last
    half = dumpd(XLTPrompt(task="mgsm") | said)
    assert half["id"] == dumpd(said | StrOutputParser())["id"]


def test_history_goes_in_front_of_the_request():
    seen = []
    model = RunnableLambda(lambda value: seen.append(value.to_messages()) or "Answer: Kesho.")
    chain = xlt_chain(model, "chat", history_key="history", system="You help.", language="sw")
    answer = chain.invoke({"message": "Oda yangu?", "history": BEFORE})
    prompt = xlt.compose("chat", "Oda yangu?", language="sw", system="You help.", history=BEFORE)
    assert [one.text for one in seen[0]] == [one["content"] for one in prompt.messages]
    assert [one.type for one in seen[0]] == ["system", "human", "ai", "human"]
    assert answer.value == "Kesho."
    chain.invoke({"message": "Oda yangu?"})
    assert [one.type for one in seen[1]] == ["system", "human"]


@pytest.mark.parametrize(
    "given",
    [
        [*BEFORE, HumanMessage("Oda yangu?")],
        [("user", "Habari?"), ("ai", "Nzuri."), ("user", "Oda yangu?")],
        {"history": [*BEFORE, HumanMessage("Oda yangu?")]},
        {"history": BEFORE, "message": "Oda yangu?"},
    ],
    ids=["messages", "pairs", "a key of messages", "fields"],
)
def test_messages_are_an_input(given):
    seen = []
    model = RunnableLambda(lambda value: seen.append(value.to_messages()) or "Answer: Kesho.")
    xlt_chain(model, "chat", history_key="history", language="sw").invoke(given)
    assert [one.text for one in seen[0][:2]] == ["Habari?", "Nzuri."]
    assert "Message: Oda yangu?\n" in seen[0][2].text


def test_one_message_and_the_chains_own_schema_are_inputs():
    chain = xlt_chain(says("Answer: 3"), "mgsm")
    assert chain.invoke(HumanMessage("¿Cuántas manzanas tiene Ana ahora?")).value == 3
    schema = chain.get_input_schema()
    assert chain.invoke(schema.model_validate({"problem": "Tina", "language": "sw"})).value == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([AIMessage("Nzuri.")], "The input holds no user message"),
        ([], "The input holds no user message"),
        ([3], "The input holds what is not a message"),
        ({"history": [AIMessage("Nzuri.")]}, "'history' holds no user message"),
    ],
)
def test_what_asks_nothing_is_an_error(given, message):
    with pytest.raises(InputError, match=message):
        xlt_chain(says("x"), "chat", history_key="history", language="sw").invoke(given)


def test_a_node_has_a_memory():
    seen = []
    model = RunnableLambda(lambda value: seen.append(value.to_messages()) or "Answer: Kesho.")
    node = xlt_node(model, "chat", history_key="messages", language="sw")
    node.invoke({"messages": [*BEFORE, HumanMessage("Oda yangu?")]})
    assert [one.type for one in seen[0]] == ["human", "ai", "human"]


def test_history_is_a_variable_of_the_template():
    prompt = XLTPrompt(task="mgsm", history_key="history", system="Be kind.")
    assert "history" in prompt.optional_variables
    messages = prompt.invoke({**GERMAN, "history": BEFORE}).to_messages()
    assert [one.type for one in messages] == ["system", "human", "ai", "human"]


def test_a_template_is_added_and_the_system_is_one_message_in_front():
    added = (
        XLTPrompt(task="mgsm", layout="system+user")
        + MessagesPlaceholder("notes", optional=True)
        + ChatPromptTemplate.from_messages([("system", "Be kind to {name}.")])
        + HumanMessage("Thanks.")
    )
    assert added.input_variables == ["name", "problem"]
    for messages in (
        added.format_messages(**GERMAN, name="Anna"),
        asyncio.run(added.aformat_messages(**GERMAN, name="Anna")),
    ):
        assert [one.type for one in messages] == ["system", "human", "human"]
        assert isinstance(messages[0], SystemMessage)
        assert messages[0].text.endswith("for German.\n\nBe kind to Anna.")
    assert [one.type for one in added.format_messages(**GERMAN, name="A", notes=BEFORE)] == [
        "system",
        "human",
        "human",
        "ai",
        "human",
    ]


class Invoice(BaseModel):
    total: float


INVOICE = "فاتورة رقم 7: المجموع ١٢٫٥"


@pytest.mark.parametrize(
    "said",
    [
        '{"answer": {"total": "١٢٫٥"}}',
        Invoice(total=12.5),
        {"total": 12.5},
        {"raw": AIMessage(""), "parsed": Invoice(total=12.5), "parsing_error": None},
        {"raw": AIMessage('{"total": 12.5}'), "parsed": None, "parsing_error": ValueError("x")},
    ],
    ids=["text", "object", "dict", "raw and object", "raw alone"],
)
def test_an_object_is_read_also_from_with_structured_output(said):
    model = RunnableLambda(lambda value: said)
    chain = xlt_chain(model, "extraction", output=Invoice, language="ar")
    assert chain.invoke(INVOICE).parsed == Invoice(total=12.5)
    assert asyncio.run(chain.ainvoke(INVOICE)).parsed == Invoice(total=12.5)


def test_a_task_that_needs_an_output_says_so():
    with pytest.raises(InputError, match="needs output="):
        xlt_chain(says("x"), "extraction")


def test_tools_bound_to_the_model_are_called():
    call = AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1}, "id": "1"}])
    answer = xlt_chain(RunnableLambda(lambda value: call), "mgsm").invoke(GERMAN)
    assert (answer.value, answer.flags) == (None, {"tool_call"})
