"""The metrics of the image benchmarks: contained and relaxed accuracy, CIDEr of captions."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.evaluation.score import Score, mean_score, sign
from xlt.evaluation.text_metrics import NO_SPACES, chinese_words
from xlt.languages import get_language


def contained(predictions: Sequence[str], golds: Sequence[Sequence[str]]) -> Score:
    """Return the share of answers that contain a gold text, in percent; xGQA as Pangea scores it.

    Case does not count, and the gold text may stand anywhere, within a word too.
    """
    pairs = zip(predictions, golds, strict=True)
    scores = (any(one.lower() in text.lower() for one in gold if one) for text, gold in pairs)
    return mean_score("contained", scores)


def relaxed_accuracy(
    predictions: Sequence[str], golds: Sequence[Sequence[str]], language: str
) -> Score:
    """Return the share of answers that are, or hold as whole words, an accepted one, in percent.

    For MaXM: both texts are compared in NFKD, lower case, without punctuation, a yes or no by any
    word that the language has for it (those of xlt's lexicon). In scripts that set no spaces an
    accepted answer may stand anywhere.
    """
    unspaced = language.partition("-")[0] in NO_SPACES
    same = _yes_and_no(language)

    def is_right(text: str, gold: Sequence[str]) -> bool:
        found = same.get(own := _normal(text), own)
        wanted = {same.get(one, one) for one in map(_normal, gold)} - {""}
        if found in wanted:
            return True
        return any(one in own if unspaced else f" {one} " in f" {own} " for one in wanted)

    pairs = zip(predictions, golds, strict=True)
    scores = [is_right(text, gold) for text, gold in pairs]
    return mean_score("relaxed_accuracy", scores, lang=language, norm="nfkd+lower-punct")


def cider(predictions: Sequence[str], references: Sequence[Sequence[str]], language: str) -> Score:
    """Return CIDEr-D over captions, times 100 (Vedantam et al. 2015), by pycocoevalcap.

    A corpus score: how rare an n-gram is follows from the references of all samples, so that it
    has no scores of single samples and one sample scores 0. Texts are in NFC and lower case,
    without punctuation; Chinese is cut by jieba, other scripts without spaces into characters.
    Raises InputError for no samples or lengths that differ, MissingExtra without pycocoevalcap.
    """
    if not predictions or len(predictions) != len(references):
        raise InputError(
            f"{len(predictions)} captions cannot be scored against {len(references)} references."
        )
    scorer = _scorer()
    tag = language.partition("-")[0]
    golds = {place: [_tokens(one, tag) for one in texts] for place, texts in enumerate(references)}
    made = {place: [_tokens(text, tag)] for place, text in enumerate(predictions)}
    value, _ = scorer.compute_score(golds, made)
    cut = "jieba" if tag == "zh" else "char" if tag in NO_SPACES else "blank"
    settings = {"lang": language, "tok": cut, "pycocoevalcap": version("pycocoevalcap")}
    return Score("cider", 100 * float(value), len(predictions), sign("cider", **settings))


def _scorer() -> Any:
    try:
        with warnings.catch_warnings():  # old escapes in its source
            warnings.simplefilter("ignore")
            from pycocoevalcap.cider.cider import Cider
    except ModuleNotFoundError as error:
        raise MissingExtra("CIDEr", "captions") from error
    return Cider()


def _tokens(text: str, tag: str) -> str:
    """Return the tokens of a caption with blanks between them, as pycocoevalcap takes them."""
    bare = _without_punctuation(unicodedata.normalize("NFC", text).lower())
    if tag == "zh":
        return " ".join([word for word in chinese_words(bare) if word.strip()])
    return " ".join(list("".join(bare.split()))) if tag in NO_SPACES else " ".join(bare.split())


def _normal(text: str) -> str:
    return " ".join(_without_punctuation(unicodedata.normalize("NFKD", text).lower()).split())


def _without_punctuation(text: str) -> str:
    return "".join(" " if unicodedata.category(one)[0] in "PS" else one for one in text)


def _yes_and_no(language: str) -> dict[str, str]:
    """Return the words of a language, and of English, for yes and no -> "yes", "no"."""
    found: dict[str, str] = {}
    for tag in ("en", language):
        try:
            words = get_language(tag).words
        except UnknownName:
            continue
        found |= {_normal(word): "yes" for word in words.yes}
        found |= {_normal(word): "no" for word in words.no}
    return found
