"""The sentences at a reply's end that conclude, for replies without a marker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice, pairwise

from xlt.answers.found import DENIED, SEVERAL, Found
from xlt.answers.lexicon import BIT, LETTER
from xlt.answers.request_said import asked_for, clauses
from xlt.answers.sentences.mentions import Mention, joined_list
from xlt.answers.sentences.view import COMMAS, View

_TAIL, _MOST = 2500, 14
_VERDICT = BIT["more"] | BIT["choose"] | BIT["answer"] | BIT["final"] | BIT["correct"]
_STRONG = _VERDICT | BIT["therefore"]
BETTER = BIT["more"] | BIT["correct"] | BIT["choose"]
_LESS = BIT["less"]
_MORE = BIT["more"]
_WEIGHS = _MORE | BIT["therefore"] | BIT["but"] | BIT["than"] | BIT["than_after"] | BIT["not"]
_OPENS, _PURPOSE = BIT["if"], BIT["purpose"]
_CASE, _COPULA, _JUDGED, _OPTION = BIT["case"], BIT["copula"], BIT["judged"], BIT["option"]
_COLON = re.compile(r"[:：]\s*\Z")
# A line that explains one option of the list, not the choice among them.
_EXPLAINS = re.compile(
    rf"\W*(?:{LETTER}{{2,16}}\s*)?[(（]?[A-H1-9][)）.:]+\s*"
    r"(?:\w[\w ]{0,30}?(?P<sign>[:：\-–])|(?P<words>\w[\w ]{0,30}))"
)
_PARTS = BIT["not"] | BIT["neither"] | BIT["but"] | BIT["therefore"] | BIT["because"] | BIT["than"]
_SEEMS, _TURNS = BIT["judged"] | BIT["maybe"], BIT["but"] | BIT["wait"]
# What stands between two options of a list: "A) this, B) that".
_LISTED = re.compile(rf"\W{{0,3}}(?:{LETTER}+\W){{0,2}}\W{{0,3}}")
_ITEM = re.compile(rf"^\W{{0,6}}(?:{LETTER}{{2,16}}\s)?[(（]?[A-H1-9][)）.:]", re.MULTILINE)


def concluding(view: View) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, cue) of the last sentences, last first; questions and ifs left out.

    `cue` says that the sentence has a word of concluding ("therefore", "more plausible"), or names
    an option; those that only name one come behind those that conclude. Behind a sentence that
    says that nothing can be told only one that weighs ("more plausible") counts.
    """
    found = list(_concluding(view))
    hedged = any(view.declines(left, right) for left, right, _ in found)
    needed = _VERDICT if hedged else _STRONG
    for left, right, mask in found:
        if mask & needed:
            yield left, right, True
    for left, right, mask in () if hedged else found:
        if not mask & _STRONG:
            yield left, right, bool(mask & _OPTION)


def is_strong(view: View, left: int, right: int) -> bool:
    """Whether a sentence has a word of concluding, or takes back what was said."""
    return _said(view, left, right) & _STRONG > 0


def _concluding(view: View) -> Iterator[tuple[int, int, int]]:
    text = view.text
    start = max(0, len(text) - _TAIL)
    found = view.sentences(start, len(text))[-_MOST:]
    listed = len(_ITEM.findall(text, start)) > 1
    for place in range(len(found) - 1, -1, -1):
        left, right = found[place]
        if _COLON.search(text, left, right) and place + 1 < len(found):
            tags = view.tags(left, right)
            if tags and tags[-1].mask & _COPULA:
                right = found[place + 1][1]  # "Hence the best option is:", and below "(B) ..."
        said = _said(view, left, right)
        if not (
            view.asks(left, right)
            or _supposed(view, start, left, right)
            or (said & (_LESS | _WEIGHS) == _LESS and _names_the_other(view, left, right))
            or _explains(view, left, right, listed)
        ):
            yield left, right, said


def _said(view: View, left: int, right: int) -> int:
    """Return the classes of a sentence's words, those of "likely" behind "less" left out.

    One that takes back what was said concludes like a verdict.
    """
    mask = view.mask(left, right)
    if mask & _LESS:
        tags = view.tags(left, right)
        mask = tags[0].mask
        for before, tag in pairwise(tags):
            mask |= tag.mask & ~_MORE if before.mask & _LESS else tag.mask
    return mask | _VERDICT if view.takes_back(left, right) else mask


def _names_the_other(view: View, left: int, right: int) -> bool:
    """Whether a sentence says which option is the worse one: "The less plausible option is B"."""
    tags = view.tags(left, right)
    less = next(tag.start for tag in tags if tag.mask & _LESS)
    copula = next((tag.start for tag in tags if tag.mask & _COPULA), left)
    return less < copula


def _supposed(view: View, start: int, left: int, right: int) -> bool:
    """Whether a sentence opens with an "if", or goes on with the "if" of its paragraph."""
    tags = view.tags(left, right)
    first = tags[0] if tags else None
    if any(tag.mask & _PURPOSE and tag.start - left < 24 for tag in tags[:3]):
        return True
    if first is None or not view.blank(left, first.start):
        return False
    if first.mask & _OPENS:
        return not view.concludes(first.end, right)
    if not any(tag.mask & _CASE for tag in tags[:3]):
        return False
    paragraph = max(start, view.text.rfind("\n", start, left))
    return view.supposes(paragraph, left, only_if=True)


def _explains(view: View, left: int, right: int, listed: bool) -> bool:
    """Whether a line explains one option of several: "A) Neutral: it is not", "B would mean"."""
    match = _EXPLAINS.match(view.text, left, right)
    if match is None:
        return False
    if match["sign"]:
        return listed
    return bool(view.mask(match.start("words"), match.end()) & _JUDGED)


def _picked_alone(view: View, start: int, one: Mention, after: Mention | None = None) -> bool:
    """Whether a word picks an option, and the next one begins another clause: 故选C，D项..."""
    if after is None or view.mask(one.end, after.start) & (BIT["or"] | BIT["and"]):
        return False
    tags = view.tags(start, one.start)
    led = any(tag.mask & BETTER and one.start - tag.end in (0, 1) for tag in tags)
    rest = view.text[after.end : after.end + 2].lstrip()[:1]
    return led and not view.text[one.end : after.start].strip(" ,，") and rest.isalpha()


def judged_in_clauses(view: View, found: list[Mention], start: int, end: int) -> list[Mention]:
    """Return the one option whose clause alone has a word of a verdict, or else what was asked.

    "B is correct; C and D are larger", "Many say Sydney, but the capital is Canberra".
    """
    if len({one.value for one in found}) < 2:
        return found
    parts = list(clauses(view, found, start, end))
    masks = [view.mask(*part) for part in parts[: len(found)]]
    turned = [
        one for one, mask in zip(found, masks, strict=False) if mask & _TURNS and not mask & _SEEMS
    ]
    seeming = [mask & _SEEMS > 0 for mask in masks if not mask & _TURNS]
    if len({one.value for one in turned}) == 1 and any(seeming[:1]):
        return turned  # "It looks like a contradiction, but is neutral"
    better = [at for at, mask in enumerate(masks) if mask & BETTER]
    if len({found[at].value for at in better}) == 1:
        at = better[0]
        beside = found[max(0, at - 1) : at + 2]  # of "A or B is better" neither
        if _picked_alone(view, start, *found[at : at + 2]):
            beside.pop()
        listed = any(
            one.value != two.value
            and _LISTED.fullmatch(view.text, one.end, two.start)
            and not view.mask(one.end, two.start) & _PARTS
            for one, two in pairwise(beside)
        )
        return found if listed or joined_list(view, beside) else [found[at]]
    if better or joined_list(view, found):
        return found
    place = asked_for(view, found, start, end)
    return [found[place]] if place >= 0 else found


def judged_lines(
    view: View,
    head_of: Callable[[View, int, int], Mention | None],
    words_end: Callable[[View, Mention, int], int] | None = None,
) -> Found | None:
    """Return the one value that a list of lines affirms: "A: no", "B) Paris ✓", "| Neutral | ❌ |".

    `head_of` finds the value that a line names first, `words_end` where its own words end behind
    the name. No value where several lines affirm, or none.
    """
    judged: list[tuple[Mention, bool]] = []
    place = 0
    for line in islice(_JUDGED_LINE.finditer(view.text), _MOST_LINES):
        start, end = line.span()
        place = end
        head = head_of(view, start, end) if end - start <= _SHORT else None
        if head is not None:
            behind = words_end(view, head, end) if words_end else head.end
            right = _affirmed(view, head.end, behind, end)
            judged += [(head, right)] if right is not None else []
    affirmed = [one for one, right in judged if right]
    if len(judged) < 2 or len({one.value for one, _ in judged}) < len(judged):
        return None
    if len(affirmed) != 1:
        flags = SEVERAL if affirmed else DENIED
        return Found(None, judged[0][0].start, place, flags, "options judged one by one")
    one = affirmed[0]
    return Found(one.value, one.start, one.end, one.flags, "options judged one by one")


_MOST_LINES, _SHORT = 60, 120
# A line, or a question and its answer: "A? No. B? Yes."
_JUDGED_LINE = re.compile(r"[^\n?？]{1,60}[?？][^\n?？.!。！]{1,40}[.!。！]|[^\n]+")
AROUND = " \t\n\r.:?？)-–—*|([]\ufe0f"
_AFFIRMS, _DENIES = frozenset("✓✔✅☑"), frozenset("✗✘✖❌☒×")
_RIGHT, _WRONG = BIT["yes"] | BIT["correct"] | _MORE, BIT["no"] | BIT["less"]
_COMMENT = re.compile(rf"\s?[{COMMAS}:：.!。！—–-]")  # "no, that is a planet"
_SPOKEN = BIT["yes"] | BIT["no"]


def _affirmed(view: View, start: int, behind: int, end: int) -> bool | None:
    """Return whether the line of a value affirms it, by a sign or a word alone; else None."""
    said = view.text[start:end].strip(AROUND)
    for sign in (said[-1:], said[:1]):
        if sign in _AFFIRMS or sign in _DENIES:
            return sign in _AFFIRMS
    tags = view.tags(
        behind, behind + len(view.text[behind:end].rstrip(AROUND))
    )  # "No." is no "nr."
    if not tags or not view.blank(behind, tags[0].start):
        return None
    commented = _COMMENT.match(view.text, tags[0].end, end) and tags[0].mask & _SPOKEN
    if not commented and (len(tags) > 1 or not view.blank(tags[0].end, end)):
        return None
    right = tags[0].mask & _RIGHT > 0
    return right if right != (tags[0].mask & _WRONG > 0) else None
