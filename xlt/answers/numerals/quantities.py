"""Which number of a sentence is the one it states: not a step, an operand, a bound or a detail."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from xlt.answers.lexicon import BIT, OUTSIDE, is_glued
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
    Sentence,
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

_NOT, _RANGE, _THAN, _COPULA, _RESULT, _BECAUSE, _GIVEN, _IF = (
    BIT[name] for name in ("not", "range", "than", "copula", "result", "because", "given", "if")
)
_PREPOSITION, _RESPECTIVELY, _THEREFORE, _TOTAL, _THAN_AFTER, _WAIT, _NUMBER, _BUT, _AND = (
    BIT[name]
    for name in (
        *("preposition", "respectively", "therefore", "total", "than_after", "wait", "number"),
        *("but", "and"),
    )
)
_LEADING = _COPULA | _RESULT | _RESPECTIVELY | _TOTAL
_THAT, _DENIES = BIT["that"], _NOT | BIT["less"]
_CLAUSAL, _RELATIVE = _IF | _BECAUSE, _THAT | BIT["question"]
_OFF = _THEREFORE | _BUT | _IF
_BRACKETS = re.compile(r"\([^()\n]*\)|（[^（）\n]*）|\[[^\[\]\n]*\]")
_LISTED = re.compile(r"[\s#>\-–•]*[(（]?(?P<number>\d{1,2})[.)）、．:](?!\d)\s*\w")
_HEADED = re.compile(rf"[\s#>\-–•*]*[^{OUTSIDE}]{{1,16}}[\s#]{{0,2}}\d{{1,2}}\s?[:：]")
_BLANKS = " ,，、;$€£\"'"
_COMMA = re.compile(r"[,，、،]\s*")
_STEP_REACH, _LOOK_BACK = 16, 400


def stated_number(
    view: View, start: int, end: int, *, dot_groups: bool = False, words: bool = False
) -> Number | Ambiguous | None:
    """Return the number that the sentence `text[start:end]` states.

    The result of its last equation, else the number behind "is", else the first that is no
    operand, no bound ("more than 5"), no detail ("in 4 weeks"), no name ("Room 12"), of no
    subordinate clause and given nowhere ("the remaining 6"). None when it holds none; AMBIGUOUS
    for a range, a list, two facts. `words` as for `View.numbers`.
    """
    found = view.numbers(start, end, dot_groups=dot_groups, words=words)
    if len(found) == 1 and found[0].start == start and found[0].end == end:
        return found[0]
    if found and is_step_number(view, found[0]):
        del found[0]
    if not found:
        return None
    said = Sentence(view, view.tags(start, end), start, end)
    mask = view.mask(start, end)
    denied = [one for one in found if mask & _DENIES and is_negated(said, one)]
    if denied:
        if (instead := _instead(said, found, denied)) is not None:
            return instead
        found = [one for one in found if one not in denied]
        if not found:
            return None
    inside, found = found, _outside_brackets(said, found)
    if EQUALS.search(view.text, start, end):
        side = _equated(said, found, inside)
        if side is not None:
            return side
    found = joined_fractions(view.text, found)
    if len(found) > 1 and mask & _RESPECTIVELY and not led_by(said, found[-1], _RESPECTIVELY):
        return AMBIGUOUS  # but 4명이 각각 6개씩
    found = _before_reason(said, found)
    if has_unknown(view.text, max(start, found[0].start - 4), end):
        return AMBIGUOUS
    return _of_free(said, found)


def _instead(said: Sentence, found: list[Number], denied: list[Number]) -> Number | None:
    """Return what counts instead of a number denied: "not 60 but 58", "twenty, not 19"."""
    text = said.view.text
    for one, other in pairwise(found):
        but = said.behind(one, _BUT, 3) if one in denied else None
        if but and not (text[one.end : but.start] + text[but.end : other.start]).strip(_BLANKS):
            return other
    if len(denied) < len(found):
        return None
    nots = [tag.start for tag in said.tags if tag.mask & _NOT]  # Bengali নয় is 9 as well
    end = min([denied[0].start, *nots])
    spelled = said.view.numbers(said.start, end, words=True)
    if len(spelled) != 1:
        return None
    between = text[spelled[0].end : end].strip()
    closes = between[-1:] in tuple(COMMAS) and between.count(" ") < 2  # "twenty, not 19"
    return spelled[0] if closes else None


def _of_free(said: Sentence, found: list[Number]) -> Number | Ambiguous | None:
    """Return the one that counts of the numbers which are no operand and bound nothing."""
    free = [one for one in found if not is_operand(said.view.text, one, said.start, said.end)]
    if len(free) < len(found) and (so := _concluded(said, found)) and so[0] not in free:
        return AMBIGUOUS  # "so there are 132 - 44"
    if not free:
        return AMBIGUOUS
    if said.view.mask(said.start, said.end) & (_THAN | _THAN_AFTER):
        free = [one for one in free if not is_bounded(said, one)]
    if not free:
        return None  # "a little more than 1 cubic metre"
    return _stated(said, free) if len(free) > 1 else free[0]


def _equated(
    said: Sentence, found: list[Number], inside: list[Number]
) -> Number | Ambiguous | None:
    """Return the result of the sentence's equation; one in brackets only checks what is said.

    What a "so" concludes from it counts instead: "14 / 40 = 0.35, so it is 35%".
    """
    view, tags, start, end = said
    behind = _concluded(said, found)
    if behind and not EQUALS.search(view.text, behind[0].start, end):
        return _stated(said, behind)
    if len(found) > 1 and found[-2].value != found[-1].value:
        between = found[-2].end, found[-1].start
        if view.mask(*between) & BIT["or"] and EQUALS.search(view.text, *between):
            return AMBIGUOUS  # "x = 2 or x = 5"
    brackets = [match.span() for match in _BRACKETS.finditer(view.text, start, end)]
    signs = [match.start() for match in EQUALS.finditer(view.text, start, end)]
    if all(any(left < sign < right for left, right in brackets) for sign in signs):
        result = last_side(view.text, inside, start, end)
        same = [one for one in found if one.value == getattr(result, "value", None)]
        return same[-1] if same else None
    plain = len(found) == 2 and not any(is_operand(view.text, one, start, end) for one in found)
    place = asked_for(view, found, start, end) if plain else -1  # "400 cents = 4 dollars"
    side = found[place] if place >= 0 else last_side(view.text, found, start, end)
    return _left_over(said, found, side) or side


def _left_over(said: Sentence, found: list[Number], side: Number | Ambiguous) -> Number | None:
    """Return what stands behind a result and counts: "3 x 350 = 1050, which leaves 950"."""
    later = [one for one in found if isinstance(side, Number) and one.start > side.end]
    for one in reversed(later):
        compared = said.behind(one, _THAN | _THAN_AFTER, _STEP_REACH)
        if led_by(said, one, _RESULT) and compared is None:
            return None if is_operand(said.view.text, one, later[0].start, said.end) else one
    return None


def _stated(said: Sentence, found: list[Number]) -> Number | Ambiguous:
    view, _, start, end = said
    found = _corrected(said, found)
    kept = _main_clause(said, found)
    new = _new(said, kept)
    for several in (kept, new):
        place = asked_for(view, several, start, end)
        if asked := place >= 0 and not is_aside(said, several[place]):
            break
    told = None if asked else _told(said, found)
    chosen = several[place] if asked else told or _chosen(said, new)
    if not isinstance(chosen, Number):
        return AMBIGUOUS
    both = len(found) == len(new) == 2 and told is None
    for first, second in pairwise(found):
        if chosen not in (first, second) or first.value == second.value:
            continue
        if open_pair(said, first, second, asked=asked):
            return AMBIGUOUS
        if two_facts(said, first, second, both, 2 if asked else 4):
            return AMBIGUOUS
    return chosen


def _corrected(said: Sentence, found: list[Number]) -> list[Number]:
    """Return the numbers behind a word that takes back those before it: "17, sorry, 19"."""
    for tag in said.tags:
        between = found[0].end <= tag.start < found[-1].start
        if between and tag.mask & _WAIT and not tag.mask & _NOT:
            before = said.view.text[said.start : tag.start].rstrip(" (")
            if before.endswith(tuple(",;–—-.，；")):
                return [one for one in found if one.start >= tag.end]
    return found


def _new(said: Sentence, found: list[Number]) -> list[Number]:
    """Return the numbers that the request does not give: "4 pens cost 100", asked about 4.

    All of them where each new one is a detail ("in 4 weeks"), or where the last clause has a given
    one that may be the result all the same: "Of 36 pens 24 were given away, leaving 12".
    """
    given = given_numbers(said.view)
    new = [one for one in found if one.value not in given and not is_given(said, one)]
    led = led_by(said, found[-1], _PREPOSITION | _GIVEN)
    if found[-1] not in new and not led and any(clauses(said.view, found, said.start, said.end)):
        return found
    return new if any(not is_detail(said, one) for one in new) else found


def _same_verb(said: Sentence, first: Number, second: Number) -> bool:
    """Whether one verb states two numbers: "Marco ha 12 mele e Anna ne ha 8"."""
    verbs = [
        said.view.folded[tag.start : tag.end]
        for one in (first, second)
        for tag in said.tags
        if tag.mask & _LEADING and 0 <= one.start - tag.end < 3
    ]
    joined = said.view.mask(first.end, second.start)
    return len(verbs) == 2 and verbs[0] == verbs[1] and joined & _AND > 0 and not joined & _OFF


def _chosen(said: Sentence, found: list[Number]) -> Number | Ambiguous:
    view, tags, _, end = said
    kept = _concluded(said, found) or found
    if tags and tags[-1].mask & (_TOTAL | _COPULA) and view.blank(tags[-1].end, end):
        return kept[-1]  # "12 cows and 5 sheep, for 17 animals in total"
    led = [one for one in kept if led_by(said, one, _LEADING) and not is_dated(said, one)]
    if len(led) > 1 and not view.asked.request and _same_verb(said, *led[-2:]):
        return AMBIGUOUS
    closing = _closing(said, kept)
    if led and not (closing and view.mask(closing.end, led[-1].start) & _PREPOSITION):
        return led[-1]
    if closing is not None:
        return closing  # "13.50 in all for 3 coffees"
    kept = [one for one in kept if not (is_named(said, one) or led_by(said, one, _NUMBER))] or kept
    asked = [one for one in kept if not is_given(said, one)] or kept  # "Bus number 14 has 52 seats"
    plain = [one for one in asked if not (led_by(said, one, _PREPOSITION) or is_detail(said, one))]
    money = [one for one in plain if is_money(view, one)]
    return money[0] if len(money) == 1 else (plain or asked)[0]


def _closing(said: Sentence, found: list[Number]) -> Number | None:
    """Return the one number with a word of result: "13.50 € in all, at 2.50", ", leaving 18"."""
    view, tags, _, end = said
    results = [tag.start for tag in tags if tag.mask & (_RESULT | _TOTAL)]
    behind = [one for one in found if any(_beside(view, one.end, place) for place in results)]
    if len(behind) == 1:
        return behind[0]
    comma = max([match.end() for match in _COMMA.finditer(view.text, found[0].end, end)], default=0)
    last = [one for one in found if one.start >= comma > 0]
    return last[0] if len(last) == 1 and view.mask(comma, end) & (_RESULT | _TOTAL) else None


def _beside(view: View, start: int, end: int) -> bool:
    return 0 < end - start < 5 and not view.text[start:end].strip(" $€£¥₹")


def _told(said: Sentence, found: list[Number]) -> Number | None:
    """Return the one number that is new behind an equation, else the equation's own result.

    "35 x 2 = 70. From 150 take 70, and 80 are left"; "60 x 3 = 180. In 3 hours it drives 180 km".
    """
    computed = _computed(said.view, said.start)
    if computed is None:
        return None
    known = known_numbers(said.view, said.start)
    fresh = [one for one in found if one.value not in known and not is_detail(said, one)]
    if fresh and (len(fresh) > 1 or said.view.asked.request):
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


def _main_clause(said: Sentence, found: list[Number]) -> list[Number]:
    """Return the numbers behind a leading clause or detail, if any: "After selling 15, 75 are"."""
    view, tags, start, end = said
    first = tags[0].mask & (_CLAUSAL | _PREPOSITION) if tags else 0
    if first and view.blank(start, tags[0].start):
        relative = {tag.start for tag in tags if tag.mask & _RELATIVE and not first & _CLAUSAL}
        for comma in _COMMA.finditer(view.text, tags[0].end, end):
            if comma.end() not in relative:  # not ", which is 550 less"
                found = [one for one in found if one.start >= comma.end()] or found
    return found


def _concluded(said: Sentence, found: list[Number]) -> list[Number]:
    """Return the numbers behind a "so" that opens a clause: "5 friends get 3 each, so 15"."""
    for tag in reversed(said.tags):
        if tag.mask & _THEREFORE and found[0].end <= tag.start < found[-1].start:
            before = said.view.text[max(0, tag.start - 2) : tag.start].rstrip()
            opens = before.endswith(tuple(",;，；、،")) or is_glued(said.view.folded[tag.start])
            behind = [one for one in found if one.start >= tag.end]
            return behind if opens or len(behind) == 1 else []
    return []


def _before_reason(said: Sentence, found: list[Number]) -> list[Number]:
    """Return the numbers before a clause that gives the reason: "18, because there are 3".

    Where the request gives all of these, they are the reason: 1個が120円なので、4個では480円.
    """
    for tag in said.tags:
        if tag.mask & _BECAUSE and not tag.mask & (_RANGE | _THAT) and tag.start >= found[0].end:
            so = [one.start for one in said.tags if one.mask & _THEREFORE and one.start > tag.start]
            ends = so[-1] if so else found[-1].end  # "280, of which 35 are taken, so 245"
            before = [one for one in found if not tag.start < one.start < ends]
            return before if {one.value for one in before} - given_numbers(said.view) else found
    return found


def _outside_brackets(said: Sentence, found: list[Number]) -> list[Number]:
    spans = [match.span() for match in _BRACKETS.finditer(said.view.text, said.start, said.end)]
    outside = [one for one in found if not any(left < one.start < right for left, right in spans)]
    return outside or found


def is_step_number(view: View, one: Number) -> bool:
    """Whether a number only counts a step: "1. He runs.", "Step 2:".

    A list begins with 1; a later number is of a list where the one before it opens a line too.
    """
    text = view.text
    head = text.rfind("\n", 0, one.start) + 1
    if one.start - head > _STEP_REACH:
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
