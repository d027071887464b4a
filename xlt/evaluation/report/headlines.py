"""The questions on top of a report, and what the run answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlt.evaluation.report.cells import (
    Balance,
    Spending,
)
from xlt.evaluation.report.gains import (
    FEW,
    Gain,
)
from xlt.evaluation.report.showing import (
    language_name,
    short_metric,
    shown_p,
    shown_range,
    signed,
)
from xlt.evaluation.runs.tally import grouped

if TYPE_CHECKING:
    from xlt.evaluation.report.assembling import Judged


_WORDS = {"better": "Yes", "worse": "No", "unclear": "Not clear"}
_ROUGH_WORDS = {"better": "Perhaps", "worse": "Perhaps not", "unclear": "Not clear"}


@dataclass(frozen=True, slots=True)
class Headline:
    """A question, its answer in a word or two, and the sentences that support it."""

    question: str
    answer: str
    sentences: tuple[str, ...]
    tone: str = "neutral"


def does_it_help(subject: str, gains: Sequence[Gain]) -> Headline:
    """Answer from the gains over all languages, a sentence a benchmark."""
    question = f"Does {subject} help?"
    own = [gain for gain in gains if gain.strategy == subject]
    if not own:
        sentence = "The run has no second strategy on the same samples."
        return Headline(question, "Cannot tell", (sentence,))
    verdicts = {gain.verdict for gain in own}
    verdict = verdicts.pop() if len(verdicts) == 1 else "mixed"
    sentences = [_gain_sentence(gain) for gain in own]
    is_rough = min(gain.difference.samples for gain in own) < FEW
    if is_rough:
        sentences.append(f"Fewer than {FEW} questions: a hint, not a result.")
    word = (_ROUGH_WORDS if is_rough else _WORDS).get(verdict, "On some benchmarks")
    values = [gain.difference.value for gain in own if gain.difference.value is not None]
    if len(own) == 1 and values:
        word = f"{word}: {signed(values[0])} points"
    return Headline(question, word, tuple(sentences), verdict)


def which_is_best(judged: Sequence[Judged]) -> tuple[Headline, ...]:
    """Name the best strategy of each benchmark, where more than two were run."""
    sentences, names = [], []
    scored = (one for one in judged if one.mean is not None)
    for benchmark, group in grouped(scored, lambda one: one.benchmark).items():
        if len(group) < 3:
            continue
        first, *others = sorted(group, key=lambda one: -(one.mean or 0.0))
        equal = [one.strategy for one in group if one.mean == first.mean]
        names.append(" and ".join(equal) if len(equal) < 3 else "Several alike")
        listed = ", ".join(f"{one.strategy} {one.mean:.1f}" for one in others)
        sentences.append(
            f"{benchmark}: {first.strategy} {first.mean:.1f}, then {listed} (means over languages)."
            f" {_how_sure(first) if len(equal) == 1 else 'The first are equal.'}"
        )
    if not names:
        return ()
    answer = names[0] if len(set(names)) == 1 else "It depends on the benchmark"
    return (Headline("Which strategy scores highest?", answer, tuple(sentences)),)


def _how_sure(first: Judged) -> str:
    gain = first.gain
    if gain is None:
        return "It is the baseline itself."
    if gain.corrected is None:
        return "This may be chance."
    is_sure = "clear" if gain.verdict == "better" else "not clear"
    return f"Its lead over {gain.baseline} is {is_sure} (corrected {shown_p(gain.corrected)})."


def what_does_it_cost(subject: str, baseline: str, spending: Sequence[Spending]) -> Headline:
    """Answer from all calls of the two strategies, a sample each."""
    totals = {one.strategy: one for one in spending if one.language is None}
    own, base = totals.get(subject), totals.get(baseline)
    question = f"What does {subject} cost?"
    if own is None or not own.samples:
        return Headline(question, "Nothing yet", ("No sample of it has run.",))
    sentences = [_tokens_sentence(own)]
    answer = f"{own.tokens_per_sample or 0:,.0f} tokens per sample"
    if not own.tokens_per_sample:
        answer = "Cannot tell"
    elif base is not None and base is not own and base.tokens_per_sample:
        ratio = (own.tokens_per_sample or 0) / base.tokens_per_sample
        answer = f"{ratio:.1f}× the tokens"
        sentences.append(_tokens_sentence(base))
    if own.estimated or (base is not None and base.estimated):
        sentences.append("Where the server gave no counts, they are estimated.")
    if own.money is None:
        sentences.append("No price was given, so no cost is shown.")
    return Headline(question, answer, tuple(sentences))


def is_anyone_left_behind(subject: str, balances: Sequence[Balance]) -> Headline:
    """Answer from the balance of the strategy on each benchmark."""
    question = "Is a language left behind?"
    own = [one for one in balances if one.strategy == subject and one.democratization is not None]
    if not own:
        notes = {one.note for one in balances if one.strategy == subject and one.note}
        sentence = "; ".join(sorted(notes)) or "no scores yet"
        return Headline(question, "Cannot tell", (f"{sentence[0].upper()}{sentence[1:]}.",))
    behind = list(dict.fromkeys(tag for one in own for tag in one.behind))
    names = ", ".join(language_name(tag) for tag in behind[:3])
    more = f" and {len(behind) - 3} more" if len(behind) > 3 else ""
    answer = f"Yes: {names}{more}" if behind else "None clearly"
    sentences = [_balance_sentence(one) for one in own]
    if min(one.fewest for one in own) < FEW:
        sentences.append(f"Fewer than {FEW} answers per language: only a wide gap would show.")
    return Headline(question, answer, tuple(sentences), "worse" if behind else "unclear")


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
        f"{spending.strategy}: {read:,.0f} tokens read and {written:,.0f} written per sample, "
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
