"""xlt in LangChain: a prompt template, a parser, an agent's middleware, a runnable for all."""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

if TYPE_CHECKING:
    from xlt.langchain.chain import XLTChain, xlt_chain, xlt_node
    from xlt.langchain.exchange import AnswerChunk
    from xlt.langchain.middleware import XLTMiddleware
    from xlt.langchain.parser import XLTAnswerParser
    from xlt.langchain.prompt import XLTPrompt, XLTPromptValue

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

_MODULES = {
    "parser": "XLTAnswerParser",
    "chain": "XLTChain xlt_chain xlt_node",
    "exchange": "AnswerChunk",
    "middleware": "XLTMiddleware",
    "prompt": "XLTPrompt XLTPromptValue",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
