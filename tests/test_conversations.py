"""`xlt.Conversation`: what was said comes along, and the language changes only with the user."""

import pickle

import pytest

import xlt
from xlt.conversations import conversation
from xlt.errors import InputError, LanguageNotDetected

SPANISH = "¿Dónde está mi pedido? Lo compré hace dos semanas."
HINDI = "मेरा ऑर्डर कब आएगा? मैंने दो हफ़्ते पहले ख़रीदा था।"
SWAHILI = "Agizo langu liko wapi? Nililinunua wiki mbili zilizopita."


def started(message=SPANISH, reply="Sale mañana.", **about):
    thread = xlt.Conversation("chat", **about)
    return thread.add(thread.compose(message), reply)


@pytest.mark.parametrize(
    ("first", "then", "language"),
    [
        (SPANISH, "ok", "es"),
        (SPANISH, "12345", "es"),
        (SPANISH, "gracias", "es"),
        (SPANISH, "iPhone 15", "es"),
        (SPANISH, SWAHILI, "sw"),
        (SPANISH, HINDI, "hi"),
        (SPANISH, "ठीक है", "hi"),
        (HINDI, "OK thanks", "hi"),
        (HINDI, "Please answer me in English from now on, my friend.", "en"),
        (SWAHILI, "sawa", "sw"),
    ],
)
def test_the_language_changes_only_with_the_user(first, then, language):
    assert started(first).compose(then).language.tag == language


def test_what_was_said_is_in_front_in_the_users_own_words():
    thread = started(system="You help the customers of a bookshop.")
    messages = thread.compose("¿Y el otro?").messages
    assert [(one["role"], one["content"]) for one in messages[:3]] == [
        ("system", "You help the customers of a bookshop."),
        ("user", SPANISH),
        ("assistant", "Sale mañana."),
    ]
    assert "¿Y el otro?" in messages[-1]["content"]


def test_a_first_message_that_tells_nothing():
    with pytest.raises(LanguageNotDetected):
        xlt.Conversation("chat").compose("12345")
    thread = xlt.Conversation("chat", default_language="sw")
    assert thread.compose("12345").language.tag == "sw"
    thread = thread.add(thread.compose("12345"), "Karibu!")
    assert thread.compose("678").language.tag == "sw"


def test_a_language_that_is_given_holds():
    thread = started(language="es", message="hola")
    assert thread.compose(SWAHILI).language.tag == "es"


def test_a_thread_travels_and_never_changes():
    thread = started()
    assert pickle.loads(pickle.dumps(thread)) == thread
    longer = thread.add(thread.compose("ok"), "De nada.")
    assert (len(thread.messages), len(longer.messages)) == (2, 4)


def test_a_thread_out_of_messages_alone():
    from langchain_core.messages import AIMessage, HumanMessage

    said = [
        HumanMessage(SPANISH),
        AIMessage("Sale mañana."),
        HumanMessage("ok"),
        AIMessage("Bien."),
    ]
    thread = conversation(said, task="chat", system="Be brief.")
    assert thread.compose("12").language.tag == "es"
    assert [one["role"] for one in thread.compose("12").messages] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip


def test_an_answer_is_a_reply_and_nothing_is_not():
    thread = xlt.Conversation("chat")
    prompt = thread.compose(SPANISH)
    answer = prompt.parse("Sale mañana.")
    assert thread.add(prompt, answer).messages[-1].content == "Sale mañana."
    with pytest.raises(InputError, match="prompt must be what compose .* returned, not str"):
        xlt.Conversation("chat").add("Hello", "Hello!")
    with pytest.raises(InputError, match="reply must be the text"):
        thread.add(prompt, prompt.parse(""))


def test_options_of_the_thread():
    thread = xlt.Conversation("chat", options={"strategy": "xlt"}, candidates=["es", "sw"])
    assert thread.compose(SPANISH).strategy == "xlt"
    assert thread.compose(SPANISH, strategy="basic").strategy == "basic"
