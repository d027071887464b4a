"""Markdown, LaTeX and tags around an answer: which characters of a reply are only dress."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Format characters that mark direction or joins of lines; ZWJ and ZWNJ are letters and stay.
FORMAT = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_FORMAT = re.compile(f"[{FORMAT}]")
_ALWAYS = rf"(?:\r\n?)+|[{FORMAT}]+"
_DRESS = re.compile(
    rf"{_ALWAYS}|\*+|_+|```[^\n`]*|`+|</?[A-Za-z][^<>\n]{{0,40}}>"
    r"|\\(?:boxed|fbox|text|textbf|mathrm|mathbf|displaystyle)[ ]?\{"
    r"|\\[dt]?frac\{-?\d{1,12}\}\{\d{1,12}\}|~~[^~\n]{1,200}~~"
    r"|\\[!,;:()\[\]$% ]|\{,\}|\{|\}|\\(?:times|cdot|div|approx)\b|\^\{?\\circ\b"
)
_SIGNS = {"\\times": "×", "\\cdot": "·", "\\div": "÷", "\\approx": "≈"}


def needs_undressing(text: str) -> bool:
    """Whether `text` may hold any mark-up, line ends of other systems or format characters."""
    if not text.isascii() and _FORMAT.search(text):
        return True
    if "*" in text or "_" in text or "`" in text or "\\" in text:
        return True
    return "<" in text or "\r" in text or "~~" in text


def markup_edits(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, plain) for every piece of mark-up in `text`."""
    latex = "\\" in text
    for match in _DRESS.finditer(text):
        found, start, end = match[0], match.start(), match.end()
        plain = _plain(text, found, start, end, latex)
        if plain is not None:
            yield start, end, plain


def _plain(text: str, found: str, start: int, end: int, latex: bool) -> str | None:
    """Return what stands for a piece of mark-up, None to leave it."""
    first = found[0]
    if first in "*_":
        return None if _joins(text, start, end, first) else ""
    if first == "\r":
        return found.replace("\r\n", "\n").replace("\r", "\n")
    if first == "<":
        return "\n" if found[:3].lower() == "<br" else ""
    if first in "{}":
        return "," if found == "{,}" else ("" if latex else None)
    if "frac{" in found:
        above, below = found[:-1].split("{")[-2:]
        whole = "" if not start or not text[start - 1].isdigit() else " "  # 2\\frac{1}{2}
        return f"{whole}{above[:-1]}/{below}"
    if first == "^":
        return "°"
    return _SIGNS.get(found, "")  # struck out or dress


def _joins(text: str, start: int, end: int, sign: str) -> bool:
    """Whether `*` or `_` stands between two parts: 3*4, 3 * 4, 1_000."""
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    if sign == "*" and end - start == 1 and before == " " == after:
        return True
    if sign == "*" and end - start > 1 and not (before.isdigit() and after.isdigit()):
        return False
    return (before.isalnum() or before == ")") and (after.isalnum() or after == "(")
