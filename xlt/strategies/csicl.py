"""CSICL: demonstrations that move to English step by step, and a request to do the same."""

from __future__ import annotations

from collections.abc import Sequence

from xlt.demonstrations import Demonstration
from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.steps import request_text
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template, prompt_from


def compose_prompt(request: Request, *, demonstrations: Sequence[Demonstration] = ()) -> Prompt:
    """Return the request behind the demonstrations, with the order to switch as they do.

    The method is the authors', who published no prompts; the wording is ours.
    """
    if not demonstrations:
        raise InputError(
            "csicl needs demonstrations= whose replies move to English step by step: "
            "xlt.build_demonstrations(..., kind='csicl') makes them; without any use en_cot.",
            field="demonstrations",
        )
    return compose_from_template(
        request, "csicl", demonstrations=demonstrations, output_type="answer"
    )


def switching_prompt(request: Request) -> Prompt:
    """Return the prompt that asks for a request's text in versions ever more in English."""
    values = {
        "language": request.language.name,
        "text": request_text(request, "plain_request"),
    }
    return prompt_from(request, "csicl", "csicl/writing", values)


SOURCE = "Yoo et al. 2025, arXiv 2510.05678; wording ours"
STRATEGY = single_call("csicl", SOURCE, compose_prompt)
