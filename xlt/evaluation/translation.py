"""BLEU and chrF++ of translations, by sacreBLEU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlt.detection.scripts import scripts_of_language
from xlt.errors import InputError, MissingExtra
from xlt.evaluation.statistics import Score
from xlt.languages import get_language

# By the script a language is written in: Cantonese, Wu and Min need the Chinese one as well.
_TOKENIZERS = {"Hani": "zh", "Kana": "ja-mecab", "Hang": "ko-mecab"}
_DEFAULT = "13a"


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    language: str,
    *,
    tokenize: str | None = None,
) -> Score:
    """Return sacreBLEU's corpus BLEU (0 to 100) with its signature.

    `language` is the tag of the target language, whose script picks the tokenizer: zh for Chinese
    characters (Cantonese too), ja-mecab and ko-mecab, 13a for all others. 13a finds no words in
    Thai: read chrF++ there. Raises InputError for no sentences or lengths that differ,
    UnknownName for a language that is not known, MissingExtra without `xlt[eval]`;
    Japanese and Korean need sacreBLEU's own extra, which the InputError names.
    """
    _check(hypotheses, references)
    name = tokenize or bleu_tokenizer(language)
    try:
        metric = _metrics().BLEU(tokenize=name)
    except RuntimeError as error:  # how sacreBLEU says that MeCab is missing
        own = name.partition("-")[0]
        raise InputError(f'The tokenizer {name} needs: pip install "sacrebleu[{own}]"') from error
    return _score("bleu", metric, hypotheses, references)


def chrf(hypotheses: Sequence[str], references: Sequence[str], *, word_order: int = 2) -> Score:
    """Return the corpus chrF++ (0 to 100); `word_order` 0 is chrF. Errors as for `bleu`."""
    _check(hypotheses, references)
    metric = _metrics().CHRF(word_order=word_order)
    return _score("chrf++" if word_order == 2 else "chrf", metric, hypotheses, references)


def bleu_tokenizer(language: str) -> str:
    """Return the name of sacreBLEU's tokenizer for a target language."""
    script, *_ = scripts_of_language(get_language(language).tag)
    return _TOKENIZERS.get(script, _DEFAULT)


def _score(name: str, metric: Any, hypotheses: Sequence[str], references: Sequence[str]) -> Score:
    found = metric.corpus_score(list(hypotheses), [list(references)])
    signature = f"metric:{name}|{metric.get_signature()}"
    return Score(name, float(found.score), len(hypotheses), signature)


def _check(hypotheses: Sequence[str], references: Sequence[str]) -> None:
    if isinstance(hypotheses, str) or isinstance(references, str):
        raise InputError("hypotheses and references must be lists of sentences, not one text.")
    if len(hypotheses) != len(references):
        count = f"{len(hypotheses)} translations"
        raise InputError(f"{count} cannot be scored against {len(references)} references.")
    if not hypotheses:
        raise InputError("BLEU and chrF need at least one sentence.")


def _metrics() -> Any:
    try:
        from sacrebleu import metrics
    except ModuleNotFoundError as error:
        raise MissingExtra("BLEU and chrF", "eval") from error
    return metrics
