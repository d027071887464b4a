"""What a request gives and asks, to tell an answer from what a reply only repeats."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from xlt.answers.cleaning.reply import words_of
from xlt.answers.lexicon import BIT, Lexicon
from xlt.answers.numerals.finding import numbers
from xlt.answers.numerals.words import number_words
from xlt.answers.sentences.view import QUESTION_MARKS, View, sentences

# So much of a request is looked at, from its end.
_MOST = 8000
# A part takes up the question where it shares so many runs of three characters with it that no
# other part holds; what fewer say is chance.
_TELLING = 3
_SIGNS = " \t*_\"'“”«»"
# What divides the clauses of a sentence.
_JOINS = sum([BIT[name] for name in ("and", "or", "but", "because", "therefore")])
_JOINT = re.compile(r"[,;，；、،؛(（=＝。।۔]|\.\s")


class Placed(Protocol):
    """A number or a mention: what stands at `start:end`."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


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
    """Return the request's last question, folded, else its last sentence; "" without a request."""
    return _question(view.asked.request, view.asked.options)


@lru_cache(maxsize=256)
def _question(request: tuple[str, ...], options: tuple[str, ...]) -> str:
    last = ""
    for text in reversed([text for text in request if text not in options]):
        folded = words_of(text[-_MOST:])
        spans = sentences(folded, 0, len(folded))
        asked = [span for span in spans if folded[span[1] - 1] in QUESTION_MARKS]
        if asked:
            return folded[slice(*asked[-1])]
        last = last or (folded[slice(*spans[-1])] if spans else "")
    return last


def asked_for(view: View, found: Sequence[Placed], start: int, end: int) -> int:
    """Return which of the values of a sentence its question asks for; -1 if it does not tell.

    It is the one whose clause alone repeats words of the question: "400 cents, that is 4 dollars".
    """
    question = _asked_grams(question_of(view)) if len(found) > 1 else frozenset()
    parts = list(clauses(view, found, start, end)) if question else []
    shared = [grams(view.folded[left:right]) & question for left, right in parts]
    own = [
        len(mine - frozenset().union(*shared[:place], *shared[place + 1 :]))
        for place, mine in enumerate(shared)
    ]
    telling = [place for place, count in enumerate(own) if count >= _TELLING]
    return telling[0] if len(telling) == 1 else -1


def shares_question(view: View, start: int, end: int, *, share: float = 0.3) -> bool:
    """Whether a part of the reply, a few words at least, takes up words of the question."""
    question = _asked_grams(question_of(view))
    said = grams(view.folded[start:end].strip(_SIGNS)) if question else frozenset()
    return len(said & question) >= max(_TELLING, share * len(said))


def clauses(view: View, found: Sequence[Placed], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the clause of each value of a sentence; none where two of them share one."""
    joints = [start]
    tags = view.tags(start, end)
    for first, second in pairwise(found):
        left, right = first.end, second.start
        gap = [tag.start for tag in tags if tag.mask & _JOINS and left <= tag.start < right]
        sign = _JOINT.search(view.text, left, right)
        gap += [sign.start()] if sign else []
        if not gap:
            return
        joints.append(min(gap))
    yield from pairwise([*joints, end])


def grams(text: str) -> frozenset[str]:
    """Return all runs of three characters, which are compared in every script alike."""
    text = " ".join(text.split())
    return frozenset([text[place : place + 3] for place in range(max(1, len(text) - 2))])


@lru_cache(maxsize=256)
def _asked_grams(question: str) -> frozenset[str]:
    return grams(question)
