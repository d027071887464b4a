"""MKQA's F1 and exact match, as the benchmark's own evaluation computes them (arXiv 2007.15207)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from xlt.errors import InputError
from xlt.evaluation.score import Score, mean_score

NO_SPACES = frozenset(["zh", "ja", "th", "km"])
"""Primary subtags of the languages that are compared character by character."""

# The official articles of each language. The words of the first table are matched whole. Those
# of the second lack a closing word boundary in the official pattern, so they are also cut off
# the front of longer words ("Descartes" becomes "scartes"); the first that fits is taken.
# Elided articles (l', dell') are not here: their apostrophe is gone before articles are.
_WHOLE_WORDS = {
    "da": "en et",
    "de": "ein eine einen einem eines einer der die das den dem des",
    "en": "a an the",
    "es": "un una unos unas el la los las",
    "fi": "se yks yksi",
    "hu": "a az egy",
    "nl": "de het een des der den",
    "no": "en et ei",
    "pt": "o a os as um uma uns umas",
    "sv": "en ett",
    "vi": "của là cái chiếc những",
}
_WORD_STARTS = {
    "fr": "le la du de un",
    "it": "il lo la i gli le del dei degli uno una un",
}
_DELETE_PUNCTUATION = str.maketrans("", "", string.punctuation)


def mkqa_f1(predictions: Sequence[str], golds: Sequence[Sequence[str]], language: str) -> Score:
    """Return the mean token F1, in percent; each sample counts its best gold answer.

    `predictions` are the answers' texts, "" where there is none; `golds` each sample's accepted
    answers, [""] where none is right; `language` an MKQA code ("zh_cn") or a BCP-47 tag.
    Raises InputError for no samples, samples without gold, or lengths that differ.
    """
    per_sample = (
        max(token_f1(prediction, one, language) for one in gold)
        for prediction, gold in _paired(predictions, golds)
    )
    return mean_score("mkqa_f1", per_sample, lang=language, norm="mkqa")


def mkqa_em(predictions: Sequence[str], golds: Sequence[Sequence[str]], language: str) -> Score:
    """Return the share of predictions equal to a gold answer once normalised, in percent.

    Arguments and errors as for `mkqa_f1`.
    """
    per_sample = (
        any(normalize(prediction, language) == normalize(one, language) for one in gold)
        for prediction, gold in _paired(predictions, golds)
    )
    return mean_score("mkqa_em", per_sample, lang=language, norm="mkqa")


def token_f1(prediction: str, gold: str, language: str) -> float:
    """Return the F1 (0 to 1) of the tokens the two texts share; two empty texts agree."""
    found = normalize(prediction, language).split()
    wanted = normalize(gold, language).split()
    if not found or not wanted:
        return float(found == wanted)
    shared = (Counter(found) & Counter(wanted)).total()
    if not shared:
        return 0.0
    precision, recall = shared / len(found), shared / len(wanted)
    return 2 * precision * recall / (precision + recall)


def normalize(text: str, language: str) -> str:
    """Return the text in lower case, without ASCII punctuation and articles, tokens spaced.

    Other punctuation stays. Chinese, Japanese, Thai and Khmer texts fall apart into single
    characters, Latin letters and combining marks too.
    """
    subtag = _primary(language)
    bare = text.lower().translate(_DELETE_PUNCTUATION)
    articles = _articles(subtag)
    if articles is not None:
        bare = articles.sub(" ", bare)
    return " ".join("".join(bare.split()) if subtag in NO_SPACES else bare.split())


@lru_cache(maxsize=64)
def _articles(subtag: str) -> re.Pattern[str] | None:
    if subtag == "ar":  # deleted wherever it stands, inside words too
        return re.compile("ال")
    if subtag in _WORD_STARTS:
        return re.compile(rf"\b(?:{'|'.join(_WORD_STARTS[subtag].split())})")
    if subtag in _WHOLE_WORDS:
        return re.compile(rf"\b(?:{'|'.join(_WHOLE_WORDS[subtag].split())})\b")
    return None


def _primary(language: str) -> str:
    subtag = re.split("[-_]", language, maxsplit=1)[0].lower()
    return "no" if subtag == "nb" else subtag


def _paired(
    predictions: Sequence[str], golds: Sequence[Sequence[str]]
) -> list[tuple[str, Sequence[str]]]:
    if len(predictions) != len(golds):
        raise InputError(f"{len(predictions)} predictions cannot be scored on {len(golds)} golds.")
    for number, gold in enumerate(golds):
        if isinstance(gold, str) or not gold:
            raise InputError(f"The gold of sample {number} must be a list of at least one text.")
    return list(zip(predictions, golds, strict=True))
