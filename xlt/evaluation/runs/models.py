"""The model of a run: by name, as your own object, or a recording."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

from xlt.backends.backend import Backend
from xlt.backends.choosing import BASE_MODEL, KEY_VARIABLE, OWN_KINDS, Choice, choose_backend
from xlt.backends.langchain_chat import LangChainChat
from xlt.backends.retrying import Retries
from xlt.errors import InputError
from xlt.evaluation.runs.replaying import open_recording
from xlt.evaluation.runs.replies import Live, Replies, RunnableModel
from xlt.evaluation.runs.spec import RunSpec, qualified_name

RETRIES = 6
"""How often a run tries a call again: it has time, and nobody waits for the single reply."""
_LANGCHAIN = "langchain:"


def replies_of(
    spec: RunSpec, *, config: str = "", notify: Callable[[str], None] | None = None
) -> Replies:
    """Return what gives the replies of a run: its recording, or its model by name.

    Names are those of `xlt ask -m`, and `langchain:provider:name` (init_chat_model),
    `langchain:module:attribute` (a chat model, runnable or function there), `provider/name`
    (Inspect's get_model; without a base_url). Raises InputError, MissingExtra.
    """
    if spec.replay is not None:
        return open_recording(spec.replay, few_shot=spec.model == BASE_MODEL)
    given = 0.0 if spec.temperature is None else spec.temperature
    choice = Choice(
        model=spec.model,
        base_url=spec.base_url,
        key_variable=spec.key_env or KEY_VARIABLE,
        temperature=None if isinstance(given, str) else given,
        max_tokens=spec.max_tokens,
        timeout=spec.timeout,
        max_concurrency=spec.max_concurrency,
    )
    return _chosen(choice, spec.temperature is None, config, notify)


def _chosen(
    choice: Choice, paper_sampling: bool, config: str, notify: Callable[[str], None] | None
) -> Replies:
    name = choice.model or ""
    if name.startswith(_LANGCHAIN):
        return _langchain(name.removeprefix(_LANGCHAIN), choice, paper_sampling)
    kind, colon, _ = name.partition(":")
    if not choice.base_url and "/" in name and not colon:
        from xlt.evaluation.runs.inspect_model import InspectModel

        return InspectModel.of_name(
            name,
            temperature=choice.temperature,
            max_tokens=choice.max_tokens,
            timeout=choice.timeout,
            retries=RETRIES,
            paper_sampling=paper_sampling,
        )
    if not choice.base_url and colon and kind not in OWN_KINDS:
        return Live(_provider(name, choice), paper_sampling)
    backend = choose_backend(choice, config=config, notify=notify)
    return Live(backend.with_retries(Retries(RETRIES)), paper_sampling, choice.base_url or None)


def as_replies(model: Any) -> Replies:
    """Return what gives the replies of a model: a name, a backend, a LangChain model, a function.

    Raises InputError for anything else.
    """
    if isinstance(model, str):
        return _chosen(Choice(model=model, temperature=0.0, timeout=300.0), True, "", None)
    if hasattr(model, "reply") and hasattr(model, "holds"):
        recorded: Replies = model
        return recorded
    if hasattr(model, "stream") and hasattr(model, "few_shot"):
        backend: Backend = model
        return Live(backend)
    return _of_object(model, _name_of(model), Choice(), paper_sampling=True)


def _name_of(model: Any) -> str:
    """Return what tells a model from others of its kind: runs of one name share a folder."""
    for name in ("model_name", "model"):  # of LangChain's
        if isinstance(named := getattr(model, name, None), str):
            return named
    return qualified_name(model) if hasattr(model, "__qualname__") else type(model).__name__


def _provider(name: str, choice: Choice) -> Backend:
    return LangChainChat.of_name(
        name,
        temperature=choice.temperature,
        max_tokens=choice.max_tokens,
        timeout=choice.timeout,
        retries=Retries(RETRIES),
    )


def _langchain(name: str, choice: Choice, paper_sampling: bool) -> Replies:
    module, colon, attribute = name.partition(":")
    if not colon or not module or not attribute:
        raise InputError(
            "Write langchain:provider:name (langchain:openai:gpt-4o-mini) or "
            "langchain:module:attribute (langchain:my_app.models:chat).",
            field="model",
        )
    found = _imported(module, attribute)
    if found is None:
        try:
            return Live(_provider(name, choice), paper_sampling)
        except InputError as error:
            message = f"No module {module} with a {attribute} is here, nor a provider: {error}"
            raise InputError(message, field="model") from error
    return _of_object(found, f"{_LANGCHAIN}{name}", choice, paper_sampling=paper_sampling)


def _imported(module: str, attribute: str) -> Any:
    """Return an attribute of a module that the current folder or Python's path holds, or None."""
    if not attribute.isidentifier():
        return None
    here = os.getcwd()
    sys.path.insert(0, here)
    try:
        return getattr(importlib.import_module(module), attribute, None)
    except ModuleNotFoundError as error:
        if error.name is not None and module.startswith(error.name):
            return None  # a provider of that name is not a module of that name
        raise InputError(f"{module} cannot be imported: {error}.", field="model") from error
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise InputError(f"{module} cannot be imported: {why}.", field="model") from error
    finally:
        sys.path.remove(here)


def _of_object(found: Any, name: str, choice: Choice, *, paper_sampling: bool) -> Replies:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    if isinstance(found, BaseChatModel):
        return Live(LangChainChat(name, found, choice.timeout), paper_sampling)
    if isinstance(found, Runnable) or callable(found):
        return RunnableModel.of(found, name, choice.timeout)
    raise InputError(
        f"{name} is {type(found).__name__}; a model is a name, a backend of xlt, a LangChain "
        "chat model or runnable, or a function of the prompt.",
        field="model",
    )
