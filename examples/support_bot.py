"""A support bot in LangGraph that remembers each thread and answers in the customer's language.

OPENAI_API_KEY=... python examples/support_bot.py openai:gpt-4o-mini
"""

import sys
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

import xlt
from xlt.conversations import conversation

SHOP = "You help the customers of a bookshop. Orders take five days. Returns are free for 30 days."
LANGUAGES = ("en", "es", "sw", "hi")


def support_bot(model: Any) -> Any:
    """Return the graph; `model` is anything that `xlt.ask` takes."""

    def answer(state: MessagesState) -> dict[str, Any]:
        *before, last = state["messages"]
        thread = conversation(
            before, task="chat", system=SHOP, candidates=LANGUAGES, default_language="en"
        )
        said = last.text
        language = thread.language_of(said)
        found = xlt.ask("chat", said, model=model, language=language, system=SHOP, history=before)
        return {"messages": [AIMessage(found.require())]}

    graph = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
    return graph.compile(checkpointer=InMemorySaver())


if __name__ == "__main__":
    bot, thread = support_bot(sys.argv[1]), {"configurable": {"thread_id": "1"}}
    for line in sys.stdin:
        state = bot.invoke({"messages": [("user", line.strip())]}, thread)
        print(state["messages"][-1].content)
