"""PIM, parallel input in several languages: the request, and its translations, in one prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlt.answers.answer import Answer
from xlt.prompt import Prompt, Step
from xlt.request import Request
from xlt.strategies.self_translate import translations
from xlt.strategies.steps import request_text
from xlt.strategies.strategy import LastRound, Plan, Strategy, check_languages
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import Translator

_MOST = 6  # beside the original: the authors found two to seven in all to be best


def make_plan(
    request: Request,
    *,
    languages: Sequence[str] = ("en", "de", "es"),
    translator: Translator | None = None,
) -> Plan:
    """One call, after a round in which the model translates where there is no `translator`.

    `languages` are those of the translations, up to six; that of the request is left out.
    """
    tags = check_languages("languages", languages, request, _MOST)
    if request.task.target_language == "required":  # no translation is asked for in its own words
        tags = tuple([tag for tag in tags if tag != request.target_language.tag])
    versions = yield from translations(request, tags, "pim", translator)
    if isinstance(versions, Answer):
        return versions
    prompt = _parallel(request, versions)
    (reply,) = yield LastRound([prompt])
    return prompt.parse(reply)


def _parallel(request: Request, versions: Sequence[Request]) -> Prompt:
    all_of_it = (request, *versions)
    about = (("count", str(len(all_of_it))),)
    prompt = compose_from_template(
        request, "pim", template="pim/parallel", values=about, output_type="answer"
    )
    shown = [f"{one.language.name}:\n{request_text(one, 'plain_request')}" for one in all_of_it]
    order, _, *others = prompt.steps
    requests = Step("requests", "\n\n".join(shown))
    steps = (order, requests, *others) if versions else (requests, *others)
    tags = ",".join([one.language.tag for one in versions])
    return replace(prompt, steps=steps, options=(*prompt.options, ("parallel", tags)))


SOURCE = "Mu et al. 2024, arXiv 2403.09073; wording ours"
STRATEGY = Strategy("pim", SOURCE, make_plan)
