"""An app as a type checker sees it: `scripts/check` runs mypy --strict and pyright over this file.

Nothing here is run. A line that must be an error says so by its `type: ignore`: where the error
goes away, the checkers complain of a comment that is not needed.
"""

from functools import partial
from typing import Any, assert_type

from anthropic import Anthropic
from langchain_core.language_models import BaseChatModel
from openai import OpenAI
from pydantic import BaseModel

import xlt
from xlt.backends import OpenAICompatible
from xlt.langchain import XLTAnswerParser, XLTChain, XLTMiddleware, XLTPrompt, xlt_chain, xlt_node


class Invoice(BaseModel):
    total: float


def openai_sdk(client: OpenAI) -> xlt.Answer:
    prompt = xlt.compose("mgsm", "Juma ana mayai 16.", language="sw", steps=["role assigning"])
    assert_type(prompt, xlt.Prompt)
    call = client.chat.completions.create(model="gpt-4o-mini", messages=prompt.messages)
    again = client.chat.completions.create(model="gpt-4o-mini", **prompt.to("openai"))
    return prompt.parse(call if again is None else again)


def anthropic_sdk(client: Anthropic) -> xlt.Answer:
    prompt = xlt.compose("mgsm", "Juma ana mayai 16.", layout="system+user", guard="delimit")
    message = client.messages.create(model="m", max_tokens=1000, **prompt.to("anthropic"))
    return prompt.parse(message)


def options() -> None:
    xlt.compose("mgsm", "x", stpes=["role assigning"])  # type: ignore[call-arg]
    xlt.compose("mgsm", "x", layout="system")  # type: ignore[arg-type]
    xlt.plan("mgsm", "x", strategy="clsp", pivots=["en", "de"], early_stop=True, quorum=2)
    xlt.plan("mgsm", "x", strategy="clsp", pivot=3)  # type: ignore[arg-type]
    others: dict[str, Any] = {"its_option": 1}
    xlt.plan("mgsm", "x", strategy="of_a_package", **others)
    xlt.ask("mgsm", "x", model="local", model_class="reasoning", max_tokens=200)
    xlt.ask("mgsm", "x", model="local", temprature=0)  # type: ignore[call-arg]


def asked(client: OpenAI) -> str:
    create = partial(client.chat.completions.create, model="gpt-4o-mini")
    answer = xlt.ask("extraction", "Jumla: 12", model=create, output=Invoice, repair=True)
    assert_type(answer, xlt.Answer)
    return f"{answer.require()} {answer.status} {answer.flags}"


def server() -> xlt.Answer:
    return xlt.ask("mgsm", "3 + 4", model=OpenAICompatible("http://127.0.0.1:8080", "qwen3"))


def langchain(model: BaseChatModel) -> None:
    chain = xlt_chain(model, "mgsm", language="sw", rephrase="repeat")
    assert_type(chain, XLTChain)
    assert_type(chain.invoke("Juma ana mayai 16."), xlt.Answer)
    xlt_chain(model, "mgsm", rephrse="repeat")  # type: ignore[call-arg]
    xlt_node(model, "chat", history_key="messages", output_key="said")
    XLTPrompt(task="mgsm", layout="system+user", steps=["role assigning"])
    XLTPrompt(task="mgsm", stpes=["role assigning"])  # type: ignore[call-arg]
    XLTMiddleware("chat", default_language="en", layout="system+user")
    XLTPrompt(task="mgsm") | model | XLTAnswerParser(task="mgsm")


def thread() -> str:
    conversation = xlt.Conversation("chat", system="You sell books.")
    prompt = conversation.compose("¿Dónde está mi pedido?", strategy="xlt", rephrase="repeat")
    return conversation.add(prompt, "Sale mañana.").messages[0].content
