"""Fitting a prompt into a number of tokens: fewer demonstrations, then less of one input."""

from xlt.budget.fitting import Budget

__all__ = ["Budget"]
