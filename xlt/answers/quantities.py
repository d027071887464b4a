"""Which number of a sentence is the one it states: not a step, an operand, a bound or a detail."""

from __future__ import annotations

import re
from functools import lru_cache

from xlt.answers.equations import (
    AMBIGUOUS,
    Ambiguous,
    has_unknown,
    is_operand,
    joined_fractions,
    last_side,
)
from xlt.answers.numbers import Number, numbers
from xlt.languages import languages

_REACH = 40

_BRACKETS = re.compile(r"\([^()\n]*\)|（[^（）\n]*）|\[[^\[\]\n]*\]")
_BETWEEN_BEFORE = re.compile(
    r"(?:\b(?:between|from|zwischen|entre|de|между|от|tra|giữa|antara|kati ya)|介于|在)\W{0,3}\Z",
    re.IGNORECASE,
)
_BETWEEN_GAP = re.compile(
    r"\D{0,20}?\b(?:and|to|und|bis|y|a|et|à|и|до|e|và|đến|dan|hingga|na)\b\W{0,3}"
    r"|\s*(?:和|到|至|から|~|～|-|–|—)\s*",
    re.IGNORECASE,
)
_BETWEEN_AFTER = re.compile(r"\s*(?:之间|之間|の間|arasında|के बीच|এর মধ্যে)")
_EITHER_GAP = re.compile(
    r"\s*(?P<unit>[^\d,;.]{0,20}?)[\s,]*(?:\b(?:or|oder|ou|o|или|hoặc|atau|au|to"
    r"|bis)\b|或|または|至|到)\W{0,3}",
    re.IGNORECASE,
)
# "5 apples and 3 pears", "7 hours 30 minutes", with nothing said behind.
_AND_ALSO = re.compile(
    r"\s?(?:(?:[^\W\d_]{1,15}\s?){1,2}(?:,|\b(?:and|und|et|y|e|и)\b|和)"
    r"|(?:hours?|hrs?|h|minutes?|min|days?|weeks?|months?|years?|feet|foot|ft)\b)\s*[$€£]?",
    re.IGNORECASE,
)
_ONLY_A_UNIT = re.compile(r"(?:\s?[^\W\d_]{1,15}){0,2}\W*\Z")
_NEGATED = re.compile(
    r"(?:\b(?:not|nicht|pas|не|não)|n['’]t)\s(?:just\s|exactly\s)?\W?\Z|不是\s?\Z", re.IGNORECASE
)
_UNIT = re.compile(r"\s{0,2}([^\W\d_]*)")
_DASH = re.compile(r"\s?[-–—−~～]\s?")
_THAN = re.compile(
    r"\b(?:(?:more|greater|less|fewer|higher|lower|larger|smaller|older|younger|bigger) than"
    r"|mehr als|weniger als|más de|menos de|plus de|moins de|больше|более|меньше|менее)\W{0,3}\Z"
    r"|(?:超过|大于|小于|多于|少于)\W{0,2}\Z",
    re.IGNORECASE,
)
_DETAIL = re.compile(
    r"\b(?:in|for|after|per|at|every|on|within|during|with|each|than|out of|speed of|rate of"
    r"|cost of|price of|if|when|since|step|first|nach|für|pro|después de|après|pour"
    r"|para|dans|за|через)\s+"
    r"(?:(?:the|a|an|all|these|those|this|only|about|next|first|last|just|another|only)\s+){0,2}\Z",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"(?:(?<!which )(?<!that )\b(?:is|are|was|were|be|equals|makes|ist|sind|beträgt"
    r"|es|son|est|sont|è|sono|là"
    r"|adalah|ni|είναι|е|é|se|равно|равен|это|составляет|составит)|[是为為は])\s*"
    r"(?:(?:about|approximately|around|only|just|then|now|also|therefore|exactly"
    r"|ungefähr|environ|约|約|-)\s*){0,2}\Z",
    re.IGNORECASE,
)
# A number that the question gave: it is not what was asked for, if another one stands there.
_GIVEN = re.compile(
    r"\b(?:(?:the )?(?:remaining|other|original|initial|given|previous|same)|these|those"
    r"|(?:out )?of (?:the|his|her|their|these|those)|all(?: of)?(?: the)?|both)\s+\Z"
    r"|\b(?:übrigen|restlichen|anderen|autres|otros|остальн\w+)\s+\Z|(?:剩下的?|其余的?|残りの)\Z",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\s?(?:[ap]\.\s?m\b|[ap]m\b)|:\d\d\b|\s?o['’]clock\b", re.IGNORECASE)
_RESPECTIVELY = re.compile(
    r"\b(?:respectively|respectivement|respectivamente|rispettivamente|соответственно)\b"
    r"|分别(?:是|为)|それぞれ",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|since|given that|assuming|weil|porque|parce que|puisque|потому что|так как)\b"
    r"|,\s(?:as|where)\s|因为|因為|なので",
    re.IGNORECASE,
)
_LISTED = re.compile(r"[\s#>\-–•]*[(（]?(?P<number>\d{1,2})[.)）、．:](?!\d)\s*\w")
_STEP_REACH, _MOST_STEPS, _THAN_REACH = 16, 40, 20


def stated_number(
    text: str, start: int, end: int, *, dot_groups: bool = False, words: str = ""
) -> Number | Ambiguous | None:
    """Return the number that the sentence `text[start:end]` states.

    The result of its last equation, else the number behind "is", else the first that is no
    operand, no bound ("more than 5"), no detail ("in 4 weeks") and given nowhere ("the remaining
    6"). None when it holds none. `words` as for `numbers`.
    """
    found = list(numbers(text, start, end, dot_groups=dot_groups, words=words))
    found = [
        one for one in found if not _NEGATED.search(text, max(start, one.start - 14), one.start)
    ]
    if found and is_step_number(text, found[0]):
        del found[0]
    if not found:
        return None
    found = _outside_brackets(text, found, start, end)
    sentence = text[start:end]
    if any(sign in sentence for sign in "=＝≈"):
        side = last_side(text, found, start, end)
        if side is not None:
            return side
    found = joined_fractions(text, found)
    if len(found) > 1:
        if _open_choice(text, found, start, end) or _RESPECTIVELY.search(sentence):
            return AMBIGUOUS
        found = _before_reason(text, found, end)
    if has_unknown(text, max(start, found[0].start - 4), end):
        return AMBIGUOUS
    free = [
        one
        for one in found
        if not is_operand(text, one, start, end)
        and not _THAN.search(text, max(start, one.start - _THAN_REACH), one.start)
    ]
    return _stated(text, free, start, end) if free else AMBIGUOUS


def _stated(text: str, found: list[Number], start: int, end: int) -> Number:
    if len(found) == 1:
        return found[0]

    def before(one: Number) -> tuple[int, int]:
        return max(start, one.start - _REACH), one.start

    for one in reversed(found):
        if _RESULT.search(text, *before(one)) and not _CLOCK.match(text, one.end, end):
            return one
    asked = [one for one in found if not _GIVEN.search(text, *before(one))]
    for one in asked:
        if not _DETAIL.search(text, *before(one)) and not _CLOCK.match(text, one.end, end):
            return one
    return (asked or found)[0]


def is_step_number(text: str, one: Number) -> bool:
    """Whether a number only counts a step: "1. He runs.", "Step 2:".

    A list begins with 1; a later number is of a list where the one before it opens a line too.
    """
    head = text.rfind("\n", 0, one.start) + 1
    if one.start - head > _STEP_REACH or one.value > _MOST_STEPS:
        return False
    if step_words().fullmatch(text, head, one.start):
        return True
    listed = _LISTED.match(text, head, one.end + 40)
    if listed is None or listed.end("number") != one.end:
        return False
    if one.value <= 1:
        return True
    last = re.compile(rf"^[ \t]*[(（]?{int(one.value) - 1}[.)）、．:]", re.MULTILINE)
    return last.search(text, 0, head) is not None


@lru_cache(maxsize=1)
def step_words() -> re.Pattern[str]:
    """Return the pattern of what opens a line before the number of a step, in any language."""
    every = {word for one in languages() for word in one.words.step} | {"step", "第"}
    words = "|".join(re.escape(word) for word in sorted(every, key=len, reverse=True))
    return re.compile(rf"[\s#>\-–•]*(?:{words})\w{{0,3}}[ \t#]{{0,2}}", re.IGNORECASE)


def _before_reason(text: str, found: list[Number], end: int) -> list[Number]:
    """Return the numbers before a clause that gives the reason: "18, because there are 3"."""
    reason = _REASON.search(text, found[0].end, end)
    if reason is None:
        return found
    return [one for one in found if one.start < reason.start()]


def _outside_brackets(text: str, found: list[Number], start: int, end: int) -> list[Number]:
    sentence = text[start:end]
    if "(" not in sentence and "[" not in sentence and "（" not in sentence:
        return found
    spans = [match.span() for match in _BRACKETS.finditer(text, start, end)]
    outside = [one for one in found if not any(left < one.start < right for left, right in spans)]
    return outside or found


def _open_choice(text: str, found: list[Number], start: int, end: int) -> bool:
    """Whether the first two numbers are the ends of a range, or two ways to answer."""
    first, second = found[0], found[1]
    if second.start - first.end > 2 * _REACH or first.value == second.value:
        return False
    gap = (first.end, second.start)
    if _BETWEEN_AFTER.match(text, second.end, end) or _DASH.fullmatch(text, *gap):
        return True
    if _BETWEEN_BEFORE.search(
        text, max(start, first.start - 20), first.start
    ) and _BETWEEN_GAP.fullmatch(text, *gap):
        return True
    if (
        len(found) == 2
        and _AND_ALSO.fullmatch(text, *gap)
        and _ONLY_A_UNIT.match(text, second.end, end)
    ):
        return True
    either = _EITHER_GAP.fullmatch(text, *gap)
    if not either:
        return False
    unit = _UNIT.match(text, second.end, end)
    return not either["unit"].strip() or (unit is not None and either["unit"].strip() == unit[1])
