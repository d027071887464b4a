"""The words of the languages a reply may be in, by class: the only place that knows words.

The words themselves are data (`templates/languages/`, one file a language); here they become
one `Lexicon` for English, the task's language and the language of the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from xlt.answers.cleaning.reply import words_of
from xlt.answers.letters import LETTER_LISTS
from xlt.files.templates import TemplateFiles
from xlt.languages import Language

if TYPE_CHECKING:
    from xlt.answers.answer import AnswerFormat

# The classes that rules ask for, each with its bit; docs/answers.md says what they hold.
CLASSES = (
    "answer", "final", "option", "ordinal", "or", "and", "not", "neither", "both", "all", "but",
    "because", "about", "copula", "uncertain", "unable", "tell", "yes", "no", "maybe", "correct",
    "therefore", "explanation", "minus", "point", "percent", "if", "whether", "than", "between",
    "range", "preposition", "article", "given", "respectively", "less", "more", "choose", "wait",
    "turn", "number", "half", "placeholder", "except", "question", "entailment", "contradiction",
    "neutral", "result", "second", "minute", "hour", "day", "week", "month", "year", "pronoun",
    "clock", "judged", "then", "aside", "purpose", "step", "part", "case", "that", "total",
    "than_after",
)  # fmt: skip
# Classes that rules look up by name only; of particles the longest comes first.
UNTAGGED = (
    "particles",
    "number_joins",
    "abbreviation",
    "prefix",
    "nth",
    "currency",
    "paraphrase",
    "different_meaning",
    "opener",
    "refusal",
)
BIT: Mapping[str, int] = {name: 1 << place for place, name in enumerate(CLASSES)}
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")

# Scripts written without spaces between words, in which a word may begin anywhere: Thai, Lao,
# Myanmar, Hangul (endings are glued), Khmer, kana, Han, Javanese. Georgian has spaces.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3040-\u31ff\u3400-\u9fff"
    "\ua980-\ua9df\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_GLUED = re.compile(f"[{UNSPACED}]")
# What is no part of a word: blanks, digits, punctuation of all scripts.
OUTSIDE = (
    r"\s\d!-&(-/:-@\[-`{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf×÷\u055d\u0589\u05be"
    r"\u060c\u061b\u061f\u066a-\u066c\u06d4\u0964\u0965\u1361-\u1368\u2000-\u200b\u200e-\u206f"
    r"\u20a0-\u20cf\u2100-\u2bff\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
# A word of a spaced script, with the marks on its letters and apostrophes inside.
WORD = re.compile(f"[^{OUTSIDE}'{UNSPACED}][^{OUTSIDE}{UNSPACED}]*")


# What is written as one word, in any script: marks on letters belong to it.
LETTER = f"[^{OUTSIDE}]"
RUN = re.compile(f"{LETTER}+")
WORD_ENDS = f"(?![^{OUTSIDE}{UNSPACED}])"


class Tag(NamedTuple):
    """A word of the lexicon at `start:end` of a folded text, and the classes it is of."""

    start: int
    end: int
    mask: int


class _Words(NamedTuple):
    """A word's classes, 0 if it only opens phrases, and the phrases it opens, longest first."""

    mask: int
    longer: tuple[str, ...]
    masks: tuple[int, ...]

    def longest(self, folded: str, place: int, done: int, end: int) -> tuple[int, int] | None:
        """Return where the longest phrase at `place` ends, behind `done`, and its classes."""
        for phrase, mask in zip(self.longer, self.masks, strict=True):
            stop = place + len(phrase)
            if done < stop <= end and folded.startswith(phrase, place) and _ends(folded, stop):
                return stop, mask
        return None


_new = tuple.__new__  # a tag is made for every other word of a reply: this halves its cost


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """The words of English and of up to two more languages, folded, by class.

    `scale` and `scale_first` are the words that multiply the number before or behind them, `added`
    and `added_first` those that add a part of one to it, `numerals` number words with their
    values, `former` those that name one of two by themselves
    ("the latter"), `letters` the lists of letters for options.
    """

    words: Mapping[str, tuple[str, ...]]
    scale: Mapping[str, int]
    scale_first: Mapping[str, int]
    added: Mapping[str, int | Decimal]
    added_first: Mapping[str, int | Decimal]
    numerals: Mapping[str, int | Decimal]
    ordinals: Mapping[str, int]
    former: Mapping[str, int]
    letters: tuple[str, ...]
    _spaced: dict[str, _Words] = field(default_factory=dict, repr=False)
    _stems: dict[str, list[tuple[str, int]]] = field(default_factory=dict, repr=False)
    _glued: dict[str, int] = field(default_factory=dict, repr=False)
    _patterns: dict[object, re.Pattern[str]] = field(default_factory=dict, repr=False)

    def tags(self, folded: str, start: int, end: int) -> list[Tag]:
        """Return the known words of `folded[start:end]` in order, at each place the longest."""
        found: list[Tag] = []
        get, stems, done = self._spaced.get, self._stems, start
        prefix = self.words["prefix"]
        for match in WORD.finditer(folded, start, end):
            word = match[0]
            known = get(word)
            if known is not None:
                place, stop = match.span()
                mask, longer, _ = known
                if longer and folded.startswith(longer, place):
                    stop, mask = known.longest(folded, place, done, end) or (stop, mask)
                if mask and done < stop and (stop < end or _ends(folded, stop)):
                    found.append(_new(Tag, (place, stop, mask)))
                    done = stop  # "is not" and "not enough" may overlap
                    continue
            if word[:3] in stems and match.start() >= done:
                masks = [mask for stem, mask in stems[word[:3]] if word.startswith(stem)]
                if masks:
                    found.append(_new(Tag, (*match.span(), masks[0])))
            elif known is None and "'" in word:  # l'option, dell'opzione: an elided word before
                place, joint = match.start(), match.start() + word.rindex("'") + 1
                for left, right in ((place, joint), (joint, match.end())):
                    part = get(folded[left:right])
                    if part is not None and part.mask and left >= done:
                        found.append(_new(Tag, (left, right, part.mask)))
            elif prefix and known is None and word[0] in prefix and len(word) > 3:
                part = get(word[1:])  # وليست: "and is not"
                if part is not None and part.mask and match.start() >= done:
                    found.append(_new(Tag, (match.start() + 1, match.end(), part.mask)))
        if self._glued and not folded[start:end].isascii():
            glued = self._pattern("glued", self._glued_source)
            more = [Tag(*m.span(), self._glued[m[0]]) for m in glued.finditer(folded, start, end)]
            found = sorted(found + more) if more else found
        return found

    def mask(self, folded: str, start: int, end: int) -> int:
        """Return the classes of all known words in `folded[start:end]` as one mask."""
        found = 0
        for tag in self.tags(folded, start, end):
            found |= tag.mask
        return found

    def pattern(self, *classes: str) -> re.Pattern[str]:
        """Return what matches any word of the classes, in folded text; compiled once."""
        return self._pattern(classes, lambda: self.one_of(*classes))

    def one_of(self, *classes: str) -> str:
        """Return the source of a pattern of any word of the classes; it matches whole words."""
        return one_of({word for name in classes for word in self.words.get(name, ())})

    def _glued_source(self) -> str:
        return "|".join(map(re.escape, sorted(self._glued, key=len, reverse=True)))

    def _pattern(self, key: object, source: Callable[[], str]) -> re.Pattern[str]:
        if key not in self._patterns:
            self._patterns[key] = re.compile(source())
        return self._patterns[key]


def one_of(words: Iterable[str]) -> str:
    """Return the source of a pattern of any of the folded words, as whole words."""
    spaced = sorted([word for word in words if not is_glued(word)], key=len, reverse=True)
    glued = sorted([word for word in words if is_glued(word)], key=len, reverse=True)
    parts = []
    if spaced:
        stems = [re.escape(word[:-1]) for word in spaced if word.endswith("*")]
        whole = [re.escape(word) for word in spaced if not word.endswith("*")]
        inside = f"[^{OUTSIDE}{UNSPACED}]"
        ends = [f"(?:{'|'.join(whole)})(?!{inside})"] if whole else []
        ends += [f"(?:{'|'.join(stems)}){inside}{{0,12}}"] if stems else []
        parts.append(f"(?<!{inside})(?:{'|'.join(ends)})")
    if glued:
        parts.append("|".join(map(re.escape, glued)))
    return f"(?:{'|'.join(parts)})" if parts else r"(?!)"


def is_glued(word: str) -> bool:
    """Whether a word is of a script without spaces, or takes its endings unspaced."""
    return word > "\u0e00" and _GLUED.match(word) is not None


def _ends(folded: str, stop: int) -> bool:
    return stop >= len(folded) or folded[stop] in " .,\n" or WORD.match(folded, stop) is None


def lexicon_for(asked: AnswerFormat) -> Lexicon:
    """Return the lexicon of English, the task's language and the language of the answer."""
    own, target = asked.language, asked.target_language
    return _lexicon(own.tag, own.folder, target.tag, target.folder)


@lru_cache(maxsize=256)
def _lexicon(own: str, folder: str | None, target: str, target_folder: str | None) -> Lexicon:
    # Words are found by tag and folder, and these hash faster than languages do.
    asked = dict.fromkeys([("en", None), (own, folder), (target, target_folder)])
    return compiled([Language(tag, tag, tag, None, place) for tag, place in asked])


# What is looked for in the words of every language: markers, and placeholders of prompts.
EVERYWHERE = ("answer", "copula", "final", "correct", "preposition", "placeholder", "prefix")


@lru_cache(maxsize=1)
def every_lexicon() -> Lexicon:
    """Return the words of markers in all languages that ship, for a language not asked for."""
    index = json.loads(TemplateFiles.at(None).read("markers.yaml"))  # scripts/marker_words.py
    words = {name: tuple(index.get(name, ())) for name in (*CLASSES, *UNTAGGED)}
    found = Lexicon(words, {}, {}, {}, {}, {}, {}, {}, LETTER_LISTS)
    _index(found)
    return found


def compiled(of: Sequence[Language]) -> Lexicon:
    """Return the lexicon of the languages, compiled."""
    words: dict[str, dict[str, None]] = {name: {} for name in (*CLASSES, *UNTAGGED)}
    numbers: dict[str, dict[str, Any]] = {name: {} for name in _VALUES}
    letters: dict[str, None] = {}
    for one in of:
        entry = one.lexicon
        for name, listed in words.items():  # of ordinals the keys; an abbreviation has its case
            known = entry.get(name, ())
            listed |= dict.fromkeys(known if name == "abbreviation" else map(words_of, known))
        words["ordinal"] |= dict.fromkeys(map(words_of, entry.get("former", ())))
        for unit, names in entry.get("time", {}).items():
            words[unit] |= dict.fromkeys(map(words_of, names))
        for name, values in numbers.items():
            for word, value in entry.get(name, {}).items():
                if name != "scale" or str(value).strip("0") == "1":  # "7 dozen" is 7
                    values.setdefault(words_of(word), value)
        signs = [letter.upper() for letter in entry.get("letters", ())]
        letters |= dict.fromkeys(["".join([one for one in signs if len(one) == 1])])
        letters |= dict.fromkeys([one for one in signs if len(one) > 1])
    for phrase in words["unable"]:  # "cannot be" denies as "not" does, whose tag it covers
        if any(word in words["not"] for word in phrase.split()):
            words["not"].setdefault(phrase)
    words["particles"] = dict.fromkeys(sorted(words["particles"], key=len, reverse=True))
    found = Lexicon(
        {name: tuple(of_class) for name, of_class in words.items()},
        numbers["scale"],
        numbers["scale_first"],
        numbers["added"],
        numbers["added_first"],
        numbers["numbers"],
        numbers["former"] | numbers["ordinal"],
        numbers["former"],
        tuple([one for one in (letters | dict.fromkeys(LETTER_LISTS)) if one]),
    )
    _index(found)
    return found


_VALUES = ("scale", "scale_first", "added", "added_first", "numbers", "ordinal", "former")


def _index(lexicon: Lexicon) -> None:
    masks: dict[str, int] = {}
    for name in CLASSES:
        for word in lexicon.words[name]:
            masks[word] = masks.get(word, 0) | BIT[name]
    opened: dict[str, dict[str, int]] = {}
    for word, mask in sorted(masks.items(), key=lambda pair: -len(pair[0])):
        if is_glued(word):
            lexicon._glued[word] = mask
        elif word.endswith("*"):
            lexicon._stems.setdefault(word[:3], []).append((word[:-1], mask))
        elif first := WORD.match(word):
            opened.setdefault(first[0], {})[word] = mask
    for first_word, phrases in opened.items():
        alone = phrases.pop(first_word, 0)
        lexicon._spaced[first_word] = _Words(alone, tuple(phrases), tuple(phrases.values()))
