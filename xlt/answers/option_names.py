"""Names of options: a number, a letter of any script, "option B", "the second choice"."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from xlt.answers.answer import AnswerFormat
from xlt.answers.letters import LETTER_LISTS, LETTERS, ORDINALS, SIGNS, place_of_letter
from xlt.answers.mentions import Mention, denied, deny_between_neither_and_nor
from xlt.answers.normal_form import nfc
from xlt.answers.reply import fold
from xlt.answers.scripts import alone
from xlt.languages import languages

_CONFUSABLE = frozenset({"confusable_letter"})
_LETTER, _SIGN = "".join(LETTERS), "".join(SIGNS)
_ORDINAL = re.compile(
    r"(?:(?:the|die|der|la|el|le|il) )?(\w{3,12}|第.)"
    r"(?: ?(?:option|choice|one|answer|opción|opzione|вариант|个|個)|(?=[\s.]*\Z))",
    re.IGNORECASE,
)
_CLOSED = re.compile(rf"(?<![^\W_])(?P<letter>[{_LETTER}])(?=[)）])")
# "(A, B, or C)" lists the options.
_LISTED = re.compile(rf"\s?[,/]\s?(?:or |and )?[{_LETTER}1-9](?![^\W_])")
_AND_LETTER = re.compile(
    r"[\])）\"']{0,2}(?:\s?[(（][^()（）\n]{1,40}[)）])?\s(?:and|or|nor|und|oder|et|ou|y|o|и|или)\s"
    r"(?P<letter>[A-H])(?![\w'’])"
)
_LIST_REACH = 1500
# "(A) contradiction, (B) neutral, (C) entailment": the options, none of them chosen.
_LISTED_IN_LINE = re.compile(
    rf"[)\]）:.]?(?:(?!\b(?:is|are|was|seems|would|because|as|since|than|rather|over|not|more)\b)"
    rf"[^\n(（\[;.]){{1,120}}?[,;/]\s?(?:or |and )?[(（\[](?:[{_LETTER}]|[1-9])[)）\]]"
)
# "A or B", "1 and 2" choose nothing.
_JOINED = re.compile(
    r"[\])）.\"']{0,2}\s?(?:or|and|oder|und|ou|et|o|y|или|и|或|和|/|&)\s?[\[(（]?(?:option\s)?"
    r"\w(?![^\W_])",
    re.IGNORECASE,
)


def named_first(text: str, start: int, end: int, asked: AnswerFormat) -> Mention | None:
    """Return the choice named right at the start: "2.", "(A)", "Option B", "choice2", "أ"."""
    start = skip_signs(text, start, end)
    ordinal = _ordinal(text, start, end, asked)
    if ordinal is not None:
        return ordinal
    match = _patterns(_words(asked))[0].match(text, start, end)
    if match is None:
        return None
    mention = _mention(text, match, start, end, asked)
    if mention is None or (match["letter"] and not _stands(text, match, end)):
        return None
    if _JOINED.match(text, match.end(), end):
        return None
    return mention


def named_options(
    text: str, folded: str, start: int, end: int, asked: AnswerFormat
) -> list[Mention]:
    """Return the options named by number or letter within a sentence, first to last."""
    inside = _patterns(_words(asked))[1]
    found = []
    for match in inside.finditer(folded, start, end):
        letter = text[match.start("letter")] if match["letter"] else ""
        noun = folded[match.start()] not in "([（"
        closed = text[match.end() : match.end() + 1] in (")", "]", "）")
        # "(A man" is no option, nor is the "a" of "option a person takes".
        if letter and not (letter.isupper() if noun else closed):
            continue
        mention = _mention(text, match, start, end, asked)
        if mention is not None and not _LISTED.match(text, mention.end, end):
            found.append(mention)
            joined = _AND_LETTER.match(text, mention.end, end)  # "options B (neutral) and C"
            both = _mention(text, joined, start, end, asked) if joined else None
            found += [replace(both, denied=mention.denied)] if both else []
    known = {one.start for one in found}
    for match in _CLOSED.finditer(text, start, end):  # "is A) The photos", with no bracket before
        bracketed = text.rfind("(", start, match.start()) > text.rfind(")", start, match.start())
        if match.start() in known or bracketed:
            continue
        mention = _mention(text, match, start, end, asked)
        if mention is not None:
            found.append(mention)
    found.sort(key=lambda one: one.start)
    return deny_between_neither_and_nor(text, start, found)


def skip_signs(text: str, start: int, end: int) -> int:
    """Return where the first word of a line begins, behind quotes, brackets and emoji."""
    while start < end and not (
        text[start].isalnum() or text[start] in SIGNS or text[start] == "\n"
    ):
        start += 1
    return start


def begins_list(text: str, option: Mention, end: int, *, lines: bool) -> bool:
    """Whether an option heads a list: another follows, or with `lines` opens a later line."""
    if _LISTED_IN_LINE.match(text, option.end, end):
        return True
    if not lines:
        return False
    follows = _later_names(text[option.start : option.end])
    line = text.find("\n", option.end, end)
    if not follows or line < 0:
        return False
    item = re.compile(rf"\n[ \t]*[-•*]?[ \t]*(?:[^\W\d_]{{1,10}} )?[\[(（]?[{follows}][\])）.:：]")
    return item.search(text, line, min(end, line + _LIST_REACH)) is not None


def _later_names(name: str) -> str:
    """Return the digits or letters that may follow a name in its list."""
    for names in ("123456789", *LETTER_LISTS):
        place = names.find(name.upper())
        if place >= 0:
            return names[place + 1 :]
    return ""


def _stands(text: str, match: re.Match[str], end: int) -> bool:
    """Whether a letter stands for a choice: capital, or in brackets, or behind "option"."""
    place = match.start("letter")
    if not alone(text, place, place + 1):
        return False
    after = text[place + 1 : place + 3]
    if match["noun"] or after[:1] in tuple(")]）】.:,：、\"'”’»」』$") or not after.strip():
        return True
    if text[place - 1 : place] in tuple("([（\"'“‘「"):
        return True
    # "A man fell" is the article; "A is more plausible" and "B - text" name the choice.
    rest = text[place + 1 : place + 24].lstrip().lower()
    return (
        text[place] not in "AaIiОоАа"
        and text[place].isupper()
        or rest.startswith(("is ", "-", "–", "—", "because", "since", "(", "=", "as "))
    )


def _ordinal(text: str, start: int, end: int, asked: AnswerFormat) -> Mention | None:
    match = _ORDINAL.match(text, start, end)
    place = ORDINALS.get(match[1].lower()) if match else None
    if match is None or place is None or (asked.option_count and place > asked.option_count):
        return None
    return Mention(place, start, match.end())


def _mention(
    text: str, match: re.Match[str], start: int, end: int, asked: AnswerFormat
) -> Mention | None:
    flags: frozenset[str] = frozenset()
    group = match.lastgroup or ""
    name = text[match.start(group) : match.end(group)]
    if group == "digit":
        place = int(name)
    elif group == "sign":
        place = SIGNS[name]
    else:
        known = place_of_letter(name, asked.option_count)
        if known is None:
            return None
        place = known[0]
        flags = _CONFUSABLE if known[1] else flags
    if not 1 <= place <= (asked.option_count or 26):
        return None
    left, right = match.start(group), match.end(group)
    return Mention(place, left, right, denied(text, match.start(), right, end), flags)


def _words(asked: AnswerFormat) -> tuple[str, ...]:
    return (*asked.language.words.choice, *asked.target_language.words.choice)


@lru_cache(maxsize=512)
def _patterns(own: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a choice at the head of a text, and of one named within it."""
    every = [word for one in languages() for word in one.words.choice]
    nouns = {fold(nfc(word)) for word in [*every, *own, "answer", "alternative"]}
    ordered = sorted(nouns, key=len, reverse=True)
    noun = "|".join(map(re.escape, ordered))
    name = rf"(?P<digit>\d{{1,2}})(?![\d.,]*\d)|(?P<sign>[{_SIGN}])|(?P<letter>[{_LETTER}a-hа-е])"
    number = r"(?:\s?(?:number|no\.?|nummer|numéro|ที่|số|thứ|número|номер|n°|#|№)\s?[:#]?)?"
    head = re.compile(
        rf"(?:(?:the|die|la|el|le)\s)?(?:(?:correct|right"
        rf"|best)\s)?[\[(]?(?:(?P<noun>{noun}){number}[\])]?\s?[:：]?\s?)?"
        rf"[\[(（\"'“‘「『【]{{0,3}}(?:{name})",
        re.IGNORECASE,
    )
    plural = "|".join(re.escape(word) + ("s?" if word.isascii() else "") for word in ordered)
    # On the folded text and with plain alternatives, so that `re` skips to where one may begin.
    folded_name = name.replace(f"{_LETTER}a-hа-е", "".join({fold(c) for c in _LETTER}))
    folded_name = folded_name.replace(_SIGN, "".join({fold(c) for c in _SIGN}))
    inside = re.compile(
        rf"(?:{plural}|\(|\[|（){number}\s?(?:is|would be|ist|es|est|:|：|是"
        rf"|为)?\s?[\[(（\"'“‘「]{{0,2}}(?:{folded_name})(?=[\])）\W]|\Z|_)"
    )
    return head, inside
