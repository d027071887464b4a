"""From the values that were read and the gold ones to the score of a task's metric."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from types import MappingProxyType
from typing import Any

from xlt.answers.answer import Value
from xlt.answers.reply_language import check_language
from xlt.errors import InputError, MissingExtra, UnknownName
from xlt.evaluation.instructions import follows
from xlt.evaluation.score import Score, is_correct, mean_score
from xlt.evaluation.text_metrics import bleu, chrf, mkqa_em, mkqa_f1, rouge1
from xlt.evaluation.visual import cider, contained, relaxed_accuracy
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


Scorer = Callable[[Sequence[Value], Sequence[Gold], str], Score]


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
        raise InputError(f"{len(values)} answers cannot be scored on {len(golds)} gold values.")
    return METRICS[metric](values, golds, language)


def _accuracy(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    pairs = zip(values, golds, strict=True)
    return mean_score("accuracy", (_is_right(value, gold) for value, gold in pairs))


def _mkqa_f1(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return mkqa_f1(_texts(values), [_accepted(gold) for gold in golds], language)


def _mkqa_em(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return mkqa_em(_texts(values), [_accepted(gold) for gold in golds], language)


def _rouge1(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return rouge1(_texts(values), _references(golds), language)


def _sacrebleu(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return bleu(_texts(values), _references(golds), language)


def _chrf(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return chrf(_texts(values), _references(golds))


def _contained(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return contained(_texts(values), [_accepted(gold) for gold in golds])


def _relaxed(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return relaxed_accuracy(_texts(values), [_accepted(gold) for gold in golds], language)


def _cider(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    return cider(_texts(values), [_accepted(gold) for gold in golds], language)


def _squad_f1(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    """Return SQuAD's token F1, whose normal form is MKQA's of English in every language."""
    scores = mkqa_f1(_texts(values), [_accepted(gold) for gold in golds], "en").per_sample
    return mean_score("squad_f1", scores, norm="squad")


def _math_verify(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    pairs = zip(_texts(values), golds, strict=True)
    scores = (any(same_math(text, one) for one in _accepted(gold)) for text, gold in pairs)
    return mean_score("math_verify", scores, version_of_math_verify=version("math-verify"))


def _flair(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    pairs = zip(_texts(values), golds, strict=True)
    return mean_score("flair", (is_right(_accepted(key), text, language) for text, key in pairs))


def _field_f1(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    """F1 over the fields of an object and the gold one's, each with its value as a text."""
    scores = []
    for value, gold in zip(values, golds, strict=True):
        made, wanted = set(_fields(value)), set(_fields(gold))
        scores.append(2 * len(made & wanted) / (len(made) + len(wanted)) if made | wanted else 1.0)
    return mean_score("field_f1", scores)


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


def _language_consistency(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    """The share of answers without a line in another language; gold plays no part."""
    checks = [check_language(text, language) if text else None for text in _texts(values)]
    passed = [check is not None and check.line_pass is not False for check in checks]
    return mean_score("language_consistency", passed)


def _m_ifeval(values: Sequence[Value], golds: Sequence[Gold], language: str) -> Score:
    """The share of replies that follow all their instructions (prompt level, strict)."""
    followed = []
    for text, gold in zip(_texts(values), golds, strict=True):
        asked = json.loads(str(gold))
        followed.append(all(follows(text, name, arguments) for name, arguments in asked))
    return mean_score("m_ifeval", followed)


METRICS: Mapping[str, Scorer] = MappingProxyType(
    {
        "accuracy": _accuracy,
        "chrf++": _chrf,
        "cider": _cider,
        "contained": _contained,
        "field_f1": _field_f1,
        "flair": _flair,
        "language_consistency": _language_consistency,
        "m_ifeval": _m_ifeval,
        "math_verify": _math_verify,
        "mkqa_em": _mkqa_em,
        "mkqa_f1": _mkqa_f1,
        "relaxed_accuracy": _relaxed,
        "rouge1": _rouge1,
        "sacrebleu": _sacrebleu,
        "squad_f1": _squad_f1,
    }
)
"""The metrics a task may name."""


def _is_right(value: Value, gold: Gold) -> bool:
    golds = gold if isinstance(gold, tuple) else (gold,)
    return any(is_correct(value, one) for one in golds)


def _texts(values: Sequence[Value]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _accepted(gold: Gold) -> tuple[str, ...]:
    return gold if isinstance(gold, tuple) else (str(gold),)


def _references(golds: Sequence[Gold]) -> list[str]:
    """Return the first accepted text of each sample."""
    return [_accepted(gold)[0] for gold in golds]
