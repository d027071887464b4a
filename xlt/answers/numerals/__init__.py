"""Numbers in running text: digits of every script, number words, Han numerals, sums of them."""

from xlt.answers.numerals.digits import Number
from xlt.answers.numerals.finding import numbers

__all__ = ["Number", "numbers"]
