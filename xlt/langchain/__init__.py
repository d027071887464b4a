"""xlt in LangChain: a prompt template, a parser, an agent's middleware, a runnable for all."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlt.langchain.chain import XLTChain, xlt_chain, xlt_node
    from xlt.langchain.middleware import XLTMiddleware
    from xlt.langchain.parser import XLTAnswerParser
    from xlt.langchain.prompt import XLTPrompt, XLTPromptValue
    from xlt.langchain.streaming import AnswerChunk

__all__ = [
    "AnswerChunk",
    "XLTAnswerParser",
    "XLTChain",
    "XLTMiddleware",
    "XLTPrompt",
    "XLTPromptValue",
    "xlt_chain",
    "xlt_node",
]

# Loaded when first used: threads that import the package and its modules at once would wait for
# each other's import locks.
_HOMES = {
    "AnswerChunk": "streaming",
    "XLTAnswerParser": "parser",
    "XLTChain": "chain",
    "XLTMiddleware": "middleware",
    "XLTPrompt": "prompt",
    "XLTPromptValue": "prompt",
    "xlt_chain": "chain",
    "xlt_node": "chain",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used."""
        if name not in _HOMES:
            raise AttributeError(f"module 'xlt.langchain' has no attribute {name!r}")
        found = getattr(import_module(f"xlt.langchain.{_HOMES[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
