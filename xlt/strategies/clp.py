"""Cross-lingual prompting: understand the request in a pivot language, then solve it there."""

from __future__ import annotations

from dataclasses import replace

from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language
from xlt.messages import exchange
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.strategy import LastRound, Plan, Strategy
from xlt.strategies.template import compose_from_template

# How the authors drew the replies of the two turns.
UNDERSTANDING = FrozenDict({"temperature": 1.0})
SOLVING = FrozenDict({"temperature": 0.2})
# The authors write [num] and [Choice]; the rest is ours.
_SLOTS = {"number": "num", "choice": "Choice", "label": "Choice", "boolean": "Choice"}


def make_plan(request: Request, *, pivot: str | Language = "en") -> Plan:
    """Two turns of one conversation; `pivot` is the language the model thinks in."""
    first = understanding(request, pivot)
    (understood,) = yield (first,)
    second = solving(request, first, Reply.of(understood).text, pivot)
    (reply,) = yield LastRound([second])
    return second.parse(reply)


def understanding(request: Request, pivot: str | Language, strategy: str = "clp") -> Prompt:
    """Return the first turn: cross-lingual alignment prompting."""
    unanswered = replace(request, answer_language=None)
    return _turn(unanswered, "understanding", pivot, strategy, UNDERSTANDING)


def solving(
    request: Request,
    first: Prompt,
    understood: str,
    pivot: str | Language,
    strategy: str = "clp",
) -> Prompt:
    """Return the second turn, the task-specific solver prompt, in the same conversation."""
    turn = _turn(request, "solving", pivot, strategy, SOLVING)
    said = exchange(first.request_text, understood, first.images)
    return replace(turn, history=(*request.history, *said), images=())


def _turn(
    request: Request,
    template: str,
    pivot: str | Language,
    strategy: str,
    sampling: FrozenDict[str, float],
) -> Prompt:
    task = request.task
    language = get_language(pivot, request.files)
    prompt = compose_from_template(
        request,
        strategy,
        template=f"clp/{template}",
        values=(
            ("pivot", language.name),
            ("clp_expert", task.clp_expert or task.title),
            ("slot", _SLOTS.get(task.answer.kind, "text")),
        ),
        output_type="answer",
    )
    return replace(
        prompt,
        options=(*prompt.options, ("pivot", language.tag), ("turn", template)),
        sampling=sampling,
        lettered=task.lettered,
    )


SOURCE = "Qin et al. 2023, arXiv 2310.14799"
STRATEGY = Strategy("clp", SOURCE, make_plan)
