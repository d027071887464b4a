"""The models that run on this machine: the small base model of the extra, or any GGUF file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from xlt.backends.gguf import has_chat_template
from xlt.backends.local_server import base_model, check_model_file, serve
from xlt.backends.openai_compatible import OpenAICompatible
from xlt.errors import InputError
from xlt.frozen import FrozenDict

MAX_TOKENS = 400
# At temperature 0 a model this small repeats itself for ever without a penalty.
_PENALTY = 1.1


def local_model(
    path: str | None = None,
    *,
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    timeout: float = 300.0,
    notify: Callable[[str], None] | None = None,
) -> OpenAICompatible:
    """Return the backend of a model in this process, started if it is not.

    Without a `path` it is Gemma 3 270M (base), which only completes text: it gets the paper's
    few-shot completion form and learns the form of a reply from the demonstrations. With 270
    million parameters it shows the way of a prompt and its answer, not the method's accuracy.
    A GGUF file of yours is asked over the chat endpoint, by its own chat template; raises
    InputError for one without: llama.cpp would ask it in a form it was never trained on.
    """
    file = base_model() if path is None else _chat_model(Path(os.path.expanduser(path)))
    return OpenAICompatible(
        url=f"{serve(file, notify)}/v1",
        model=file.stem,
        temperature=temperature,
        max_tokens=max_tokens or MAX_TOKENS,
        timeout=timeout,
        completes=path is None,
        few_shot=path is None,
        extra=FrozenDict({"repeat_penalty": _PENALTY}) if path is None else FrozenDict(),
    )


def _chat_model(file: Path) -> Path:
    check_model_file(file)
    if not has_chat_template(file):
        raise InputError(
            f"{file} has no chat template (tokenizer.chat_template), as base models have none. "
            "Take the GGUF file of a model that was tuned to chat.",
            field="model",
        )
    return file
