"""Selective translation for reasoning models: English first for languages they know less well."""

from __future__ import annotations

from xlt.answers.answer import Answer
from xlt.errors import InputError
from xlt.languages import Language
from xlt.request import Request
from xlt.strategies.reasoning import Gate, compose_for_reasoning, is_reasoning, is_to_translate
from xlt.strategies.self_translate import translations
from xlt.strategies.strategy import LastRound, Plan, Strategy
from xlt.strategies.translation import Translator, check_translatable

_NAME = "selective_translation"


def make_plan(
    request: Request,
    *,
    translator: Translator | None = None,
    needs_translation: Gate = None,
    thinking: str | Language | None = "en",
    thinking_prefill: bool | str = False,
    model_class: str = "reasoning",
) -> Plan:
    """One call; before it a round in which the model translates, where there is no `translator`.

    `needs_translation(request, language)` is the gate; None lets all but high-resource languages
    through. `thinking` and `thinking_prefill` are those of xlt. The authors train their gate to
    detect what a model does not understand; the tier of the language stands in for it here.
    """
    check_translatable(_NAME, request)
    if not is_reasoning(model_class):
        raise InputError(
            f"{_NAME} is for reasoning models: leave out model_class={model_class!r}, or use "
            "self_translate.",
            field="model_class",
        )
    compose_for_reasoning(  # refused before a call is paid for
        request, _NAME, english=request, thinking=thinking, thinking_prefill=thinking_prefill
    )
    tags = ["en"] if is_to_translate(request, needs_translation) else []
    made = yield from translations(request, tags, _NAME, translator)
    if isinstance(made, Answer):
        return made
    prompt = compose_for_reasoning(
        request,
        _NAME,
        english=made[0] if made else None,
        thinking=thinking,
        thinking_prefill=thinking_prefill,
    )
    (reply,) = yield LastRound([prompt])
    return prompt.parse(reply)


SOURCE = "Kang et al. 2025, arXiv 2510.27269; wording ours"
STRATEGY = Strategy(_NAME, SOURCE, make_plan)
