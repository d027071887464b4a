"""Markdown, LaTeX, entities and tags around an answer: which characters are only formatting."""

from __future__ import annotations

import re
from html import unescape

Edit = tuple[int, int, str]

# Format characters that mark direction or joins of lines; ZWJ and ZWNJ are letters and stay.
_FORMAT = (
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
    "\ufeff"
)
# Every alternative begins with a sign, none with a class or a repeat: the engine skips to them.
_DRESS = re.compile(
    r"\r\n?(?:\r\n?)*|\*\**|__*|```[^\n`]*|``*"
    r"|<(?:del|strike)>[^<>\n]{1,200}</(?:del|strike)>"
    r"|<sup>[^<>\n]{1,9}</sup>|</?[A-Za-z][^<>\n]{0,40}>|<\|[A-Za-z_]{2,30}\|>(?:(?:assistant|final|answer)\b)?"
    r"|\\(?:boxed|fbox|text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|bm|underline"
    r"|operatorname|displaystyle|ensuremath)[ ]?\{"
    r"|\\[dt]?frac(?:\{-?\d{1,12}\}\{\d{1,12}\}|\d\d(?!\d))|~~[^~\n]{1,200}~~"
    r"|\\[!,;:()\[\]$%# ]|\{[,.]\}|\{|\}"
    r"|\\(?:times|cdot|div|approx|left|right|q?quad|degree|displaystyle|large|Large|huge)"
    r"(?![A-Za-z])|\\pm(?![A-Za-z]) ?"
    r"|\^\{?\\circ\}?|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});"
    rf"|\[\[ ## \w{{1,40}} ## \]\]|{'|'.join(_FORMAT)}"  # a field of DSPy's
)
_SIGNS = {
    "\\times": "×",
    "\\cdot": "·",
    "\\div": "÷",
    "\\approx": "≈",
    "\\degree": "°",
    "\\pm": "±",
    "\\pm ": "±",
    "\\quad": " ",
    "\\qquad": " ",
    "\\%": "%",
}
# Tags that stand within a line; all others break it.
_INLINE = frozenset(
    (
        *("b", "i", "u", "s", "a", "em", "strong", "span", "code", "sup", "sub", "font", "mark"),
        *("small", "big", "tt", "kbd", "var", "q", "cite", "abbr"),
    )
)
ANSWER_TAGS = frozenset(("answer", "final_answer", "finalanswer", "final-answer"))
_DIGITS = re.compile(r"-?\d+")
_TAG_NAME = re.compile(r"</?([A-Za-z][\w-]*)")


def markup_edits(text: str, start: int, end: int) -> list[Edit]:
    """Return (start, end, plain) for every piece of mark-up in `text[start:end]`."""
    latex = "\\" in text
    found: list[Edit] = []
    for match in _DRESS.finditer(text, start, end):
        left, right = match.span()
        plain = _plain(text, match[0], left, right, latex)
        if plain is not None:
            found.append((left, right, plain))
    return found


def _plain(text: str, found: str, start: int, end: int, latex: bool) -> str | None:
    """Return what stands for a piece of mark-up, None to leave it."""
    first = found[0]
    if first in "*_":
        return None if _joins(text, start, end, first) else ""
    if first == "[":  # DSPy's field: one named "completed" ends the reply
        return "\n" if "completed" in found else f"\n{found[6:-6]}: "
    if first == "\r":
        return found.replace("\r\n", "\n").replace("\r", "\n")
    if first == "<":
        return _instead_of_tag(text, found, start, end)
    if first in "{}":
        return found[1] if len(found) == 3 else ("" if latex else None)
    if first == "&":
        return unescape(found)
    if "frac" in found:
        above, below = _DIGITS.findall(found) if "{" in found else list(found[-2:])
        whole = " " if text[start - 1 : start].isdigit() else ""  # 2\\frac{1}{2}
        return f"{whole}{above}/{below}"
    if first == "^":
        return "°"
    return _SIGNS.get(found, "")  # struck out, or formatting


def _instead_of_tag(text: str, found: str, start: int, end: int) -> str:
    """Return what stands for a tag: a line break, a marker, or nothing that would join words."""
    if found.startswith(("<del>", "<strike>", "<|begin_of_box", "<|end_of_box")):
        return ""  # struck out, or around a value
    named = _TAG_NAME.match(found)
    name = named[1].lower() if named else ""
    if name in ANSWER_TAGS and found[1] != "/":
        return f"\n{name}: "
    if name == "sup":
        return " "
    if name not in _INLINE:
        return "\n"
    before, after = text[start - 1] if start else " ", text[end : end + 1]
    if after == "<" and (tag := _DRESS.match(text, end)):  # "<b>40</b><i>6 left</i>"
        after = text[tag.end() : tag.end() + 1]
    joined = (before.isalnum() or before in ".,") and after.isalnum()
    return " " if joined and not (before.isalpha() and after.isalpha()) else ""


def _joins(text: str, start: int, end: int, sign: str) -> bool:
    """Whether `*` or `_` stands between two parts: 3*4, 3 * 4, 1_000."""
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    if sign == "*" and end - start == 1 and before == " " == after:
        return True
    if sign == "*" and end - start > 1 and not (before.isdigit() and after.isdigit()):
        return False
    return (before.isalnum() or before == ")") and (after.isalnum() or after == "(")
