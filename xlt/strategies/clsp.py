"""Cross-lingual self-consistent prompting: CLP in several pivots, and a vote."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial

from xlt.answers.answer import Answer
from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.reply import Reply
from xlt.request import Request
from xlt.strategies.clp import solving, understanding
from xlt.strategies.strategy import LenientRound, Plan, Replies, Strategy, check_languages
from xlt.strategies.voting import Vote, check_votable

PIVOTS = ("en", "de", "es", "fr", "ja", "ru", "zh")
Answers = Generator[tuple[Prompt, ...], Replies, list[Answer | None]]


def make_plan(
    request: Request,
    *,
    pivots: Sequence[str] = PIVOTS,
    early_stop: bool = False,
    quorum: int | None = None,
) -> Plan:
    """Two rounds with a path for each pivot; the majority answers, ties go to the first pivot.

    `early_stop` sends the paths in groups, each just large enough to decide the vote, and stops
    when no path still to come could change it: the same answer for fewer calls and more rounds.
    A path that failed (its call raised) ends the plan; with `quorum` it does not vote, and the
    plan ends only when fewer than `quorum` paths are left.
    """
    ask = partial(paths, request, strategy="clsp")
    return (yield from voted("clsp", request, ask, pivots, early_stop, quorum))


def voted(
    strategy: str,
    request: Request,
    ask: Callable[..., Answers],
    pivots: Sequence[str],
    early_stop: bool,
    quorum: int | None,
) -> Plan:
    """Return the answer of most pivots; `ask(pivots, lenient=)` is the path of each to its own."""
    check_votable(strategy, request.task)
    waiting = check_languages("pivots", pivots, request)
    if quorum is not None and not 1 <= quorum <= len(waiting):
        raise InputError(
            f"quorum is {quorum}; with {len(waiting)} pivots it must be from 1 to {len(waiting)}."
        )
    vote, answered = Vote(), 0
    while waiting and (size := vote.needed(len(waiting)) if early_stop else len(waiting)):
        group, waiting = waiting[:size], waiting[size:]
        answers = yield from ask(group, lenient=quorum is not None)
        for answer in answers:
            if answer is not None:
                vote.add(answer)
                answered += 1
    winner = vote.winner()
    if winner is None or answered + len(waiting) < (quorum or 0):
        raise InputError(
            f"Only {answered} paths of {strategy} answered; quorum={quorum} asks for more."
        )
    return winner


def paths(
    request: Request, pivots: Sequence[str], *, strategy: str, lenient: bool = False
) -> Answers:
    """Run the two turns in every pivot side by side; None stands for a path that failed."""
    kind = LenientRound if lenient else tuple
    firsts = [understanding(request, pivot, strategy) for pivot in pivots]
    understood = yield kind(firsts)
    seconds = {
        place: solving(request, firsts[place], Reply.of(reply).text, pivots[place], strategy)
        for place, reply in enumerate(understood)
        if not isinstance(reply, Exception)
    }
    replies = (yield kind(seconds.values())) if seconds else ()
    answers: list[Answer | None] = [None] * len(pivots)
    for (place, prompt), reply in zip(seconds.items(), replies, strict=True):
        if not isinstance(reply, Exception):
            answers[place] = prompt.parse(reply)
    return answers


SOURCE = "Qin et al. 2023, arXiv 2310.14799"
STRATEGY = Strategy("clsp", SOURCE, make_plan)
