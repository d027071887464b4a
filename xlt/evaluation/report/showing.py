"""Names, numbers, texts and calls as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from xlt.errors import XLTError
from xlt.evaluation.report.gains import Difference
from xlt.evaluation.runs.records import Call, Cell, Result
from xlt.images.blocks import shown_content
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
    """Return a tier's rank, the best resourced first and the unknown last."""
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


LIMIT = 6000
"""Characters of a text that are shown; of a longer one its ends and what was read in it."""
_HEAD, _TAIL, _AROUND = 2500, 1500, 800

# What would be obeyed or lost instead of shown: controls (but tab and line feed), bidi embeddings,
# overrides and isolates, which would reach out of their element, line separators, tags,
# noncharacters, lone surrogates. ZWJ, ZWNJ and the bidi marks are spelling: they stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: as it is, read as the answer, a hidden character's code, or left out."""

    kind: Literal["text", "reading", "hidden", "gap"]
    text: str


def text_pieces(
    text: str, span: tuple[int, int] | None = None, limit: int = LIMIT
) -> tuple[Piece, ...]:
    """Return the pieces of a text in order; `span` is the place of the answer in it."""
    if span is not None and not 0 <= span[0] < span[1] <= len(text):
        span = None
    found: list[Piece] = []
    last = 0
    for start, end in _kept(len(text), span, limit):
        if start > last:
            found.append(Piece("gap", f"{start - last:,} characters left out"))
        found.extend(_marked(text, start, end, span))
        last = end
    return tuple(found)


def visible(text: str) -> str:
    """Return a text on whose characters no reader's program acts: hidden ones as U+202E."""
    return _HIDDEN.sub(lambda found: f"[{_code(found[0])}]", text)


def shortened(text: str, most: int = 13) -> str:
    """Return a name for a narrow place, its end cut off where it is long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _kept(length: int, span: tuple[int, int] | None, limit: int) -> list[tuple[int, int]]:
    """Return the ranges to show, apart and in order."""
    if length <= limit:
        return [(0, length)] if length else []
    ranges = [(0, _HEAD), (length - _TAIL, length)]
    if span is not None:
        start, end = span
        ranges.append((max(0, start - _AROUND), min(length, end + _AROUND, start + 2 * _AROUND)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _marked(text: str, start: int, end: int, span: tuple[int, int] | None) -> Iterator[Piece]:
    """Yield text[start:end], what was read in it apart."""
    first, last = span or (end, end)
    first, last = max(start, min(first, end)), max(start, min(last, end))
    yield from _split(text[start:first], "text")
    yield from _split(text[first:last], "reading")
    yield from _split(text[last:end], "text")


def _split(text: str, kind: Literal["text", "reading"]) -> Iterator[Piece]:
    last = 0
    for match in _HIDDEN.finditer(text):
        if match.start() > last:
            yield Piece(kind, text[last : match.start()])
        yield Piece("hidden", _code(match[0]))
        last = match.end()
    if last < len(text):
        yield Piece(kind, text[last:])


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call: its messages as (role, pieces), and its reply with what was read in it marked."""

    messages: tuple[tuple[str, tuple[Piece, ...]], ...]
    reply: tuple[Piece, ...]
    finish_reason: str


def shown_calls(result: Result) -> tuple[ShownCall, ...]:
    """Return the calls of a result; the last one whose reply holds the reading there has it.

    What an earlier call has shown of a conversation is not shown again.
    """
    place = _read_call(result)
    span = result.reading.span if result.reading else None
    shown = []
    for number, call in enumerate(result.calls):
        messages = call.messages[_begun(result.calls[:number], call) :]
        said = (
            (one.get("role", ""), text_pieces(shown_content(one.get("content", ""))))
            for one in messages
        )
        reply = text_pieces(call.reply, span if number == place else None)
        shown.append(ShownCall(tuple(said), reply, call.finish_reason))
    return tuple(shown)


def _begun(earlier: Sequence[Call], call: Call) -> int:
    """Return how many of a call's first messages are an earlier call and its reply."""
    for one in reversed(earlier):
        length = len(one.messages)
        if call.messages[:length] == one.messages:
            goes_on = call.messages[length : length + 1]
            return length + bool(goes_on and goes_on[0].get("role") == "assistant")
    return 0


def shown_value(value: Any) -> str:
    """Return a value or gold as text; accepted texts are parted by a bar."""
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return " | ".join(map(shown_value, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {shown_value(one)}" for key, one in value.items())
    return str(value)


def _read_call(result: Result) -> int | None:
    reading = result.reading
    if reading is None or reading.span is None or not reading.text:
        return None
    place = slice(*reading.span)
    holding = [
        number for number, call in enumerate(result.calls) if call.reply[place] == reading.text
    ]
    return holding[-1] if holding else None
