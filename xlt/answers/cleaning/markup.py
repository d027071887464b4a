"""Markdown, LaTeX, entities and tags around an answer: which characters are only formatting."""

from __future__ import annotations

import re
from html import unescape

Edit = tuple[int, int, str]

# Format characters that mark direction or joins of lines; ZWJ and ZWNJ are letters and stay.
FORMAT = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_FORMAT_SIGNS = (
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_FORMAT = re.compile(f"[{FORMAT}]")
# Every alternative begins with a sign, none with a class or a repeat: the engine skips to them.
_ALWAYS = (
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
)
_DRESS = re.compile(_ALWAYS)
_FIELD = re.compile(rf"{_ALWAYS}|\[\[ ## \w{{1,40}} ## \]\]")  # DSPy's
_DRESS_AND_FORMAT = re.compile("|".join([_ALWAYS, *[f"{c}[{FORMAT}]*" for c in _FORMAT_SIGNS]]))
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
}
# Tags that stand within a line; all others break it.
_INLINE = frozenset(
    (
        *("b", "i", "u", "s", "a", "em", "strong", "span", "code", "sup", "sub", "font", "mark"),
        *("small", "big", "tt", "kbd", "var", "q", "cite", "abbr"),
    )
)
ANSWER_TAGS = frozenset(("answer", "final_answer", "finalanswer", "final-answer"))
_TAG_NAME = re.compile(r"</?([A-Za-z][\w-]*)")


def markup_edits(text: str, start: int, end: int) -> list[Edit]:
    """Return (start, end, plain) for every piece of mark-up in `text[start:end]`."""
    latex = "\\" in text
    dress = _DRESS_AND_FORMAT if _FORMAT.search(text) else _DRESS
    dress = _FIELD if "[[ ## " in text else dress
    found: list[Edit] = []
    for match in dress.finditer(text, start, end):
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
        plain = unescape(found)
        return None if plain == found else plain
    if "frac" in found:
        above, below = (
            found[:-1].split("{")[-2:] if found[-1] == "}" else (f"{found[-2]}}}", found[-1])
        )
        whole = " " if start and text[start - 1].isdigit() else ""  # 2\\frac{1}{2}
        return f"{whole}{above[:-1]}/{below}"
    if first == "^":
        return "°"
    return _SIGNS.get(found, "%" if found == "\\%" else "")  # struck out, or formatting


def _instead_of_tag(text: str, found: str, start: int, end: int) -> str:
    """Return what stands for a tag: a line break, a marker, or nothing that would join words."""
    if found.startswith(("<del>", "<strike>")) and "</" in found:
        return ""  # struck out
    named = _TAG_NAME.match(found)
    name = named[1].lower() if named else ""
    if name in ANSWER_TAGS:
        return f"\n{name}: " if found[1] != "/" else "\n"
    if name == "sup":
        return " "
    if (name and name not in _INLINE) or found[1] == "|":
        return "" if "of_box" in found else "\n"
    before, after = text[start - 1 : start], text[end : end + 1]
    if after == "<" and (tag := _DRESS.match(text, end)):  # "<b>40</b><i>6 left</i>"
        after = text[tag.end() : tag.end() + 1]
    joined = (before.isalnum() or before in ".,") and after.isalnum() and before and after
    return " " if joined and (before in ".," or before.isdigit() or after.isdigit()) else ""


def _joins(text: str, start: int, end: int, sign: str) -> bool:
    """Whether `*` or `_` stands between two parts: 3*4, 3 * 4, 1_000."""
    before = text[start - 1] if start else "\n"
    after = text[end] if end < len(text) else "\n"
    if sign == "*" and end - start == 1 and before == " " == after:
        return True
    if sign == "*" and end - start > 1 and not (before.isdigit() and after.isdigit()):
        return False
    return (before.isalnum() or before == ")") and (after.isalnum() or after == "(")
