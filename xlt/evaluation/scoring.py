"""From the values that were read and the gold ones to the score of a task's metric."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from xlt.answers.answer import Value
from xlt.answers.reply_language import check_language
from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.evaluation.instructions import follows
from xlt.evaluation.statistics import Score, mean_score
from xlt.evaluation.text_metrics import cider, contained, mkqa_em, mkqa_f1, relaxed_accuracy, rouge1
from xlt.evaluation.translation import bleu, chrf
from xlt.flair.checks import is_right
from xlt.rows import Gold

_LONGEST = 300
# What could take for ever to compute: a power of a power, a long exponent, a factorial.
_COSTLY = re.compile(r"\^[^\^]{0,40}\^|\^\{?-?\d{4}|\d{30}|!|\\(?:sum|prod|int|binom)")


def same_math(value: str, gold: str) -> bool:
    """Tell whether a value equals the gold answer, both LaTeX or plain: 2/3 is \\frac{2}{3}.

    Texts that are equal but for blanks and dollar signs always are; a value over 300 characters,
    or one that would take long to compute, is never computed. Raises MissingExtra.
    """
    texts = [_bare(value), _bare(gold)]
    if not texts[0] or texts[0] == texts[1]:
        return bool(texts[0])
    if any(len(text) > _LONGEST or _COSTLY.search(text) for text in texts):
        return False
    mathematics = _installed_math_verify()
    found, wanted = (
        mathematics.parse(f"${text}$", parsing_timeout=None, fallback_mode="no_match")
        for text in texts
    )
    return bool(mathematics.verify(wanted, found, timeout_seconds=None))


def version(package: str) -> str:
    """Return the installed version of a package; raises MissingExtra where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError as error:
        raise MissingExtra("Comparing LaTeX answers", "eval") from error


def _bare(text: str) -> str:
    boxed = re.fullmatch(r"\\boxed\{(.*)\}", text.strip().strip("$").strip())
    return " ".join((boxed[1] if boxed else text.strip().strip("$")).split()).rstrip(".")


def _installed_math_verify() -> Any:
    try:
        import math_verify
    except ModuleNotFoundError as error:
        raise MissingExtra("Comparing LaTeX answers", "eval") from error
    # Its warning that timeouts are off would come with each answer; _COSTLY stands in for them.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    return math_verify


def score_values(
    metric: str, values: Sequence[Value], golds: Sequence[Gold], language: str
) -> Score:
    """Return the score of the values under a task's metric (`Task.metric`), in percent.

    A value is None where the reply held no answer: it is wrong, and an empty text to a metric
    of texts. `language` is the tag of the language the answers are wanted in. `per_sample` is
    empty for the corpus metrics sacrebleu, chrf++ and cider.
    Raises UnknownName for a metric, InputError for no samples or lengths that differ.
    """
    if metric not in METRICS:
        raise UnknownName("metric", metric, METRICS)
    if len(values) != len(golds):
        raise InputError(
            f"{len(values)} answers cannot be scored against {len(golds)} gold values."
        )
    if metric in _SINGLE:
        judge, settings = _SINGLE[metric], dict[str, str]()
        if metric == "math_verify":
            settings["version_of_math_verify"] = version("math-verify")
        pairs = zip(values, golds, strict=True)
        return mean_score(metric, (judge(*pair, language) for pair in pairs), **settings)
    texts, accepted = [_text(value) for value in values], [_accepted(gold) for gold in golds]
    return _OF_TEXTS[metric](texts, accepted, language)


def score_value(metric: str, value: Value, gold: Gold, language: str) -> float:
    """Return the score of one value from 0 to 1, as `score_values` gives it."""
    if metric in _SINGLE:
        return float(_SINGLE[metric](value, gold, language))
    return score_values(metric, [value], [gold], language).per_sample[0]


def _accuracy(value: Value, gold: Gold, language: str) -> float:
    """Whether a value is a gold one: the same number, truth value or word.

    540 and Decimal("540.0") are the same number; True is not the number 1.
    """
    golds = gold if isinstance(gold, tuple) else (gold,)
    return any(isinstance(value, bool) == isinstance(one, bool) and value == one for one in golds)


def _m_ifeval(value: Value, gold: Gold, language: str) -> float:
    """Whether a reply follows all its instructions (prompt level, strict)."""
    text = _text(value)
    return all(follows(text, name, arguments) for name, arguments in json.loads(str(gold)))


def _field_f1(value: Value, gold: Gold, language: str) -> float:
    """F1 over the fields of an object and the gold one's, each with its value as a text."""
    made, wanted = set(_fields(value)), set(_fields(gold))
    return 2 * len(made & wanted) / (len(made) + len(wanted)) if made | wanted else 1.0


def _language_consistency(value: Value, gold: Gold, language: str) -> float:
    """Whether an answer has no line in another language; gold plays no part."""
    text = _text(value)
    return bool(text) and check_language(text, language).line_pass is not False


def _fields(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield place and text of each leaf of an object, or of JSON that holds one."""
    if isinstance(value, str) and not place:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _fields(part, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _fields(part, f"{place}.{index}")
    elif place and value is not None:
        yield place, str(value).strip().casefold()


_SINGLE: Mapping[str, Callable[[Value, Gold, str], float]] = {
    "accuracy": _accuracy,
    "field_f1": _field_f1,
    "flair": lambda value, gold, language: is_right(_accepted(gold), _text(value), language),
    "language_consistency": _language_consistency,
    "m_ifeval": _m_ifeval,
    "math_verify": lambda value, gold, language: any(
        same_math(_text(value), one) for one in _accepted(gold)
    ),
}
_OF_TEXTS: Mapping[str, Callable[[list[str], list[tuple[str, ...]], str], Score]] = {
    "chrf++": lambda texts, golds, language: chrf(texts, _first(golds)),
    "cider": cider,
    "contained": lambda texts, golds, language: contained(texts, golds),
    "mkqa_em": mkqa_em,
    "mkqa_f1": mkqa_f1,
    "relaxed_accuracy": relaxed_accuracy,
    "rouge1": lambda texts, golds, language: rouge1(texts, _first(golds), language),
    "sacrebleu": lambda texts, golds, language: bleu(texts, _first(golds), language),
    # SQuAD's normal form is MKQA's of English in every language.
    "squad_f1": lambda texts, golds, language: mean_score(
        "squad_f1", mkqa_f1(texts, golds, "en").per_sample, norm="squad"
    ),
}
METRICS = tuple(sorted((*_SINGLE, *_OF_TEXTS)))
"""The metrics a task may name."""


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _accepted(gold: Gold) -> tuple[str, ...]:
    return gold if isinstance(gold, tuple) else (str(gold),)


def _first(golds: Sequence[tuple[str, ...]]) -> list[str]:
    return [gold[0] for gold in golds]
