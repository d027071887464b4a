"""What sends a prompt to a model: servers, providers through LangChain, a local model, replays.

>>> import xlt
>>> from xlt.backends import Scripted, ask
>>> prompt = xlt.compose("mgsm", "3 + 4?", language="en")
>>> prompt.parse(ask(Scripted(["Answer: 7"]), prompt).text).value
7
"""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late

if TYPE_CHECKING:
    from xlt.backends.backend import Backend, SimpleBackend, ask, follow, send
    from xlt.backends.choosing import Choice, choose_backend
    from xlt.backends.langchain_chat import LangChainChat
    from xlt.backends.local import local_model, stop_servers
    from xlt.backends.openai_compatible import OpenAICompatible
    from xlt.backends.redaction import redacted
    from xlt.backends.replay import Recorder, Replay, Scripted
    from xlt.backends.retrying import Retries

__all__ = [
    "Backend",
    "Choice",
    "LangChainChat",
    "OpenAICompatible",
    "Recorder",
    "Replay",
    "Retries",
    "Scripted",
    "SimpleBackend",
    "ask",
    "choose_backend",
    "follow",
    "local_model",
    "redacted",
    "send",
    "stop_servers",
]

_MODULES = {
    "backend": "Backend SimpleBackend ask follow send",
    "choosing": "Choice choose_backend",
    "langchain_chat": "LangChainChat",
    "local": "local_model stop_servers",
    "openai_compatible": "OpenAICompatible",
    "redaction": "redacted",
    "replay": "Recorder Replay Scripted",
    "retrying": "Retries",
}

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    __getattr__, __dir__ = load_late(__name__, homes_of(_MODULES))
