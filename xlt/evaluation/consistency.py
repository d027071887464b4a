"""Language consistency: how many replies are in the language asked for, by lines and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from xlt.answers.reply_language import Part, check_language
from xlt.frozen import FrozenDict
from xlt.languages import Language, get_language


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
