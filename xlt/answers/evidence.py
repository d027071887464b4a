"""The order of evidence, the same for every kind: which part of a reply counts as its answer.

1. a key of a JSON reply; 2. the last marker with a value: what is set apart behind it, else its
own line; 3. a box alone; 4. a last line `word: value` in any language; 5. an answer that stands
first and is explained later, unless the end states another; 6. the sentence of the verdict;
7. the kind's bounded fallback. A reply whose last line takes all back holds no answer.
"""

from __future__ import annotations

import re
from functools import lru_cache

from xlt.answers.anchors import Anchor, anchors
from xlt.answers.answer import Answer
from xlt.answers.cleaning.normal_form import nfc
from xlt.answers.found import (
    DENIED,
    ECHO,
    NO_ANCHOR,
    NO_FLAGS,
    SEVERAL,
    UNDETERMINED,
    Found,
    Kind,
    is_closed,
)
from xlt.answers.lexicon import BIT, LETTER, Lexicon, every_lexicon, is_glued
from xlt.answers.sentences.view import COLONS, RETRACTED, View, last_line, line_end, skip_blank


def read_by_evidence(view: View, kind: Kind) -> Answer:
    """Return the answer that the strongest evidence gives."""
    if view.reply.thinking:
        return _in_thought(view, kind)
    if "{" in view.reply.raw:
        from xlt.answers.keyed import keyed  # few replies are objects

        if (value := keyed(view, kind)) is not None:
            return _answer(view, value, "anchored")
    echoes, blocked = NO_FLAGS, False
    for anchor in anchors(view):
        if anchor.strict and (named := _last_named(view, kind, anchor.start)) is not None:
            return _answer(view, named, "anchored" if named.value is not None else "none")
        found = at_marker(view, kind, anchor)
        if found is NO_ANCHOR:
            continue
        if found is None:
            cut = anchor.strict and _is_cut(view, anchor)
            blocked = anchor.opens and (cut or not (anchor.strict or _empty(view, anchor)))
            if blocked:
                break
            continue
        if view.asked.request and is_echo(view, anchor, found):
            echoes = ECHO
            continue
        before = 0 if anchor.opens else _word_before(view, anchor)
        if before == _THAN or (anchor.strict and _only_mentions(view, anchor, found)):
            continue
        found = found if kind.own_lines else _revised(view, kind, anchor, found)
        return _announced(view, kind, anchor, found, before)
    boxed = box_alone(view, kind)
    if boxed is not None:
        boxed = _corrected_below(view, kind, boxed) or boxed
        return _answer(view, boxed, "fallback", echoes)
    if blocked:
        return view.reply.not_found(echoes, "marker without a value")
    found = _unmarked(view, kind)
    return _answer(view, found, "fallback", echoes) if found else view.reply.not_found(echoes)


def _is_cut(view: View, anchor: Anchor) -> bool:
    """Whether a reply ends where its answer was to come: "So the final answer is".

    Not where it stands before the marker: 75 उत्तर है, A가 정답입니다.
    """
    if view.text[anchor.value :].strip():
        return False
    start = view.text.rfind("\n", 0, anchor.start) + 1
    spans = view.sentences(start, anchor.start)
    return not spans or not _VALUE.search(view.text, *spans[-1])


_VALUE = re.compile(r"\d|[A-Z](?![A-Za-z])|[(（]")


def _only_mentions(view: View, anchor: Anchor, found: Found) -> bool:
    """Whether a marker in a sentence denies its value, or lists several in an explanation."""
    if found.flags != SEVERAL:
        return found.flags == DENIED
    return explains(view, view.text.rfind("\n", 0, anchor.start) + 1)


def _announced(view: View, kind: Kind, anchor: Anchor, found: Found, before: int) -> Answer:
    """Return the answer of the marker that counts, unless it is one of two or taken back."""
    quoted = anchor.start and view.text[anchor.start - 1] in _QUOTES
    quoted = quoted and not view.blank(view.text.rfind("\n", 0, anchor.start) + 1, anchor.start)
    if quoted and (later := _behind_quotation(view, kind, found)) is not None:
        return _answer(view, later, "fallback")
    if before == _OR:
        return view.reply.not_found(SEVERAL, "one marker or another")
    if found.value is None or "\n" not in view.text[found.end :]:
        return _answer(view, found, "anchored")
    if (later := _corrected_below(view, kind, found)) is not None:
        return _answer(view, later, "fallback")
    if _taken_back(view, found):
        return view.reply.not_found(UNDETERMINED, "taken back at the end")
    return _answer(view, found, "anchored")


def _corrected_below(view: View, kind: Kind, found: Found) -> Found | None:
    """Return what the end concludes where a paragraph takes back a value above it: "Wait, ..."."""
    text, place = view.text, found.end
    for _ in range(_MOST_LINES):
        place = text.find("\n", place) + 1
        if not place:
            return None
        start = skip_blank(text, place, len(text))
        behind = view.takes_back(start, line_end(text, start, len(text)))
        said_no = behind and view.mask(start, behind) & BIT["no"]
        if behind and (not said_no or text[behind : behind + 1] in RETRACTED):
            break
    else:
        return None
    last = kind.conclude(view)
    if last is None or last.value in (None, found.value) or last.start < place:
        return None
    if not (last.sure or _concludes(view, last, place)):
        return None
    return last._replace(rule="corrected below")


_MOST_LINES = 40


def _revised(view: View, kind: Kind, anchor: Anchor, found: Found) -> Found:
    """Return what stands in a value's place behind it: a correction, or what the end concludes.

    "B. Wait, no, it is C."; "Many think that the answer is A. So it must be C."
    """
    if found.value is None or view.blank(found.end, len(view.text)):
        return found
    for left, right in view.sentences(found.end, min(anchor.end, found.end + _SHORT)):
        behind = view.takes_back(left, right) if left > found.end else 0  # its own sentence
        if behind:
            other = kind.at(view, anchor._replace(value=left, strict=False), behind)
            if other is not None and other.value is not None:
                return other._replace(rule="corrected behind the marker")
    last = kind.conclude(view) if anchor.strict and is_closed(view) else None
    if last is None or last.value in (None, found.value) or last.start < found.end:
        return found
    return last if last.sure and _concludes(view, last, found.end) else found


def _behind_quotation(view: View, kind: Kind, found: Found) -> Found | None:
    """Return what the end states behind a quoted marker: 'Some say "Answer: 7". It is 8.'"""
    if view.text[found.end : found.end + 3].lstrip(".。 ")[:1] not in _QUOTES:
        return None
    last = None if view.blank(found.end, len(view.text)) else kind.conclude(view)
    return last if last and last.value is not None and last.start > found.end else None


_QUOTES = frozenset('"“”„«»「」『』')


def _answer(view: View, found: Found, status: str, flags: frozenset[str] = NO_FLAGS) -> Answer:
    if found.value is None:
        return view.reply.not_found(found.flags | flags, found.rule)
    return view.reply.answer(
        found.value,
        found.start,
        found.end,
        status="anchored" if status == "anchored" else "fallback",
        flags=found.flags | flags if flags else found.flags,
        rule=found.rule,
    )


def at_marker(view: View, kind: Kind, anchor: Anchor) -> Found | None:
    """Return what a marker announces: a box behind it, else the value of its own line."""
    for box in view.reply.boxes(anchor.value):
        found = kind.alone(view, *box) if box[1] <= anchor.end else None
        if found is not None:
            return found._replace(rule="boxed behind marker")
    start = value_start(view, anchor.value, anchor.end)
    if start >= anchor.end:
        return None
    found = kind.at(view, anchor, start)
    if found is None or found is NO_ANCHOR or found.rule:
        return found
    where = "in the marker's sentence" if anchor.strict else "behind marker"
    if anchor.heading:
        where = "under a heading"
    return Found(found.value, found.start, found.end, found.flags, where)


_SKIPPED = re.compile(r"(?:[\s$#>|]|[-–—*=]{2,}(?=\s)|\[(?=\n))+")


def value_start(view: View, start: int, end: int) -> int:
    """Return where a value begins: behind blank lines, rules, `$$` and a copied placeholder."""
    text = view.text
    if text[start : start + 1] == " " and text[start + 1 : start + 2].isalnum():
        return start + 1
    place = skip_blank(text, start, end)
    skipped = _SKIPPED.match(text, place, end)
    if skipped and (text[place] != "$" or "\n" in skipped[0]):
        place = skipped.end()
    copied = _placeholder(view, place, end)
    return copied if copied and not view.blank(copied, min(end, copied + 40)) else place


def _placeholder(view: View, start: int, end: int) -> int:
    """Return where a placeholder copied from the prompt ends ("[num]"); 0 if none stands there."""
    if view.text[start : start + 1] not in tuple("[<({（【"):
        return 0
    match = _BRACKETED.match(view.folded, start, min(end, start + 60))
    if match is None:
        return 0
    named = match[1].strip()
    if len(named) < 2 and not is_glued(named):
        return 0  # "(B)" is an option: no need to load the words of every language
    for lexicon in (view.lexicon, every_lexicon()):
        if f" {named}".endswith(_placeholders(lexicon)):
            return match.end()
    return 0


@lru_cache(maxsize=256)
def _placeholders(lexicon: Lexicon) -> tuple[str, ...]:
    return tuple([f" {one}" for one in lexicon.words["placeholder"]])


_BRACKETED = re.compile(r"[\[<({（【]([^\])}>）】\d\n]{1,40})[\])}>）】]\s*")


def _empty(view: View, anchor: Anchor) -> bool:
    """Whether nothing stands behind a marker but a placeholder copied from the prompt."""
    start = skip_blank(view.text, anchor.value, anchor.end)
    stop = line_end(view.text, start, anchor.end)
    copied = _placeholder(view, start, anchor.end)
    return view.blank(copied or start, stop)


def box_alone(view: View, kind: Kind) -> Found | None:
    """Return what the last box holds that can be read."""
    for box in view.reply.boxes():
        found = kind.alone(view, *box)
        if found is not None:
            return found._replace(rule="boxed")
    return None


def _in_thought(view: View, kind: Kind) -> Answer:
    """Return what is set apart in a thought that was never closed, as a fallback."""
    flags = frozenset({"unfinished_thought"})
    found = box_alone(view, kind)
    for anchor in anchors(view) if found is None else ():
        if view.asks(anchor.start, _sentence_end(view, anchor)):
            continue
        found = at_marker(view, kind, anchor)
        if found is not None and found is not NO_ANCHOR and not _weighs(view, anchor, found):
            break
        found = None
    if found is None or found is NO_ANCHOR or found.value is None:
        return view.reply.not_found(flags)
    return _answer(view, found._replace(rule=f"{found.rule} in a thought"), "fallback", flags)


def _weighs(view: View, anchor: Anchor, found: Found) -> bool:
    """Whether a thought only considers a value: "maybe the answer is 12", "it is 12, but"."""
    before = view.mask(max(0, anchor.start - _BEFORE), found.start)
    return bool(
        (before & BIT["maybe"]) | (view.mask(found.end, _sentence_end(view, anchor)) & _BUT)
    )


def _sentence_end(view: View, anchor: Anchor) -> int:
    start = skip_blank(view.text, anchor.value, anchor.end)
    spans = view.sentences(start, line_end(view.text, start, anchor.end))
    return spans[0][1] if spans else anchor.end


def _unmarked(view: View, kind: Kind) -> Found | None:
    """Return what a reply without a marker or a box gives as its answer."""
    if view.text.rstrip()[-1:] in _COLON:
        return None  # what it announces is not there
    if not is_closed(view) and (parts := _in_parts(view)) is not None:
        return parts
    named = _last_named(view, kind, -1)
    if named is not None:
        return named
    last = kind.conclude(view)
    end = _hedged_end(view)
    if end >= 0 and (last is None or last.start < end and not _same_line(view, last, end)):
        open_ = answer_first(view, kind)  # "Neutral. ... so entailment cannot be concluded"
        if open_ is not None and view.mask(open_.start, open_.end) & BIT["neutral"]:
            return open_
        return Found(None, end, end, UNDETERMINED, "hedged at the end")
    first = answer_first(view, kind)
    supposed = first and last and last.value and _is_supposed(view, last)
    if first is None or (last and last.sure and last.flags != DENIED and not supposed):
        return first if first and last and _only_explains(view, first, last) else last
    return first


def _in_parts(view: View) -> Found | None:
    """Return that there are several answers where the last two lines are parts: "a) 7", "b) 11"."""
    start, end = last_line(view.text, len(view.text))
    above, below = last_line(view.text, start), _PART.match(view.folded, start, end)
    before = _PART.match(view.folded, *above) if below else None
    if below is None or before is None or ord(below[1]) != ord(before[1]) + 1:
        return None
    return Found(None, above[0], end, SEVERAL, "answers to several parts")


_COLON = (":", "：")
_PART = re.compile(rf"[^\w\n(]{{0,4}}(?:{LETTER}{{2,12}} )?[(（]?([^\W\d_])[)）].*?\d")


def explains(view: View, place: int) -> bool:
    """Whether what follows a place opens with a word that heads an explanation."""
    behind = skip_blank(view.text, place, len(view.text))
    tags = view.tags(behind, min(len(view.text), behind + 24))[:2]
    if len(tags) > 1 and tags[0].mask & BIT["article"] and view.blank(tags[0].end, tags[1].start):
        del tags[0]  # "La explicación es sencilla"
    heads = bool(tags) and tags[0].mask & _EXPLAINS > 0
    return heads and len(view.text[behind : tags[0].start].split()) < 2


def _only_explains(view: View, first: Found, last: Found) -> bool:
    """Whether a first line's explanation goes on to the end, and nothing there concludes.

    Or an equation in it comes to the first line's value.
    """
    behind = line_end(view.text, first.end, len(view.text))
    if not explains(view, behind):
        return False
    if f"= {view.text[first.start : first.end]}" in view.text[behind:]:
        return True
    return not _concludes(view, last, behind)


def _is_supposed(view: View, last: Found) -> bool:
    """Whether an "if" stands behind a value in its sentence: "B would be better only if"."""
    spans = view.sentences(last.end, line_end(view.text, last.end, len(view.text)))
    return bool(spans) and view.mask(*spans[0]) & BIT["if"] > 0


def _concludes(view: View, last: Found, floor: int) -> bool:
    """Whether the sentence of a value, which begins behind `floor`, says that it concludes."""
    start = max(floor, view.text.rfind("\n", 0, last.start) + 1, last.start - 400)
    spans = view.sentences(start, line_end(view.text, last.end, len(view.text)))
    own = next((span for span in spans if span[1] > last.start), None)
    return own is None or view.mask(*own) & _CONCLUDES > 0


_THAN, _OR, _BUT = BIT["than"], BIT["or"], BIT["but"]
_BEFORE = 24
_EXPLAINS = BIT["explanation"] | BIT["because"]
_CONCLUDES = BIT["therefore"] | BIT["answer"] | BIT["final"] | BIT["wait"] | BIT["correct"]


def _same_line(view: View, last: Found, place: int) -> bool:
    """Whether a verdict stands on the line that hedges it: it was weighed there.

    Not where the hedge says that none can be chosen: "I can't tell which of the two to pick".
    """
    if "\n" in view.text[last.start : place]:
        return False
    masks = [tag.mask for tag in view.tags(place, len(view.text))]
    hedges = next((at for at, mask in enumerate(masks) if mask & _HEDGES), 0)
    left_open = any(mask & BIT["choose"] for mask in masks[hedges + 1 :])
    return last.sure and last.value is not None and not left_open


_HEDGES = BIT["uncertain"] | BIT["unable"]


def _hedged_end(view: View) -> int:
    """Return where the last sentence begins if it says that nothing can be told, else -1."""
    start, end = last_line(view.text, len(view.text))
    spans = view.sentences(max(start, end - 400), end)
    hedged = bool(spans) and not view.asks(*spans[-1]) and view.declines(*spans[-1])
    return spans[-1][0] if hedged else -1


NAMED = re.compile(rf"[\s>*#•-]*+([^\n|={COLONS}]{{1,40}}?)[ \t]*+[{COLONS}]")


def _last_named(view: View, kind: Kind, behind: int) -> Found | None:
    """Return the value of a last line `word: value`, in any language, behind a place.

    A line that only adds to it ("Confidence: 0.8") is passed over.
    """
    end = len(view.text)
    for _ in range(_MOST_ADDED):
        line, end = last_line(view.text, end)
        start = line
        spans = view.sentences(max(start, end - 2 * _LONGEST), end)
        if len(spans) > 1:  # "... nothing is said of that. What is left: neutral."
            start = skip_blank(view.text, spans[-1][0], end)
        if start <= behind or end - start > _LONGEST:
            return None
        if view.text[start:end][:1] in _BRACKETS and view.text[start:end][-1:] in _BRACKETS:
            if kind.alone(view, start, end) is not None:
                return None
            end, head = start, None  # "(Neutral would be ...)"
            continue
        head = NAMED.match(view.text, start, end) or NAMED.match(view.text, line, end)
        if head is None:
            return None
        start = head.start()
        if not view.mask(start, head.end()) & BIT["explanation"]:
            break
        end = start
    if head is None or len(head[1].split()) > 4 or any(c.isdecimal() for c in head[1]):
        return None
    if view.mask(start, head.end()) & _NO_HEAD:
        return None
    found = kind.alone(view, skip_blank(view.text, head.end(), end), end)
    if found is None or (found.value is not None and len(view.text[found.end : end].split()) > 3):
        return None
    return found._replace(rule="last line 'word: value'")


_MOST_ADDED, _LONGEST = 3, 200
_BRACKETS = tuple("()（）[]")
_NO_HEAD = BIT["explanation"] | BIT["step"] | BIT["not"] | BIT["if"] | BIT["question"] | BIT["turn"]
_SHORT = 120


def answer_first(view: View, kind: Kind) -> Found | None:
    """Return the answer that the first line consists of, explained in what follows."""
    text = view.text
    start = skip_blank(text, 0, len(text))
    end = line_end(text, start, len(text))
    first = view.sentences(start, min(end, start + _SHORT))[:1]
    if first and first[0][1] < end and explains(view, first[0][1]):
        end = first[0][1]  # "120 km. That is because it drives 2 hours at 60 km/h."
    if (
        end - start > _SHORT
        or view.blank(end, len(text))
        or text[:end].rstrip().endswith((":", "："))
    ):
        return None
    found = kind.first(view, start, end)
    head = None if kind.own_lines else NAMED.match(view.text, start, end)
    if found is None and head is not None:
        found = kind.alone(view, skip_blank(view.text, head.end(), end), end)  # "Valnummer: 3"
    if found is None or found.value is None:
        return None
    return found._replace(rule="answer first")


def _word_before(view: View, anchor: Anchor) -> int:
    """Return what stands before a marker on its line: "Answer: 1 or", "a better one than the"."""
    start = view.text.rfind("\n", 0, anchor.start) + 1
    start = max(start, anchor.start - _BEFORE)
    tags = view.tags(start, anchor.start) if start < anchor.start else []
    if tags and tags[-1].mask & _OR and view.blank(tags[-1].end, anchor.start):
        return _OR
    return _THAN if any(tag.mask & _THAN for tag in tags) else 0


def _taken_back(view: View, found: Found) -> bool:
    """Whether the last line, which is not the answer's own, says that nothing can be told."""
    start, end = last_line(view.text, len(view.text))
    if start <= found.start or end - start > 300:
        return False
    return view.declines(start, end) and not view.mask(start, end) & BIT["if"]


def is_echo(view: View, anchor: Anchor, found: Found) -> bool:
    """Whether marker and value stand so in the request, as often as in the reply."""
    marker = view.folded[anchor.start : anchor.start + 4]
    plain = marker.isascii() and marker.isalpha()
    request = view.asked.request
    if plain and not any(marker in text.lower() for text in request):
        return False  # most requests name no answer: this is cheap, what follows is not
    words = _squeezed(view.text[anchor.start : found.end])
    told = sum(_squeezed(text).count(words) for text in request)
    return told > 0 and _squeezed(view.text).count(words) <= told


def _squeezed(text: str) -> str:
    return " ".join(nfc(text).casefold().split())
