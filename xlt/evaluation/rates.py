"""Rates over answers: how they were found, and whether they are in the language asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from xlt.answers.answer import Answer
from xlt.answers.reply_language import Part, check_language
from xlt.detection import detect_language
from xlt.errors import InputError, LanguageNotDetected
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language


@dataclass(frozen=True, slots=True)
class StatusRates:
    """How many of `count` answers were found how, in percent; `flags` counts each flag."""

    anchored: float
    fallback: float
    none: float
    count: int
    flags: FrozenDict[str, int]


@dataclass(frozen=True, slots=True)
class LanguageCompliance:
    """How many texts are in the language asked for.

    Texts too short to tell, or without words (numbers, names), are `undecided` and not counted
    in `rate`, which is in percent of the others, None where there is none.
    """

    compliant: int
    other: FrozenDict[str, int]
    undecided: int

    @property
    def rate(self) -> float | None:
        decided = self.compliant + sum(self.other.values())
        return 100 * self.compliant / decided if decided else None


def status_rates(answers: Iterable[Answer]) -> StatusRates:
    """Return the rates of the three statuses; raises InputError when there are no answers."""
    found = list(answers)
    if not found:
        raise InputError("Status rates need at least one answer.")
    statuses = Counter(answer.status for answer in found)
    flags = Counter(flag for answer in found for flag in answer.flags)
    percent = {name: 100 * statuses[name] / len(found) for name in statuses}
    return StatusRates(
        anchored=percent.get("anchored", 0.0),
        fallback=percent.get("fallback", 0.0),
        none=percent.get("none", 0.0),
        count=len(found),
        flags=FrozenDict(sorted(flags.items())),
    )


def language_compliance(
    texts: Iterable[str],
    target: str | Language,
    *,
    candidates: Iterable[str | Language] | None = ("en",),
    detector: str = "default",
) -> LanguageCompliance:
    """Return how many texts are in the `target` language, as the detector sees them.

    `candidates` are the languages that a model may have slipped into, by default English (what
    it thinks in); None stands for every language the detector knows.
    """
    language = get_language(target)
    awaited = None if candidates is None else (language, *candidates)
    compliant, undecided, other = 0, 0, Counter[str]()
    for text in texts:
        try:
            found = detect_language(text, candidates=awaited, detector=detector)
        except LanguageNotDetected:
            undecided += 1
            continue
        if found.tag.partition("-")[0] == language.tag.partition("-")[0]:
            compliant += 1
        else:
            other[found.tag] += 1
    return LanguageCompliance(compliant, FrozenDict(sorted(other.items())), undecided)


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
