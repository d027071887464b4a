"""What the page to play with asks for: what to choose, a text's language, prompts, code to copy."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from xlt.composing import plan
from xlt.detection import detect
from xlt.errors import InputError, LanguageNotDetected, XLTError
from xlt.files.templates import TemplateFiles
from xlt.files.validated import first_fault
from xlt.languages import languages
from xlt.prompt import Prompt
from xlt.registry import get_task, names, tasks
from xlt.request import deciding_text
from xlt.running import Stepper
from xlt.serving.configuring import ServeSettings
from xlt.serving.wrapping import (
    FIELD,
    PREFIX,
    RequestOptions,
    compose_call,
    read_options,
    takes_several,
)
from xlt.strategies.strategy import get_strategy
from xlt.task import Task

_MOST_COLUMNS = 4
_MOST_ROUNDS = 64  # that a plan is tried for
_INDENT = "    "


class Played(BaseModel):
    """A request of the page: options as a call's `xlt` takes them, and strategies to compare."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: dict[str, Any]
    strategies: list[str]
    model: str = ""
    base_url: str = ""


def offered(settings: ServeSettings) -> dict[str, Any]:
    """Return what the page lists: tasks and their fields, strategies, languages."""
    files = TemplateFiles.at(settings.templates)
    return {
        "model": settings.model or "",
        "upstreams": list(settings.upstreams),
        "needs_key": settings.access_key is not None,
        "tasks": [_task(one) for one in tasks(files) if one.output == "optional"],
        "strategies": [
            {"name": one, "several": get_strategy(one).compose_prompt is None}
            for one in names("xlt.strategies")
            if _is_enough(one)
        ],
        "languages": [
            {"tag": one.tag, "name": one.name, "native_name": one.native_name}
            for one in languages(files)
        ],
    }


def detect_in(settings: ServeSettings, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the language of a request's deciding text and how sure that is; None with the why."""
    options = read_options(body)
    files = TemplateFiles.at(settings.templates)
    task = get_task(options.task or "chat", files)
    given = {one.name: options.inputs.get(one.name, "") for one in task.inputs}
    text = deciding_text(
        task, {name: tuple(one) if isinstance(one, list) else one for name, one in given.items()}
    )
    try:
        found = detect(text, options.candidates or settings.candidates)
    except LanguageNotDetected as error:
        return {"language": None, "message": _without_advice(error) if text else ""}
    language = found.language
    return {
        "language": {"tag": language.tag, "name": language.name},
        "confidence": round(found.confidence, 4),
    }


def compose_side_by_side(settings: ServeSettings, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a column for each strategy: its first prompt by steps, or why there is none."""
    try:
        played = Played.model_validate(body)
    except ValidationError as error:
        raise InputError(first_fault(error)) from None
    if not 0 < len(played.strategies) <= _MOST_COLUMNS:
        raise InputError(f"strategies must be 1 to {_MOST_COLUMNS} names.", field="strategies")
    options = read_options(played.options)
    task = get_task(options.task or "chat", TemplateFiles.at(settings.templates))
    return {"columns": [_column(settings, task, options, one, played) for one in played.strategies]}


def _column(
    settings: ServeSettings, task: Task, options: RequestOptions, strategy: str, played: Played
) -> dict[str, Any]:
    chosen = options.model_copy(update={"strategy": strategy})
    model = played.model or settings.model or "MODEL"
    request = (task, chosen, settings, (), {"role": "user", "content": ""}, model)
    several = takes_several(task, chosen)
    try:
        if several:
            stepper = Stepper(compose_call(*request, make=plan))
            prompts, rounds = stepper.prompts, _tried(stepper)
        else:
            prompts, rounds = (compose_call(*request),), [1]
    except XLTError as error:
        return {"strategy": strategy, "error": _without_advice(error)}
    prompt, *beside = prompts
    tokens = [one.count_tokens(model) for one in prompts]
    return {
        "strategy": strategy,
        "several": several,
        "rounds": rounds,
        "beside": [one.text for one in beside],
        "composed": prompt.strategy,
        "steps": [
            {"name": step.name, "text": step.text, "tokens": int(_alone(prompt, place))}
            for place, step in enumerate(prompt.steps)
        ],
        "tokens": sum(tokens),
        "exact": all(one.exact for one in tokens),
        "language": {"tag": prompt.language.tag, "name": prompt.language.name},
        "signature": prompt.signature,
        "code": snippets(prompt, strategy, model, played.base_url, several=several),
    }


def _tried(stepper: Stepper) -> list[int]:
    """Return how many calls each round of a plan takes, tried with replies that can be read."""
    labels = stepper.prompts[0].task.answer.labels
    said = f"Answer: {next(iter(labels), 1)}"
    rounds: list[int] = []
    while stepper.answer is None and len(rounds) < _MOST_ROUNDS:
        rounds.append(len(stepper.prompts))
        stepper.take([said] * rounds[-1])
    return rounds


def _alone(prompt: Prompt, place: int) -> int:
    one = replace(prompt, steps=(prompt.steps[place],), layout="user", system="")
    return one.count_tokens()


def _without_advice(error: XLTError) -> str:
    """Return an error without the advice to callers of the library that ends it."""
    return str(error).partition(" Pass language=")[0]


def _task(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "title": task.title,
        "strategy": task.strategy,
        "labels": list(task.answer.labels),
        "needs_labels": task.answer.kind in ("label", "labels") and not task.answer.labels,
        "needs_target": task.target_language == "required",
        "fields": [
            {
                "name": one.name,
                "description": one.description,
                "allowed": list(one.allowed),
                "many": one.many,
                "optional": one.optional,
            }
            for one in task.inputs
        ],
    }


@lru_cache(maxsize=64)
def _is_enough(name: str) -> bool:
    """Whether a strategy needs nothing but what a request brings; tried on a request."""
    try:
        Stepper(plan("mgsm", "3 + 4 = ?", language="sw", strategy=name))
    except XLTError:
        return False
    return True


def snippets(
    prompt: Prompt, strategy: str, model: str, base_url: str, *, several: bool = False
) -> dict[str, str]:
    """Return the code that makes this prompt again, by what it is for.

    `base_url` is this server's address, which curl calls; Python and LangChain need no server.
    `several` says that the prompt is the first of several.
    """
    return {
        "python": _python(prompt, strategy, model, several),
        "curl": _curl(prompt, strategy, model, base_url),
        "langchain": _langchain(prompt, strategy, model),
    }


def _python(prompt: Prompt, strategy: str, model: str, several: bool) -> str:
    own = _about(prompt, strategy, model)
    arguments = [repr(prompt.task.name), _literal(_inputs(prompt), _INDENT), *_keywords(own)]
    made = _listed(arguments)
    call = f"client.chat.completions.create(model={model!r}, **prompt.to('openai'))"
    start = "import xlt\nfrom openai import OpenAI\n\n"
    if several:
        return (
            f"{start}client = OpenAI()\n\n\n"
            "def ask(prompt):\n"
            f"{_INDENT}return {call}\n\n\n"
            f"plan = xlt.plan({made})\n"
            "print(xlt.run(plan, ask, max_concurrency=8).value)\n"
        )
    return (
        f"{start}prompt = xlt.compose({made})\n"
        "client = OpenAI()\n"
        f"reply = {call}\n"
        "print(prompt.parse(reply).value)\n"
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
