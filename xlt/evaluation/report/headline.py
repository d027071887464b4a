"""The reader's three questions: does it help, what does it cost, is a language left behind?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlt.evaluation.report.balance import Balance
from xlt.evaluation.report.gains import Gain
from xlt.evaluation.report.labels import (
    language_name,
    short_metric,
    shown_p,
    shown_range,
    signed,
)
from xlt.evaluation.report.pairing import FEW
from xlt.evaluation.report.spending import Spending

_WORDS = {"better": "Yes", "worse": "No", "unclear": "Not clear"}
_ROUGH_WORDS = {"better": "Perhaps", "worse": "Perhaps not", "unclear": "Not clear"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A question, its answer in a word or two, and the sentences that stand behind it."""

    question: str
    answer: str
    sentences: tuple[str, ...]
    tone: str = "neutral"


def does_it_help(subject: str, gains: Sequence[Gain]) -> Finding:
    """Answer from the gains over all languages, a sentence a benchmark."""
    question = f"Does {subject} help?"
    own = [gain for gain in gains if gain.strategy == subject]
    if not own:
        sentence = "The run has no second strategy on the same samples to compare with."
        return Finding(question, "Cannot tell", (sentence,))
    verdicts = {gain.difference.verdict for gain in own}
    verdict = verdicts.pop() if len(verdicts) == 1 else "mixed"
    sentences = [_gain_sentence(gain) for gain in own]
    is_rough = min(gain.difference.samples for gain in own) < FEW
    if is_rough:
        sentences.append(f"Fewer than {FEW} questions: take it as a hint, not as a result.")
    word = (_ROUGH_WORDS if is_rough else _WORDS).get(verdict, "On some benchmarks")
    values = [gain.difference.value for gain in own if gain.difference.value is not None]
    if len(own) == 1 and values:
        word = f"{word}: {signed(values[0])} points"
    return Finding(question, word, tuple(sentences), verdict)


def what_does_it_cost(subject: str, baseline: str, spending: Sequence[Spending]) -> Finding:
    """Answer from all calls of the two strategies, a sample each."""
    totals = {one.strategy: one for one in spending if one.language is None}
    own, base = totals.get(subject), totals.get(baseline)
    question = f"What does {subject} cost?"
    if own is None or not own.samples:
        return Finding(question, "Nothing yet", ("No sample of it has run.",))
    sentences = [_tokens_sentence(own)]
    answer = f"{own.tokens_per_sample or 0:,.0f} tokens a sample"
    if base is not None and base is not own and base.tokens_per_sample:
        ratio = (own.tokens_per_sample or 0) / base.tokens_per_sample
        answer = f"{ratio:.1f}× the tokens"
        sentences.append(_tokens_sentence(base))
    if own.estimated or (base is not None and base.estimated):
        sentences.append("Counts the server did not give are estimates.")
    if own.money is None:
        sentences.append("No price was given, so no money is shown.")
    return Finding(question, answer, tuple(sentences))


def is_anyone_left_behind(subject: str, balances: Sequence[Balance]) -> Finding:
    """Answer from the balance of the strategy on each benchmark."""
    question = "Is a language left behind?"
    own = [one for one in balances if one.strategy == subject and one.democratization is not None]
    if not own:
        notes = {one.note for one in balances if one.strategy == subject and one.note}
        sentence = "; ".join(sorted(notes)) or "no scores yet"
        return Finding(question, "Cannot tell", (f"{sentence[0].upper()}{sentence[1:]}.",))
    behind = list(dict.fromkeys(tag for one in own for tag in one.behind))
    names = ", ".join(language_name(tag) for tag in behind[:3])
    more = f" and {len(behind) - 3} more" if len(behind) > 3 else ""
    answer = f"Yes: {names}{more}" if behind else "None clearly"
    sentences = [_balance_sentence(one) for one in own]
    if min(one.fewest for one in own) < FEW:
        sentences.append(f"Fewer than {FEW} answers a language: only a wide gap would show.")
    return Finding(question, answer, tuple(sentences), "worse" if behind else "unclear")


def _gain_sentence(gain: Gain) -> str:
    found = gain.difference
    if found.value is None:
        return f"{gain.benchmark}: {found.note}."
    languages = "1 language" if gain.languages == 1 else f"{gain.languages} languages"
    how_sure = (
        f"95% interval {shown_range(found)}, {shown_p(found.p_value)}"
        if found.p_value is not None
        else "without an interval, so it may be chance"
    )
    return (
        f"{gain.benchmark}: {signed(found.value)} points of {short_metric(gain.metric)} over "
        f"{gain.baseline} ({how_sure}; {found.samples} questions, {languages})."
    )


def _tokens_sentence(spending: Spending) -> str:
    usage, samples = spending.usage, spending.samples
    read, written = usage.input_tokens / samples, usage.output_tokens / samples
    calls = usage.calls / samples
    money = "" if spending.money is None else f", {spending.money:,.4f} {spending.currency} in all"
    how_often = "1 call" if 0.95 <= calls < 1.05 else f"{calls:.1f} calls"
    return (
        f"{spending.strategy}: {read:,.0f} tokens read and {written:,.0f} written a sample, "
        f"{how_often}{money}."
    )


def _balance_sentence(balance: Balance) -> str:
    behind = ", ".join(language_name(tag) for tag in balance.behind)
    verdict = f"clearly below the others: {behind}" if behind else "none clearly below the others"
    return (
        f"{balance.benchmark}: democratization {balance.democratization:.1f}% over "
        f"{balance.languages} languages; best {language_name(balance.best or '')}, lowest "
        f"{language_name(balance.worst or '')}; {verdict}."
    )
