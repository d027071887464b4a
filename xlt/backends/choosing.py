"""The model of a name: "local", "hf:FILE", "ollama:NAME", "provider:name", a server, a replay."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from xlt.backends.backend import Backend
from xlt.errors import InputError

KEY_VARIABLE = "XLT_API_KEY"
OWN_KINDS = ("local", "hf", "ollama")
"""What before a colon is not a provider of LangChain."""
BASE_MODEL = "local:gemma-270m"
# What surely is a variable's name: anything else may be a key in the place of its name.
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_HELP = (
    "No model is chosen. Pass -m MODEL, set XLT_MODEL, or write it into {config}:\n"
    "  -m local                 a chat model on this machine: xlt models get\n"
    "  -m local:model.gguf      a GGUF file of yours; hf:OWNER/REPO/FILE.gguf one of the hub\n"
    "  -m ollama:NAME           a model of Ollama on this machine\n"
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
    max_concurrency: int = 1


def choose_backend(
    choice: Choice, *, config: str = "", notify: Callable[[str], None] | None = None
) -> Backend:
    """Return the backend of a choice; `notify` is told what takes a while.

    Raises InputError where none is chosen, which lists the ways; `config` is named in it.
    """
    name = choice.model or ""
    if choice.replay is not None:
        from xlt.backends.replay import Replay

        return Replay.open(choice.replay, few_shot=name == BASE_MODEL)
    if choice.base_url:
        return _server(choice)
    if not name:
        raise InputError(_HELP.format(config=config or "the config file"), field="model")
    kind, colon, rest = name.partition(":")
    if kind in ("local", "hf"):
        return _local(choice, name if kind == "hf" else rest if colon else None, notify)
    if kind == "ollama" and rest:
        return _server(replace(choice, base_url=_ollama(), model=rest))
    if not colon or not kind or not rest:
        raise InputError(
            f"The model {name!r} is neither 'local' nor of the form provider:name "
            "(openai:gpt-4o-mini); the name of a server's model goes with base_url=....",
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


def _ollama() -> str:
    """Return Ollama's address: OLLAMA_HOST ("host", "host:port" or a URL), or its default."""
    host = os.environ.get("OLLAMA_HOST") or "127.0.0.1"
    scheme, _, rest = host.rpartition("://")
    rest = rest.rstrip("/").replace("0.0.0.0", "127.0.0.1", 1)
    port = "" if ":" in rest or scheme == "https" else ":11434"
    return f"{scheme or 'http'}://{rest}{port}/v1"


def _local(choice: Choice, path: str | None, notify: Callable[[str], None] | None) -> Backend:
    from xlt.backends.local import local_model

    if path == "":
        raise InputError(
            "local: names no model; write local:path/to/model.gguf, or a name of: xlt models list",
            field="model",
        )
    return local_model(
        path,
        temperature=choice.temperature,
        max_tokens=choice.max_tokens,
        timeout=choice.timeout,
        max_concurrency=choice.max_concurrency,
        notify=notify,
    )
