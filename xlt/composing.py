"""The front door: `compose` a prompt, `parse` a reply, make a `plan`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import is_
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from xlt.detection.scripts import begins_in, scripts_of_first_letter
from xlt.errors import InputError, LanguageWarning
from xlt.files.templates import TemplateFiles
from xlt.languages import Language, get_language
from xlt.prompt import Prompt, Step, answer_format
from xlt.registry import get_task
from xlt.rendering.environment import render_step
from xlt.request import (
    Inputs,
    Request,
    check_inputs,
    check_think_tags,
    make_request,
    take_labels,
)
from xlt.strategies.forms import prompt_by_names
from xlt.strategies.strategy import (
    LastRound,
    Plan,
    Strategy,
    ask_once,
    check_options,
    get_strategy,
)
from xlt.task import Task

if TYPE_CHECKING:
    from xlt.answers.answer import Answer, ThoughtTags
    from xlt.budget import Budget
    from xlt.demonstrations import Demonstration
    from xlt.demonstrations.selection import Demonstrations
    from xlt.strategies.typed_options import ComposeOptions
    from xlt.structured import Output

LanguageName = str | Language | None
_NO_WISHES = (*[None] * 9, (), ())  # as `compose` has its parameters by default
_MOST_FAULTS = 20  # that a second request names


def compose(
    task: str | Task,
    inputs: Inputs,
    *,
    language: LanguageName = None,
    target_language: LanguageName = None,
    candidates: Iterable[str | Language] | None = None,
    default_language: LanguageName = None,
    strategy: str | None = None,
    labels: Iterable[str] | None = None,
    system: str | None = None,
    history: Iterable[Any] = (),
    phrasing: int | str | None = None,
    output: Any = None,
    demonstrations: Demonstrations = (),
    max_tokens: int | Budget | None = None,
    reduce: str = "head",
    templates: str | Path | None = None,
    think_tags: ThoughtTags = None,
    **options: Unpack[ComposeOptions],
) -> Prompt:
    """Return the prompt of a strategy for a request, ready for any chat model.

        >>> import xlt
        >>> prompt = xlt.compose("mgsm", "Juma ana mayai 16. Anakula 3.", language="sw")
        >>> prompt.messages[0]["role"], prompt.parse("Answer: 13").value
        ('user', 13)

    Args:
        task: A name ("arithmetic_reasoning"), a benchmark alias ("mgsm") or a Task.
        inputs: A mapping of the task's input fields, or the text of its one field.
        language: The language of the inputs (tag, English name or own name); None: detected.
        target_language: The language to answer in, by default the same; translation needs it.
        candidates: The languages to detect among.
        default_language: The language where the text does not tell its own.
        strategy: The way to prompt; None: the task's own (xlt for the paper's tasks, auto for
            chat, rag and their like).
        labels: The labels to choose from, in place of a label task's own.
        system: The app's own system text, which comes first.
        history: What was said before: messages of any SDK, or LangChain's.
        output: The object that the answer must be: a pydantic model or a JSON schema (see
            `Prompt.response_format`).
        phrasing: The number of one of the task's published wordings, or "random:SEED".
        demonstrations: Worked requests, or a selector of them: a function of the request, or
            LangChain's.
        max_tokens: The most tokens of the prompt, or a `Budget`: whole demonstrations go first,
            then part of the longest input. `Prompt.omitted` says what was left out.
        reduce: The way to shorten that input (see `xlt.budget.Budget`).
        templates: A folder whose files replace xlt's own.
        think_tags: The marks around a model's thoughts where they are its own, as in
            ("<plan>", "</plan>"); those of the common families are known.
        **options: The strategy's own. Of "xlt": `steps` (a selection and order of the six),
            `rephrase` (retell, repeat, translate), `demonstration_format` (the paper's table 4),
            `layout` ("system+user"), `guard` ("delimit") and its `nonce`, `model_class`
            ("reasoning"). Of "auto": `model`, `model_class`, `topic`, `budget`, `policy`,
            `translator`. Of "translate_en": `translator`. Of "clp": `pivot`; of "clsp": `pivots`,
            `early_stop`, `quorum`; of "autocap": `count`.

    Raises UnknownName, InputError or LanguageNotDetected. Warns (LanguageWarning) where a given
    language is not written in the letters of the text.
    """
    wishes: tuple[Any, ...] = (candidates, default_language, labels, system, phrasing, output)
    wishes = (*wishes, think_tags, max_tokens, templates, history, demonstrations)
    if not options and all(map(is_, wishes, _NO_WISHES)):
        filled = prompt_by_names(task, inputs, language, target_language, strategy)
        if filled is not None:
            return filled
    files = TemplateFiles.at(templates)
    found = get_task(task, files)
    given: dict[str, Any] = {**options}
    chosen = _chosen(strategy or found.strategy, given)
    request = make_request(
        found,
        inputs,
        language=language,
        target_language=target_language,
        files=files,
        candidates=candidates,
        default_language=default_language,
        labels=labels,
        system=system,
        history=history,
        phrasing=phrasing,
        think_tags=think_tags,
    )
    _warn(request, language)
    shots = _selected(demonstrations, request)
    budget = _budget(max_tokens, reduce)
    return _composed(chosen, request, shots, output_of(found, output), budget, given)


def plan(
    task: str | Task,
    inputs: Inputs,
    *,
    language: LanguageName = None,
    target_language: LanguageName = None,
    candidates: Iterable[str | Language] | None = None,
    default_language: LanguageName = None,
    strategy: str | None = None,
    labels: Iterable[str] | None = None,
    system: str | None = None,
    history: Iterable[Any] = (),
    phrasing: int | str | None = None,
    output: Any = None,
    repair: bool = False,
    demonstrations: Demonstrations = (),
    max_tokens: int | Budget | None = None,
    reduce: str = "head",
    templates: str | Path | None = None,
    think_tags: ThoughtTags = None,
    **options: Unpack[ComposeOptions],
) -> Plan:
    """Return the strategy's plan for a request: a generator over rounds of prompts.

    It yields a tuple of prompts, is sent the tuple of their replies, and returns the Answer. A
    strategy of several calls takes neither `max_tokens`, as its later prompts hold replies, nor
    `output`. With `repair` an object that does not fit is asked for once more, with what is
    wrong; the answer is then flagged "asked_again".
    """
    files = TemplateFiles.at(templates)
    found = get_task(task, files)
    given: dict[str, Any] = {**options}
    chosen = _chosen(strategy or found.strategy, given)
    request = make_request(
        found,
        inputs,
        language=language,
        target_language=target_language,
        files=files,
        candidates=candidates,
        default_language=default_language,
        labels=labels,
        system=system,
        history=history,
        phrasing=phrasing,
        think_tags=think_tags,
    )
    _warn(request, language)
    shots = _selected(demonstrations, request)
    wanted = output_of(found, output)
    if chosen.compose_prompt is None and (max_tokens is not None or wanted is not None):
        option = "max_tokens" if wanted is None else "output"
        raise InputError(
            f"The strategy {chosen.name!r} takes more than one call, and {option}= goes with those "
            "of one.",
            field=option,
        )
    if max_tokens is None and (wanted is None or not repair):
        return chosen.plan(request, output=wanted, **_with(shots, given))
    ensures = given.pop("ensure_language", False)
    prompt = _composed(chosen, request, shots, wanted, _budget(max_tokens, reduce), given)
    whole = ask_once(prompt) if wanted is None or not repair else ask_twice(prompt, files)
    if not ensures:
        return whole
    from xlt.strategies.every import ensured

    return ensured(whole)


def parse(
    task: str | Task,
    reply: Any,
    *,
    inputs: Inputs | None = None,
    language: LanguageName = None,
    target_language: LanguageName = None,
    labels: Iterable[str] | None = None,
    strategy: str | None = None,  # every strategy so far asks for the task's one answer
    finish_reason: str | None = None,
    think_tags: ThoughtTags = None,
) -> Answer:
    """Return the answer in a reply whose prompt is not at hand; it is read as by `Prompt.parse`.

    Without `inputs` a choice is read by number and letter only, and an echo of the request is
    not known; without `language` the reply is read as English. `think_tags` as for `compose`.
    """
    from xlt.answers.reading import read_reply  # whoever only composes needs none of it
    from xlt.reply import Reply

    found = take_labels(get_task(task), labels)
    get_strategy(strategy or found.strategy)  # a misspelt name is told, though all are read alike
    texts = check_inputs(found, inputs) if inputs is not None else None
    own = get_language(language or "en")
    target = get_language(target_language) if target_language is not None else own
    tags = check_think_tags(think_tags) if think_tags is not None else None
    asked = answer_format(found, texts, own, target, think_tags=tags)
    said = Reply.of(reply)
    if finish_reason is not None:
        said = replace(said, finish_reason=finish_reason)
    return read_reply(said, asked)


def _chosen(name: str, options: dict[str, Any]) -> Strategy:
    """Return the strategy, after a look at the names of its options: `langauge=` is none."""
    strategy = get_strategy(name)
    if options:
        others = [one for one in compose.__kwdefaults__ or () if one != "demonstrations"]
        check_options(name, strategy.takes, options, beside=others)
    return strategy


def _selected(demonstrations: Demonstrations, request: Request) -> tuple[Demonstration, ...]:
    if demonstrations == ():  # as nearly always
        return ()
    from xlt.demonstrations.selection import select_for

    return select_for(demonstrations, request)


def _warn(request: Request, given: LanguageName) -> None:
    """Warn of a language whose script is not that of the text.

    Or, if it was detected, of texts in different scripts.
    """
    if given is None:
        if len(request.task.deciding) < 2:
            return
    elif begins_in(scripts_of_first_letter(request.language), request.task, request.inputs):
        return
    from xlt.request_inspection import language_warnings  # hardly ever

    for warning in language_warnings(request, detected=given is None):
        warnings.warn(str(warning), LanguageWarning, stacklevel=3)


def ask_twice(prompt: Prompt, files: TemplateFiles) -> Plan:
    """Return the plan of a structured answer that is asked for again where it does not fit."""
    (reply,) = yield (prompt,)
    first = prompt.parse(reply)
    if not first.faults:
        return first
    from xlt.strategies.every import followed

    listed = "\n".join([f"- {fault}" for fault in first.faults[:_MOST_FAULTS]])
    again = render_step(files, "structured/repair.j2", {"faults": listed})
    second = followed(prompt, first.reply, Step("repair", again))
    (reply,) = yield LastRound([second])
    answer = second.parse(reply)
    return replace(answer, flags=answer.flags | {"asked_again"})


def output_of(task: Task, output: Any) -> Output | None:
    """Return the object asked for, if any. Raises InputError where the task needs one."""
    if output is None and task.output == "required":
        raise InputError(
            f"The task {task.name} needs output=, a pydantic model or a JSON schema of the fields.",
            field="output",
        )
    if output is None:
        return None
    from xlt.structured import Output

    return Output.of(output)


def _composed(
    strategy: Strategy,
    request: Request,
    shots: Sequence[Demonstration],
    output: Output | None,
    budget: Budget | None,
    options: dict[str, Any],
) -> Prompt:
    """Return the strategy's prompt, within the budget if there is one."""

    def composed(shown: Request, fewer: Sequence[Demonstration]) -> Prompt:
        if shown is not request and options.get("translator") is not None:
            raise InputError(
                "A prompt that is translated cannot be reduced to max_tokens: it would be "
                "translated anew at each try. Translate first, then compose."
            )
        return strategy.compose(shown, output=output, **_with(fewer, options))

    if budget is None:
        return composed(request, shots)
    from xlt.budget import fit

    return fit(composed, request, shots, budget)


def _budget(max_tokens: int | Budget | None, reduce: str) -> Budget | None:
    if max_tokens is None:
        return None
    from xlt.budget import Budget

    return max_tokens if isinstance(max_tokens, Budget) else Budget(max_tokens, reduce)


def _with(shots: Sequence[Demonstration], options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "demonstrations": shots} if shots else options
