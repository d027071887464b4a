"""Reading an answer in words: short (a name, a date) or long (a summary, a translation)."""

from __future__ import annotations

import re

from xlt.answers.anchors import Anchor, anchors
from xlt.answers.answer import Answer, AnswerFormat, Status
from xlt.answers.reply import CleanReply
from xlt.answers.rules import ECHO, NO_FLAGS, Found, is_echo
from xlt.answers.sentences import line_end, skip_blank

_PAIRS = {
    '"': '"',
    "'": "'",
    "“": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "‘": "’",
    "「": "」",
    "『": "』",
    "`": "`",
    "$": "$",
}
# Placeholders, and a whole answer that says there is none.
_NO_ANSWER = frozenset({"...", "…", "n/a", "none", "null", "unknown", "not enough information"})
_NO_ANSWER |= {"i don't know", "i do not know", "i'm not sure", "i am not sure"}
_NO_ANSWER |= {"cannot be determined", "it cannot be determined", "insufficient information"}
_JSON_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*+"')
_STOPS = ".。．।۔"


def read_short_text(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the words of the answer's line, without quotes around them and their full stop."""
    return _read(reply, asked, long=False)


def read_long_text(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the answer's paragraph, without quotes around it."""
    return _read(reply, asked, long=True)


def _read(reply: CleanReply, asked: AnswerFormat, *, long: bool) -> Answer:
    """Return the last anchored text; one that names the wanted language comes before others."""
    best: tuple[int, Found] | None = None
    echoes, anchored = NO_FLAGS, False
    for anchor in anchors(reply, asked):
        if anchor.strict and not (long or _short_enough(reply, anchor)):
            continue
        found = _at_anchor(reply, anchor, long=long)
        if found is None:
            anchored = True
            continue
        if asked.request and is_echo(reply, anchor, found, asked):
            echoes = frozenset({ECHO})
            continue
        if best is None or anchor.names_target > best[0]:
            best = anchor.names_target, found
    if best is not None:
        return _answer(reply, best[1])
    if anchored:
        return reply.not_found(echoes)
    last = _last_paragraph(reply, long=long)
    return _answer(reply, last, "fallback", echoes) if last else reply.not_found(echoes)


def _answer(
    reply: CleanReply, found: Found, status: Status = "anchored", flags: frozenset[str] = NO_FLAGS
) -> Answer:
    words = reply.words(found.start, found.end)
    return reply.answer(words, found.start, found.end, status=status, flags=flags)


def _short_enough(reply: CleanReply, anchor: Anchor) -> bool:
    return line_end(reply.text, anchor.value, anchor.end) - anchor.value <= 80


def _at_anchor(reply: CleanReply, anchor: Anchor, *, long: bool) -> Found | None:
    text = reply.text
    start = skip_blank(text, anchor.value, anchor.end)
    if text[anchor.start - 1 : anchor.start] == '"':  # {"answer": "Paris"}
        quoted = _JSON_STRING.match(text, start, anchor.end)
        if quoted:
            return _trimmed(text, *quoted.span(), stop=False)
    end = _paragraph_end(text, start, anchor.end) if long else line_end(text, start, anchor.end)
    if end == anchor.end < len(text):
        # The next marker's own lead-in ("Therefore, the") is no part of this answer.
        end = max(start, text.rfind("\n", start, end)) if "\n" in text[start:end] else end
    return _trimmed(text, start, end, stop=not long)


def _paragraph_end(text: str, start: int, end: int) -> int:
    blank = text.find("\n\n", start, end)
    return end if blank < 0 else blank


def _trimmed(text: str, start: int, end: int, *, stop: bool) -> Found | None:
    """Return the words of `start:end` without blanks, a pair of quotes and the closing stop."""
    start, end = _strip(text, start, end)
    if stop and end - start > 1 and text[end - 1] in _STOPS and not _abbreviates(text, start, end):
        end -= 1
    if end - start > 1 and text[end - 1] in _PAIRS.get(text[start], "") and text[end - 1] != "":
        inner = text[start + 1 : end - 1]
        if text[start] not in inner and text[end - 1] not in inner:
            start, end = _strip(text, start + 1, end - 1)
            if (
                stop
                and end - start > 1
                and text[end - 1] in "。."
                and not _abbreviates(text, start, end)
            ):
                end -= 1
    words = text[start:end]
    if not any(c.isalnum() for c in words) or words.lower().replace("’", "'") in _NO_ANSWER:
        return None
    if words[0] == "[" and words[-1] == "]" and words.isascii():  # the format's own placeholder
        return None
    return Found(words, start, end)


def _abbreviates(text: str, start: int, end: int) -> bool:
    """Whether the last stop belongs to the word: "U.S.", "Jr.", "D.C.", "..."."""
    word = text[start : end - 1].rpartition(" ")[2]
    return (
        "." in word
        or word in ("Jr", "Sr", "Inc", "Ltd", "Co", "St", "etc")
        or (len(word) == 1 and word.isupper())
    )


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _last_paragraph(reply: CleanReply, *, long: bool) -> Found | None:
    """Return the last paragraph (for a short answer its last line), what a bare reply is."""
    text = reply.text
    _, end = _strip(text, 0, len(text))
    start = text.rfind("\n\n" if long else "\n", 0, end)
    return _trimmed(text, max(start, 0), end, stop=not long)
