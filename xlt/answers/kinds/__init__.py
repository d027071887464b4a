"""The kinds of answers, one module each: number, choice, label (and yes or no), text, JSON."""
