"""A LangGraph graph with a chain as a node: solve a question, then say the answer.

python examples/langgraph_node.py                       with a stand-in for a model
python examples/langgraph_node.py openai:gpt-4o-mini    with a real one
"""

import sys
from typing import TypedDict

from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langgraph.graph import END, START, StateGraph

from xlt import Answer
from xlt.langchain import xlt_node

REPLY = "Retelling: James runs 9 sprints of 60 metres a week.\n9 * 60 = 540\nAnswer: 540"


class State(TypedDict, total=False):
    problem: str
    language: str
    answer: Answer
    said: str


class Solved(TypedDict):
    """What the second node reads of the state."""

    answer: Answer


def say(state: Solved) -> State:
    return {"said": f"It is {state['answer'].require()}."}


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else FakeListChatModel(responses=[REPLY])
    builder = StateGraph(State)
    # The chain reads the task's fields and the language out of the state and leaves the rest.
    builder.add_node("solve", xlt_node(model, "mgsm"))
    builder.add_node("say", say)
    builder.add_edge(START, "solve")
    builder.add_edge("solve", "say")
    builder.add_edge("say", END)
    graph = builder.compile()
    question = "詹姆斯决定每周跑 3 次 3 段冲刺，每段冲刺跑 60 米。他每周一共跑多少米？"
    print(graph.invoke({"problem": question, "language": "zh"})["said"])


if __name__ == "__main__":
    main()
