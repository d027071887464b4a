"""Rates over answers: how they were found, and whether they are in the language asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlt.answers.reply_language import Part, check_language
from xlt.errors import InputError
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.evaluation.runs.records import Reading


@dataclass(frozen=True, slots=True)
class StatusRates:
    """How many of `count` answers were found how, in percent; `flags` counts each flag."""

    anchored: float
    fallback: float
    none: float
    count: int
    flags: FrozenDict[str, int]


def status_rates(answers: Iterable[Answer | Reading]) -> StatusRates:
    """Return the rates of the three statuses; raises InputError when there are no answers.

    An answer that was withheld is none.
    """
    found = list(answers)
    if not found:
        raise InputError("Status rates need at least one answer.")
    statuses = Counter("none" if one.status == "withheld" else one.status for one in found)
    flags = Counter(flag for answer in found for flag in answer.flags)
    anchored, fallback, none = (
        100 * statuses[name] / len(found) for name in ("anchored", "fallback", "none")
    )
    return StatusRates(anchored, fallback, none, len(found), FrozenDict(sorted(flags.items())))


@dataclass(frozen=True, slots=True)
class LanguageConsistency:
    """The line and word pass rates of replies (Language Confusion Benchmark, arXiv 2406.20052).

    `line_pass` is the percentage of `judged` replies without a line in another language;
    `word_pass` that of the replies passing their lines without an English word, in languages
    not written in Latin letters. Each is None where no reply counts. `skipped` counts replies
    with no line to judge; `other` counts the lines in each other language.
    """

    line_pass: float | None
    word_pass: float | None
    judged: int
    skipped: int
    other: FrozenDict[str, int]


def language_consistency(
    replies: Iterable[str], language: str | Language, *, part: Part = "answer"
) -> LanguageConsistency:
    """Return how many replies, or their thoughts, are in `language`.

    Raises what `xlt.check_language` raises.
    """
    wanted = get_language(language)
    checks = [check_language(reply, wanted, part=part) for reply in replies]
    lines = [check.line_pass for check in checks if check.line_pass is not None]
    words = [check.word_pass for check in checks if check.word_pass is not None]
    other = Counter(
        line.detected.tag if line.detected else "und" for check in checks for line in check.off
    )
    return LanguageConsistency(
        line_pass=_percent(lines),
        word_pass=_percent(words),
        judged=len(lines),
        skipped=len(checks) - len(lines),
        other=FrozenDict(sorted(other.items())),
    )


def _percent(passes: list[bool]) -> float | None:
    return 100 * sum(passes) / len(passes) if passes else None


def macro_f1(counts: Iterable[tuple[str, str | None, int]]) -> float | None:
    """Return the mean F1 of the gold labels, in percent; None where there are none.

    `counts` are gold label, answered label (None: no answer) and how often. Each label counts
    alike, however rare: a model that always answers the commonest does badly.

    >>> macro_f1([("yes", "yes", 9), ("no", "yes", 1)])
    47.368421052631575
    """
    found = list(counts)
    scores = []
    for label in dict.fromkeys(gold for gold, _, _ in found):
        right = sum(count for gold, value, count in found if gold == value == label)
        total = sum(count * ((gold == label) + (value == label)) for gold, value, count in found)
        scores.append(2 * right / total)
    return 100 * sum(scores) / len(scores) if scores else None
