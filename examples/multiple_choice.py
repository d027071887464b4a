"""A four-choice question in Bengali, answered with an option's letter and words.

OPENAI_API_KEY=... python examples/multiple_choice.py openai:gpt-4o-mini
"""

import sys
from typing import Any

import xlt

QUESTION = "বাংলাদেশের রাজধানী কোনটি?"
OPTIONS = ("খুলনা", "ঢাকা", "সিলেট", "রাজশাহী")


def choose(model: Any, question: str = QUESTION, options: tuple[str, ...] = OPTIONS) -> str:
    """Return the option as "B. ঢাকা"."""
    inputs = {"question": question, "options": options}
    number = xlt.ask("multiple_choice", inputs, model=model).require()
    return f"{'ABCDEFGH'[number - 1]}. {options[number - 1]}"


if __name__ == "__main__":
    print(choose(sys.argv[1]))
