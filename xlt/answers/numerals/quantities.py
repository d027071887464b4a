"""Which number of a sentence is the one it states: not a step, an operand, a bound or a detail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlt.answers.lexicon import BIT, OUTSIDE, RUN, UNITS, Tag, is_glued
from xlt.answers.numerals.finding import Number
from xlt.answers.request_said import asked_for, clauses, given_numbers
from xlt.answers.sentences.view import View


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The sentence leaves it open: "between 3 and 5", "16 or 17", "3x + 180"."""


AMBIGUOUS = Ambiguous()
_EQUALS = re.compile(r"[=＝≈]")
# "x = 5, y = 3": a value for each of several unknowns.
_ASSIGNED = re.compile(
    r"(?:^|[,;:(\n]|\b[^\W\d_]{1,5}\s)\s{0,3}(?P<name>[a-zA-Z])\s?=\s?[-−$€£]{0,2}\d"
)
# What is left of an expression: a letter joined to a number by an operator (160 - x).
_UNKNOWN_BEHIND = re.compile(
    r"\d(?:\s?[-−–+*×·]\s?[b-hj-zB-HJ-Z](?!\w|['’]|\s?\d)|(?:\s?/\s?)?[nxyz](?![\w'’]|\s?\d))"
)
_TIMES_UNKNOWN = re.compile(r"\d[nxyz](?![\w'’]|\s?\d)")
_OPERATOR = re.compile("[-−–+*×·/]")
_UNKNOWN_BEFORE = re.compile(r"[b-hj-zB-HJ-Z]\s?[-−–+*×·/]\s?\d")
_OPERATOR_AFTER = re.compile(
    r"\s?(?:[+*×÷·^]|/\s?[\d(]|[-−–]\s?(?:[\d(]|[a-zA-Z](?![^\W\d_]))|[xX]\s?[\d(\[])|\(\d"
)
_PLUS_SIGN = re.compile(r"(?:\D*[^\da-zA-Z])?\+")  # "the code is +49", not "3 apples +49", "x+49"
_OPERATOR_BEFORE = re.compile(
    r"(?:[+*×÷·^]|[\d)%]\s?[-−–/]|[a-zA-Z]\s?/|[a-zA-Z]\s[-−–]\s"  # but Zulu "ezingu-9"
    r"|(?<![^\W\d_])[a-zA-Z]\s?[-−–]|[\d)]\s?[xX])\s?\Z"
)
_FRACTION = re.compile(r"\s?/\s?")


def last_side(text: str, found: list[Number], start: int, end: int) -> Number | Ambiguous | None:
    """Return the plain side of the last equation: "2 + 1 = 3 pieces", "18 = 5 + 13"."""
    signs = [match.start() for match in _EQUALS.finditer(text, start, end)]
    if not signs:
        return None
    last = signs[-1]
    if len(signs) > 1 and _several_unknowns(text, start, end, last):
        return AMBIGUOUS
    right = [one for one in found if one.start > last]
    if right and not is_operand(text, right[0], last + 1, end):
        return right[0]
    left = [one for one in found if (signs[-2] if len(signs) > 1 else start) <= one.start < last]
    if len(left) == 1 and not is_operand(text, left[0], start, last):
        return left[0]
    return AMBIGUOUS


def _several_unknowns(text: str, start: int, end: int, last: int) -> bool:
    """Whether the last equation gives one of several unknowns: "x = 5, y = 3"."""
    given = list(_ASSIGNED.finditer(text, max(0, start - 2), end))
    return len({one["name"] for one in given}) > 1 and last < given[-1].end()


def joined_fractions(text: str, found: list[Number]) -> list[Number]:
    """Return the numbers with "40/9" as one, the quotient, and "10 1/3" as their sum."""
    joined: list[Number] = []
    for one in found:
        last = joined[-1] if joined else None
        if last and one.value and _FRACTION.fullmatch(text, last.end, one.start):
            joined[-1] = Number(last.value / one.value, last.start, one.end)
            whole = joined[-2] if len(joined) > 1 else None
            # Not `% 1`, which fails on more digits than the decimal context has.
            mixed = whole is not None and 0 < joined[-1].value < 1 and isinstance(whole.plain, int)
            if mixed and whole and text[whole.end : last.start] == " ":
                joined[-2:] = [Number(whole.value + joined[-1].value, whole.start, one.end)]
        else:
            joined.append(one)
    return joined


def is_operand(text: str, one: Number, start: int, end: int) -> bool:
    if _OPERATOR_AFTER.match(text, one.end, end):
        return True
    if _OPERATOR_BEFORE.search(text, max(start, one.start - 4), one.start) is None:
        return False
    return _PLUS_SIGN.fullmatch(text, start, one.start) is None


def has_unknown(text: str, start: int, end: int) -> bool:
    """Whether an expression is left open: "160 - x roses"."""
    if _OPERATOR.search(text, start, end) is None:
        return _TIMES_UNKNOWN.search(text, start, end) is not None
    if _UNKNOWN_BEHIND.search(text, start, end):
        return True
    for one in _UNKNOWN_BEFORE.finditer(text, start, end):
        before = text[one.start() - 1 : one.start()]
        if not (before and (before in "_'’" or before.isalnum())):
            return True
    return False


_OR, _AND, _NOT, _RANGE, _BETWEEN, _THAN = (
    BIT[name] for name in ("or", "and", "not", "range", "between", "than")
)
_COPULA, _ABOUT, _RESULT, _BECAUSE, _GIVEN, _IF = (
    BIT[name] for name in ("copula", "about", "result", "because", "given", "if")
)
_PREPOSITION, _ARTICLE, _RESPECTIVELY, _CLOCK, _BUT, _QUESTION, _THEREFORE = (
    BIT[name]
    for name in (
        "preposition", "article", "respectively", "clock", "but", "question", "therefore",
    )
)  # fmt: skip
_TOTAL, _THAN_AFTER, _WAIT = BIT["total"], BIT["than_after"], BIT["wait"]
_TIME = sum([BIT[unit] for unit in UNITS])
_LOOSE = _PREPOSITION | _BETWEEN | BIT["that"] | _COPULA
_SMALL = _ARTICLE | _ABOUT

_BRACKETS = re.compile(r"\([^()\n]*\)|（[^（）\n]*）|\[[^\[\]\n]*\]")
_DASH = re.compile(r"\s?[-–—−~～〜]\s?")
_CLOCK_SIGNS = re.compile(r":\d\d\b")
_LISTED = re.compile(r"[\s#>\-–•]*[(（]?(?P<number>\d{1,2})[.)）、．:](?!\d)\s*\w")
_HEADED = re.compile(rf"[\s#>\-–•*]*[^{OUTSIDE}]{{1,16}}[\s#]{{0,2}}\d{{1,2}}\s?[:：]")
_LIST_GAP = re.compile(r"\s?(?:[,;、，；/+&]\s?)+[$€£¥₹]?")
_NAME = re.compile(r"(?:^|\s)[A-Z][a-z]{2,}\s#?\Z")
_COMMA = re.compile(r"[,，、،]\s*")
_REACH, _STEP_REACH, _MOST_STEPS, _LOOK_BACK = 40, 16, 40, 400
# What is counted, between a number and a word of comparison behind it.
_COUNTED = re.compile(rf"[ \u00a0-]?(?:[^{OUTSIDE}]{{1,16}} ?)?")
_CHECK = re.compile(r"=\s*[$€£]?\s*")


def stated_number(
    view: View, start: int, end: int, *, dot_groups: bool = False, words: bool = False
) -> Number | Ambiguous | None:
    """Return the number that the sentence `text[start:end]` states.

    The result of its last equation, else the number behind "is", else the first that is no
    operand, no bound ("more than 5"), no detail ("in 4 weeks"), no name ("Room 12"), of no
    subordinate clause and given nowhere ("the remaining 6"). None when it holds none; AMBIGUOUS
    for a range, a list, two facts. `words` as for `View.numbers`.
    """
    text = view.text
    found = view.numbers(start, end, dot_groups=dot_groups, words=words)
    if found and is_step_number(view, found[0]):
        del found[0]
    if not found or (found[0].start == start and text[found[0].end : end] in ("", ".")):
        return found[0] if found else None
    tags, mask = view.tags(start, end), view.mask(start, end)
    if mask & _NOT:
        found = [one for one in found if not _negated(view, tags, one)]
        if not found:
            return None
    inside = found
    sentence = text[start:end]
    if "(" in sentence or "[" in sentence or "（" in sentence:
        found = _outside_brackets(text, found, start, end)
    if "=" in sentence or "＝" in sentence or "≈" in sentence:
        side = _equated(view, tags, found, inside, start, end)
        if side is not None:
            return side
    if len(found) > 1:
        found = joined_fractions(text, found)
        if len(found) > 1 and mask & _RESPECTIVELY:
            return AMBIGUOUS
        found = _before_reason(view, tags, found)
    if has_unknown(text, max(start, found[0].start - 4), end):
        return AMBIGUOUS
    return _of_free(view, tags, found, start, end)


def _of_free(
    view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int
) -> Number | Ambiguous | None:
    """Return the one that counts of the numbers which are no operand and bound nothing."""
    mask = view.mask(start, end)
    free = [one for one in found if not is_operand(view.text, one, start, end)]
    if len(free) < len(found) and not set(free) >= set(_concluded(view, tags, found)[:1]):
        return AMBIGUOUS  # "so there are 132 - 44"
    if free and mask & (_THAN | _THAN_AFTER):
        free = [one for one in free if not _bounded(view, tags, one)]
        if not free:
            return None  # "a little more than 1 cubic metre"
    if len(free) == 1:
        return free[0]
    return _stated(view, tags, free, start, end) if free else AMBIGUOUS


def _equated(
    view: View,
    tags: Sequence[Tag],
    found: list[Number],
    inside: list[Number],
    start: int,
    end: int,
) -> Number | Ambiguous | None:
    """Return the result of the sentence's equation; one in brackets only checks what is said.

    What a "so" concludes from it counts instead: "14 / 40 = 0.35, so it is 35%".
    """
    text = view.text
    behind = _concluded(view, [tag for tag in tags if not tag.mask & _BECAUSE], found)
    if behind and not _EQUALS.search(text, behind[0].start, end):
        return _stated(view, tags, behind, start, end)
    outside = [
        one
        for one in _CHECK.finditer(text, start, end)
        if not _in_brackets(text, one.start(), start, end)
    ]
    if outside or found is inside:
        plain = len(found) == 2 and not any(is_operand(text, one, start, end) for one in found)
        place = asked_for(view, found, start, end) if plain else -1  # "400 cents = 4 dollars"
        side = found[place] if place >= 0 else last_side(text, found, start, end)
        return _left_over(view, tags, found, side, end) or side
    result = last_side(text, inside, start, end)
    if isinstance(result, Number):
        same = [one for one in found if one.value == result.value]
        return same[-1] if same else None
    return None


def _left_over(
    view: View, tags: Sequence[Tag], found: list[Number], side: Number | Ambiguous | None, end: int
) -> Number | None:
    """Return what stands behind a result and counts: "3 x 350 = 1050, which leaves 950"."""
    if not isinstance(side, Number):
        return None
    for one in reversed(found):
        if one.start <= side.end:
            break
        behind = next((tag for tag in tags if tag.start >= one.end), None)
        compared = behind is not None and behind.mask & (_THAN | _THAN_AFTER)
        if _led_by(view, tags, one, _RESULT) and not compared:
            return None if is_operand(view.text, one, side.end, end) else one
    return None


def _in_brackets(text: str, place: int, start: int, end: int) -> bool:
    return any(m.start() < place < m.end() for m in _BRACKETS.finditer(text, start, end))


def _stated(
    view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int
) -> Number | Ambiguous:
    found = _corrected(view, tags, found)
    kept = _main_clause(view, tags, found, start, end)
    new = _new(view, tags, kept, start, end)
    for several in (kept, new):
        place = asked_for(view, several, start, end)
        if asked := place >= 0 and not _is_aside(view, tags, several[place], start):
            break
    told = None if asked else _told(view, tags, found, start)
    chosen = several[place] if asked else told or _chosen(view, tags, new, start, end)
    place = found.index(chosen)
    for first, second in zip(
        found[max(0, place - 1) :], found[max(1, place) : place + 2], strict=False
    ):
        if first.value == second.value:
            continue
        if _open_pair(view, tags, first, second, asked=asked):
            return AMBIGUOUS
        both = len(found) == 2 and first in new and second in new and told is None
        if _two_facts(view, tags, first, second, end, both, 2 if asked else 4):
            return AMBIGUOUS
    return chosen


def _corrected(view: View, tags: Sequence[Tag], found: list[Number]) -> list[Number]:
    """Return the numbers behind a word that takes back those before it: "17, sorry, 19"."""
    for tag in tags:
        between = found[0].end <= tag.start < found[-1].start
        retracts = tag.mask & _WAIT and not tag.mask & _NOT and between
        if retracts and view.text[: tag.start].rstrip(" (")[-1:] in tuple(",;–—-.，；"):
            return [one for one in found if one.start >= tag.end]
    return found


def _new(
    view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int
) -> list[Number]:
    """Return the numbers that the request does not give: "4 pens cost 100", asked about 4.

    All of them where each new one is a detail ("in 4 weeks"), or where the last clause has a given
    one that may be the result all the same: "Of 36 pens 24 were given away, leaving 12".
    """
    given = given_numbers(view) if view.asked.request and len(found) > 1 else ()
    new = [one for one in found if one.value not in given and not _is_given(view, tags, one)]
    last = found[-1]
    led = _led_by(view, tags, last, _PREPOSITION | _GIVEN)
    if last not in new and not led and any(clauses(view, found, start, end)):
        return found
    return new if any(not _is_detail(view, tags, one, start) for one in new) else found


def _is_aside(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    return _is_given(view, tags, one) or _is_detail(view, tags, one, start)


def _is_detail(view: View, tags: Sequence[Tag], one: Number, start: int) -> bool:
    """Whether the number names or dates something: "Room 12", "in 4 weeks", "6 o'clock"."""
    timed = any(tag.mask & _TIME and 0 <= tag.start - one.end < 2 for tag in tags)
    dates = timed and _led_by(view, tags, one, _PREPOSITION)
    return dates or _is_clock(view, tags, one) or _named(view.text, one, start)


def _chosen(view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int) -> Number:
    text = view.text
    kept = _concluded(view, tags, found) or found
    if tags[-1:] and tags[-1].mask & (_TOTAL | _COPULA) and view.blank(tags[-1].end, end):
        counted = [one for one in kept if one.end <= tags[-1].start]
        if counted:
            return counted[-1]  # "12 cows and 5 sheep, for 17 animals in total"
    for one in reversed(kept):
        if _led_by(view, tags, one, _COPULA | _RESULT) and not _is_clock(view, tags, one):
            return one
    kept = [one for one in kept if not _named(text, one, start)] or kept
    asked = [one for one in kept if not _is_given(view, tags, one)] or kept
    plain = [
        one
        for one in asked
        if not _led_by(view, tags, one, _PREPOSITION) and not _is_clock(view, tags, one)
    ]
    money = [one for one in plain if one.currency]
    if len(money) == 1 and len(plain) > 1:
        return money[0]
    return (plain or asked)[0]


def _told(view: View, tags: Sequence[Tag], found: list[Number], start: int) -> Number | None:
    """Return the one number that is new behind an equation, else the equation's own result.

    "35 x 2 = 70. From 150 take 70, and 80 are left"; "60 x 3 = 180. In 3 hours it drives 180 km".
    """
    computed = _computed(view, start)
    if computed is None:
        return None
    known = known_numbers(view, start)
    fresh = [one for one in found if one.value not in known]
    fresh = [one for one in fresh if not _is_detail(view, tags, one, start)]
    if fresh and (len(fresh) > 1 or view.asked.request):
        return fresh[0] if len(fresh) == 1 else None
    same = [one for one in found if one.value == computed]
    return same[0] if len(same) == 1 else None


def known_numbers(view: View, start: int) -> frozenset[Decimal]:
    """Return the numbers that the request, or the reply shortly before a place, has given."""
    said = view.numbers(max(0, start - _LOOK_BACK), start)
    return given_numbers(view).union([one.value for one in said])


def _computed(view: View, start: int) -> Decimal | None:
    """Return the result of the last equation before a sentence, which it then tells."""
    place = max(view.text.rfind(sign, max(0, start - _LOOK_BACK), start) for sign in "=＝")
    found = view.numbers(place + 1, min(start, place + _STEP_REACH)) if place >= 0 else []
    return found[0].value if found else None


def _main_clause(
    view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int
) -> list[Number]:
    """Return the numbers behind a leading clause of condition or reason, if any stand there."""
    first = tags[0] if tags else None
    opens = first and first.mask & (_IF | _BECAUSE) and view.blank(start, first.start)
    if not opens or first is None:
        return found
    last = None
    for comma in _COMMA.finditer(view.text, first.end, end):
        behind = [one for one in found if one.start >= comma.end()]
        if not behind:
            break
        last = behind
    return last if last else found


def _concluded(view: View, tags: Sequence[Tag], found: list[Number]) -> list[Number]:
    """Return the numbers behind a "so" that opens a clause: "5 friends get 3 each, so 15"."""
    for tag in reversed(tags):
        if tag.mask & _THEREFORE and found[0].end <= tag.start < found[-1].start:
            comma = view.text[tag.start - 2 : tag.start].rstrip()[-1:] in tuple(",;，；、،")
            opens = comma or is_glued(view.folded[tag.start])
            behind = [one for one in found if one.start >= tag.end]
            return behind if opens or len(behind) == 1 else []
    return []


def _led_by(view: View, tags: Sequence[Tag], one: Number, mask: int) -> bool:
    """Whether a word of the classes stands before the number, small words between left out."""
    place = one.start
    for tag in reversed(tags):
        if tag.end > place:
            continue
        if one.start - tag.end > _REACH or view.text[tag.end : place].strip(" :$€£¥₹-−\"'(*"):
            return False
        if tag.mask & mask and not (mask & _PREPOSITION and tag.mask & (_COPULA | _RESULT)):
            before = view.tags_before(tags, tag)
            return not (mask & _COPULA and before is not None and before.mask & _QUESTION)
        if not tag.mask & _SMALL and not (
            mask & _COPULA and tag.mask & (_PREPOSITION | _THEREFORE)
        ):
            return False
        place = tag.start
    return False


def _is_given(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the question gave the number: "the remaining 6", "of the 20"."""
    return _led_by(view, tags, one, _GIVEN)


def _named(text: str, one: Number, start: int) -> bool:
    """Whether the number is part of a name: "Room 12", "Chapter 2"."""
    return _NAME.search(text, max(start, one.start - 16), one.start) is not None


def _is_clock(view: View, tags: Sequence[Tag], one: Number) -> bool:
    if _CLOCK_SIGNS.match(view.text, one.end):
        return True
    behind = next((tag for tag in tags if tag.start >= one.end), None)
    return bool(
        behind
        and behind.mask & _CLOCK
        and behind.start - one.end < 3
        and not view.text[one.end : behind.start].strip()
    )


def _negated(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether a "not" stands right before the number ("not 5 but 6"), or a "not, but" behind it."""
    behind = next((tag for tag in tags if tag.start >= one.end), None)
    if behind and behind.mask & _NOT and behind.mask & _BUT and behind.start - one.end < 2:
        return True
    for tag in reversed(tags):
        if tag.end > one.start:
            continue
        if view.text[tag.end : one.start].strip(" $€£\"'("):
            return False
        if tag.mask & _NOT:
            return not tag.mask & _BUT
        if not tag.mask & (_SMALL | _COPULA):
            return False
        one = Number(one.value, tag.start, one.end)
    return False


def _bounded(view: View, tags: Sequence[Tag], one: Number) -> bool:
    """Whether the number only bounds the value: "more than 5", 5 से अधिक, 5個より多い."""
    bounds = [tag for tag in tags if tag.mask & _THAN and not tag.mask & _LOOSE]
    if bounds and _led_by(view, bounds, one, _THAN):
        return True
    behind = next((t for t in tags if t.start >= one.end and t.mask & _THAN_AFTER), None)
    return behind is not None and _COUNTED.fullmatch(view.text, one.end, behind.start) is not None


def _before_reason(view: View, tags: Sequence[Tag], found: list[Number]) -> list[Number]:
    """Return the numbers before a clause that gives the reason: "18, because there are 3".

    Where the request gives all of these, they are the reason: 1個が120円なので、4個では480円.
    """
    first = found[0].end
    for tag in tags:
        if tag.mask & _BECAUSE and not tag.mask & _RANGE and tag.start >= first:
            so = [one.start for one in tags if one.mask & _THEREFORE and one.start > tag.start]
            ends = so[-1] if so else found[-1].end  # "280, of which 35 are taken, so 245"
            before = [one for one in found if not tag.start < one.start < ends]
            given = given_numbers(view)
            return found if all(one.value in given for one in before) else before
    return found


def _outside_brackets(text: str, found: list[Number], start: int, end: int) -> list[Number]:
    spans = [match.span() for match in _BRACKETS.finditer(text, start, end)]
    outside = [one for one in found if not any(left < one.start < right for left, right in spans)]
    return outside if outside and len(outside) < len(found) else found


def _open_pair(
    view: View, tags: Sequence[Tag], first: Number, second: Number, *, asked: bool
) -> bool:
    """Whether two numbers are the ends of a range, two ways to answer, or a list.

    With `asked` the question names the unit of one: "400 cents, or $4" is one amount in two.
    """
    text = view.text
    if second.start - first.end > 2 * _REACH:
        return False
    gap = text[first.end : second.start]
    if _DASH.fullmatch(gap):
        return True
    if _LIST_GAP.fullmatch(gap):
        return not _led_by(view, tags, first, _PREPOSITION)
    between = [tag for tag in tags if first.end <= tag.start < second.start]
    mask = 0
    for tag in between:
        mask |= tag.mask
    unit = _unit_of(text, first.end, between, second.start)
    if _led_by(view, tags, first, _BETWEEN) and mask & (_AND | _RANGE | _OR):
        return True
    behind = next((tag for tag in tags if tag.start >= second.end), None)
    if (
        behind
        and behind.mask & _BETWEEN
        and behind.start - second.end < 8
        and mask & (_AND | _RANGE)
        and "," not in gap
    ):
        return True
    if mask & (_OR | _RANGE) and _joins(text, between, _OR | _RANGE, first, second):
        after = RUN.match(text, second.end + (text[second.end : second.end + 1] == " "))
        return (
            not unit
            or (after[0] if after else "").startswith(unit)
            or bool(mask & _OR and not after and not (asked and second.currency))
        )
    return False


def _two_facts(
    view: View,
    tags: Sequence[Tag],
    first: Number,
    second: Number,
    end: int,
    both: bool,
    most: int,
) -> bool:
    """Whether two numbers count two things, at most so many words apart, or a time in two units."""
    text, gap = view.text, view.text[first.end : second.start]
    mask = view.mask(first.end, second.start)
    if not mask & (_THEREFORE | _COPULA | _OR) and _compound_time(tags, first, second, gap):
        return True
    if "," not in gap and mask & _AND and both:
        rest = RUN.findall(text, second.end, end)
        words = RUN.findall(gap)
        return len(words) <= most and len(rest) <= 2 and not mask & (_PREPOSITION | _THEREFORE)
    return False


def _unit_of(text: str, start: int, between: Sequence[Tag], end: int) -> str:
    """Return the unit behind the first number: the words before the first known one."""
    stop = min([tag.start for tag in between if tag.mask & (_OR | _RANGE)], default=end)
    return text[start:stop].strip(" ,-")


def _joins(text: str, between: Sequence[Tag], mask: int, first: Number, second: Number) -> bool:
    """Whether nothing stands between the joining word and the second number, and little before."""
    joint = next((tag for tag in reversed(between) if tag.mask & mask), None)
    if joint is None:
        return False
    after = text[joint.end : second.start]
    if after.strip(" $€£¥₹\"'(") and len(RUN.findall(after)) > 1:
        return False
    return len(RUN.findall(text[first.end : joint.start])) <= 3


def _compound_time(tags: Sequence[Tag], first: Number, second: Number, gap: str) -> bool:
    """Whether both numbers count one time: "7 hours 30 minutes"."""
    units = []
    for one in (first, second):
        near = next((tag for tag in tags if tag.start >= one.end), None)
        known = near and near.start - one.end <= 2 and near.mask & _TIME
        units.append(known or 0)
    words = len(RUN.findall(gap))
    return bool(units[0] and units[1] and units[0] != units[1] and words <= 3)


_SECONDS = dict(zip(UNITS, (1, 60, 3600, 86400, 604800, 2629800, 31557600), strict=True))


def compound_time(view: View, start: int, end: int, wanted: str) -> Number | None:
    """Return "2 hours 15 minutes" in the one unit that a request asks for."""
    totals, places, last = [], [], 0
    tags = view.tags(start, end)
    for one in view.numbers(start, end):
        near = next((tag for tag in tags if tag.start >= one.end), None)
        if near is None or near.start - one.end > 2 or not near.mask & _TIME:
            return None
        seconds = next(_SECONDS[name] for name in UNITS if near.mask & BIT[name])
        if not last or seconds >= last:  # "2 hours 15 minutes, or 135 minutes": the same again
            totals.append(Decimal(0))
        totals[-1] += one.value * seconds
        last = seconds
        places += [one.start, near.end]
    if len(places) < 4 or len(set(totals)) > 1:
        return None
    return Number(totals[0] / _SECONDS[wanted], places[0], places[-1])


def is_step_number(view: View, one: Number) -> bool:
    """Whether a number only counts a step: "1. He runs.", "Step 2:".

    A list begins with 1; a later number is of a list where the one before it opens a line too.
    """
    text = view.text
    head = text.rfind("\n", 0, one.start) + 1
    if one.start - head > _STEP_REACH or one.value > _MOST_STEPS:
        return False
    if _HEADED.match(text, head, one.end + 3):  # "Step 2:", in any language
        return True
    listed = _LISTED.match(text, head, one.end + 40)
    if listed is None or listed.end("number") != one.end:
        return False
    if one.value <= 1:
        return True
    last = re.compile(rf"^[ \t]*[(（]?{int(one.value) - 1}[.)）、．:]", re.MULTILINE)
    return last.search(text, 0, head) is not None
