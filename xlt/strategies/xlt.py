"""Cross-Lingual-Thought prompting: one call, six instructions (the paper, figure 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xlt.demonstrations import Demonstration
from xlt.errors import InputError, UnknownName
from xlt.files.templates import TemplateFiles
from xlt.languages import Language
from xlt.messages import check_encodable
from xlt.prompt import Layout, Prompt
from xlt.request import Request
from xlt.strategies.reasoning import Gate, compose_for_reasoning, is_reasoning, is_to_translate
from xlt.strategies.steps import step_name
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import Translator, translated


def compose_prompt(
    request: Request,
    *,
    steps: Iterable[str] | None = None,
    rephrase: str | None = None,
    demonstrations: Sequence[Demonstration] = (),
    demonstration_format: str | None = None,
    model_class: str | None = None,
    thinking: str | Language | None = None,
    thinking_prefill: bool | str = False,
    translator: Translator | None = None,
    needs_translation: Gate = None,
    layout: Layout = "user",
    guard: str | None = None,
    nonce: str | None = None,
) -> Prompt:
    """Return the XLT prompt.

    `steps` is a selection and order of the six steps by the paper's names (its ablations,
    table 3); `rephrase` replaces the task's rephrasing word (retell, repeat, translate).
    `model_class="reasoning"` leaves out the role and every word of steps. With it, `thinking` is
    the language to think in: "en", "native" (the request's) or any tag; `thinking_prefill` begins
    the thought in it, where the server continues an assistant's message. With a `translator` the
    English translation comes first, for all but high-resource languages or where
    `needs_translation(request, language)` says so.
    Not the paper's, and shown in the signature: `layout="system+user"` puts role assigning into
    the system message; `guard="delimit"` sets marks around the task input that the text inside
    cannot close (no proof against injection), named by `nonce` or by a hash of the inputs.
    """
    if model_class is not None and is_reasoning(model_class):
        if steps is not None or demonstrations:
            raise InputError(
                "A reasoning model gets no demonstrations, and model_class='reasoning' chooses "
                "the steps: leave out demonstrations= and steps=, or model_class=."
            )
        if layout != "user" or guard is not None:
            raise InputError(
                "model_class='reasoning' has no role to put into a system message and no guard: "
                "leave out layout= and guard=, or model_class=."
            )
        translates = is_to_translate(request, needs_translation)
        if needs_translation is True and translator is None:
            raise InputError(
                "needs_translation=True needs translator=; selective_translation lets the model "
                "translate.",
                field="translator",
            )
        return compose_for_reasoning(
            request,
            rephrase=rephrase,
            english=translated(request, translator) if translator and translates else None,
            thinking=thinking,
            thinking_prefill=thinking_prefill,
        )
    for name, given in (
        ("thinking", thinking),
        ("thinking_prefill", thinking_prefill),
        ("translator", translator),
        ("needs_translation", needs_translation),
    ):
        if given not in (None, False):
            raise InputError(f"xlt takes {name}= with model_class='reasoning' only.")
    if rephrase is not None:
        if not isinstance(rephrase, str) or not rephrase.strip():
            raise InputError("rephrase must be a word: retell, repeat, translate (the paper's) ...")
        check_encodable(rephrase, "rephrase")
    return compose_from_template(
        request,
        "xlt",
        demonstrations=demonstrations,
        demonstration_format=demonstration_format,
        steps=None if steps is None else _templates_of(steps, request.files),
        rephrase=rephrase,
        layout=layout,
        guard=guard,
        nonce=nonce,
    )


def _templates_of(steps: Iterable[str], files: TemplateFiles) -> tuple[str, ...]:
    known = {step_name(name): name for name in files.names("steps", ".j2")}
    wanted: list[Any] = [steps]
    if isinstance(steps, Iterable) and not isinstance(steps, str):
        wanted = list(steps)
    if not all(isinstance(step, str) for step in wanted):
        raise InputError(f"steps must be names of steps; choose from {', '.join(known)}.")
    chosen = [step.strip().lower().replace(" ", "_").replace("-", "_") for step in wanted]
    for given, step in zip(wanted, chosen, strict=True):
        if step not in known:
            raise UnknownName("step", given, known)
        if chosen.count(step) > 1:
            raise InputError(f"The step {step!r} is given twice.")
    if not chosen:
        raise InputError(f"steps is empty; choose from {', '.join(known)}.")
    return tuple([known[step] for step in chosen])


STRATEGY = single_call("xlt", "Huang et al. 2023, arXiv 2305.07004, figure 3", compose_prompt)
