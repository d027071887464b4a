"""The request in its own language, then English: a line on the format, or chain of thought."""

from __future__ import annotations

from collections.abc import Sequence

from xlt.demonstrations import Demonstration
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.strategy import Strategy, single_call
from xlt.strategies.template import compose_from_template


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


STRATEGY = with_english_format("en_basic", "Liu et al. 2024, arXiv 2403.10258")
COT = with_english_format(
    "en_cot", "Shi et al. 2022, arXiv 2210.03057; wording of Liu et al. 2024, arXiv 2403.10258"
)
