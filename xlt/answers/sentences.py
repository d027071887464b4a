"""Sentences of a reply, in any script, with their places."""

from __future__ import annotations

import re

# A stop ends a sentence before white space, a closing sign or the end; stops of other scripts do
# so anywhere. "p.m. to" and "approx. 5" go on.
_END = re.compile(
    r"[.!?…。！？।॥؟۔\n](?:(?<=[。！？।॥؟۔\n])|(?=[\s\"'”’)\]»]|\Z)"
    r"(?<![ .][a-z].)(?<!\bapprox.)(?<!\bNo.)(?<!\bMr.)(?<!\bMrs.)(?<!\bDr.)(?<!\bca.))"
)


def sentence_end(text: str, start: int, end: int) -> int:
    """Return where the sentence that begins at `start` ends, its stop left out; `end` if open."""
    match = _END.search(text, start, end)
    return match.start() if match else end


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places of the sentences in `text[start:end]` that are not blank."""
    found: list[tuple[int, int]] = []
    place = start
    for match in _END.finditer(text, start, end):
        if text[place : match.start()].strip():
            found.append((place, match.end()))
        place = match.end()
    if text[place:end].strip():
        found.append((place, end))
    return found


def skip_blank(text: str, start: int, end: int) -> int:
    """Return the first place from `start` that is no white space; `end` if there is none."""
    while start < end and text[start].isspace():
        start += 1
    return start


def line_end(text: str, start: int, end: int) -> int:
    place = text.find("\n", start, end)
    return end if place < 0 else place


def last_line(text: str, end: int) -> tuple[int, int]:
    """Return the place of the last line before `end` that is not blank, without blanks behind."""
    end = len(text[:end].rstrip())
    return text.rfind("\n", 0, end) + 1, end


# What stands in brackets in the prompt's answer format, in English and the usual pivots.
_PLACEHOLDER = re.compile(
    r"[\[<({（【]\s*(?:your )?(?:final )?(?:choice|num|number|answer|option|letter|label|value"
    r"|zahl|nummer|antwort|auswahl|número|opción|respuesta|elección|nombre|numéro|réponse|choix"
    r"|число|номер|ответ|вариант|выбор|数字|数|数值|数値|番号|选项|选择|答案|選択肢|選択|答え|回答)"
    r"\s*[\])}>）】]\s*",
    re.IGNORECASE,
)


def only_placeholder(text: str, start: int, end: int) -> bool:
    """Whether a line holds nothing but the prompt's placeholder: "Answer: [num]"."""
    start = skip_blank(text, start, end)
    stop = line_end(text, start, end)
    copied = _PLACEHOLDER.match(text, start, end)
    return copied is not None and not text[copied.end() : stop].strip(" .。")


def value_start(text: str, start: int, end: int) -> int:
    """Return where a value begins: behind white space and a placeholder copied from the prompt."""
    start = skip_blank(text, start, end)
    copied = _PLACEHOLDER.match(text, start, end)
    return copied.end() if copied and copied.end() < end else start
