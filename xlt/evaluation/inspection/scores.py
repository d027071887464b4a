"""An answer and its gold as Inspect's `Score`, the same for live samples and for a run's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from inspect_ai.scorer import CORRECT, INCORRECT, NOANSWER, Score

from xlt.evaluation.runs.tally import CORPUS_METRICS
from xlt.evaluation.scoring import score_values
from xlt.evaluation.translation import chrf
from xlt.rows import Gold

UNREADABLE = "invalid_response_format"
"""Inspect's name for a reply whose answer cannot be read."""


_REASONS = {
    "Refused": "refusal",
    "EmptyReply": "no_response",
    "UnexpectedToolCall": "no_response",
}


class Asked(Protocol):
    """What is known of a request that was answered: of a live sample, or of a run's cell."""

    @property
    def metric(self) -> str: ...

    @property
    def pair(self) -> str: ...

    @property
    def answer_language(self) -> str: ...


def failure_of(kind: str, message: str) -> dict[str, str] | None:
    """Return why there is no reply to read, None where the call itself failed.

    `kind` is the name of an error (`xlt.backends.errors`).
    """
    if kind not in _REASONS:
        return None
    return {"kind": kind, "message": message, "reason": _REASONS[kind]}


def score_of(about: Asked, reading: Mapping[str, Any], value: Any, gold: Gold) -> Score:
    """Return the score of an answer.

    Right and wrong are Inspect's C and I, and N where no answer was found (it counts as wrong);
    F1 and ROUGE lie between 0 and 1, and so does a translation's sentence chrF++, which is for
    reading through: its metric is that of the corpus. `reading` is the answer as JSON
    (`xlt.answers.as_json`), `value` the value itself.
    """
    number, metric, signature = _measured(about, value, gold)
    found: Any = number
    if metric == "accuracy":
        found = NOANSWER if value is None else CORRECT if number == 1 else INCORRECT
    return Score(
        value=found,
        answer=None if value is None else (reading["text"] or str(value)),
        explanation=_explanation(reading),
        reason=UNREADABLE if value is None else None,
        metadata={
            "status": reading["status"],
            "flags": list(reading["flags"]),
            "language": about.pair,
            "value": reading["value"],
            "span": None if reading["span"] is None else list(reading["span"]),
            "metric": signature,
        },
    )


def unscored(about: Asked, failure: Mapping[str, str]) -> Score:
    """Return the score of a sample without a reply to read: it is left out, not wrong."""
    return Score.unscored(
        reason=failure.get("reason"),
        explanation=f"{failure['kind']}: {failure['message']}",
        metadata={"status": "errored", "flags": [], "language": about.pair},
    )


def status_of(score: Score) -> Score:
    """Return how the answer of a score was found, as a score of its own."""
    about = score.metadata or {}
    if about.get("status") == "errored":
        return Score.unscored(reason=score.reason, explanation=score.explanation, metadata=about)
    kept = {name: about.get(name) for name in ("language", "flags")}
    return Score(value=about["status"], explanation=score.explanation, metadata=kept)


def _measured(about: Asked, value: Any, gold: Gold) -> tuple[float, str, str]:
    """Return a score from 0 to 1, the name of its metric and the metric's signature."""
    metric = about.metric
    if metric in CORPUS_METRICS:
        reference = gold[0] if isinstance(gold, tuple) else str(gold)
        found = chrf(["" if value is None else str(value)], [reference])
        return found.value / 100, metric, f"sentence {found.signature}"
    score = score_values(metric, [value], [gold], about.answer_language)
    return score.per_sample[0], metric, score.signature


def _explanation(reading: Mapping[str, Any]) -> str:
    flags = f" Flags: {', '.join(reading['flags'])}." if reading["flags"] else ""
    if reading["status"] == "none":
        return f"none: no answer was found in the reply.{flags}"
    how = {"anchored": "behind the marker asked for", "fallback": "by a rule, without the marker"}
    place = ""
    if reading["span"] is not None:
        start, end = reading["span"]
        place = f", characters {start} to {end} of the reply"
    return f"{reading['status']}: found {how[reading['status']]}{place}.{flags}"
