"""Metrics of texts as their authors compute them: MKQA's F1, ROUGE-1, those of image benchmarks."""

from __future__ import annotations

import logging
import re
import string
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.evaluation.statistics import Score, mean_score, sign
from xlt.frozen import FrozenDict
from xlt.languages import get_language

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
        raise InputError(
            f"{len(predictions)} predictions cannot be scored against {len(golds)} golds."
        )
    for number, gold in enumerate(golds):
        if isinstance(gold, str) or not gold:
            raise InputError(f"The gold of sample {number} must be a list of at least one text.")
    return list(zip(predictions, golds, strict=True))


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
        raise InputError(f"{count} cannot be scored against {len(references)} references.")
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
    subtag = _subtag(language)
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


def _subtag(language: str | None) -> str:
    return (language or "").replace("_", "-").partition("-")[0].lower()


def _tokenizer_name(language: str | None, segment: Segment | None) -> str:
    if segment is not None:
        return getattr(segment, "__qualname__", type(segment).__qualname__)
    return f"jieba-{version('jieba')}" if _subtag(language) == "zh" else "unicode"


def _stemmer(language: str | None) -> tuple[Callable[[str], str] | None, str]:
    """Return the stemmer of a language and its name; None where the scorer does not stem."""
    subtag = _subtag(language)
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

    @lru_cache(maxsize=1)
    def remembered(text: str) -> list[str]:
        words = tokenize(text, language, segment)
        return words if stem is None else [stem(word) for word in words]

    return RougeScorer(["rouge1"], tokenizer=SimpleNamespace(tokenize=remembered))


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
    try:
        with warnings.catch_warnings():  # old escapes in its source
            warnings.simplefilter("ignore")
            from pycocoevalcap.cider.cider import Cider
    except ModuleNotFoundError as error:
        raise MissingExtra("CIDEr", "captions") from error
    tag = language.partition("-")[0]
    golds = {place: [_tokens(one, tag) for one in texts] for place, texts in enumerate(references)}
    made = {place: [_tokens(text, tag)] for place, text in enumerate(predictions)}
    value, _ = Cider().compute_score(golds, made)
    cut = "jieba" if tag == "zh" else "char" if tag in NO_SPACES else "blank"
    settings = {"lang": language, "tok": cut, "pycocoevalcap": version("pycocoevalcap")}
    return Score("cider", 100 * float(value), len(predictions), sign("cider", **settings))


def _tokens(text: str, tag: str) -> str:
    """Return the tokens of a caption with blanks between them, as pycocoevalcap takes them."""
    bare = _without_symbols(unicodedata.normalize("NFC", text).lower())
    if tag == "zh":
        return " ".join([word for word in chinese_words(bare) if word.strip()])
    return " ".join(list("".join(bare.split()))) if tag in NO_SPACES else " ".join(bare.split())


def _normal(text: str) -> str:
    return " ".join(_without_symbols(unicodedata.normalize("NFKD", text).lower()).split())


def _without_symbols(text: str) -> str:
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
