"""Strategies of one template: the baselines of the paper's table 5, and those that end in English.

Each pair is a plain request and a chain of thought.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xlt.demonstrations import Demonstration
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template


def compose_prompt(
    template: str,
    request: Request,
    *,
    demonstrations: Sequence[Demonstration] = (),
    demonstration_format: str | None = None,
    guard: str | None = None,
    nonce: str | None = None,
) -> Prompt:
    """Return the request as the paper's table 5 words it."""
    return compose_from_template(
        request,
        template,
        demonstrations=demonstrations,
        demonstration_format=demonstration_format,
        guard=guard,
        nonce=nonce,
    )


def compose_in_english(
    template: str,
    request: Request,
    *,
    demonstrations: Sequence[Demonstration] = (),
    demonstration_format: str | None = None,
) -> Prompt:
    """Return the request with the English format line at its end."""
    return compose_from_template(
        request,
        template,
        demonstrations=demonstrations,
        demonstration_format=demonstration_format,
        output_type="answer",
    )


_TABLE_5 = "Huang et al. 2023, arXiv 2305.07004, table 5"
_LIU = "Liu et al. 2024, arXiv 2403.10258"
_SHI = f"Shi et al. 2022, arXiv 2210.03057; wording of {_LIU}"
STRATEGY = single_call("basic", _TABLE_5, partial(compose_prompt, "basic"))
COT = single_call("cot", _TABLE_5, partial(compose_prompt, "cot"))
EN_BASIC = single_call("en_basic", _LIU, partial(compose_in_english, "en_basic"))
EN_COT = single_call("en_cot", _SHI, partial(compose_in_english, "en_cot"))
