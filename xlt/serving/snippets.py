"""A prompt as code to copy: Python, curl, LangChain."""

from __future__ import annotations

import json
import shlex
from typing import Any

from xlt.prompt import Prompt
from xlt.serving.wrapping import FIELD, PREFIX

_INDENT = "    "


def snippets(
    prompt: Prompt, strategy: str, model: str, base_url: str, *, several: bool = False
) -> dict[str, str]:
    """Return the code that makes this prompt again, by what it is for.

    `base_url` is this server's address, which curl calls; Python and LangChain need no server.
    `several` says that the prompt is the first of several.
    """
    python = _python_of_several if several else _python
    return {
        "python": python(prompt, strategy, model),
        "curl": _curl(prompt, strategy, model, base_url),
        "langchain": _langchain(prompt, strategy, model),
    }


def _python(prompt: Prompt, strategy: str, model: str) -> str:
    own = _about(prompt, strategy, model)
    arguments = [repr(prompt.task.name), _literal(_inputs(prompt), _INDENT), *_keywords(own)]
    return (
        "import xlt\nfrom openai import OpenAI\n\n"
        f"prompt = xlt.compose({_listed(arguments)})\n"
        "client = OpenAI()\n"
        f"reply = client.chat.completions.create(model={model!r}, **prompt.to('openai'))\n"
        "print(prompt.parse(reply).value)\n"
    )


def _python_of_several(prompt: Prompt, strategy: str, model: str) -> str:
    own = _about(prompt, strategy, model)
    arguments = [repr(prompt.task.name), _literal(_inputs(prompt), _INDENT), *_keywords(own)]
    return (
        "import xlt\nfrom openai import OpenAI\n\n"
        "client = OpenAI()\n\n\n"
        "def ask(prompt):\n"
        f"{_INDENT}return client.chat.completions.create("
        f"model={model!r}, **prompt.to('openai'))\n\n\n"
        f"plan = xlt.plan({_listed(arguments)})\n"
        "print(xlt.run(plan, ask, max_concurrency=8).value)\n"
    )


def _langchain(prompt: Prompt, strategy: str, model: str) -> str:
    own = _about(prompt, strategy)
    inputs = _inputs(prompt)
    for name in ("language", "target_language"):
        if name in own:
            inputs[name] = own.pop(name)
    arguments = [repr(f"openai:{model}"), repr(prompt.task.name), *_keywords(own)]
    return (
        "from xlt.langchain import xlt_chain\n\n"
        f"chain = xlt_chain({', '.join(arguments)})\n"
        f"print(chain.invoke({_literal(inputs)}).value)\n"
    )


def _curl(prompt: Prompt, strategy: str, model: str, base_url: str) -> str:
    inputs = _inputs(prompt)
    field = next((one.name for one in prompt.task.inputs if not one.optional and not one.many), "")
    text = inputs.pop(field, "")
    own = _about(prompt, strategy)
    if inputs:
        own["inputs"] = inputs
    body: dict[str, Any] = {
        "model": f"{PREFIX}{prompt.task.name}@{model}",
        "messages": [{"role": "user", "content": text}],
        FIELD: own,
    }
    sent = json.dumps(body, ensure_ascii=False, indent=2)
    return (
        f"curl {shlex.quote(f'{base_url}/v1/chat/completions')} \\\n"
        "  -H 'Content-Type: application/json' -H \"Authorization: Bearer $OPENAI_API_KEY\" \\\n"
        f"  -d {shlex.quote(sent)}\n"
    )


def _about(prompt: Prompt, strategy: str, model: str = "") -> dict[str, Any]:
    """Return the options that say what the prompt is, beside its inputs."""
    about: dict[str, Any] = {"language": prompt.language.tag}
    if prompt.target_language != prompt.language:
        about["target_language"] = prompt.target_language.tag
    if strategy != prompt.task.strategy:
        about["strategy"] = strategy
    if prompt.task.answer.labels and prompt.task.answer.kind in ("label", "labels"):
        about["labels"] = list(prompt.task.answer.labels)
    if strategy == "auto" and model:  # which chooses by it
        about["model"] = model
    return about


def _inputs(prompt: Prompt) -> dict[str, Any]:
    """Return the inputs that hold something, lists as lists."""
    return {
        name: list(one) if isinstance(one, tuple) else one
        for name, one in prompt.inputs.items()
        if one
    }


def _keywords(options: dict[str, Any]) -> list[str]:
    return [f"{name}={value!r}" for name, value in options.items()]


def _literal(value: dict[str, Any], margin: str = "") -> str:
    """Return a dict as Python, an entry a line."""
    lines = [f"{margin}{_INDENT}{name!r}: {one!r},\n" for name, one in value.items()]
    return f"{{\n{''.join(lines)}{margin}}}"


def _listed(arguments: list[str]) -> str:
    return "\n" + "".join([f"{_INDENT}{one},\n" for one in arguments])
