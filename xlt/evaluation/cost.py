"""Tokens and money by language, from a price the caller gives."""

from __future__ import annotations

from dataclasses import dataclass

from xlt.errors import InputError


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that `calls` calls to a model read and wrote."""

    input_tokens: int
    output_tokens: int
    calls: int = 1

    def __post_init__(self) -> None:
        if min(self.input_tokens, self.output_tokens, self.calls) < 0:
            raise InputError("The tokens and calls of a usage cannot be negative.")

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """What a model takes for a million tokens read and a million written."""

    input_per_million: float
    output_per_million: float
    currency: str = "USD"

    def of(self, usage: Usage) -> float:
        """Return what the usage costs, in the price's currency."""
        read = usage.input_tokens * self.input_per_million
        written = usage.output_tokens * self.output_per_million
        return (read + written) / 1_000_000
