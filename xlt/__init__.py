"""xlt: cross-lingual prompts for any chat model, and typed answers in any script.

Composes the Cross-Lingual-Thought prompt (XLT; Huang et al. 2023, arXiv 2305.07004) for a task
and a language, ready for any chat model, and reads a typed answer back.
"""

from typing import TYPE_CHECKING

from xlt.late_names import homes_of, load_late
from xlt.version import __version__

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.answers.reply_language import LanguageCheck, check_language
    from xlt.asking import aask, ask
    from xlt.building import build_demonstrations
    from xlt.calibration import calibrate
    from xlt.composing import compose, parse, plan
    from xlt.conversations import Conversation
    from xlt.demonstrations import Demonstration
    from xlt.detection import detect_language
    from xlt.errors import XLTError
    from xlt.languages import Language
    from xlt.prompt import Prompt
    from xlt.registry import get_task, tasks
    from xlt.reply import Reply, Usage
    from xlt.request_inspection import RequestWarning, inspect_request
    from xlt.running import arun, run
    from xlt.saved_plan import SavedPlan
    from xlt.strategies.auto import explain
    from xlt.task import Task

__all__ = [
    "Answer",
    "Conversation",
    "Demonstration",
    "Language",
    "LanguageCheck",
    "Prompt",
    "Reply",
    "RequestWarning",
    "SavedPlan",
    "Task",
    "Usage",
    "XLTError",
    "__version__",
    "aask",
    "arun",
    "ask",
    "build_demonstrations",
    "calibrate",
    "check_language",
    "compose",
    "detect_language",
    "explain",
    "get_task",
    "inspect_request",
    "parse",
    "plan",
    "run",
    "tasks",
]

# A public name is loaded when it is first asked for: pydantic, Jinja and YAML take longer to
# import than most programs that only mention xlt, and each page of the CLI's help, should wait.
_HOMES = homes_of(
    {
        "answers.answer": "Answer",
        "answers.reply_language": "LanguageCheck check_language",
        "asking": "aask ask",
        "building": "build_demonstrations",
        "calibration": "calibrate",
        "composing": "compose parse plan",
        "conversations": "Conversation",
        "demonstrations": "Demonstration",
        "detection": "detect_language",
        "errors": "XLTError",
        "languages": "Language",
        "prompt": "Prompt",
        "registry": "get_task tasks",
        "reply": "Reply Usage",
        "request_inspection": "RequestWarning inspect_request",
        "running": "arun run",
        "saved_plan": "SavedPlan",
        "strategies.auto": "explain",
        "task": "Task",
    }
)

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one that is loaded late
    _load, __dir__ = load_late(__name__, _HOMES)

    def __getattr__(name: str) -> object:
        """Load a public name, or a module of xlt (`xlt.langchain`), when it is first used."""
        from importlib import import_module

        if name not in _HOMES and not name.startswith("_"):
            try:
                return import_module(f"xlt.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"xlt.{name}":
                    raise
        return _load(name)
