"""Strategies of one template: the baselines of the paper's table 5, and those that end in English.

Each pair is a plain request and a chain of thought.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlt.demonstrations import Demonstration
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.strategy import Strategy, single_call
from xlt.strategies.template import compose_from_template


def table_5(name: str) -> Strategy:
    """Return the baseline of the paper's table 5 that the template `name`.j2 words."""

    def compose_prompt(
        request: Request,
        *,
        demonstrations: Sequence[Demonstration] = (),
        demonstration_format: str | None = None,
        guard: str | None = None,
        nonce: str | None = None,
    ) -> Prompt:
        return compose_from_template(
            request,
            name,
            demonstrations=demonstrations,
            demonstration_format=demonstration_format,
            guard=guard,
            nonce=nonce,
        )

    return single_call(name, "Huang et al. 2023, arXiv 2305.07004, table 5", compose_prompt)


def with_english_format(name: str, source: str) -> Strategy:
    """Return the strategy of the template `name`.j2, which ends in the English format line."""

    def compose_prompt(
        request: Request,
        *,
        demonstrations: Sequence[Demonstration] = (),
        demonstration_format: str | None = None,
    ) -> Prompt:
        return compose_from_template(
            request,
            name,
            demonstrations=demonstrations,
            demonstration_format=demonstration_format,
            output_type="answer",
        )

    return single_call(name, source, compose_prompt)


STRATEGY = table_5("basic")
COT = table_5("cot")
EN_BASIC = with_english_format("en_basic", "Liu et al. 2024, arXiv 2403.10258")
EN_COT = with_english_format(
    "en_cot", "Shi et al. 2022, arXiv 2210.03057; wording of Liu et al. 2024, arXiv 2403.10258"
)
