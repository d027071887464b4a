"""`question`: one question by kind, language and seed; `Question.verdict`: bot or person."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from xlt.errors import InputError, UnknownName
from xlt.files.templates import TemplateFiles
from xlt.flair.checks import Key, is_right
from xlt.flair.generators import GENERATORS, HARDEST, Draw
from xlt.flair.wordings import letters, worded, wordings
from xlt.languages import Language, get_language

KINDS = tuple(GENERATORS)
HARD_FOR_PEOPLE = ("computation", "memorization")
"""Kinds that a bot answers at once and a person does not (the paper's section 4)."""
HARD_FOR_BOTS = tuple(kind for kind in KINDS if kind not in HARD_FOR_PEOPLE)
"""Kinds that a person answers and the models of 2023 did not (the paper's section 3)."""
SECONDS = 10
"""Within how many seconds a right answer to a question that is hard for people is a bot's."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a reply is right, and whose it looks like.

    `unclear` is a question for people that got no answer. A verdict is evidence, not proof.
    """

    right: bool
    looks_like: Literal["person", "bot", "unclear"]


@dataclass(frozen=True, slots=True)
class Question:
    """One generated question; the same kind, language, seed and difficulty give the same one.

    `key` is how a reply is checked. It is left out of the repr: do not show it to who is asked.
    """

    kind: str
    language: Language
    seed: int
    difficulty: int
    text: str
    key: Key = field(repr=False)

    def is_right(self, reply: str) -> bool:
        """Tell whether a reply answers the question rightly."""
        return is_right(self.key, reply, self.language)

    def verdict(self, reply: str, seconds: float) -> Verdict:
        """Return whether the reply looks like a bot's or a person's (arXiv 2305.06424).

        A right answer to a question of `HARD_FOR_BOTS` looks like a person's, a wrong one like a
        bot's. A right answer to one of `HARD_FOR_PEOPLE` looks like a bot's if it came within 10
        seconds; a wrong, missing or later one like a person's.
        Raises InputError where `seconds` is negative or not a number.
        """
        if not (isinstance(seconds, int | float) and 0 <= seconds < math.inf):
            raise InputError(f"seconds is {seconds!r}; it must be a number, 0 or more.")
        right = self.is_right(reply)
        if self.kind in HARD_FOR_PEOPLE:
            return Verdict(right, "bot" if right and seconds <= SECONDS else "person")
        if not reply.strip():
            return Verdict(right, "unclear")
        return Verdict(right, "person" if right else "bot")


def question(
    kind: str,
    language: str | Language,
    seed: int,
    *,
    difficulty: int = 1,
    templates: str | Path | None = None,
) -> Question:
    """Return a question of a kind (`KINDS`) in a language (`flair_languages`).

    A seed gives the same problem in every language, with letters of the language's script.
    `difficulty` is 1, the paper's size, to 5. `templates` is a folder whose `flair/<kind>.yaml`
    adds languages. An app draws the seed with `secrets.randbits(64)` and keeps it to itself.
    Raises UnknownName for a kind, or a language without a wording; InputError for a difficulty.

    >>> question("computation", "de", seed=1).text
    'Was ergibt 1101 multipliziert mit 9979?'
    """
    if kind not in GENERATORS:
        raise UnknownName("kind of question", kind, KINDS)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise InputError(f"seed is {seed!r}; it must be an integer.")
    if difficulty not in range(1, HARDEST + 1):
        raise InputError(f"difficulty is {difficulty!r}; it must be from 1 to {HARDEST}.")
    files = TemplateFiles.at(templates)
    spoken = get_language(language, files)
    drawn = GENERATORS[kind](Random(f"{kind}|{difficulty}|{seed}"), difficulty, letters(spoken.tag))
    text = _text(kind, drawn, spoken, files)
    return Question(kind, spoken, seed, difficulty, text, drawn.key)


def flair_languages(templates: str | Path | None = None) -> tuple[str, ...]:
    """Return the tags of the languages in which every kind of question has a wording."""
    files = TemplateFiles.at(templates)
    tags = {tag for texts in wordings("counting", files).values() for tag in texts}
    variants = [texts for kind in KINDS for texts in wordings(kind, files).values()]
    return tuple(sorted(tag for tag in tags if all(tag in texts for texts in variants)))


def _text(kind: str, drawn: Draw, language: Language, files: TemplateFiles) -> str:
    values = dict(drawn.values)
    if drawn.repeated:
        pairs = (worded(kind, "pair", language, files, one) for one in drawn.repeated)
        values["rule"] = "; ".join(pairs)
    text = worded(kind, drawn.variant, language, files, values)
    if drawn.noise is None:
        return text
    first, *words = text.split(" ")
    noisy = (f"{drawn.noise(place)}{word}" for place, word in enumerate(words))
    return "".join([first, *noisy])
