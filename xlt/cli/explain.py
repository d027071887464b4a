"""`xlt explain`: which strategy `auto` takes for a task and language, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli.inputs import check_file, find_task
from xlt.cli.options import (
    Json,
    TargetOption,
    TaskArgument,
    TaskFile,
    Templates,
    complete_language,
    refuse_unused,
)
from xlt.cli.terminal import emit_facts, emit_json, emit_table, remark
from xlt.errors import InputError

if TYPE_CHECKING:
    from xlt.strategies.auto import Explanation
    from xlt.strategies.policy import Rule
    from xlt.task import Task

EPILOG = """\b
Examples:
  xlt explain mgsm -l sw
  xlt explain mkqa -l Japanese -m gpt-4o
  xlt explain mgsm -l te --budget 14
  xlt explain mgsm --all
"""
_OF_A_REQUEST = ("model", "target", "topic", "budget", "translator")


def explain(
    context: typer.Context,
    task: TaskArgument = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            "-l",
            metavar="LANG",
            help="The language of the request: zh, Chinese, pt-BR ...",
            autocompletion=complete_language,
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", metavar="MODEL", help="The model's name, which decides its class."
        ),
    ] = None,
    target: TargetOption = None,
    topic: Annotated[
        str | None,
        typer.Option(
            metavar="TOPIC", help="The topic of the request: culture, idiom or local_exam."
        ),
    ] = None,
    budget: Annotated[
        int, typer.Option(metavar="CALLS", help="How many calls a request may take.")
    ] = 1,
    translator: Annotated[bool, typer.Option(help="A translator is available.")] = False,
    policy: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A policy file, such as xlt calibrate writes; its rules come first.",
            callback=check_file,
        ),
    ] = None,
    task_file: TaskFile = None,
    show_all: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Every rule that a request of the task may meet; with -l also the one it meets.",
        ),
    ] = False,
    templates: Templates = None,
    json: Json = False,
) -> None:
    """Say which strategy `auto` takes for a task in a language, by which rule, and why."""
    from xlt.strategies.auto import explain as explain_choice

    found, _ = find_task(task, None, task_file, templates)
    if language is None:
        if not show_all:
            raise InputError("explain needs a language, as in -l sw; --all shows every rule.")
        refuse_unused(context, "--all tells of one request only with -l", _OF_A_REQUEST)
    if show_all:
        _show_rules(found, policy, templates, as_json=json)
    if language is None:
        return
    explained = explain_choice(
        found,
        language,
        model=model,
        target_language=target,
        topic=topic,
        budget=budget,
        translator=translator,
        policy=policy,
        templates=str(templates) if templates else None,
    )
    if show_all:
        remark(f"This request meets the rule {explained.rule}: {explained.strategy}.")
    else:
        emit_facts(_facts(explained), as_json=json)


def _show_rules(task: Task, policy: Path | None, templates: Path | None, *, as_json: bool) -> None:
    from xlt.strategies.auto import rules_of

    rules = rules_of(task, policy=policy, templates=templates)
    if as_json:
        emit_json([rule.model_dump() for rule in rules])
        return
    emit_table(
        ("rule", "where", "strategy", "why", "source"),
        [(rule.id, _where(rule), rule.strategy, rule.reason, rule.source) for rule in rules],
    )


def _where(rule: Rule) -> str:
    """Return the conditions of a rule in one line: "tier high; calls 8"."""
    given = rule.when.model_dump(exclude_defaults=True)
    texts = {
        name: ", ".join(value) if isinstance(value, list | tuple) else str(value)
        for name, value in given.items()
    }
    return "; ".join([f"{name} {text}" for name, text in texts.items()]) or "anything else"


def _facts(explained: Explanation) -> list[tuple[str, str]]:
    facts = explained.facts
    given = [f"{name}={value}" for name, value in explained.options.items()]
    about = [facts.task, f"{facts.language} ({facts.tier} tier)", f"{facts.model_class} model"]
    about += [f"{facts.size} {facts.family}".strip()] if facts.size else []
    if facts.target != facts.language:
        about.insert(2, f"to {facts.target} ({facts.target_tier} tier)")
    lines = [
        ("strategy", explained.strategy),
        ("options", ", ".join(given)),
        ("rule", explained.rule),
        ("why", explained.reason),
        ("source", explained.source),
        ("for", ", ".join(about)),
    ]
    return [(label, value) for label, value in lines if value]
