"""Tokens and money by strategy and language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlt.evaluation.cost import Price, Usage
from xlt.evaluation.runs.records import Cell, Result


@dataclass(frozen=True, slots=True)
class Spending:
    """What the calls of one strategy took, in one language or (None) in all.

    Every call counts, those of errored samples too. `money` is None where no price was given;
    `estimated` counts the calls whose tokens are xlt's estimate.
    """

    strategy: str
    language: str | None
    samples: int
    usage: Usage
    estimated: int
    money: float | None
    currency: str | None = None

    @property
    def tokens_per_sample(self) -> float | None:
        tokens = self.usage.input_tokens + self.usage.output_tokens
        return tokens / self.samples if self.samples else None


def spend(
    cells: Sequence[Cell], results: Mapping[str, Sequence[Result]], price: Price | None
) -> tuple[Spending, ...]:
    """Return the spending of each strategy, in all its languages and then in each."""
    found = []
    for strategy in dict.fromkeys(cell.strategy for cell in cells):
        by_language: dict[str, list[Result]] = {}
        for cell in cells:
            if cell.strategy == strategy:
                by_language.setdefault(cell.pair, []).extend(results[cell.name])
        everything = [one for some in by_language.values() for one in some]
        found.append(_sum(strategy, None, everything, price))
        found += [_sum(strategy, tag, some, price) for tag, some in by_language.items()]
    return tuple(found)


def usage_of(results: Sequence[Result]) -> Usage:
    return Usage(
        input_tokens=sum(one.prompt_tokens for one in results),
        output_tokens=sum(one.completion_tokens for one in results),
        calls=sum(len(one.calls) for one in results),
    )


def _sum(
    strategy: str, language: str | None, results: Sequence[Result], price: Price | None
) -> Spending:
    usage = usage_of(results)
    return Spending(
        strategy=strategy,
        language=language,
        samples=len(results),
        usage=usage,
        estimated=sum(call.estimated for one in results for call in one.calls),
        money=None if price is None else price.of(usage),
        currency=None if price is None else price.currency,
    )
