"""Reading a number answer: MGSM and every task that wants one number."""

from __future__ import annotations

import re

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import CleanReply
from xlt.answers.cleaning.reply import words_of
from xlt.answers.evidence import NAMED, explains, read_by_evidence
from xlt.answers.found import NO_FLAGS, UNDETERMINED, Found
from xlt.answers.lexicon import BIT, RUN, UNITS
from xlt.answers.numerals.equations import AMBIGUOUS
from xlt.answers.numerals.finding import DOT_GROUPS, Number
from xlt.answers.numerals.pairs import compound_time
from xlt.answers.numerals.quantities import known_numbers, stated_number
from xlt.answers.request_said import given_numbers, grams, question_of, shares_question
from xlt.answers.sentences.view import COMMAS, QUESTION_MARKS, View, line_end, skip_blank

# How far a value may stand behind "the answer is", and the classes that may stand between.
_NEAR = 48
_FILLER = (
    BIT["about"] | BIT["therefore"] | BIT["article"] | BIT["copula"] | BIT["number"]
    | BIT["minus"] | BIT["pronoun"] | BIT["answer"] | BIT["final"] | BIT["result"]
)  # fmt: skip
_FILLER_SIGNS = " \t\"'“”«»„‘’()[]:$€£¥₹~≈-−*"
_THEREFORE, _RESULT, _IF = BIT["therefore"], BIT["result"], BIT["if"]

_DIGIT = re.compile(r"\d")
_ALONE = re.compile(r"(\d{1,18})[.\s]*")  # a whole number, nothing else said
_LISTED = re.compile(r"\s*1[.)]\s")
_EQUATION = re.compile(r"[=+×*÷]")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")
_WORKING = re.compile(r"[=＝]")
_ASIDE = re.compile(r"\s*[(（][^()（）]*[)）]?\s*")
# Evidence for one way of writing numbers, elsewhere in the reply.
_POINTS = re.compile(r"\d,\d{3}(?!\d)|(?<![\d.,])\d{1,9}\.\d{1,2}(?![\d.,])")
_COMMAS = re.compile(r"\d\.\d{3},\d|(?<![\d.,])\d{1,9},\d{1,2}(?![\d.,])")
_NUMBER = re.compile(r"\d{1,18}")
_LIST_NUMBER = re.compile(r"^[ \t]*\d{1,2}[.)]", re.MULTILINE)
# A sentence that shares this part of its runs of characters with the request repeats it; so much
# of request and reply is compared.
_SHARED, _REPEATED = 0.7, 8000
# The fallback reads no more than this of a reply's end.
_TAIL, _LAST_SENTENCES, _LATER, _HEAD = 1500, 6, 9, 32
_ANSWERS = BIT["answer"] | BIT["final"] | BIT["total"] | BIT["result"]
# "One" and "two" say other things as well.
_WORDS_COUNT = 3
# A reply without a digit is read for number words where it is no longer than this.
_SPELLED = 200


def read_number_answer(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the number a reply gives, an int where it is whole, else a Decimal."""
    return read_by_evidence(View(reply, asked), NUMBER)


class _Numbers:
    """How numbers are found: see `xlt.answers.found.Kind`."""

    __slots__ = ()
    own_lines = True

    def at(self, view: View, anchor: Anchor, start: int) -> Found | None:
        """Return the number that a marker announces."""
        if anchor.heading and _is_working(view, start, anchor.end):
            return _last_stated(view, start, anchor.end, words=True)
        end = line_end(view.text, start, anchor.end)
        found = _spelled_first(view, start, end) if view.text[start : start + 1].isalpha() else None
        found = found or _first(view, start, end)
        if anchor.strict:
            near = found and found.value is not None and _near(view, anchor, start, found)
            return found if near else None
        if found is None and _DIGIT.search(view.text, start, end):  # said, and not to be read
            return Found(None, start, end, UNDETERMINED)
        return found

    def alone(self, view: View, start: int, end: int) -> Found | None:
        """Return the number of which a part consists, with a unit or an equation around it."""
        if end - start > _SPELLED:
            return None
        found = _stated(view, start, end, words=True)
        if found is None or found.value is None:
            return found
        words = RUN.findall(view.text[start : found.start] + view.text[found.end : end])
        equation = "=" in view.text[start:end]
        return found if len(words) <= (8 if equation else 3) and not view.asks(start, end) else None

    def first(self, view: View, start: int, end: int) -> Found | None:
        """Return the number of a first line, unless it is a step of what is worked out below."""
        working = _WORKING.search(view.text, start, end)
        if working and (_WORKING.search(view.text, end) or not explains(view, end)):
            return None
        if view.mask(start, end) & BIT["step"]:
            return None
        if _lists(view, start) and _lists(view, end + 1) and not view.mask(start, end) & _ANSWERS:
            return None  # "Monday: 45", and below it "Tuesday: 90"
        found = self.alone(view, start, end)
        if found is not None or working or not explains(view, end):
            return found
        found = _stated(view, start, end, words=True)
        return None if found and found.value in given_numbers(view) else found

    def conclude(self, view: View) -> Found | None:
        """Return the number that the last sentences state."""
        text = view.text
        mark = f"\n{text}".rfind("\n#### ")
        if mark >= 0:
            behind = _stated(view, mark, line_end(text, mark, len(text)), rule="behind ####")
            return behind and behind._replace(sure=True)
        found = _last_stated(view, 0, len(text), rule="last sentence")
        found = _bold(view, last=found is not None and found.sure) or found
        found = found or self._spelled(view)
        return None if found is not None and _is_echo(view, found) else found

    def _spelled(self, view: View) -> Found | None:
        """Return the number that a short reply without digits spells out, and no request gives."""
        if len(view.text) > _SPELLED or _DIGIT.search(view.text):
            return None
        found = _last_stated(view, 0, len(view.text), words=True, rule="last sentence")
        if found is None or found.value is None or not _whole_numeral(view, found.start):
            return None
        new = view.asked.request and found.value not in given_numbers(view)
        closes = view.blank(found.end, len(view.text))  # "Le total est de douze"
        concludes = closes and view.mask(0, found.start) & (_ANSWERS | _THEREFORE | BIT["copula"])
        return found if new or concludes else self.alone(view, 0, len(view.text))


NUMBER = _Numbers()


def _lists(view: View, start: int) -> bool:
    """Whether a line gives a number behind a word and a colon."""
    text, head = view.text, NAMED.match(view.text, start)
    return bool(head and _DIGIT.match(text, skip_blank(text, head.end(), len(text))))


def _bold(view: View, *, last: bool) -> Found | None:
    """Return the only number that the last paragraph sets in bold: "So she has **22** left".

    None where it is worked with behind it or given by the request; with `last` where any number
    stands behind it.
    """
    raw = view.reply.raw
    paragraph = max(raw.rstrip().rfind("\n\n") + 1, len(raw) - _TAIL) if "**" in raw else len(raw)
    parts = [part for part in _BOLD.finditer(raw, paragraph) if _DIGIT.search(part[1])]
    if len(parts) != 1 or (_DIGIT if last else _WORKING).search(raw, parts[0].end()):
        return None
    start, end = view.reply.place(parts[0].start(1)), view.reply.place(parts[0].end(1))
    found = NUMBER.alone(view, start, end)
    if found is None or found.value is None or found.value in given_numbers(view):
        return None
    return found._replace(rule="bold in the last paragraph")


def _whole_numeral(view: View, place: int) -> bool:
    """Whether no unknown word stands before a number word, of which it may be the end."""
    before = RUN.findall(view.folded, 0, place)[-1:]
    tags = view.tags(0, place)
    known = not before or (tags and view.blank(tags[-1].end, place))
    return bool(known) or any(before[0] in words_of(text) for text in view.asked.request)


def _near(view: View, anchor: Anchor, start: int, found: Found) -> bool:
    """Whether the value stands right behind a marker within a sentence: "the answer is about 5"."""
    tags = view.lexicon.tags(view.folded, start, found.start)
    if anchor.opens and view.text[anchor.value - 1 : anchor.value].isalpha():
        if tags and tags[0].start <= start + 1 and tags[0].mask & BIT["that"]:
            return True  # "the answer is that he runs 540 meters"
        line = line_end(view.text, found.end, anchor.end)
        if found.start - start <= _NEAR and not view.numbers(found.end, line):
            return True
    place = start
    for tag in tags:
        if not tag.mask & _FILLER or view.text[place : tag.start].strip(_FILLER_SIGNS):
            return False
        place = tag.end
    return not view.text[place : found.start].strip(_FILLER_SIGNS)


def _first(view: View, start: int, end: int) -> Found | None:
    """Return what the first sentence that holds a number states, unless the line goes on to it."""
    if alone := _ALONE.fullmatch(view.text, start, end):  # most lines of an answer
        return Found(int(alone[1]), *alone.span(1))
    spans = view.sentences(start, min(end, start + _TAIL))
    for place, (left, right) in enumerate(spans[:4]):
        if view.declines(left, right):
            return Found(None, left, right, UNDETERMINED)
        found = _stated(view, left, right, words=True)
        if found is None:
            continue
        later = _corrected(view, spans[place + 1 : place + _LATER], found, left, right)
        return later if later is not None else found
    return None


def _spelled_first(view: View, start: int, end: int) -> Found | None:
    """Return a number in words, before digits that explain it: "twenty-one, in 3 rows of 7"."""
    digit = _DIGIT.search(view.text, start, min(end, start + _SPELLED))
    if digit is None or _EQUATION.search(view.text, start, end):
        return None
    spelled = view.numbers(start, digit.start(), words=True)[:1]
    if not spelled or not view.blank(start, spelled[0].start) or spelled[0].value < _WORDS_COUNT:
        return None
    between = view.text[spelled[0].end : digit.start()]
    if view.mask(digit.start(), end) & (_THEREFORE | _RESULT | BIT["copula"] | BIT["total"]):
        return None
    comma = any(sign in between for sign in f"{COMMAS}(")
    return Found(spelled[0].plain, spelled[0].start, spelled[0].end) if comma else None


def _corrected(
    view: View, later: list[tuple[int, int]], found: Found, start: int, end: int
) -> Found | None:
    """Return what later sentences of the line put in a value's place: "41? No, 42."

    A question, a first step of working ("4 x 12 = 48 times. The cost is 48 x 15 = 720."), and
    what a later sentence takes back ("Wait, no: 42") are no answers yet.
    """
    text = view.text
    working = _WORKING.search(text, start, end)
    asked = text[end - 1 : end] in QUESTION_MARKS
    again = next((left for left, right in later if _opens_correction(view, left, right)), None)
    if again is not None and not asked:
        behind = [_stated(view, *span, words=True) for span in later if span[0] >= again]
        other = _last_stated(view, again, later[-1][1], words=True)
        if other is not None and other.value == found.value:  # "Forget the 96 above."
            return next((one for one in behind[::-1] if one and one.value != found.value), other)
        return other
    for left, right in reversed(later):
        if (
            asked
            or view.takes_back(left, right)
            or (working and _WORKING.search(text, left, right))
        ):
            other = _stated(view, left, right, words=True)
            if other is not None:
                return other
    return Found(None, start, end, UNDETERMINED) if asked else None


def _last_stated(
    view: View, start: int, end: int, *, words: bool = False, rule: str = ""
) -> Found | None:
    """Return what the last sentence that holds a number states; bounded."""
    supposed = None
    spans = view.sentences(max(start, end - _TAIL), end)[-_LAST_SENTENCES:]
    for left, right in reversed(spans):
        if view.asks(left, right):
            continue
        if view.declines(left, right):
            return Found(None, left, right, UNDETERMINED)
        if len(spans) > 1 and _is_remark(view, left, right, spans[0][0]):
            continue
        mask = view.mask(left, right)
        found = _stated(view, left, right, words=words, rule=rule)
        found = found or _spelled_out(view, left, right, rule)
        if found is None or _is_dismissed(view, found, right):
            continue
        if supposed is None and mask & _IF and not mask & _RESULT:
            supposed = found  # "If he pays with 20, he gets 5 back", said behind the answer
        elif supposed is None:
            if not found.sure and any(view.declines(*span) for span in spans):
                return Found(None, left, right, UNDETERMINED)
            return found if found.sure else _total(view, spans, left, rule) or found
        elif mask & _THEREFORE or _is_supposition(view, supposed):
            return found
    return supposed


def _is_dismissed(view: View, found: Found, end: int) -> bool:
    """Whether the sentence of a value goes on to call it wrong: "16, but that is not right"."""
    mask = view.mask(found.end, end)
    wrong = (
        mask & BIT["less"] or mask & (BIT["not"] | BIT["correct"]) == BIT["not"] | BIT["correct"]
    )
    compared = mask & (BIT["than"] | BIT["than_after"]) or view.numbers(found.end, end)
    return bool(mask & BIT["but"] and wrong and not compared)


def _is_remark(view: View, start: int, end: int, first: int) -> bool:
    """Whether a sentence only adds: "(5 x 80)", "Check: 84 + 16 = 100", "Note: with tax, 9"."""
    if _ASIDE.fullmatch(view.text, start, end):
        return True
    line = view.text.rfind("\n", 0, start) + 1
    for place in (start, line) if line > first else (start,):
        tags = view.tags(place, min(place + _HEAD, end))[:1]
        if not tags or not view.blank(place, tags[0].start):
            continue
        if tags[0].mask & BIT["aside"]:
            return True
        if tags[0].mask & BIT["explanation"]:
            return view.text[tags[0].end : tags[0].end + 2].strip()[:1] in (":", "：")
    return False


def _is_supposition(view: View, found: Found) -> bool:
    """Whether the sentence of a value supposes a number that the request does not give."""
    start, _ = _sentence_of(view, found)
    known = known_numbers(view, start)
    new = any(one.value not in known for one in view.numbers(start, found.start))
    return new and bool(view.asked.request)


def _sentence_of(view: View, found: Found) -> tuple[int, int]:
    """Return the place of the sentence in which a value stands."""
    spans = view.sentences(max(0, found.start - _TAIL), len(view.text))
    return next(span for span in spans if span[1] > found.start)


def _spelled_out(view: View, start: int, end: int, rule: str) -> Found | None:
    """Return a conclusion in number words; "one" is an article in most languages."""
    if not (view.mask(start, end) & _THEREFORE or shares_question(view, start, end)):
        return None
    found = _stated(view, start, end, words=True, rule=rule)
    return found if found and isinstance(found.value, int) and found.value > 1 else None


def _total(view: View, spans: list[tuple[int, int]], place: int, rule: str) -> Found | None:
    """Return the total that the sentence before a last, unweighty one gives."""
    before = [span for span in spans if span[0] < place][-1:]
    if not before or not view.mask(*before[0]) & BIT["total"]:
        return None
    found = _stated(view, *before[0], rule=rule)
    return found if found and found.value is not None else None


def _is_echo(view: View, found: Found) -> bool:
    """Whether the sentence of a value only repeats the request, and the reply computes nothing.

    A model that does not understand a request repeats it, often with words left out or doubled.
    """
    request = "\n".join(view.asked.request)[-_REPEATED:].casefold()
    given = {int(number) for number in _NUMBER.findall(request)}
    said = {int(number) for number in _NUMBER.findall(_LIST_NUMBER.sub("", view.text[-_REPEATED:]))}
    if not given or not said <= given or _WORKING.search(view.text):
        return False
    left, right = _sentence_of(view, found)
    if view.mask(left, right) & (_THEREFORE | _RESULT):
        return False
    said_here = grams(view.text[left:right].casefold())
    return len(said_here & grams(request)) >= _SHARED * len(said_here)


def _stated(
    view: View, start: int, end: int, *, words: bool = False, rule: str = ""
) -> Found | None:
    number = stated_number(view, start, end, words=words)
    if number is None:
        return None
    if isinstance(number, Number) and "." in view.text[number.start : number.end]:
        number = stated_number(view, start, end, dot_groups=_dot_groups(view), words=words)
    if number is AMBIGUOUS and (unit := _unit_asked(view)):
        number = compound_time(view, start, end, unit) or number
    if not isinstance(number, Number):
        return Found(None, start, end, UNDETERMINED, rule, sure=False)
    sure = not rule or bool(
        _WORKING.search(view.text, start, end)
        or view.mask(start, end) & (_THEREFORE | _RESULT)
        or _opens_correction(view, start, end)
    )
    return Found(number.plain, number.start, number.end, NO_FLAGS, rule, sure)


def _opens_correction(view: View, start: int, end: int) -> bool:
    """Whether a sentence opens by taking back what was said: "No, wait: 42"."""
    place = view.takes_back(start, end)
    return place > 0 and view.text[place : place + 1] in tuple(f"{COMMAS}:：")


def _unit_asked(view: View) -> str:
    """Return the one unit of time that the request's question names, "" if it names none."""
    question = question_of(view)
    mask = view.lexicon.mask(question, 0, len(question))
    units = [name for name in UNITS if mask & BIT[name]]
    return units[0] if len(units) == 1 else ""


def _dot_groups(view: View) -> bool:
    """Whether "1.234" is 1234 here: by the reply's other numbers, else by the task language."""
    asked = view.asked
    points, commas = bool(_POINTS.search(view.text)), bool(_COMMAS.search(view.text))
    if points != commas:
        return commas
    tags = {asked.language.tag.split("-")[0], asked.target_language.tag.split("-")[0]}
    return bool(tags & DOT_GROUPS) and asked.language.tag not in ("de-CH", "es-MX")


def _is_working(view: View, start: int, end: int) -> bool:
    """Whether a marker on a line of its own heads a whole solution, not a value."""
    text = view.text
    first = line_end(text, start, end)
    if not text[first:end].strip() and len(view.sentences(start, first)) < 2:
        return False
    return bool(_LISTED.match(text, start, first) or _EQUATION.search(text, start, first)) or (
        first - start > 40 or "|" in text[start:first]
    )
