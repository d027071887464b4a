"""Reading a choice: by number, by letter of any script, or by the choice's own words."""

from __future__ import annotations

import re

from xlt.answers.anchors import Anchor
from xlt.answers.answer import Answer, AnswerFormat
from xlt.answers.cleaning import CleanReply
from xlt.answers.evidence import read_by_evidence
from xlt.answers.found import DENIED, NO_ANCHOR, SEVERAL, UNDETERMINED, Found
from xlt.answers.kinds.options import (
    BRACKETS,
    begins_list,
    named_first,
    named_options,
    number_asked,
    own_words,
    skip_signs,
    spelled_at,
)
from xlt.answers.lexicon import BIT, LETTER
from xlt.answers.numerals.finding import read_number
from xlt.answers.request_said import asked_for
from xlt.answers.sentences.mentions import (
    Mention,
    joined_list,
    main_mentions,
    only_value,
    with_denials,
    word_mentions,
)
from xlt.answers.sentences.verdicts import (
    AROUND,
    BETTER,
    concluding,
    is_strong,
    judged_in_clauses,
    judged_lines,
)
from xlt.answers.sentences.view import (
    COMMAS,
    QUESTION_MARKS,
    STOPS,
    View,
    behind_arrow,
    last_line,
    line_end,
    skip_blank,
)

_REACH = 1500
_MORE, _COPULA = BIT["more"], BIT["copula"]
_NO_VERDICT = BIT["less"] | BIT["not"] | BIT["if"] | BIT["except"]
_LATER = BIT["therefore"] | BIT["final"] | BIT["wait"]
_MOST_LINES = 60
_BOTH, _BECAUSE, _FROM = BIT["both"], BIT["because"], BIT["range"] | BIT["between"]
_CLAUSE = re.compile(rf"[^\n.:!?{COMMAS}{STOPS}]+")
_NUMERIC = re.compile(r"[^\w]*\d")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


def read_choice(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the number of the choice a reply picks, from 1."""
    return read_by_evidence(View(reply, asked), CHOICE)


class _Choices:
    """How choices are found: see `xlt.answers.found.Kind`."""

    __slots__ = ()
    own_lines = False

    def at(self, view: View, anchor: Anchor, start: int) -> Found | None:
        """Return the choice that a marker announces."""
        end = min(line_end(view.text, start, anchor.end), start + _REACH)
        head = named_first(view, start, end)
        if head is not None and begins_list(view, head, start, end, lines=anchor.heading):
            return NO_ANCHOR
        if _is_measure(view, start, end, head):
            return _by_number(view, start, end)
        if head is not None and not head.denied:
            return _picked(view, head, start, end)
        if anchor.strict:
            worded = only_value(_worded(view, start, end))
            return _found(worded) if worded and not view.declined(start, worded.start) else None
        ranged = view.mask(start, end) & (BIT["between"] | BIT["range"])
        if ranged and _numeric(view.asked.options) and len(view.numbers(start, end)) > 1:
            return Found(None, start, end, UNDETERMINED)  # "between 5 and 7 km"
        for left, right in view.sentences(start, end)[:4]:
            found = _in_sentence(view, left, right)
            if found is not None:
                return found
        number = spelled_at(view, start, end)
        if number is not None and view.blank(number.end, end):
            return _found(number)
        return _by_overlap(view, start, end)

    def alone(self, view: View, start: int, end: int) -> Found | None:
        """Return the option of whose name or words a part consists."""
        stop = min(end, start + _REACH)
        head = named_first(view, start, stop)
        if _is_measure(view, start, stop, head):
            return _by_number(view, start, stop)
        worded = _worded_alone(view, start, stop)
        if worded is not None:
            return _found(worded)
        if head is None or head.denied or not isinstance(head.value, int):
            return None
        named = [one for one in named_options(view, start, stop, digits=True) if not one.denied]
        several = len({one.value for one in named}) > 1
        return _found(head) if not several and _closes(view, head, stop) else None

    def first(self, view: View, start: int, end: int) -> Found | None:
        """Return the option that a first line names, with its words or in words of its own."""
        head = named_first(view, start, end)
        listed = head is not None and not view.blank(head.end, end)
        if head is not None and listed and begins_list(view, head, start, end, lines=True):
            return None
        found = self.alone(view, start, end)
        if found is not None:
            return found
        if head is None or head.denied:
            return None
        after = view.text[head.end : head.end + 2].lstrip(" ")[:1]
        return _picked(view, head, start, end) if after in tuple(")]）】.:：") else None

    def conclude(self, view: View) -> Found | None:
        """Return the choice of the last line, or of the last sentence that concludes."""
        text = view.text
        start = skip_blank(text, 0, len(text))
        single = "\n" not in text[start:].rstrip()
        short = single and len(text) - start <= 80
        bare = _bare(view, start) if short else None
        judged = judged_lines(view, named_first, _words_end)
        listed = judged if judged and judged.value is not None else _headed(view)
        apart = listed or self._last_line(view)
        if apart is not None:
            return apart
        denied, named, worded = None, list[Found](), list[Found]()
        for left, right, cue in concluding(view):
            if not cue and not single:
                continue
            found = _in_sentence(view, left, right, suppositions=False, worded=cue or single)
            if found is None or (bare is not None and found.value is None):
                continue
            rule = "verdict sentence" if bare is None else "bare reply"
            found = found._replace(rule=rule, sure=is_strong(view, left, right))
            if found.value is not None and not found.sure:
                (named if named_options(view, left, right) else worded).insert(0, found)
            elif found.flags == DENIED or view.declines(left, right) or not found.sure:
                denied = denied or found  # another sentence may say which
            else:
                return found
        if several := named or worded:
            # "It is in Rome. Verona has another": by the question
            return several[asked_for(view, several, start, len(text))]
        return bare or judged or denied or (_lone_capital(view) if short else None)

    def _last_line(self, view: View) -> Found | None:
        """Return the option that the last line consists of, unless it only ends a list of them."""
        start, end = last_line(view.text, len(view.text))
        place = behind_arrow(view.text, start, end)
        found = self.alone(view, place, end) if end - start <= _REACH else None
        if found is None or not isinstance(found.value, int):
            return None
        last = found._replace(rule="last line")
        above = last_line(view.text, start)
        before = (named_first(view, *above) or _worded_alone(view, *above)) if start else None
        if before is not None and before.value in (found.value, found.value - 1):
            return last if begins_list(view, before, *above, lines=False) else None
        return last


CHOICE = _Choices()


def _lone_capital(view: View) -> Found | None:
    """Return the option of the only capital that a short reply in unknown words sets apart."""
    found = list(_CAPITAL.finditer(view.text))
    place = ord(found[0][0]) - 64 if len(found) == 1 else 0
    if not 1 < place <= view.asked.option_count or view.mask(0, len(view.text)) & _UNSURE:
        return None  # A is a word in too many languages
    return Found(place, *found[0].span(), rule="bare reply", sure=False)


_CAPITAL = re.compile(r"(?<![\w'’.-])[A-HJ-Z](?=\s*(?:[.,;:!?)]|\Z))")
_UNSURE = (
    BIT["if"] | BIT["whether"] | BIT["case"] | BIT["not"] | BIT["except"] | BIT["or"]
    | BIT["uncertain"] | BIT["less"]
)  # fmt: skip


def _bare(view: View, start: int) -> Found | None:
    """Return the option that a short reply begins with."""
    head = named_first(view, start, len(view.text))
    if head is None or head.denied or _is_measure(view, start, len(view.text), head):
        return None
    clause = _CLAUSE.match(view.text, head.end)
    if view.text[head.end : head.end + 1] in QUESTION_MARKS or (
        clause and view.declines(*clause.span())
    ):
        return None  # "A? No. B? Yes.", A를 고를 수 없습니다
    return _picked(view, head, start, len(view.text))._replace(rule="bare reply")


def _words_end(view: View, head: Mention, end: int) -> int:
    """Return where the own words of an option end that follow its name: "B) Paris: correct"."""
    start = skip_blank(view.text, head.end, end)
    start = next((at for at in range(start, end) if view.text[at] not in AROUND), end)
    own = _worded(view, start, end)[:1]
    return own[0].end if own and (own[0].value, own[0].start) == (head.value, start) else start


def _headed(view: View) -> Found | None:
    """Return the option on the line below "The most plausible cause is:", nothing said later."""
    text, place = view.text, max(0, len(view.text) - _REACH)
    found = None
    for line in text[place:].splitlines(keepends=True)[:_MOST_LINES]:
        start, place = place, place + len(line)
        if len(line) > _REACH or line.rstrip()[-1:] not in (":", "："):
            continue
        tags = view.tags(start, place)
        mask = view.mask(start, place)
        if not tags or not tags[-1].mask & _COPULA or not mask & _MORE or mask & _NO_VERDICT:
            continue
        below = skip_blank(text, place, len(text))
        end = line_end(text, below, len(text))
        head = named_first(view, below, end)
        if head is not None and not head.denied and not view.mask(end, len(text)) & _LATER:
            found = _found(head)._replace(rule="line below the verdict's")
    return found


def _found(one: Mention) -> Found:
    return Found(one.value, one.start, one.end, one.flags)


def _picked(view: View, head: Mention, start: int, end: int) -> Found:
    """Return the choice named first, unless another is named beside it: "A or B", "1, 2"."""
    limit = view.sentences(head.start, end)[0][1]
    line = named_options(view, start, end, digits=True)
    named = [one for one in line if one.start < limit and not one.denied]
    if _digits_beside(view, head, limit) or joined_list(view, named[:2]):
        return Found(None, start, end, SEVERAL)
    return _found(head)


_BESIDE = re.compile(
    rf"\s?(?:[,;、，；/&+\-–]|{LETTER}{{1,4}})\s?[\[(（]?(\d{{1,2}})(?![\d.,]*\d|\w)"
)


def _digits_beside(view: View, head: Mention, end: int) -> bool:
    """Whether a second number stands beside the first: "1, 2", "1 and 2", "1-2"."""
    counted = view.text[head.start : head.end].isdecimal()
    match = _BESIDE.match(view.text, head.end, end) if counted else None
    if match is None:
        return False
    between = view.text[head.end : match.start(1)]
    joins = BIT["or"] | BIT["and"] | BIT["range"]
    plain = not any(c.isalpha() for c in between)
    return plain or view.mask(head.end, match.start(1)) & joins > 0


def _is_measure(view: View, start: int, end: int, head: Mention | None) -> bool:
    """Whether a number at the head is the options' own, not the number of one."""
    asked = view.asked
    if head is None or not view.text[head.start : head.end].isdecimal():
        numeric = _NUMERIC.match(view.text, start, end)
        return bool(numeric) and head is None and _numeric(asked.options)
    line = view.text.rfind("\n", 0, start) + 1  # "Choice number: 3" says so itself
    numbered = number_asked(asked, view.lexicon) or view.mask(line, start) & BIT["number"]
    return _numeric(asked.options) and not (numbered and _closes(view, head, end))


def _numeric(options: tuple[str, ...]) -> bool:
    return sum([_NUMERIC.match(option) is not None for option in options]) > 1


def _by_number(view: View, start: int, end: int) -> Found | None:
    """Return the option whose words, with all their numbers, are said; else undetermined."""
    worded = only_value(_worded(view, start, end))
    if worded is not None:
        said = {
            read_number(m[0])
            for m in _DIGITS.finditer(view.text, start, line_end(view.text, start, end))
        }
        own = {read_number(m[0]) for m in _DIGITS.finditer(view.text, worded.start, worded.end)}
        if said == own:
            return _found(worded)._replace(flags=frozenset({"by_words"}))
    return Found(None, start, end, UNDETERMINED)


def _closes(view: View, head: Mention, end: int) -> bool:
    """Whether nothing follows an option's name but its words, or a sentence of its own."""
    rest = view.folded[head.end : end].lstrip(BRACKETS)
    if not rest.strip(f" .!${COMMAS}{STOPS}"):
        return True
    tags = view.tags(head.end, end)
    if len(tags) == 1 and tags[0].mask & BIT["option"] and view.blank(tags[0].end, end):
        return view.blank(head.end, tags[0].start)  # 4번
    own = view.asked.options[int(head.value) - 1 : int(head.value)]
    if own:
        return rest.startswith(own_words(own[0]))
    return view.text[head.end : head.end + 1] in tuple(f")]）】.:：{COMMAS}")


def _in_sentence(
    view: View, start: int, end: int, *, suppositions: bool = True, worded: bool = True
) -> Found | None:
    named = named_options(view, start, end)
    words = _worded(view, start, end) if worded else []
    if not suppositions:
        named = [one for one in named if not view.supposes(start, one.start)]
        words = [one for one in words if not view.supposes(start, one.start)]
    offered = {one.value for one in named if not one.denied}
    both_ways = offered & {one.value for one in named if one.denied}
    judged = [one for one in named if one.denied or one.value not in both_ways]
    main = main_mentions(view, start, end, judged)  # "A is one, so it can't be A"
    free = [one for one in main if not one.denied]
    if len(offered) > 1 and view.declines(start, named[0].start):
        return Found(None, start, end, UNDETERMINED)
    free = judged_in_clauses(view, free, start, end)
    if len({one.value for one in free}) > 1:
        return Found(None, start, end, SEVERAL)
    if not free and len({one.value for one in named}) > 1:  # neither A nor B
        return Found(None, start, end, DENIED)
    clause = view.last_clause(start, free[0].start) if free else start
    led = view.mask(clause, free[0].start) if free else 0
    of_both = led & _FROM and view.mask(free[0].end, end) & BETTER  # "of both the first is better"
    if led & _BOTH and not of_both:
        return Found(None, start, end, SEVERAL)
    words = [one for one in words if not _explains_denial(view, named, one)]
    meant = main_mentions(view, start, end, words)
    meant = judged_in_clauses(view, [one for one in meant if not one.denied], start, end)
    chosen = free[0] if free else only_value(meant)
    if free and any(
        0 <= one.start - free[0].end <= 6 and one.value != free[0].value for one in words
    ):
        return Found(None, start, end, UNDETERMINED)  # "(B) contradiction", which is A
    if chosen is not None and not view.declined(start, chosen.start):
        return _found(chosen)
    if chosen is not None or view.declines(start, end):
        return Found(None, start, end, UNDETERMINED)
    if words or (named and not free):
        several = len({one.value for one in words if not one.denied}) > 1
        return Found(None, start, end, SEVERAL if several else DENIED)
    return None


def _explains_denial(view: View, named: list[Mention], word: Mention) -> bool:
    """Whether an option's words only say why it is denied: "not A, because Venus is hot"."""
    return any(
        one.denied and one.value == word.value and view.mask(one.end, word.start) & _BECAUSE
        for one in named
    )


def _worded_alone(view: View, start: int, end: int) -> Mention | None:
    """Return the option of whose words `start:end` consists, nothing else said."""
    said = own_words(view.folded[skip_signs(view.text, start, end) : end]).strip("$ ")
    for place, option in enumerate(view.asked.options, 1):
        if said and own_words(option) == said:
            left = view.folded.find(said, start, end)
            return Mention(place, left, left + len(said))
    return None


def _worded(view: View, start: int, end: int) -> list[Mention]:
    """Return the options whose own words stand in `start:end`."""
    words = [(own_words(option), place) for place, option in enumerate(view.asked.options, 1)]
    found = word_mentions(view, start, end, [one for one in words if one[0]])
    return with_denials(view, start, end, found)


def _by_overlap(view: View, start: int, end: int) -> Found | None:
    """Return the option most of whose words stand there, when no other comes near."""
    if len(view.asked.options) < 2 or view.declines(start, end):
        return None
    said = set(re.findall(r"\w+", view.folded[start:end]))
    shares = []
    for place, option in enumerate(view.asked.options, 1):
        words = set(re.findall(r"\w+", own_words(option)[:_REACH]))
        share = len(words & said) / max(len(words), 1)
        shares.append((share if len(words) > 4 or share == 1 else 0, place))
    (best, place), (next_best, _) = sorted(shares, reverse=True)[:2]
    if best < 0.7 or best - next_best < 0.3 or view.mask(start, end) & (BIT["not"] | BIT["except"]):
        return None
    return Found(place, start, end, frozenset({"by_words"}))
