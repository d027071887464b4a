"""`detect`: sample the text, ask a detector by name, abstain or name one of the candidates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from operator import itemgetter

from xlt.detection.scripts import script_shares
from xlt.detection.varieties import by_primary_tag, choose_variety
from xlt.errors import InputError, LanguageNotDetected, shown
from xlt.languages import Language, get_language
from xlt.registry import find

MINIMUM_CONFIDENCE = 0.35
"""Below this probability a guess is withheld."""
MINIMUM_LEAD = 0.02
"""A best language that leads the next by less is a coin toss, and withheld."""
MINIMUM_GUESS = 0.2
"""From this probability on a guess that is withheld is told in the error."""
MINIMUM_TOTAL = 0.001
"""Candidates that share less probability than this are not what the text is written in."""

Detector = Callable[[str, tuple[str, ...] | None], Iterable[tuple[str, float]]]
"""What an entry point of the group `xlt.detectors` provides: `detector(text, languages)`.

`text` is a sample of at most some thousand characters with at least one word; `languages` the
primary language subtags the caller waits for ("zh", "pt"), None for all. Returns pairs of a
BCP-47 tag and a probability from 0 to 1, in any order, none where it cannot tell. Tags that
nobody waits for are ignored; leave their probability in, so that a text in none of the awaited
languages can be told. Must be deterministic and callable from several threads at once.
"""

HEAD, PART = 2_048, 1_024
"""Characters of a text looked at from the start, and from the middle and the end each."""

_ADVICE = "Pass language=..., for example language='en'."
_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_]+")
_FEW = 64  # letters, in a sample
_WORD = re.compile(r"[a-z]+")
_LEAST, _SHARE, _LOOKED_AT = 2, 0.35, 1000  # of the small words of Hindi and Urdu


@dataclass(frozen=True, slots=True)
class Detection:
    """A detected language, how sure the detector is of it (0 to 1), and the detector's name."""

    language: Language
    confidence: float
    detector: str


def detect_language(
    text: str,
    *,
    candidates: Iterable[str | Language] | None = None,
    detector: str = "default",
) -> Language:
    """Return the language of `text`: one of the `candidates` (tags, names, Languages) if given.

    `detector` is "default", "py3langid", "langdetect", or one an installed package provides.
    The same text gives the same language in every run and thread. Raises LanguageNotDetected
    for a text without words (digits, emoji, URLs), too short, or in none of the candidates;
    UnknownName for an unknown candidate or detector.
    """
    return detect(text, candidates, detector).language


def detect(
    text: str,
    candidates: Iterable[str | Language] | None = None,
    detector: str = "default",
) -> Detection:
    """Return what `detect_language` returns, with the detector's confidence; raises as it does."""
    if not isinstance(text, str):
        raise InputError(f"text must be a string, not {type(text).__name__}")
    wanted = None if candidates is None else _languages(candidates)
    rank: Detector = find("xlt.detectors", "detector", detector)
    sample = take_sample(text)
    if not has_word(sample):
        raise LanguageNotDetected(
            f"The text {shown(text)} has no words to detect a language from. {_ADVICE}"
        )
    if is_romanized_hindustani(sample):
        return Detection(_hindi_or_urdu(text, wanted, sample), 1.0, detector)
    ranking: Sequence[tuple[str | Language, float]]
    if wanted is None:
        ranking = list(rank(sample, None))
    else:
        varieties = by_primary_tag(wanted)
        ranking = _among(varieties, rank(sample, tuple(varieties)), sample)
    return _decide(text, ranking, wanted, detector)


def _hindi_or_urdu(text: str, wanted: tuple[Language, ...] | None, sample: str) -> Language:
    """Return the one candidate that a text of Hindi or Urdu in Latin letters can be in."""
    varieties = by_primary_tag(wanted or ())
    fitting = {choose_variety(tag, varieties, sample) for tag in ("hi", "ur")}
    fitting.discard(None)
    if len(fitting) == 1 and (found := fitting.pop()) is not None:
        return found
    raise LanguageNotDetected(
        f"The text {shown(text)} looks like Hindi or Urdu in Latin letters, which cannot be told "
        "apart. Pass language='hi' or language='ur'. With only one of them in candidates=, it is "
        "that one."
    )


def _languages(candidates: Iterable[str | Language]) -> tuple[Language, ...]:
    if isinstance(candidates, str | Language):
        raise InputError("candidates must be a list of languages, not a single one")
    found = tuple(get_language(candidate) for candidate in candidates)
    if not found:
        raise InputError("candidates is empty; leave it out to detect any language")
    return found


def _among(
    wanted: Mapping[str, Sequence[Language]], ranking: Iterable[tuple[str, float]], sample: str
) -> list[tuple[str | Language, float]]:
    """Return the ranking of the wanted languages alone, its probabilities adding up to 1."""
    sums: dict[Language, float] = {}
    for tag, probability in ranking:
        language = choose_variety(tag, wanted, sample)
        if language is not None:
            sums[language] = sums.get(language, 0.0) + probability
    total = sum(sums.values())
    if total < MINIMUM_TOTAL:
        return []
    return [(language, p / total) for language, p in sums.items()]


def _decide(
    text: str,
    ranking: Sequence[tuple[str | Language, float]],
    wanted: tuple[Language, ...] | None,
    detector: str,
) -> Detection:
    ordered = nlargest(2, ranking, key=itemgetter(1))
    if not ordered:
        among = f"one of {', '.join(one.name for one in wanted)}" if wanted else "known to it"
        raise LanguageNotDetected(
            f"The language of the text {shown(text)} is not {among}, says the detector "
            f"{detector!r}. {_ADVICE}"
        )
    language, confidence = get_language(ordered[0][0]), ordered[0][1]
    lead = confidence - (ordered[1][1] if len(ordered) > 1 else 0.0)
    if confidence < MINIMUM_CONFIDENCE or lead < MINIMUM_LEAD:
        guess, advice = "", _ADVICE
        if confidence >= MINIMUM_GUESS:
            guess = f"; the best guess, {language.name}, is {confidence:.0%} sure"
            advice = f"Pass language={language.tag!r} if it is right."
        raise LanguageNotDetected(
            f"The text {shown(text)} is too short to detect its language{guess}. {advice} "
            "A shorter list of candidates= helps, too."
        )
    return Detection(language, min(confidence, 1.0), detector)


def take_sample(text: str) -> str:
    """Return at most some 4,000 characters of `text`, in NFKC, URLs and e-mail addresses cut.

    A long text is looked at in three places; where those hold next to no letters, its first
    letters are gathered from wherever they stand. Work grows linearly with the text.
    """
    sample = _clean(text if len(text) <= HEAD + 2 * PART else _three_parts(text))
    if len(text) > len(sample) and sum(map(str.isalpha, sample)) < _FEW:
        return _clean(_first_letters(text))
    return sample


def has_word(text: str) -> bool:
    """Tell whether two letters stand side by side, or a character that is a word by itself."""
    before = False
    for character in text:
        category = unicodedata.category(character)
        if category == "Lo" and unicodedata.name(character, "").startswith("CJK"):
            return True
        if before and category[0] in "LM":
            return True
        before = category[0] == "L"
    return False


def _three_parts(text: str) -> str:
    middle = (len(text) - PART) // 2
    return "\n".join((text[:HEAD], text[middle : middle + PART], text[-PART:]))


def _first_letters(text: str) -> str:
    words: list[str] = []
    room = HEAD
    for match in _LETTERS.finditer(_ADDRESS.sub(" ", text)):
        words.append(match.group()[:room])
        room -= len(words[-1])
        if room <= 0:
            break
    return " ".join(words)


def _clean(text: str) -> str:
    # The pattern is tried at every letter; what every address holds is found in one look.
    if "@" in text or "://" in text or "www." in text.lower():
        text = _ADDRESS.sub(" ", text)
    return unicodedata.normalize("NFKC", text)


def is_romanized_hindustani(sample: str) -> bool:
    """Whether a text in Latin letters is Hindi or Urdu, which look alike there.

    A third of its words and more are small words of theirs, two of them no other language's.

    >>> is_romanized_hindustani("Mujhe mera paisa wapas chahiye")
    True
    >>> is_romanized_hindustani("I want my money back")
    False
    """
    sample = sample[:_LOOKED_AT].casefold()
    said = _WORD.findall(sample)
    if len(said) < _LEAST:
        return False
    small, shared = _small_words()
    own = sum([word in small for word in said])
    others = sum([word in shared for word in said])
    if own < _LEAST or own + others < _SHARE * len(sample.split()):
        return False
    return next(iter(script_shares(sample))) == "Latn"  # not "Tab ... hai" in a Chinese text


@lru_cache(maxsize=1)
def _small_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the small words that are only theirs, and those that several languages have."""
    known = get_language("hi").lexicon
    return frozenset(known["romanized"]), frozenset(known["romanized_shared"])
