"""The baselines of the paper's table 5: the basic prompt, and "Let's think step-by-step"."""

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


STRATEGY = table_5("basic")
COT = table_5("cot")
