"""The strategy `auto`: one of the others, by the first rule of the policy that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xlt.demonstrations import Demonstration
from xlt.errors import InputError, UnknownName
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language
from xlt.prompt import Prompt
from xlt.registry import get_task
from xlt.request import Request
from xlt.strategies.clsp import PIVOTS
from xlt.strategies.policy import Facts, Rule, load_policy, size_of
from xlt.strategies.reasoning import Gate
from xlt.strategies.strategy import (
    Plan,
    Strategy,
    ask_once,
    check_options,
    get_strategy,
    options_of,
)
from xlt.strategies.translation import Translator
from xlt.task import Task


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which strategy `auto` takes, by which rule of the policy, why, and who says so.

    `options` are those it passes to the strategy; `facts` is what the choice was made on.
    """

    strategy: str
    rule: str
    reason: str
    source: str
    options: FrozenDict[str, Any]
    facts: Facts


def explain(
    task: str | Task,
    language: str | Language,
    *,
    target_language: str | Language | None = None,
    model: str | None = None,
    model_class: str | None = None,
    topic: str | None = None,
    budget: int = 1,
    translator: bool = False,
    policy: Path | str | None = None,
    templates: Path | str | None = None,
) -> Explanation:
    """Return what `auto` takes for a task in a language, and why.

    `model` is a model's name, from which its class follows unless `model_class` is given
    ("reasoning", "gpt-3.5", "chinese", "modern"); `topic` what the request is about ("culture",
    "idiom", "local_exam"); `budget` how many calls one request may take; `translator` whether
    one is at hand; `policy` a file whose rules come first.
    """
    files = TemplateFiles.at(templates)
    rules = load_policy(files, policy)
    if model_class is not None and model_class not in rules.model_classes():
        raise UnknownName("model class", model_class, rules.model_classes())
    if topic is not None and topic not in rules.topics():
        raise UnknownName("topic", topic, rules.topics())
    found = get_task(task, files)
    own = get_language(language, files)
    target = own if target_language is None else get_language(target_language, files)
    if budget < 1:
        raise InputError(f"budget is {budget}; a request takes at least one call.")
    facts = Facts(
        language=own.tag,
        target=target.tag,
        task=found.name,
        kind=found.answer.kind,
        tier=own.tier or "very low",
        target_tier=target.tier or "very low",
        translated="yes" if found.target_language == "required" else "no",
        model_class=model_class or rules.model_class(model),
        model=model or "",
        size=size_of(model),
        family=rules.family(model),
        topic=topic or "",
        translator="yes" if translator else "no",
        calls=budget,
    )
    rule = rules.choose(facts)
    options: dict[str, Any] = dict(rule.options)
    if rule.strategy == "translate_en" or rule.when.translator == "yes":
        options["translator"] = True  # that of the caller
    if rule.strategy == "clsp" and "pivots" not in options:
        options["pivots"] = PIVOTS[: facts.calls // 2]
    return Explanation(rule.strategy, rule.id, rule.reason, rule.source, FrozenDict(options), facts)


def rules_of(
    task: str | Task, *, policy: Path | str | None = None, templates: Path | str | None = None
) -> tuple[Rule, ...]:
    """Return the rules that some request of a task may meet, in their order."""
    files = TemplateFiles.at(templates)
    found = get_task(task, files)
    rules = load_policy(files, policy).rules
    return tuple([rule for rule in rules if rule.may_hold(found)])


def make_plan(request: Request, **given: Any) -> Plan:
    """Return the plan of the strategy that the policy chooses; options as of `explain`."""
    check_options("auto", _chosen, given)
    chosen, explained, options = _chosen(request, **given)
    if chosen.compose_prompt is None:
        return chosen.plan(request, **options)
    return ask_once(_composed(chosen, explained, request, options))


def compose_prompt(request: Request, **given: Any) -> Prompt:
    """Return the one prompt of the chosen strategy; its signature names the rule.

    Raises InputError where the policy chooses a strategy of several calls (a `budget` of 8).
    """
    check_options("auto", _chosen, given)
    chosen, explained, options = _chosen(request, **given)
    return _composed(chosen, explained, request, options)


def _composed(
    chosen: Strategy, explained: Explanation, request: Request, options: dict[str, Any]
) -> Prompt:
    prompt = chosen.compose(request, **options)
    return replace(prompt, options=(*prompt.options, ("auto", explained.rule)))


def _chosen(
    request: Request,
    *,
    model: str | None = None,
    model_class: str | None = None,
    topic: str | None = None,
    budget: int = 1,
    translator: Translator | None = None,
    policy: Path | str | None = None,
    demonstrations: Sequence[Demonstration] = (),
    thinking: str | Language | None = None,
    thinking_prefill: bool | str = False,
    needs_translation: Gate = None,
) -> tuple[Strategy, Explanation, dict[str, Any]]:
    explained = explain(
        request.task,
        request.language,
        target_language=request.target_language,
        model=model,
        model_class=model_class,
        topic=topic,
        budget=budget,
        translator=translator is not None,
        policy=policy,
        templates=request.files.own,
    )
    options = dict(explained.options)
    if options.pop("translator", False):
        options["translator"] = translator
    wishes = {
        "thinking": thinking,
        "thinking_prefill": thinking_prefill or None,
        "needs_translation": needs_translation,
    }
    given = {name: one for name, one in wishes.items() if one is not None}
    chosen = get_strategy(explained.strategy)
    taken = options_of(chosen.make_plan or chosen.takes)
    if given and explained.facts.model_class != "reasoning":
        raise InputError(
            f"{next(iter(given))}= is for reasoning models, and {model or 'the model'} is not "
            "known as one: leave it out, or pass model_class='reasoning'.",
            field=next(iter(given)),
        )
    if thinking is not None and "thinking" not in taken and not _is_english(thinking, request):
        raise InputError(
            f"auto takes {explained.strategy} here (rule {explained.rule}), which asks for no "
            "language of the thought: pass strategy='xlt' and model_class='reasoning'.",
            field="thinking",
        )
    options |= {name: one for name, one in given.items() if name in taken}
    if demonstrations:
        options["demonstrations"] = demonstrations
    return chosen, explained, options


def _is_english(thinking: str | Language, request: Request) -> bool:
    """Tell whether a model is to think in English, as it does about an English request."""
    own = request.language if thinking == "native" else get_language(thinking, request.files)
    return own.tag.split("-")[0] == "en"


STRATEGY = Strategy("auto", "the table templates/policy.yaml", make_plan, compose_prompt)
