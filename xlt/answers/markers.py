"""Markers: the words that announce an answer, for a prompt and its languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from xlt.answers.answer import AnswerFormat
from xlt.answers.normal_form import nfc
from xlt.answers.reply import fold
from xlt.languages import Language, get_language, languages
from xlt.languages.entries import Words

# Words that may stand between a marker and its colon: "Answer in Japanese:", "Answer to it:".
_TAIL = "in|to|for|of|on|with|en|auf|in|na|на|по|для|bằng|dalam|kwa|em|di|for the|between"
# What languages that set "correct" and "final" behind the noun say there.
_ADJECTIVE = (
    "correct[ae]|exact[ae]|corretta|esatta|finale?|đúng(?: nhất)?|chính xác|cuối cùng"
    "|(?:yang )?(?:benar|tepat)|akhir|sahihi|la mwisho|الصحيحة|الصحيح|النهائية|النهائي"
    "|kòrèk(?: la)?|final la"
)
_THAI_ADJECTIVE = "(?:ที่)?ถูกต้อง|(?:ที่)?ถูก|สุดท้าย"
_SUFFIX = r"(?P<suffix>[^\W\d_]{0,4}?)"
# Kinds whose answer stands in a language of its own.
TEXT_KINDS = ("short_text", "long_text")


@dataclass(frozen=True, slots=True)
class Marker:
    """One word; a weak one needs a colon; `names_target`: it is of the language wanted."""

    folded: str
    english: bool
    weak: bool = False
    names_target: int = 0


@dataclass(frozen=True, slots=True)
class Markers:
    """The words to look for, those of all other languages, and what follows such a word."""

    words: tuple[Marker, ...]
    foreign: tuple[Marker, ...]
    foreign_ascii: tuple[Marker, ...]
    separator: re.Pattern[str]
    names: Mapping[str, int]

    def naming(self, words: str) -> Iterator[int]:
        """Yield 1 for the target language and -1 for another one named in `words`."""
        for word in re.findall(r"[^\W\d_]+", fold(words)):
            if word in self.names:
                yield self.names[word]


def markers_of(asked: AnswerFormat) -> Markers:
    """Return the markers for what a prompt asked."""
    own, target = asked.language, asked.target_language
    return _markers(asked.kind, asked.output_type, own, target, (_facts(own), _facts(target)))


def _facts(language: Language) -> tuple[Words, str, str]:
    """Return what a language's tag, by which it compares, leaves out: folders may differ in it."""
    return language.words, language.name, language.native_name


@lru_cache(maxsize=1024)
def _markers(
    kind: str, output_type: str, own: Language, target: Language, facts: object
) -> Markers:
    """Return the markers; `facts` tells languages of one tag apart for the cache."""
    every = {language.tag: language for language in languages()}
    english = get_language("en")
    near = {language.tag: language for language in (english, own, target)}
    text = kind in TEXT_KINDS
    found: dict[str, Marker] = {}
    for word, names in _asked(kind, output_type):
        found[word] = Marker(word, word.isascii(), names_target=names if text else 0)
    for language in near.values():
        for word in _answer_words(language):
            naming = text and language == target and target.tag != "en"
            found.setdefault(word, Marker(word, language == english, names_target=int(naming)))
    if kind == "choice":
        for word in [fold(word) for one in near.values() for word in one.words.choice]:
            found.setdefault(word, Marker(word, word.isascii(), weak=True))
    foreign = {
        word: Marker(word, False, weak=len(word) < 2)
        for language in every.values()
        for word in _answer_words(language)
        if word not in found
    }
    copulas = {nfc(word) for one in (*every.values(), own, target) for word in one.words.copula}
    return Markers(
        tuple(found.values()),
        tuple(foreign.values()),
        tuple([marker for word, marker in foreign.items() if word.isascii()]),
        _separator(copulas),
        _language_names(every, target) if text else {},
    )


def _asked(kind: str, output_type: str) -> Iterator[tuple[str, int]]:
    folded = fold(nfc(output_type)).strip()
    if folded:
        yield folded, int(" " in folded)
    head = folded.rpartition(" ")[2]
    if kind in TEXT_KINDS and head != folded:
        yield head, 0


def _answer_words(language: Language) -> list[str]:
    return [fold(nfc(word)) for word in language.words.answer]


def _language_names(every: Mapping[str, Language], target: Language) -> dict[str, int]:
    names: dict[str, int] = {}
    for language, value in [*[(one, -1) for one in every.values()], (target, 1)]:
        if value < 0 and language == target:
            continue
        for name in (language.name, language.native_name):
            for word in re.findall(r"[^\W\d_]+", fold(nfc(name))):
                if len(word) > 3 or not word.isascii():
                    names[word] = value
    return names


def _separator(copulas: set[str]) -> re.Pattern[str]:
    """Return what may follow a marker; every repeat is bounded.

    Groups: suffix, tail and one of colon, line, dash, copula (colon behind it), bare.
    """
    spaced = sorted((word for word in copulas if not _is_cjk(word)), key=len, reverse=True)
    glued = sorted((word for word in copulas if _is_cjk(word)), key=len, reverse=True)
    is_ = "|".join(
        [rf"[ \t]{{1,4}}(?:{'|'.join(map(re.escape, spaced))})(?![^\W\d_])"]
        + [rf"[ \t]{{0,4}}(?:{'|'.join(map(re.escape, glued))})"]
    )
    adjective = rf"(?:[ \t]?(?:(?:{_ADJECTIVE})(?![^\W\d_])|{_THAI_ADJECTIVE}))?"
    in_brackets = r"[(（\[][^()（）\[\]\n]{0,60}[)）\]]"
    tail = rf"(?P<tail>[ \t]?(?:{in_brackets}|\b(?:{_TAIL})\b[^\n:：.!?=]{{0,80}}?))?"
    # "| Answer | 42 |": the two cells of a table's row, but not of its head.
    cell = r"\|(?=[^|\n]{1,60}\|[ \t]*(?:\n(?![ \t]*\|?[ \t]*:?-)|\Z))"
    return re.compile(
        rf"""{_SUFFIX}["'”’»)\]]{{0,2}}{adjective}{tail}[ \t]{{0,4}}(?:"""
        rf"(?P<colon>(?:{is_})?[ \t]{{0,4}}(?:[:：]|=(?!=)|=>|->|→|{cell}))"
        rf"|(?P<line>[ \t]{{0,8}}(?=\n))"
        rf"|(?P<dash>[-–—](?=[ \t]))"
        rf"|(?P<copula>{is_})"
        rf"|(?P<bare>(?=[\d$€£¥+−-]|(?<=[ \t])(?-i:[A-Z])(?![^\W\d_])|(?<=[ \t])[(\[]))"
        rf")",
        re.IGNORECASE,
    )


def _is_cjk(word: str) -> bool:
    return any("\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\ud7ff" for c in word)
