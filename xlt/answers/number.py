"""Reading a number answer: MGSM and every task that wants one number."""

from __future__ import annotations

import re

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.equations import AMBIGUOUS
from xlt.answers.numbers import DOT_GROUPS, Number
from xlt.answers.quantities import stated_number
from xlt.answers.refusals import declines
from xlt.answers.reply import CleanReply
from xlt.answers.rules import Found, read_by_rules
from xlt.answers.sentences import line_end, sentence_end, sentences, value_start

_UNDETERMINED = frozenset({"undetermined"})
# How far a value may stand behind "the answer is", and what may stand between.
_NEAR = 48
_FILLER = re.compile(
    r"(?:[\s\"'“”«»„‘’(\[:$€£¥₹~≈\\-]|\b(?:about|approximately|approx|around|roughly"
    r"|exactly|therefore|thus"
    r"|then|now|simply|just|only|indeed|the number|equal to|US|ungefähr|etwa|environ"
    r"|aproximadamente"
    r"|примерно|khoảng|sekitar|takriban)\b\.?|大约|大約|约|約|是|एक|也就是)*"
)
_THAT = re.compile(r"\s*(?:that|dass|que|что)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LISTED = re.compile(r"\s*1[.)]\s")
_EQUATION = re.compile(r"[=+×*÷]")
# Evidence for one way of writing numbers, elsewhere in the reply.
_POINTS = re.compile(r"\d,\d{3}(?!\d)|(?<![\d.,])\d{1,9}\.\d{1,2}(?![\d.,])")
_COMMAS = re.compile(r"\d\.\d{3},\d|(?<![\d.,])\d{1,9},\d{1,2}(?![\d.,])")
# The fallback reads no more than this of a reply's end.
_TAIL, _LAST_SENTENCES = 1500, 6


def read_number_answer(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the number a reply gives, an int where it is whole, else a Decimal."""
    return read_by_rules(reply, asked, _at_anchor, _conclude)


def _at_anchor(reply: CleanReply, anchor: Anchor, asked: AnswerFormat) -> Found | None:
    text = reply.text
    start = value_start(text, anchor.value, anchor.end)
    if start >= anchor.end:
        return None
    if anchor.heading and _is_working(text, start, anchor.end):
        return _last_stated(reply, start, anchor.end, asked)
    end = line_end(text, start, anchor.end)
    if anchor.strict and not _THAT.match(text, start, end):
        near = _FILLER.match(text, start, min(end, start + _NEAR))
        found = _first(reply, start, end, asked)
        close = found is not None and found.value is not None and near is not None
        return found if close and found and near and found.start <= near.end() else None
    found = _first(reply, start, end, asked)
    if found is None and _DIGIT.search(text, start, end):  # "10⅓": said, and not to be read
        return Found(None, start, end, _UNDETERMINED)
    return found


def _first(reply: CleanReply, start: int, end: int, asked: AnswerFormat) -> Found | None:
    """Return what the first sentence that holds a number states."""
    for left, right in sentences(reply.text, start, min(end, start + _TAIL))[:4]:
        if declines(reply.text, left, right):
            return Found(None, left, right, _UNDETERMINED)
        found = _stated(reply, left, right, asked, words=reply.folded)
        if found is not None:
            return found
    return None


def _last_stated(reply: CleanReply, start: int, end: int, asked: AnswerFormat) -> Found | None:
    """Return what the last sentence that holds a number states; bounded."""
    text = reply.text
    for left, right in reversed(sentences(text, max(start, end - _TAIL), end)[-_LAST_SENTENCES:]):
        if text[right - 1] in "?？؟":
            continue
        if declines(text, left, right):
            return Found(None, left, right, _UNDETERMINED)
        found = _stated(reply, left, right, asked)
        if found is not None:
            return found
    return None


def _conclude(reply: CleanReply, asked: AnswerFormat) -> Found | None:
    found = _set_apart(reply, asked)
    return found if found is not None else _last_stated(reply, 0, len(reply.text), asked)


def _set_apart(reply: CleanReply, asked: AnswerFormat) -> Found | None:
    """Return the number of the last `#### 18` line or `\\boxed{18}`, as solutions end."""
    boxed = reply.boxed()
    if boxed is not None:
        start, end = boxed
        return _stated(reply, start, sentence_end(reply.text, start, end), asked)
    mark = reply.text.rfind("#### ")
    if mark < 0 or (mark and reply.text[mark - 1] != "\n"):
        return None
    return _stated(reply, mark, line_end(reply.text, mark, len(reply.text)), asked)


def _stated(
    reply: CleanReply, start: int, end: int, asked: AnswerFormat, words: str = ""
) -> Found | None:
    text = reply.text
    number = stated_number(text, start, end, words=words)
    if number is None:
        return None
    if isinstance(number, Number) and "." in text[number.start : number.end]:
        again = stated_number(text, start, end, dot_groups=_dot_groups(text, asked))
        number = again if again is not None else number
    if not isinstance(number, Number):
        return Found(None, start, end, _UNDETERMINED if number is AMBIGUOUS else frozenset())
    return Found(number.plain, number.start, number.end)


def _dot_groups(text: str, asked: AnswerFormat) -> bool:
    """Whether "1.234" is 1234 here: by the reply's other numbers, else by the task language."""
    points, commas = bool(_POINTS.search(text)), bool(_COMMAS.search(text))
    if points != commas:
        return commas
    tags = {asked.language.tag.split("-")[0], asked.target_language.tag.split("-")[0]}
    return bool(tags & DOT_GROUPS) and asked.language.tag not in ("de-CH", "es-MX")


def _is_working(text: str, start: int, end: int) -> bool:
    """Whether a marker on a line of its own heads a whole solution, not a value."""
    first = line_end(text, start, end)
    if not text[first:end].strip():
        return False
    return bool(_LISTED.match(text, start, first) or _EQUATION.search(text, start, first)) or (
        first - start > 40
    )
