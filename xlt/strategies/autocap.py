"""AutoCAP: the model itself chooses and weighs the pivots, then cross-lingual prompting in each."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from fractions import Fraction

from xlt.errors import InputError, UnknownName
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.messages import exchange
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.clsp import PIVOTS, paths
from xlt.strategies.steps import request_text
from xlt.strategies.strategy import Plan, Replies, Strategy
from xlt.strategies.template import prompt_from
from xlt.strategies.voting import Vote, check_votable

_ITEM = re.compile(r"\{[^{}]{1,200}\}")
_NAME = re.compile(r"[\"']language[\"']\s{0,4}:\s{0,4}[\"']([^\"']{1,60})[\"']")
_SCORE = re.compile(
    r"[\"']alignment score[\"']\s{0,4}:\s{0,4}[\"']?(1(?:\.0{1,9})?|0?\.\d{1,9}|0)\b"
)
_SAMPLING = FrozenDict({"temperature": 0.2})
Choice = Generator[tuple[Prompt, ...], Replies, Mapping[str, Fraction]]


def make_plan(request: Request, *, count: int = 6) -> Plan:
    """Two turns that choose `count` pivots and score them, then the paths, and a weighted vote.

    The wording of the two planning turns is ours, the form they ask for is the authors'. Where
    no language can be read from their replies, the pivots of clsp vote with equal weight.
    """
    check_votable("autocap", request.task)
    if count < 1:
        raise InputError(f"count is {count}; autocap needs at least one pivot.")
    weights = yield from _choose(request, count)
    answers = yield from paths(request, tuple(weights), strategy="autocap")
    vote = Vote()
    for weight, answer in zip(weights.values(), answers, strict=True):
        if answer is not None and weight:
            vote.add(answer, weight)
    winner = vote.winner() or next(answer for answer in answers if answer is not None)
    return winner


def _choose(request: Request, count: int) -> Choice:
    values = {
        "count": str(count),
        "language": request.language.name,
        "sample": request_text(request, "clp_request"),
    }
    first = _planning(request, "selection", values)
    (chosen,) = yield (first,)
    chosen = Reply.of(chosen).text
    said = (*request.history, *exchange(first.request_text, chosen))
    (scored,) = yield (replace(_planning(request, "weighting", {}), history=said),)
    weights = read_pivots(Reply.of(scored).text, request) or read_pivots(chosen, request)
    if not weights:
        return dict.fromkeys(PIVOTS, Fraction(1))
    return dict(list(weights.items())[:count])


def _planning(request: Request, template: str, values: Mapping[str, str]) -> Prompt:
    prompt = prompt_from(request, "autocap", f"autocap/{template}", values)
    return replace(prompt, options=(("turn", template),), sampling=_SAMPLING)


def read_pivots(reply: str, request: Request) -> dict[str, Fraction]:
    """Return tag -> score (0 to 1, 1 where none is given) from the last `Target Language=[...]`.

    Names that are not languages are left out; the first score of a language counts.
    """
    found: dict[str, Fraction] = {}
    for item in _ITEM.findall(reply.rpartition("Target Language")[2][:4000]):
        name, score = _NAME.search(item), _SCORE.search(item)
        if name is None:
            continue
        try:
            tag = get_language(name[1], request.files).tag
        except UnknownName:
            continue
        found.setdefault(tag, Fraction(score[1]) if score else Fraction(1))
    return found


SOURCE = "Zhang et al. 2024, arXiv 2406.13940; the planning turns in our own words"
STRATEGY = Strategy("autocap", SOURCE, make_plan)
