"""What a reader calls a language, a metric and a tier; numbers as they are shown."""

from __future__ import annotations

from xlt.errors import XLTError
from xlt.evaluation.report.pairing import Difference
from xlt.evaluation.runs.records import Cell
from xlt.languages import get_language
from xlt.languages.entries import TIERS

METRIC_NAMES = {
    "accuracy": "accuracy, %",
    "mkqa_f1": "token F1, %",
    "mkqa_em": "exact match, %",
    "squad_f1": "token F1, %",
    "math_verify": "accuracy, %",
    "rouge1": "ROUGE-1",
    "sacrebleu": "BLEU",
    "chrf++": "chrF++",
    "cider": "CIDEr-D x 100",
    "contained": "contained answer, %",
    "relaxed_accuracy": "relaxed accuracy, %",
}
UNKNOWN_TIER = "unknown"


def language_name(tag: str) -> str:
    """Return the English name of a tag, the tag itself where nobody knows it."""
    try:
        return get_language(tag).name
    except XLTError:
        return tag


def own_name(tag: str) -> str:
    """Return what a language calls itself, empty where it is not known or the English name."""
    try:
        language = get_language(tag)
    except XLTError:
        return ""
    return "" if language.native_name == language.name else language.native_name


def script_name(tag: str) -> str:
    """Return the script a language is written in, "Bengali", the code where it has no name."""
    import langcodes

    code = langcodes.Language.get(tag).maximize().script or ""
    return langcodes.Language.make(script=code).script_name() if code else ""


def pair_name(cell: Cell) -> str:
    """Return "Chinese", or "Chinese → Russian"."""
    tags = (cell.language, cell.target_language)
    return " → ".join(language_name(tag) for tag in tags if tag)


def metric_name(metric: str) -> str:
    return METRIC_NAMES.get(metric, metric)


def short_metric(metric: str) -> str:
    """Return the metric without its unit."""
    return metric_name(metric).partition(",")[0]


def tier_name(tier: str | None) -> str:
    return tier or UNKNOWN_TIER


def tier_rank(tier: str | None) -> int:
    """Return where a tier stands, the best resourced first and the unknown last."""
    return TIERS.index(tier) if tier in TIERS else len(TIERS)


def number(value: float | None, digits: int = 1) -> str:
    """Return a number to so many digits, a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def signed(value: float) -> str:
    """Return a number with its sign, a real minus sign."""
    shown = f"{value:+.1f}".replace("-", "−")
    return "0.0" if shown in ("+0.0", "−0.0") else shown


def shown_p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def shown_range(found: Difference) -> str:
    if found.low is None or found.high is None:
        return "no interval"
    return f"{signed(found.low)} to {signed(found.high)}"
