"""Which number of a sentence is the one it states: not a step, an operand, a bound or a detail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from xlt.answers.lexicon import BIT, OUTSIDE, Tag, is_glued
from xlt.answers.numerals.equations import (
    AMBIGUOUS,
    EQUALS,
    Ambiguous,
    has_unknown,
    is_operand,
    joined_fractions,
    last_side,
)
from xlt.answers.numerals.finding import Number
from xlt.answers.numerals.pairs import open_pair, two_facts
from xlt.answers.numerals.roles import (
    is_aside,
    is_bounded,
    is_dated,
    is_detail,
    is_given,
    is_money,
    is_named,
    is_negated,
    led_by,
)
from xlt.answers.request_said import asked_for, clauses, given_numbers
from xlt.answers.sentences.view import COMMAS, View

_NOT, _RANGE, _THAN, _COPULA, _RESULT, _BECAUSE = (
    BIT[name] for name in ("not", "range", "than", "copula", "result", "because")
)
_GIVEN, _IF, _PREPOSITION, _RESPECTIVELY, _THEREFORE, _TOTAL = (
    BIT[name] for name in ("given", "if", "preposition", "respectively", "therefore", "total")
)
_THAN_AFTER, _WAIT, _NUMBER = (BIT[name] for name in ("than_after", "wait", "number"))
_BUT = BIT["but"]
_LEADING = _COPULA | _RESULT | _RESPECTIVELY | _TOTAL
_THAT = BIT["that"]
_RELATIVE = _THAT | BIT["question"]
_AND, _OFF = BIT["and"], _THEREFORE | BIT["but"] | _IF
_BRACKETS = re.compile(r"\([^()\n]*\)|（[^（）\n]*）|\[[^\[\]\n]*\]")
_LISTED = re.compile(r"[\s#>\-–•]*[(（]?(?P<number>\d{1,2})[.)）、．:](?!\d)\s*\w")
_HEADED = re.compile(rf"[\s#>\-–•*]*[^{OUTSIDE}]{{1,16}}[\s#]{{0,2}}\d{{1,2}}\s?[:：]")
_COMMA = re.compile(r"[,，、،]\s*")
_CHECK = re.compile(r"=\s*[$€£]?\s*")
_STEP_REACH, _MOST_STEPS, _LOOK_BACK = 16, 40, 400


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
    if found and found[0].start == start and found[0].end == end:
        return found[0]
    if found and is_step_number(view, found[0]):
        del found[0]
    if not found:
        return None
    tags, mask = view.tags(start, end), view.mask(start, end)
    if mask & (_NOT | BIT["less"]):
        denied = [one for one in found if is_negated(view, tags, one)]
        if denied and (instead := _instead(view, tags, found, denied, start)) is not None:
            return instead
        found = [one for one in found if one not in denied]
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
        if len(found) > 1 and mask & _RESPECTIVELY and not _each(view, tags, found):
            return AMBIGUOUS
        found = _before_reason(view, tags, found)
    if has_unknown(text, max(start, found[0].start - 4), end):
        return AMBIGUOUS
    return _of_free(view, tags, found, start, end)


def _instead(
    view: View, tags: Sequence[Tag], found: list[Number], denied: list[Number], start: int
) -> Number | None:
    """Return what counts instead of a number denied: "not 60 but 58", "twenty, not 19"."""
    for one in denied:
        but = next((tag for tag in tags if tag.start >= one.end), None)
        behind = [other for other in found if other.start > one.start][:1]
        if but is None or not but.mask & _BUT or not behind:
            continue
        gaps = view.text[one.end : but.start] + view.text[but.end : behind[0].start]
        if not gaps.strip(" ,，、;$€£\"'"):
            return behind[0]
    if len(denied) < len(found):
        return None
    nots = [tag.start for tag in tags if tag.mask & _NOT]  # Bengali নয় is 9 as well
    spelled = view.numbers(start, min([denied[0].start, *nots]), words=True)
    if len(spelled) != 1 or spelled[0].value <= 1:
        return None
    between = view.text[spelled[0].end : min([denied[0].start, *nots])].strip()
    closes = between[-1:] in tuple(COMMAS) and between.count(" ") < 2  # "twenty, not 19"
    return spelled[0] if closes else None


def _of_free(
    view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int
) -> Number | Ambiguous | None:
    """Return the one that counts of the numbers which are no operand and bound nothing."""
    mask = view.mask(start, end)
    free = [one for one in found if not is_operand(view.text, one, start, end)]
    if len(free) < len(found) and (so := _concluded(view, tags, found)) and so[0] not in free:
        return AMBIGUOUS  # "so there are 132 - 44"
    if free and mask & (_THAN | _THAN_AFTER):
        free = [one for one in free if not is_bounded(view, tags, one)]
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
    if behind and not EQUALS.search(text, behind[0].start, end):
        return _stated(view, tags, behind, start, end)
    outside = [
        one
        for one in _CHECK.finditer(text, start, end)
        if not _in_brackets(text, one.start(), start, end)
    ]
    if len(found) > 1 and found[-2].value != found[-1].value:
        between = found[-2].end, found[-1].start
        if view.mask(*between) & BIT["or"] and EQUALS.search(text, *between):
            return AMBIGUOUS  # "x = 2 or x = 5"
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
        if led_by(view, tags, one, _RESULT) and not compared:
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
        if asked := place >= 0 and not is_aside(view, tags, several[place], start):
            break
    told = None if asked else _told(view, tags, found, start)
    chosen = several[place] if asked else told or _chosen(view, tags, new, start, end)
    if not isinstance(chosen, Number):
        return AMBIGUOUS
    place = found.index(chosen)
    for first, second in zip(
        found[max(0, place - 1) :], found[max(1, place) : place + 2], strict=False
    ):
        if first.value == second.value:
            continue
        if open_pair(view, tags, first, second, asked=asked):
            return AMBIGUOUS
        both = len(found) == 2 and first in new and second in new and told is None
        if two_facts(view, tags, first, second, end, both, 2 if asked else 4):
            return AMBIGUOUS
    return chosen


def _each(view: View, tags: Sequence[Tag], found: list[Number]) -> bool:
    """Whether "respectively" says "each" of the last number: 4명이 각각 6개씩."""
    return len(found) == 2 and led_by(view, tags, found[1], _RESPECTIVELY)


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
    new = [one for one in found if one.value not in given and not is_given(view, tags, one)]
    last = found[-1]
    led = led_by(view, tags, last, _PREPOSITION | _GIVEN)
    if last not in new and not led and any(clauses(view, found, start, end)):
        return found
    return new if any(not is_detail(view, tags, one, start) for one in new) else found


def _same_verb(view: View, tags: Sequence[Tag], first: Number, second: Number) -> bool:
    """Whether one verb states two numbers: "Marco ha 12 mele e Anna ne ha 8"."""
    verbs = [
        view.folded[tag.start : tag.end]
        for one in (first, second)
        for tag in tags
        if tag.mask & _LEADING and tag.end <= one.start and one.start - tag.end < 3
    ]
    joined = view.mask(first.end, second.start)
    return len(verbs) == 2 and verbs[0] == verbs[1] and joined & _AND > 0 and not joined & _OFF


def _chosen(
    view: View, tags: Sequence[Tag], found: list[Number], start: int, end: int
) -> Number | Ambiguous:
    kept = _concluded(view, tags, found) or found
    if tags[-1:] and tags[-1].mask & (_TOTAL | _COPULA) and view.blank(tags[-1].end, end):
        counted = [one for one in kept if one.end <= tags[-1].start]
        if counted:
            return counted[-1]  # "12 cows and 5 sheep, for 17 animals in total"
    led = [one for one in kept if led_by(view, tags, one, _LEADING)]
    led = [one for one in led if not is_dated(view, tags, one, start)]
    if len(led) > 1 and not view.asked.request and _same_verb(view, tags, *led[-2:]):
        return AMBIGUOUS
    closing = _closing(view, tags, kept, end)
    between = view.mask(closing.end, led[-1].start) if led and closing else 0
    if led and not between & _PREPOSITION:
        return led[-1]
    if closing is not None:
        return closing  # "13.50 in all for 3 coffees"
    kept = [
        one for one in kept if not (is_named(view, one, start) or led_by(view, tags, one, _NUMBER))
    ] or kept  # "Bus number 14 has 52 seats"
    asked = [one for one in kept if not is_given(view, tags, one)] or kept
    plain = [
        one
        for one in asked
        if not led_by(view, tags, one, _PREPOSITION) and not is_detail(view, tags, one, start)
    ]
    money = [one for one in plain if is_money(view, one)]
    if len(money) == 1 and len(plain) > 1:
        return money[0]
    return (plain or asked)[0]


def _closing(view: View, tags: Sequence[Tag], found: list[Number], end: int) -> Number | None:
    """Return the one number with a word of result: "13.50 € in all, at 2.50", ", leaving 18"."""
    behind = [
        one
        for one in found
        if any(t.mask & (_RESULT | _TOTAL) and _beside(view, one.end, t.start) for t in tags)
    ]
    if len(behind) == 1:
        return behind[0]
    comma = max([match.end() for match in _COMMA.finditer(view.text, found[0].end, end)], default=0)
    last = [one for one in found if one.start >= comma > 0]
    return last[0] if len(last) == 1 and view.mask(comma, end) & (_RESULT | _TOTAL) else None


def _beside(view: View, start: int, end: int) -> bool:
    return 0 < end - start < 5 and not view.text[start:end].strip(" $€£¥₹")


def _told(view: View, tags: Sequence[Tag], found: list[Number], start: int) -> Number | None:
    """Return the one number that is new behind an equation, else the equation's own result.

    "35 x 2 = 70. From 150 take 70, and 80 are left"; "60 x 3 = 180. In 3 hours it drives 180 km".
    """
    computed = _computed(view, start)
    if computed is None:
        return None
    known = known_numbers(view, start)
    fresh = [one for one in found if one.value not in known]
    fresh = [one for one in fresh if not is_detail(view, tags, one, start)]
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
    """Return the numbers behind a leading clause or detail, if any: "After selling 15, 75 are"."""
    first = tags[0] if tags else None
    leads = _IF | _BECAUSE | _PREPOSITION
    opens = first and first.mask & leads and view.blank(start, first.start)
    if not opens or first is None:
        return found
    last = None
    for comma in _COMMA.finditer(view.text, first.end, end):
        behind = [one for one in found if one.start >= comma.end()]
        if not behind:
            break
        adds = next((tag for tag in tags if tag.start == comma.end()), None)
        clause = first.mask & (_IF | _BECAUSE)  # else not ", which is 550 less"
        if clause or adds is None or not adds.mask & _RELATIVE:
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


def _before_reason(view: View, tags: Sequence[Tag], found: list[Number]) -> list[Number]:
    """Return the numbers before a clause that gives the reason: "18, because there are 3".

    Where the request gives all of these, they are the reason: 1個が120円なので、4個では480円.
    """
    first = found[0].end
    for tag in tags:
        if tag.mask & _BECAUSE and not tag.mask & (_RANGE | _THAT) and tag.start >= first:
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
