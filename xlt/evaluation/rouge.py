"""ROUGE-1 over the tokens of XL-Sum's multilingual scorer (Hasan et al. 2021)."""

from __future__ import annotations

import logging
import re
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from tempfile import TemporaryDirectory
from typing import Any

from xlt.errors import InputError, MissingExtra
from xlt.evaluation.score import Score, mean_score
from xlt.frozen import FrozenDict

Segment = Callable[[str], Sequence[str]]
"""Splits a text that has no spaces between its words; what it returns are the tokens."""

_HAN = re.compile("[㐀-䶿一-鿿豈-﫿𠀀-𯨟]")
_SNOWBALL = FrozenDict({"en": "english", "es": "spanish", "fr": "french"})
_UNSTEMMED = ("vi", "zh")
_NEEDS_SEGMENTS = frozenset(["th", "ja", "my"])


def rouge1(
    predictions: Sequence[str],
    references: Sequence[str],
    language: str | None,
    *,
    segment: Segment | None = None,
    stem: bool = False,
) -> Score:
    """Return the mean ROUGE-1 F-measure, in percent.

    `language` is a BCP-47 tag; None splits as the scorer does for an unnamed language. Chinese
    is segmented by jieba; Thai, Japanese and Burmese need a `segment` of the caller's.
    `stem` stems words of more than three characters by Snowball (English, Spanish, French);
    Chinese and Vietnamese have no stemmer, other languages are refused.
    Raises InputError for no samples or lengths that differ, MissingExtra without `xlt[eval]`.
    """
    if len(predictions) != len(references):
        count = f"{len(predictions)} summaries"
        raise InputError(f"{count} cannot be scored on {len(references)} references.")
    stemmed, stemmer = _stemmer(language) if stem else (None, "no")
    scorer = _scorer(language, segment, stemmed)
    per_sample = [
        scorer.score(reference, prediction)["rouge1"].fmeasure
        for prediction, reference in zip(predictions, references, strict=True)
    ]
    settings = {"lang": language or "none", "tok": _tokenizer_name(language, segment)}
    return mean_score(
        "rouge1", per_sample, **settings, stem=stemmer, rouge_score=version("rouge-score")
    )


def tokenize(text: str, language: str | None, segment: Segment | None = None) -> list[str]:
    """Return the tokens of a text: lower case, no punctuation, letters and digits apart.

    Control characters go without a trace. In a Chinese text the space where punctuation
    stood is a token of its own.
    """
    words = " ".join(_without_punctuation(text.lower()).split())
    if segment is not None:
        return list(segment(words))
    subtag = _primary(language)
    if subtag in _NEEDS_SEGMENTS:
        raise InputError(
            f"ROUGE for {language} needs its words: pass segment=, a function from text to "
            "words (pythainlp.word_tokenize for Thai, fugashi or sudachipy for Japanese)."
        )
    if subtag == "zh":
        return chinese_words(words)
    return [token for word in words.split() for token in _pieces(word)]


def _pieces(word: str) -> list[str]:
    """Split a word where letters meet digits and around each Han character; marks stay."""
    spaced = _HAN.sub(r" \g<0> ", word)
    pieces: list[str] = []
    for part in spaced.split():
        start = 0
        for place in range(1, len(part)):
            if part[place].isnumeric() != part[place - 1].isnumeric():
                pieces.append(part[start:place])
                start = place
        pieces.append(part[start:])
    return pieces


def _without_punctuation(text: str) -> str:
    return "".join(" " if _is_punctuation(char) else char for char in text if not _is_control(char))


def _is_control(char: str) -> bool:
    return unicodedata.category(char).startswith("C") and char not in "\t\n\r"


def _is_punctuation(char: str) -> bool:
    # ASCII symbols ($ + < ^ | ~) are symbols in Unicode, but punctuation to the scorer.
    ascii_symbol = char.isascii() and char.isprintable() and not char.isalnum()
    return ascii_symbol or unicodedata.category(char).startswith("P")


def _primary(language: str | None) -> str:
    return (language or "").replace("_", "-").partition("-")[0].lower()


def _tokenizer_name(language: str | None, segment: Segment | None) -> str:
    if segment is not None:
        return getattr(segment, "__qualname__", type(segment).__qualname__)
    return f"jieba-{version('jieba')}" if _primary(language) == "zh" else "unicode"


def _stemmer(language: str | None) -> tuple[Callable[[str], str] | None, str]:
    """Return what stems a word, and its name; None for languages the scorer does not stem."""
    subtag = _primary(language)
    if subtag in _UNSTEMMED:
        return None, "none"
    if subtag not in _SNOWBALL:
        known = ", ".join((*_SNOWBALL, *_UNSTEMMED))
        raise InputError(f"ROUGE with stemming is offered for {known}, not for {language}.")
    try:
        from nltk.stem.snowball import SnowballStemmer
    except ModuleNotFoundError as error:
        raise MissingExtra("ROUGE with stemming", "eval") from error
    stem = SnowballStemmer(_SNOWBALL[subtag]).stem
    # As rouge-score has it: short words stay as they are.
    return lambda word: stem(word) if len(word) > 3 else word, f"snowball-{version('nltk')}"


def _scorer(
    language: str | None, segment: Segment | None, stem: Callable[[str], str] | None = None
) -> Any:
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ModuleNotFoundError as error:
        raise MissingExtra("ROUGE", "eval") from error

    class Tokens:
        """What rouge-score asks a tokenizer for."""

        def tokenize(self, text: str) -> list[str]:
            return remembered(text)

    @lru_cache(maxsize=1)
    def remembered(text: str) -> list[str]:
        words = tokenize(text, language, segment)
        return words if stem is None else [stem(word) for word in words]

    return RougeScorer(["rouge1"], tokenizer=Tokens())


def chinese_words(text: str) -> list[str]:
    """Return the words of a text and the spaces between them, as jieba's precise mode cuts."""
    return list(_jieba().cut(text))


@lru_cache(maxsize=1)
def _jieba() -> Any:
    try:
        with warnings.catch_warnings():  # old string escapes in its source
            warnings.simplefilter("ignore")
            import jieba
    except ModuleNotFoundError as error:
        raise MissingExtra("Segmenting Chinese", "eval") from error
    segmenter = jieba.Tokenizer()
    level = jieba.default_logger.level
    jieba.default_logger.setLevel(logging.ERROR)
    # jieba reads a cache from the shared folder for temporary files, where anybody could have
    # put another dictionary; one built anew takes about a second.
    with TemporaryDirectory(prefix="xlt-jieba-") as folder:
        segmenter.tmp_dir = folder
        segmenter.initialize()
    jieba.default_logger.setLevel(level)
    return segmenter
