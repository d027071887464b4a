"""Related-language feedback: an answer, reviewed in three languages; withheld where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlt.answers.answer import AnswerFormat
from xlt.answers.cleaning.thoughts import without_thoughts
from xlt.answers.reading import read_reply
from xlt.files.compiled import template_data
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.strategy import Plan, Strategy
from xlt.strategies.template import compose_from_template, with_said
from xlt.strategies.voting import check_short

_NAME, _OTHERS = "related_feedback", ("en", "fr", "es")  # where the authors' table has none


def make_plan(request: Request, *, languages: Sequence[str] | None = None) -> Plan:
    """Answer, review in three `languages` side by side, judge by the reviews: five calls.

    `languages` None are three related to the request's. An answer judged false is withheld: its
    value is None, its status "withheld", its text the one that was not trusted.
    """
    check_short(_NAME, request.task)
    asking = compose_from_template(request, _NAME, template="en_basic", output_type="answer")
    (reply,) = yield (asking,)
    answer = asking.parse(reply)
    if answer.value is None:
        return answer
    known = template_data(request.files, "related_feedback/related.yaml")
    chosen = languages or known.get(request.language.tag.split("-")[0], _OTHERS)
    spoken = [get_language(one, request.files).name for one in chosen]
    said = {"proposed": f"{answer.text} ({answer.words})" if answer.words else answer.text}
    reviews = yield tuple([_turn(request, "review", {**said, "reviewer": one}) for one in spoken])
    texts = [without_thoughts(Reply.of(review).text).strip() for review in reviews]
    listed = "\n".join([f"{one}: {text}" for one, text in zip(spoken, texts, strict=True)])
    (verdict,) = yield (_turn(request, "verdict", {**said, "reviews": listed}),)
    asked = AnswerFormat("boolean", "answer", request.language, request.language)
    if read_reply(Reply.of(verdict), asked).value is not False:
        return answer
    return replace(answer, value=None, status="withheld", letter=None, words=None)


def _turn(request: Request, turn: str, said: dict[str, str]) -> Prompt:
    plain = replace(request, answer_language=None)
    prompt = compose_from_template(plain, _NAME, template="basic")
    prompt = with_said(prompt, request.files, f"related_feedback/{turn}.j2", said)
    sampling = FrozenDict({"temperature": 1.0} if turn == "review" else {})
    return replace(prompt, options=(("turn", turn),), sampling=sampling)


SOURCE = "Feng et al. 2024, arXiv 2406.15948; wording ours"
STRATEGY = Strategy(_NAME, SOURCE, make_plan)
