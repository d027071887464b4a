"""What a request gives and asks, to tell an answer from what a reply only repeats."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from xlt.answers.cleaning.reply import words_of
from xlt.answers.lexicon import Lexicon
from xlt.answers.numerals.finding import numbers
from xlt.answers.numerals.words import number_words
from xlt.answers.sentences.view import QUESTION_MARKS, View, sentences

# So much of a request is looked at, from its end.
_MOST = 8000
# A part repeats the question where it shares so many runs of three characters with it that no
# other part holds; what fewer say is chance.
_TELLING = 3


def given_numbers(view: View) -> frozenset[Decimal]:
    """Return the numbers that the request holds, in digits and in words."""
    return _given(view.asked.request, view.lexicon)


@lru_cache(maxsize=256)
def _given(request: tuple[str, ...], lexicon: Lexicon) -> frozenset[Decimal]:
    text = "\n".join(request)[-_MOST:]
    folded, end = words_of(text), len(text)
    if len(folded) != end:
        text = folded  # not in normal form
        end = len(text)
    found = {value for value, _, _ in number_words(folded, lexicon, 0, end)}
    for dots in (False, True):
        found |= {one.value for one in numbers(text, folded, lexicon, 0, end, dot_groups=dots)}
    return frozenset(found)


def question_of(view: View) -> str:
    """Return the request's last question, folded; "" where none stands in it."""
    return _question(view.asked.request, view.asked.options)


@lru_cache(maxsize=256)
def _question(request: tuple[str, ...], options: tuple[str, ...]) -> str:
    for text in reversed([text for text in request if text not in options]):
        folded = words_of(text[-_MOST:])
        spans = sentences(folded, 0, len(folded))
        asked = [span for span in spans if folded[span[1] - 1] in QUESTION_MARKS]
        if asked:
            return folded[slice(*asked[-1])]
    return ""


def part_asked_for(view: View, parts: Sequence[tuple[int, int]]) -> int:
    """Return which part of the reply alone repeats words of the question; -1 if none does so."""
    question = _asked_grams(question_of(view))
    shared = [grams(view.folded[start:end]) & question for start, end in parts]
    own = [
        len(mine - frozenset().union(*shared[:place], *shared[place + 1 :]))
        for place, mine in enumerate(shared)
    ]
    telling = [place for place, count in enumerate(own) if count >= _TELLING]
    return telling[0] if len(telling) == 1 else -1


def grams(text: str) -> frozenset[str]:
    """Return all runs of three characters, which are compared in every script alike."""
    text = " ".join(text.split())
    return frozenset([text[place : place + 3] for place in range(max(1, len(text) - 2))])


@lru_cache(maxsize=256)
def _asked_grams(question: str) -> frozenset[str]:
    return grams(question)
