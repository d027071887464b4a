"""Numbers in running text: digits of every script, number words, Han numerals, sums of them."""
