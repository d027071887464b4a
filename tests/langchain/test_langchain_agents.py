"""`XLTMiddleware`: what an agent's model is sent, and what comes back."""

import asyncio

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

import xlt
from xlt.errors import InputError, UnknownName

agents = pytest.importorskip("langchain.agents")

ORDER = "¿Dónde está mi pedido? Lo compré hace dos semanas."
ANSWERED = "Retelling: Where is the order?\nAnswer: Su pedido sale mañana."
CALL = AIMessage("", tool_calls=[{"name": "find_order", "args": {"number": 7}, "id": "1"}])


class Model(GenericFakeChatModel):
    """Says its messages in turn, and notes what it is sent."""

    def bind_tools(self, tools, **kwargs):
        return self

    def _generate(self, messages, *args, **kwargs):
        SENT.append(messages)
        return super()._generate(messages, *args, **kwargs)


SENT = []


def find_order(number: int) -> str:
    """Find an order."""
    return f"order {number}: packed"


def run(messages, *said, system=None, response_format=None, how="sync", **settings):
    """Return the messages of an agent's state in the end, and those its model was sent."""
    from xlt.langchain import XLTMiddleware

    SENT.clear()
    agent = agents.create_agent(
        Model(messages=iter(AIMessage(one) if isinstance(one, str) else one for one in said)),
        [find_order],
        system_prompt=system,
        response_format=response_format,
        middleware=[XLTMiddleware(**settings)],
    )
    state = {"messages": messages}
    end = agent.invoke(state) if how == "sync" else asyncio.run(agent.ainvoke(state))
    return end["messages"], [*SENT]


@pytest.mark.parametrize("how", ["sync", "async"])
def test_the_prompt_is_sent_and_the_answer_comes_back(how):
    state, sent = run([("user", ORDER)], ANSWERED, how=how, strategy="xlt")
    prompt = xlt.compose("chat", ORDER, strategy="xlt")
    assert sent == [[HumanMessage(prompt.text)]]
    assert [one.text for one in state] == [ORDER, "Su pedido sale mañana."]
    told = state[-1].response_metadata["xlt"]
    assert (told["status"], told["language"]) == ("anchored", "es")
    assert told["signature"] == prompt.signature


def test_tools_are_called_in_between_and_the_system_text_is_one():
    state, sent = run(
        [("user", ORDER)],
        CALL,
        ANSWERED,
        system="You help the customers of a bookshop.",
        strategy="xlt",
        layout="system+user",
    )
    assert [one.type for one in state] == ["human", "ai", "tool", "ai"]
    assert [one.type for one in sent[1]] == ["system", "human", "ai", "tool"]
    assert sent[1][:2] == sent[0]
    assert sent[0][0].text.startswith(
        "You help the customers of a bookshop.\n\nI want you to act as"
    )
    assert sent[1][3].text == "order 7: packed"
    assert state[-1].text == "Su pedido sale mañana."


def test_each_message_is_asked_in_the_threads_language():
    before = [("user", ORDER), ("ai", "Sale mañana.")]
    _, sent = run([*before, ("user", "ok")], "De nada.")
    assert [one.text for one in sent[0][:2]] == [ORDER, "Sale mañana."]
    assert sent[0][2].text.startswith("ok\n")
    assert "Spanish" in sent[0][2].text
    _, sent = run(
        [*before, ("user", "Oda yangu iko wapi? Nilinunua wiki mbili zilizopita.")], "Kesho."
    )
    assert "Swahili" in sent[0][2].text
    _, sent = run([("user", ORDER)], "Demain.", target_language="fr")
    assert "French" in sent[0][0].text


def test_a_message_in_no_language_is_sent_as_it_is_or_in_the_default_one():
    _, sent = run([("user", "12 + 4 = ?")], "16")
    assert sent == [[HumanMessage("12 + 4 = ?", id=sent[0][0].id)]]
    _, sent = run([("user", "12 + 4 = ?")], "16", default_language="sw")
    assert "Swahili" in sent[0][0].text


def test_a_reply_without_an_answer_stays():
    state, _ = run([("user", "Juma ana mayai 16. Anakula 3.")], "Hm.", task="mgsm", language="sw")
    assert state[-1].text == "Hm."
    assert state[-1].response_metadata["xlt"]["status"] == "none"


def test_pictures_stay_beside_the_prompt():
    picture = {"type": "image", "url": "https://example.com/receipt.png"}
    asked = HumanMessage([{"type": "text", "text": ORDER}, picture])
    _, sent = run([asked], ANSWERED)
    assert sent[0][0].content[0] == picture
    assert sent[0][0].content[1]["text"].startswith(ORDER)


def test_a_structured_response_is_left_alone():
    from pydantic import BaseModel

    class Order(BaseModel):
        number: int

    called = AIMessage("", tool_calls=[{"name": "Order", "args": {"number": 7}, "id": "1"}])
    state, sent = run(
        [("user", ORDER)], called, response_format=agents.structured_output.ToolStrategy(Order)
    )
    assert sent[0][0].text == ORDER
    assert state[0].text == ORDER


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"task": "xnli"}, InputError, "several input fields"),
        ({"task": "chta"}, UnknownName, "Did you mean"),
        ({"strategy": "xlt", "stpes": ["x"]}, UnknownName, "stpes"),
        ({"strategy": "clp"}, InputError, "more than one call"),
    ],
)
def test_wrong_settings_are_told_when_it_is_made(settings, error, message):
    from xlt.langchain import XLTMiddleware

    with pytest.raises(error, match=message):
        XLTMiddleware(**settings)


def test_without_langchain_it_names_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "langchain.agents.middleware", None)
    monkeypatch.delitem(sys.modules, "xlt.langchain.middleware", raising=False)
    monkeypatch.delitem(vars(sys.modules["xlt.langchain"]), "XLTMiddleware", raising=False)
    with pytest.raises(xlt.XLTError, match=r'pip install "xlt\[langchain\]"'):
        from xlt.langchain import XLTMiddleware  # noqa: F401


def test_the_system_message_of_a_request_is_kept_where_the_prompt_has_none():
    _, sent = run([("user", ORDER)], ANSWERED, system="You help.")
    assert sent[0][0] == SystemMessage("You help.")
