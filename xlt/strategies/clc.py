"""Cross-lingual consistency: a chain of thought in each of several languages, and a vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from xlt.languages import get_language
from xlt.request import Request
from xlt.strategies.clsp import PIVOTS, Answers, voted
from xlt.strategies.native_cot import think_in
from xlt.strategies.strategy import LenientRound, Plan, Strategy


def make_plan(
    request: Request,
    *,
    pivots: Sequence[str] = PIVOTS,
    early_stop: bool = False,
    quorum: int | None = None,
) -> Plan:
    """One round: the bare request with the lines of native_cot in every pivot; most answers win.

    `early_stop` and `quorum` are those of clsp, which asks twice as often.
    """
    ask = partial(_paths, request)
    return (yield from voted("clc", request, ask, pivots, early_stop, quorum))


def _paths(request: Request, pivots: Sequence[str], *, lenient: bool) -> Answers:
    prompts = [
        replace(prompt, options=(*prompt.options, ("pivot", pivot)))
        for pivot in pivots
        for prompt in [think_in(get_language(pivot, request.files), request, "clc")]
    ]
    replies = yield (LenientRound if lenient else tuple)(prompts)
    return [
        None if isinstance(reply, Exception) else prompt.parse(reply)
        for prompt, reply in zip(prompts, replies, strict=True)
    ]


SOURCE = "Yu et al. 2025, arXiv 2504.01857; lines as of native_cot"
STRATEGY = Strategy("clc", SOURCE, make_plan)
