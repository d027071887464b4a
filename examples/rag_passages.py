"""Answers from English passages to questions in any language, with the passages cited.

OPENAI_API_KEY=... python examples/rag_passages.py openai:gpt-4o-mini "Dhamana ni ya muda gani?"
"""

import sys
from collections.abc import Sequence
from typing import Any

import xlt

PASSAGES = (
    "The warranty lasts two years from the day of purchase.",
    "Returns are free for 30 days; after that the customer pays the postage.",
)


def answer(model: Any, question: str, passages: Sequence[str] = PASSAGES) -> xlt.Answer:
    inputs = {"question": question, "passages": list(passages), "citations": "yes"}
    return xlt.ask("rag", inputs, model=model, candidates=["en", "hi", "sw", "ar"])


if __name__ == "__main__":
    found = answer(sys.argv[1], sys.argv[2])
    print(found.value, *found.faults, sep="\n")
