"""Translate-English: an external translator first, then chain of thought over the English text."""

from __future__ import annotations

from dataclasses import replace

from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import Translator, check_translatable, translated


def compose_prompt(request: Request, *, translator: Translator | None = None) -> Prompt:
    """Return the English prompt; `translator(texts, source, target)` returns the texts.

    The prompt keeps the language of the request, and its signature names it.
    """
    check_translatable("translate_en", request)
    if translator is None:
        raise InputError(
            "translate_en needs translator=, a function of (texts, source tag, target "
            "tag) that returns texts; self_translate lets the model itself translate."
        )
    return solve_in_english(translated(request, translator), request, "translate_en")


def solve_in_english(english: Request, request: Request, strategy: str) -> Prompt:
    """Return the prompt that solves the translation `english` of `request`."""
    prompt = compose_from_template(english, strategy, template="translate_en", output_type="answer")
    return replace(prompt, language=request.language)


SOURCE = "Shi et al. 2022, arXiv 2210.03057; wording of Liu et al. 2024, arXiv 2403.10258"
STRATEGY = single_call("translate_en", SOURCE, compose_prompt)
