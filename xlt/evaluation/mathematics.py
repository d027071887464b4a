"""Whether two answers in LaTeX are equal, as math-verify decides."""

from __future__ import annotations

import logging
import re
from importlib import metadata
from typing import Any

from xlt.errors import MissingExtra

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
    mathematics = _math_verify()
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


def _math_verify() -> Any:
    try:
        import math_verify
    except ModuleNotFoundError as error:
        raise MissingExtra("Comparing LaTeX answers", "eval") from error
    # Its warning that timeouts are off would come with each answer; _COSTLY stands in for them.
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    return math_verify
