"""The front door: `compose` a prompt, `parse` a reply, make a `plan`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from xlt.answers.answer import Answer
from xlt.answers.reading import read_reply
from xlt.budget.fitting import Budget, fit
from xlt.demonstrations import Demonstration
from xlt.demonstrations.selection import Demonstrations, select_for
from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.languages import Language, get_language
from xlt.prompt import Prompt, answer_format
from xlt.registry import get_task
from xlt.reply import Reply
from xlt.request import Request, check_inputs, make_request
from xlt.strategies.strategy import Plan, Strategy, ask_once, check_options, get_strategy
from xlt.task import Task

Inputs = str | Mapping[str, str]
LanguageName = str | Language | None
# What `compose` and `plan` take beside a strategy's own options.
_PARAMETERS = ("language", "target_language", "strategy", "max_tokens", "reduce", "templates")


def compose(
    task: str | Task,
    inputs: Inputs,
    *,
    language: LanguageName = None,
    target_language: LanguageName = None,
    strategy: str = "xlt",
    demonstrations: Demonstrations = (),
    max_tokens: int | Budget | None = None,
    reduce: str = "head",
    templates: str | Path | None = None,
    **options: Any,
) -> Prompt:
    """Return the prompt of a strategy for a request.

    `task` is a name ("arithmetic_reasoning"), a benchmark alias ("mgsm") or a Task; `inputs` a
    mapping of its input fields, or the bare text where it has one; `language` the language the
    inputs are in (tag, English name or own name), detected when None; `target_language` the
    language the answer is wanted in (default the same; translation needs it); `templates` a
    folder whose files replace xlt's own. `demonstrations` are worked requests, or a selector of
    them: a function of the request, or LangChain's. `max_tokens` is what the prompt may be: whole
    demonstrations go first, then part of the longest input by the way `reduce` names (see
    `xlt.budget.fitting.Budget`, which it may also be); `Prompt.omitted` tells. `options` are the
    strategy's: for "xlt" `steps=`, `rephrase=`; with demonstrations `demonstration_format=` (the
    paper's table 4).

    Raises UnknownName, InputError or LanguageNotDetected.
    """
    chosen = _chosen(strategy, options)
    files = TemplateFiles.at(templates)
    request = make_request(
        task, inputs, language=language, target_language=target_language, files=files
    )
    shots = select_for(demonstrations, request)
    if max_tokens is not None:
        return _fitted(chosen, request, shots, _budget(max_tokens, reduce), options)
    return chosen.compose(request, **_with(shots, options))


def plan(
    task: str | Task,
    inputs: Inputs,
    *,
    language: LanguageName = None,
    target_language: LanguageName = None,
    strategy: str = "xlt",
    demonstrations: Demonstrations = (),
    max_tokens: int | Budget | None = None,
    reduce: str = "head",
    templates: str | Path | None = None,
    **options: Any,
) -> Plan:
    """Return the strategy's plan for a request: a generator over rounds of prompts.

    It yields a tuple of prompts, is sent the tuple of their replies, and returns the Answer. A
    strategy of several calls takes no `max_tokens`: its later prompts hold replies.
    """
    chosen = _chosen(strategy, options)
    files = TemplateFiles.at(templates)
    request = make_request(
        task, inputs, language=language, target_language=target_language, files=files
    )
    shots = select_for(demonstrations, request)
    if max_tokens is not None:
        return ask_once(_fitted(chosen, request, shots, _budget(max_tokens, reduce), options))
    return chosen.plan(request, **_with(shots, options))


def parse(
    task: str | Task,
    reply: Any,
    *,
    inputs: Inputs | None = None,
    language: LanguageName = None,
    target_language: LanguageName = None,
    strategy: str = "xlt",  # every strategy so far asks for the task's one answer
    finish_reason: str | None = None,
) -> Answer:
    """Return the answer in a reply whose prompt is not at hand; it is read as by `Prompt.parse`.

    Without `inputs` a choice is read by number and letter only, and an echo of the request is
    not known; without `language` the reply is read as English.
    """
    get_strategy(strategy)  # a misspelt name is said, though all are read alike
    found = get_task(task)
    texts = check_inputs(found, inputs) if inputs is not None else None
    own = get_language(language or "en")
    target = get_language(target_language) if target_language is not None else own
    asked = answer_format(found, texts, own, target)
    said = Reply.of(reply)
    if finish_reason is not None:
        said = replace(said, finish_reason=finish_reason)
    return read_reply(said, asked)


def _chosen(name: str, options: dict[str, Any]) -> Strategy:
    """Return the strategy, after a look at the names of its options: `langauge=` is none."""
    strategy = get_strategy(name)
    if options:
        check_options(name, strategy.takes, options, beside=_PARAMETERS)
    return strategy


def _fitted(
    strategy: Strategy,
    request: Request,
    shots: Sequence[Demonstration],
    budget: Budget,
    options: dict[str, Any],
) -> Prompt:
    def composed(shown: Request, fewer: Sequence[Demonstration]) -> Prompt:
        if shown is not request and options.get("translator") is not None:
            raise InputError(
                "A prompt that is translated cannot be reduced to max_tokens: it would be "
                "translated anew at each try. Translate first, then compose."
            )
        return strategy.compose(shown, **_with(fewer, options))

    return fit(composed, request, shots, budget)


def _budget(max_tokens: int | Budget, reduce: str) -> Budget:
    return max_tokens if isinstance(max_tokens, Budget) else Budget(max_tokens, reduce)


def _with(shots: Sequence[Demonstration], options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "demonstrations": shots} if shots else options
