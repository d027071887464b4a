"""EMCEE: thinking and background knowledge, each with its answer, and a judge who merges them."""

from __future__ import annotations

from dataclasses import replace

from xlt.answers.cleaning.thoughts import without_thoughts
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.steps import request_text
from xlt.strategies.strategy import LastRound, Plan, Strategy
from xlt.strategies.template import compose_from_template, prompt_from, with_said
from xlt.strategies.voting import check_short


def make_plan(request: Request) -> Plan:
    """Three rounds: think and explain side by side, answer with the explanation, merge.

    The method is the authors', whose code has no licence; the wording is ours.
    """
    check_short("emcee", request.task)
    plain = replace(request, answer_language=None)
    sample = request_text(request, "plain_request")
    about = {"language": request.language.name, "sample": sample}
    thinking = _turn(plain, "en_cot", "thinking")
    explaining = prompt_from(request, "emcee", "emcee/explaining", about)
    thought, explained = yield (thinking, replace(explaining, options=(("turn", "explaining"),)))
    background = _said(explained)
    answering = _turn(plain, "emcee/answering", "background", explanation=background)
    (answered,) = yield (answering,)
    second = f"{background}\n{_said(answered)}"
    judging = _turn(request, "emcee/judging", "colleagues", first=_said(thought), second=second)
    (merged,) = yield LastRound([judging])
    return judging.parse(merged)


def _said(reply: object) -> str:
    return without_thoughts(Reply.of(reply).text).strip()


def _turn(request: Request, template: str, turn: str, **said: str) -> Prompt:
    prompt = compose_from_template(request, "emcee", template=template, output_type="answer")
    if said:
        prompt = with_said(prompt, request.files, f"emcee/{turn}.j2", said, after="plain_request")
    return replace(prompt, options=(*prompt.options, ("turn", turn)))


SOURCE = "Koo and Kim 2025, arXiv 2503.05846; wording ours"
STRATEGY = Strategy("emcee", SOURCE, make_plan)
