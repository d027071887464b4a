"""XLT in LlamaIndex: `XLTQueryEngine`, which answers from a retriever's passages by any LLM."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from xlt.answers.answer import Answer
from xlt.composing import plan
from xlt.errors import InputError, MissingExtra
from xlt.files.templates import TemplateFiles
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.reply import Reply
from xlt.running import arun, run
from xlt.strategies.strategy import Plan

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.response.schema import Response
    from llama_index.core.llms import LLM, ChatMessage, ChatResponse
    from llama_index.core.query_engine import CustomQueryEngine
    from llama_index.core.schema import NodeWithScore
except ModuleNotFoundError as error:
    raise MissingExtra("xlt.llamaindex", "llama-index") from error

__all__ = ["XLTQueryEngine"]


class XLTQueryEngine(CustomQueryEngine):
    """Answers a query by the prompt of a task, in the query's language.

    The query is the task's one text; `retriever` finds the passages of a task that takes them.
    `options` are those of `xlt.plan`. The response's `metadata` is the answer as JSON.

        XLTQueryEngine(llm=llm, retriever=index.as_retriever(), options={"candidates": ["sw"]})
    """

    llm: LLM
    task: str = "rag"
    retriever: BaseRetriever | None = None
    options: dict[str, Any] = {}

    def custom_query(self, query_str: str) -> Response:
        """Return the response to a query, with the passages it was answered from."""
        nodes = self.retriever.retrieve(query_str) if self.retriever else []
        made = _plan(self, query_str, nodes)
        return _response(run(made, lambda one: _read(self.llm.chat(_messages(one)))), nodes)

    async def acustom_query(self, query_str: str) -> Response:
        """Like `custom_query`, without blocking the event loop."""
        nodes = await self.retriever.aretrieve(query_str) if self.retriever else []

        async def ask(prompt: Prompt) -> Reply:
            return _read(await self.llm.achat(_messages(prompt)))

        return _response(await arun(_plan(self, query_str, nodes), ask), nodes)


def _plan(engine: XLTQueryEngine, query: str, nodes: list[NodeWithScore]) -> Plan:
    """Return the plan: the query is the first text needed, the passages the list needed."""
    task = get_task(engine.task, TemplateFiles.at(engine.options.get("templates")))
    needed = {one.many: one.name for one in reversed(task.inputs) if not one.optional}
    values = {False: query, True: nodes}
    return plan(task, {name: values[many] for many, name in needed.items()}, **engine.options)


def _messages(prompt: Prompt) -> list[ChatMessage]:
    return [ChatMessage(**one) for one in prompt.messages]


def _read(response: ChatResponse) -> Reply:
    """Return what was said; why it ended and what it cost is in the provider's own response."""
    said = Reply.of(response)
    with suppress(InputError):
        return replace(Reply.of(response.raw), text=said.text)
    return said


def _response(answer: Answer, nodes: list[NodeWithScore]) -> Response:
    return Response(answer.text, nodes, answer.to_json())
