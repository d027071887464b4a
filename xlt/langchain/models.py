"""Turning what a caller passes as the model into a runnable; names through init_chat_model."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda

from xlt.errors import InputError
from xlt.providers import missing_package


def as_model(model: Any) -> Runnable[Any, Any]:
    """Return the runnable of a model: itself, a function, or a name as "openai:gpt-4o-mini".

    Raises MissingExtra where a name needs a package that is not installed.
    """
    if isinstance(model, Runnable):
        return model
    if isinstance(model, str):
        return _by_name(model)
    if callable(model):
        return RunnableLambda(model)
    raise InputError(
        "The model must be a LangChain model or runnable, a function, or a name such as "
        f"'openai:gpt-4o-mini', not {type(model).__name__}."
    )


def _by_name(name: str) -> Runnable[Any, Any]:
    try:
        from langchain.chat_models import init_chat_model
    except ImportError:
        raise missing_package(name) from None
    try:
        model: Runnable[Any, Any] = init_chat_model(name)
    except ImportError:  # the provider's package
        raise missing_package(name) from None
    except Exception as error:  # each provider raises its own, as when its key is not set
        reason = str(error).partition("\n")[0]
        raise InputError(f"{name!r} cannot be made into a model: {reason}") from None
    return model
