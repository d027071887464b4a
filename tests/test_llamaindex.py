"""xlt in LlamaIndex: what its query engine asks any LLM and reads back, with a stand-in LLM."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

import xlt
from xlt.errors import InputError

pytest.importorskip("llama_index.core")

from llama_index.core.llms import (  # noqa: E402
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CustomLLM,
    LLMMetadata,
)
from llama_index.core.retrievers import BaseRetriever  # noqa: E402
from llama_index.core.schema import NodeWithScore, TextNode  # noqa: E402
from llama_index.core.tools import QueryEngineTool  # noqa: E402

from xlt.llamaindex import XLTQueryEngine  # noqa: E402

QUESTION = "Je, dhamana hudumu kwa muda gani?"
PASSAGES = ["The warranty lasts two years.", "Returns are free for 30 days."]
PROBLEM = "Juma ana mayai 16. Anakula 3."


class Scripted(CustomLLM):
    """Says what it is told to, and keeps what it was asked."""

    replies: list[Any]
    asked: list[Any] = []

    @property
    def metadata(self):
        return LLMMetadata(is_chat_model=True)

    def chat(self, messages, **settings):
        self.asked.append([(one.role.value, one.content) for one in messages])
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, ChatResponse):
            return reply
        return ChatResponse(message=ChatMessage(role="assistant", content=reply))

    def complete(self, prompt, formatted=False, **settings):
        return CompletionResponse(text="")

    def stream_complete(self, prompt, formatted=False, **settings):
        raise NotImplementedError


class Found(BaseRetriever):
    def _retrieve(self, query_bundle):
        return [NodeWithScore(node=TextNode(text=one), score=0.5) for one in PASSAGES]


def asked(prompt):
    return [(one["role"], one["content"]) for one in prompt.messages]


def test_a_query_is_answered_from_the_retrievers_passages_in_its_language():
    llm = Scripted(replies=["Answer: Dhamana hudumu miaka miwili [1]."])
    options = {"candidates": ["sw", "en"]}
    engine = XLTQueryEngine(llm=llm, retriever=Found(), options=options)
    response = engine.query(QUESTION)
    prompt = xlt.compose("rag", {"question": QUESTION, "passages": PASSAGES}, **options)
    assert llm.asked == [asked(prompt)]
    assert str(response) == "Dhamana hudumu miaka miwili [1]."
    assert [one.text for one in response.source_nodes] == PASSAGES
    assert response.metadata["status"] == "anchored"


def test_a_query_can_be_awaited():
    llm = Scripted(replies=["Answer: Miaka miwili."])
    engine = XLTQueryEngine(llm=llm, retriever=Found(), options={"language": "sw"})
    assert str(asyncio.run(engine.aquery(QUESTION))) == "Miaka miwili."


def test_a_task_of_one_text_needs_no_retriever():
    llm = Scripted(replies=["Antwort: 1.234"])
    engine = XLTQueryEngine(llm=llm, task="mgsm", options={"language": "de"})
    response = engine.query("Anna hat 5 Äpfel.")
    assert (str(response), response.metadata["value"]) == ("1.234", 1234)


def test_a_strategy_of_several_calls_asks_them_all():
    llm = Scripted(replies=["Juma has 16 eggs. He eats 3.", "Answer: 13"])
    options = {"language": "sw", "strategy": "self_translate"}
    response = XLTQueryEngine(llm=llm, task="mgsm", options=options).query(PROBLEM)
    assert response.metadata["value"] == 13
    assert len(llm.asked) == 2
    assert "He eats 3." in llm.asked[1][-1][1]


def test_why_a_reply_ended_and_what_it_cost_comes_from_the_providers_response():
    raw = SimpleNamespace(
        choices=[{"message": {"content": "Answer: 13"}, "finish_reason": "length"}],
        usage={"prompt_tokens": 70, "completion_tokens": 9},
    )
    message = ChatMessage(role="assistant", content="Answer: 13")
    llm = Scripted(replies=[ChatResponse(message=message, raw=raw)])
    options = {"language": "sw"}
    found = XLTQueryEngine(llm=llm, task="mgsm", options=options).query(PROBLEM).metadata
    assert (found["value"], found["flags"]) == (13, ["truncated"])
    assert found["usage"] == {"input_tokens": 70, "output_tokens": 9, "calls": 1}


def test_an_answer_that_is_not_found_is_said_so():
    llm = Scripted(replies=["I cannot tell."])
    response = XLTQueryEngine(llm=llm, task="mgsm", options={"language": "sw"}).query(PROBLEM)
    assert (response.response, response.metadata["status"]) == ("", "none")


def test_it_is_a_tool_of_an_agent():
    llm = Scripted(replies=["Answer: Miaka miwili."])
    engine = XLTQueryEngine(llm=llm, retriever=Found(), options={"language": "sw"})
    tool = QueryEngineTool.from_defaults(engine, name="documents", description="The shop's pages.")
    assert tool.call(QUESTION).content == "Miaka miwili."


def test_a_task_of_two_texts_is_refused():
    engine = XLTQueryEngine(llm=Scripted(replies=[""]), task="xnli", options={"language": "sw"})
    with pytest.raises(InputError, match="hypothesis"):
        engine.query("Paka amelala.")
