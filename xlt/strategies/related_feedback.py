"""Related-language feedback: three reviews, in related languages, decide whether to answer."""

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
from xlt.strategies.strategy import Plan, Strategy, check_languages
from xlt.strategies.template import compose_from_template, with_said
from xlt.strategies.voting import check_short

_NAME, _OTHERS = "related_feedback", ("en", "fr", "es")  # where the authors' table has none


def make_plan(request: Request, *, languages: Sequence[str] | None = None) -> Plan:
    """Answer, review the answer in three `languages` side by side, judge by the reviews: 5 calls.

    By default the languages are three related to the request's. An answer judged false is
    withheld: its value is None, its status "withheld", its text what the model answered.
    """
    check_short(_NAME, request.task)
    known = template_data(request.files, "related_feedback/related.yaml")
    related = known.get(request.language.tag.split("-")[0], _OTHERS)
    tags = check_languages("languages", related if languages is None else languages, request)
    names = [get_language(one, request.files).name for one in tags]
    asking = compose_from_template(request, _NAME, template="en_basic", output_type="answer")
    (reply,) = yield (asking,)
    answer = asking.parse(reply)
    if answer.value is None:
        return answer
    said = {"proposed": f"{answer.text} ({answer.words})" if answer.words else answer.text}
    reviews = yield tuple([_turn(request, "review", said, feedback_language=one) for one in names])
    texts = [without_thoughts(Reply.of(review).text).strip() for review in reviews]
    listed = "\n".join([f"Review {number}: {text}" for number, text in enumerate(texts, 1)])
    (verdict,) = yield (_turn(request, "verdict", said, reviews=listed),)
    asked = AnswerFormat("boolean", "answer", request.language, request.language)
    if read_reply(Reply.of(verdict), asked).value is not False:
        return answer
    return replace(answer, value=None, status="withheld", letter=None, words=None)


def _turn(request: Request, turn: str, said: dict[str, str], **more: str) -> Prompt:
    plain = replace(request, answer_language=None)
    prompt = compose_from_template(plain, _NAME, template="basic")
    prompt = with_said(prompt, request.files, f"related_feedback/{turn}.j2", {**said, **more})
    sampling = FrozenDict({"temperature": 1.0} if turn == "review" else {})
    return replace(prompt, options=(("turn", turn),), sampling=sampling)


SOURCE = "Feng et al. 2024, arXiv 2406.15948; wording ours"
STRATEGY = Strategy(_NAME, SOURCE, make_plan)
