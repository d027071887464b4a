"""Reducing a long text to some of its words, in the order they stand: seven named ways."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib import import_module
from typing import Any

from xlt.errors import InputError, MissingExtra, UnknownName

# Takes the words of a text, returns each one's part of speech by Universal Dependencies' names.
Tagger = Callable[[Sequence[str]], Sequence[str]]
# The names of the reductions; "truncate", "random", "block" and "syntax" are those of
# CLIPA (arXiv 2305.07017, section 3), "frequency" that of arXiv 2412.16148.
REDUCTIONS = ("head", "head+tail", "truncate", "random", "block", "frequency", "syntax")
# A word's share of its language, as of wordfreq's word_frequency.
Frequency = Callable[[str], float]
_SIGNS = ".,;:!?…()[]{}«»“”„\"'‘’。，、！？；：（）「」『』।؟،"
_LONGEST_WORD = 60  # what is longer has no spaces to be cut at: a link, a sequence, data
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_FIRST_CLASSES = (("NOUN", "PROPN"), ("ADJ",), ("VERB",))


class Reduction:
    """A text's pieces, and in which order they are given up; `kept(n)` keeps n of them.

    "head" keeps the first characters, cut between what readers see as one; "head+tail" half of
    them from either end. "truncate", "random", "block" and "syntax" keep whole words: the
    first ones, a uniform subset, one window at a uniform place, or nouns before adjectives
    before verbs before the rest. "frequency" keeps rare words: by `frequency` (a word's share of
    the language), else by how often the text has them, long words before short ones. `kept`
    joins pieces verbatim, so that it is a subsequence of the text, and the n+1 pieces it keeps
    hold the n (but for "block", "head+tail").
    """

    def __init__(
        self,
        name: str,
        text: str,
        *,
        seed: int = 0,
        tagger: Tagger | None = None,
        frequency: Frequency | None = None,
    ) -> None:
        if name not in REDUCTIONS:
            raise UnknownName("reduction", name, REDUCTIONS)
        self.name, self.text = name, text
        self.pieces = graphemes(text) if name in ("head", "head+tail") else words(text)
        draw = random.Random(sha256(f"{seed}|{name}|{text}".encode()).digest())
        self._place = draw.random()
        self._order: list[int] = []
        if name == "random":
            self._order = list(range(len(self.pieces)))
            draw.shuffle(self._order)
        elif name == "frequency":
            self._order = _rare_first([piece.strip() for piece in self.pieces], frequency)
        elif name == "syntax":
            self._order = _by_class([piece.strip() for piece in self.pieces], tagger)

    def kept(self, count: int) -> str:
        """Return the text reduced to `count` of its pieces."""
        pieces, total = self.pieces, len(self.pieces)
        if count >= total:
            return self.text
        if self._order:
            return "".join([pieces[place] for place in sorted(self._order[:count])])
        if self.name == "block":
            start = int(self._place * (total - count + 1))
            return "".join(pieces[start : start + count])
        tail = count // 2 if self.name == "head+tail" else 0
        return "".join([*pieces[: count - tail], *pieces[total - tail :]])


class WholeItems:
    """The texts of a list as pieces: the last go first, as passages come best first."""

    def __init__(self, items: tuple[str, ...]) -> None:
        self.pieces = items

    def kept(self, count: int) -> tuple[str, ...]:
        """Return the first `count` texts."""
        return self.pieces[:count]


def words(text: str) -> list[str]:
    """Return the words of a text, each with the blanks behind it; joined they are the text.

    Where a script sets no spaces (Chinese, Japanese, Thai ...), and in a run of more than 60
    characters, a word is what a reader sees as one character.
    """
    import regex

    unspaced = regex.compile(rf"[{_UNSPACED}]")
    pieces: list[str] = []
    for word in re.findall(r"\S+\s*|^\s+", text):
        if len(word) > _LONGEST_WORD or unspaced.search(word):
            pieces += graphemes(word)
        else:
            pieces.append(word)
    return _with_blanks(pieces)


def graphemes(text: str) -> list[str]:
    """Return what readers see as single characters: no combining sequence or emoji is cut."""
    import regex

    return _with_blanks(regex.findall(r"\X", text))


def _with_blanks(pieces: list[str]) -> list[str]:
    """Join blanks to the piece before them, so that every piece can be seen."""
    joined: list[list[str]] = []
    seen = False  # blanks at the start go with the first piece that is none
    for piece in pieces:
        blank = piece.isspace()
        if not joined or (seen and not blank):
            joined.append([])
        joined[-1].append(piece)
        seen = seen or not blank
    return ["".join(parts) for parts in joined]


def _rare_first(found: list[str], frequency: Frequency | None) -> list[int]:
    """Return the places of the words, the rarest first; of equals long ones, then early ones."""
    bare = [word.strip(_SIGNS).casefold() or word for word in found]
    rank = Counter(bare).__getitem__ if frequency is None else frequency
    ranks = {word: rank(word) for word in set(bare)}
    return sorted(range(len(bare)), key=lambda at: (ranks[bare[at]], -len(bare[at]), at))


def _by_class(found: list[str], tagger: Tagger | None) -> list[int]:
    """Return the places of the words: nouns, adjectives, verbs, the rest (CLIPA)."""
    if tagger is None:
        tagger = spacy_tagger()
    tags = list(tagger(found))
    if len(tags) != len(found):
        raise InputError(f"The tagger gave {len(tags)} tags for {len(found)} words.")
    ranks = {tag: rank for rank, tags in enumerate(_FIRST_CLASSES) for tag in tags}
    last = len(_FIRST_CLASSES)
    return sorted(range(len(found)), key=lambda place: (ranks.get(tags[place], last), place))


def spacy_tagger(model: str = "en_core_web_sm") -> Callable[[Sequence[str]], list[str]]:
    """Return a tagger that gives words their universal part of speech ("NOUN", "ADJ" ...).

    Raises MissingExtra without spaCy, InputError without its `model`, which spaCy itself
    installs.
    """
    try:
        spacy: Any = import_module("spacy")
        tokens: Any = import_module("spacy.tokens")
    except ModuleNotFoundError as error:
        raise MissingExtra('Reducing a text by "syntax" without a tagger=', "syntax") from error
    try:
        pipeline = spacy.load(model, exclude=["ner", "lemmatizer"])
    except OSError as error:
        raise InputError(
            f"spaCy's model {model!r} is not installed: python -m spacy download {model}"
        ) from error

    def tag(words: Sequence[str]) -> list[str]:
        document = tokens.Doc(pipeline.vocab, words=list(words))
        return [token.pos_ for token in pipeline(document)]

    return tag
