"""Names of options: a number, a letter of any script, "option B", "the second choice"."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from xlt.answers.answer import AnswerFormat
from xlt.answers.cleaning.reply import words_of
from xlt.answers.letters import LOOKALIKES, SIGNS, is_small, place_of_letter, places_of
from xlt.answers.lexicon import BIT, LETTER, OUTSIDE, UNSPACED, Lexicon, Tag, is_glued
from xlt.answers.sentences.mentions import Mention, joined_list, with_denials
from xlt.answers.sentences.view import View, is_letter, line_end
from xlt.detection.scripts import unspaced

_CONFUSABLE = frozenset({"confusable_letter"})
_OPENERS, _CLOSERS = tuple("([（【［"), tuple(")]）】］")
_MOST_OPTIONS = 26

_OPTION, _ORDINAL, _COPULA, _ANSWER, _NUMBER, _ARTICLE = (
    BIT[name] for name in ("option", "ordinal", "copula", "answer", "number", "article")
)
# What may follow a letter that is a word of its own as well: "A is more plausible".
_FOLLOWS = (
    BIT["copula"] | BIT["because"] | BIT["not"] | BIT["than"] | BIT["and"] | BIT["or"]
    | BIT["less"] | BIT["therefore"] | BIT["but"] | BIT["judged"]
    | BIT["except"] | BIT["yes"] | BIT["if"] 
)  # fmt: skip
_NOUN = BIT["option"] | BIT["correct"] | BIT["choose"] | BIT["answer"] | BIT["more"]
# Classes of small words, of which some have only one letter: a, I, y, è, в.
_SMALL_WORDS = ("article", "pronoun", "particles", "and", "or", "preposition", "copula", "not")
# What may lead a bare number that is a choice's.
_LEADS = (
    BIT["copula"] | BIT["therefore"] | BIT["choose"] | BIT["than"] | BIT["or"] | BIT["and"]
    | BIT["that"] | BIT["not"] | BIT["but"] | BIT["number"] | BIT["correct"]
)  # fmt: skip
_HEAD_SIGNS = re.compile(rf"[^\w\n{''.join(SIGNS)}]*")


_GERESH = "\u05f3"  # Hebrew writes it behind a letter that stands for itself


@lru_cache(maxsize=256)
def _words_too(lexicon: Lexicon) -> frozenset[str]:
    """Return the capitals that are words as well."""
    small = [word for name in _SMALL_WORDS for word in lexicon.words[name]]
    return frozenset([word.upper() for word in small if len(word) == 1])


@lru_cache(maxsize=256)
def _names(lexicon: Lexicon) -> tuple[dict[str, int], re.Pattern[str]]:
    """Return the places of letters in their lists, and the pattern of a name that stands alone."""
    places = places_of(lexicon.letters)
    letters = "".join({*places, *(letter.lower() for letter in places), *LOOKALIKES})
    word = rf"[^{OUTSIDE}'{UNSPACED}]"
    endings = "|".join(
        [re.escape(one[1:]) for one in lexicon.words["particles"] if one.startswith("'")]
    )
    possessive = rf"'(?!(?:{endings})(?!{word})){word}" if endings else f"'{word}"
    nth = f"(?:{'|'.join(lexicon.words['nth'])})?"  # 2nd
    # It begins with one sign of a class, so that the engine skips to the next that may be a name.
    pattern = re.compile(
        rf"[{letters}\d{''.join(SIGNS)}](?<![\d.].)(?:(?<=[{letters}])(?<!{word}.)(?P<letter>)"
        rf"|(?<=\d)\d?(?P<count>){nth}(?P<digit>)|(?<=[{''.join(SIGNS)}])(?P<sign>))"
        rf"(?!(?!{_GERESH}(?!{word})){word}|{possessive}|\d|[.,:/]\d)"
    )
    return places, pattern


def named_options(view: View, start: int, end: int, *, digits: bool = False) -> list[Mention]:
    """Return the options named in a sentence by letter, sign, or number behind "option".

    With `digits` a bare number at the very start counts too.
    """
    known: list[Mention] | None = view.named.get((start, end, digits))
    if known is not None:
        return known
    tags = view.tags(start, end)
    head = skip_signs(view.text, start, end)
    found: list[Mention] = []
    for match in _names(view.lexicon)[1].finditer(view.text, start, end):
        if _stands(view, tags, match, head, end, digits=digits):
            mention = _mention(view, match)
            if mention is not None:
                found.append(mention)
    mask = view.mask(start, end)
    more = _ordinals(view, tags, head, end) if mask & _ORDINAL else []
    if mask & _OPTION and not found:
        more += _spelled(view, tags, end)
    if more:
        found = sorted([*found, *more], key=lambda one: one.start)
    found = view.named[start, end, digits] = with_denials(view, start, end, found)
    return found


def named_first(view: View, start: int, end: int) -> Mention | None:
    """Return the choice named right at the start: "2.", "(A)", "Option B", "choice2", "أ"."""
    head = skip_signs(view.text, start, end)
    for one in named_options(view, start, end, digits=True)[:1]:
        if one.start <= head or not _words_before(view, head, one.start):
            return one
    return None


def _words_before(view: View, head: int, place: int) -> bool:
    """Whether words stand before a name that are not only "the correct option number"."""
    at = head
    for tag in view.lexicon.tags(view.folded, head, place):
        if view.text[at : tag.start].strip(" :：\"'([（【#") or not tag.mask & _NOUNS:
            return True
        at = tag.end
    return bool(view.text[at:place].strip(" :：\"'“‘「『([（【#.№°*"))


_NOUNS = (
    _OPTION | _NUMBER | _ANSWER | _COPULA | BIT["article"] | BIT["correct"] | BIT["more"]
    | BIT["final"]
)  # fmt: skip


def skip_signs(text: str, start: int, end: int) -> int:
    """Return where the first word of a line begins, behind quotes, brackets and emoji."""
    match = _HEAD_SIGNS.match(text, start, end)
    return match.end() if match else start


def _stands(
    view: View, tags: list[Tag], match: re.Match[str], head: int, end: int, *, digits: bool
) -> bool:
    """Whether a letter, number or sign names an option by what stands around it."""
    text = view.text
    left, right = match.span()
    if match.lastgroup == "sign":
        return True
    before, after = text[left - 1 : left], text[right : right + 1]
    if after == " " and text[right + 1 : right + 2] in _CLOSERS:
        after = text[right + 1]
    marked = is_letter(after or " ") and not after.isalpha()
    if marked or (before == "/" and any(tag.start < left < tag.end for tag in tags)):
        return False  # a letter with a vowel or a tone on it begins a word: ข้อ; N/A is one
    closed = after in _CLOSERS
    if match.lastgroup == "letter" and closed and _opened_here(text, left, head):
        return True
    tag = _tag_before(text, tags, left)
    if tag is not None and tag.mask & _OPTION:
        return not _is_article(view, tags, match[0], right, end)
    if match.lastgroup == "digit":
        return _number_stands(view, tags, match, head, end, digits=digits)
    letter = match[0]
    if is_small(letter):
        alone = left <= head and (after in tuple(").:") or view.blank(right, end))
        return alone or _ends_verdict(view, tags, tag, letter, right, end)
    if before in tuple("\"'“‘「『([（【") and after in tuple("\"'”’」』)]）】"):
        return True
    if left > head and tag is None and not _opens_clause(text, left):
        closes = _CLAUSE_END.match(text, right, end)
        if not closes or not view.mask(head, left) & (BIT["more"] | BIT["correct"]):
            return False  # "la suite la plus naturelle est de loin A."
    if is_glued(letter):
        begins = _free(before) or (tag is not None and tag.end == left)  # 正解はウです
        if not (begins and (_free(after) or _inflected(view, tags, match))):
            return False
    return _is_name(view, tags, letter, right, end)


def _ends_verdict(
    view: View, tags: list[Tag], tag: Tag | None, letter: str, right: int, end: int
) -> bool:
    """Whether a small letter ends a clause behind "the", "is" or "answer": "è la d."."""
    led = tag is not None and tag.mask & (_ARTICLE | _COPULA | _ANSWER)
    led = led and letter.upper() not in _words_too(view.lexicon)
    return bool(led and _CLAUSE_END.match(view.text, right, end) and len(tags) > 1)


def _number_stands(
    view: View, tags: list[Tag], match: re.Match[str], head: int, end: int, *, digits: bool
) -> bool:
    """Whether a number names an option: at the head, "the 2nd option", 2번, "so 2 is likelier"."""
    text = view.text
    left, right = match.span()
    before, after = text[left - 1 : left], text[right : right + 1] or " "
    if (match.end("count") < right or is_glued(after)) and _noun_behind(view, tags, right):
        return True
    if digits:
        opened = before in _OPENERS and after in _CLOSERS
        return not _glued_before(before) and (left <= head or opened)
    if any(c.isdecimal() for option in view.asked.options for c in option):
        return False
    tag = _tag_before(text, tags, left, 0)
    led = left <= head or (tag is not None and tag.mask & _LEADS)
    if not led and _opens_clause(text, left):  # "Therefore, 2 is the better choice"
        led = view.mask(right, end) & (BIT["more"] | BIT["correct"] | _OPTION)
    behind = next((one for one in tags if one.start >= right), None)
    joined = behind is not None and not text[right : behind.start].strip()
    follows = joined and behind is not None and behind.mask & (_FOLLOWS | BIT["more"])
    closed = _CLAUSE_END.match(text, right, end) or right >= end
    led = led or (closed and tag is not None and tag.mask & _ARTICLE)  # "cioè la 1"
    paired = follows and behind is not None and behind.mask & (BIT["and"] | BIT["or"])
    led = led or (paired and _opens_clause(text, left))  # "Honestly, 1 and 2 are"
    named = tag is not None and tag.mask & _NUMBER  # "number 4 (Rabat)"
    asked = bool(named) or number_asked(view.asked, view.lexicon)
    return bool(led and (closed or follows)) and asked


def _glued_before(sign: str) -> bool:
    return is_letter(sign or " ") and not unspaced(sign)


def _is_article(view: View, tags: list[Tag], letter: str, right: int, end: int) -> bool:
    """Whether a small letter behind "option" is an article, as in Hungarian before "right"."""
    if not letter.islower() or letter.upper() not in _words_too(view.lexicon):
        return False
    behind = next((tag for tag in tags if tag.start >= right), None)
    follows = behind is not None and view.blank(right, behind.start) and behind.mask & _FOLLOWS
    return not (follows or view.blank(right, min(end, right + 2)))


def _opened_here(text: str, left: int, head: int) -> bool:
    """Whether a letter with a bracket behind has its own one before, or none is open."""
    if left and text[left - 1] in "(（[【":
        return True
    opener = max(text.rfind(sign, max(head - 1, 0), left) for sign in "(（[【")
    closer = max(text.rfind(sign, head, left) for sign in ")）]】")
    return opener <= closer or not text[opener + 1 : left].strip(" \"'*")


def _tag_before(text: str, tags: list[Tag], place: int, most: int = 3) -> Tag | None:
    """Return the known word right before a place, signs and "number" between left out."""
    for tag in reversed(tags):
        if tag.end > place:
            continue
        if text[tag.end : place].strip(" :：\"'“‘「『([（【#.№°*-–—\u00a0") and tag.end < place:
            return None
        if most and tag.mask & (_NUMBER | _COPULA) and not tag.mask & _OPTION:
            place = tag.start
            inner = _tag_before(text, tags[: tags.index(tag)], place, most - 1)
            return inner if inner is not None and inner.mask & _OPTION else tag
        return tag
    return None


def _opens_clause(text: str, place: int) -> bool:
    """Whether a sign of punctuation, or a script without spaces, stands before a place."""
    before = text[:place].rstrip(" \"'“‘(（[*")[-1:]
    return not before or not before.isalnum() or unspaced(before)


def _free(sign: str) -> bool:
    return not sign or not is_letter(sign)


def _inflected(view: View, tags: list[Tag], match: re.Match[str]) -> bool:
    """Whether a Hangul letter has only an ending glued to it: 가입니다, but not 가능성."""
    left, right = match.span()
    longer = any(tag.start == left and tag.end > right for tag in tags)
    spaced = not unspaced(match[0]) or match[0] > "\u3040"  # ア and 甲 as well, not Thai letters
    return spaced and not longer and view.text.startswith(view.lexicon.words["particles"], right)


def _is_name(view: View, tags: list[Tag], letter: str, right: int, end: int) -> bool:
    """Whether a capital is a name, not a word: "A man fell" has the article."""
    rest = view.text[right:end].lstrip(" *")
    if not rest or not rest[0].isalnum() or is_glued(rest[0]) or rest[0].isdigit():
        return True
    if letter not in _words_too(view.lexicon):
        behind = next((tag for tag in tags if tag.start >= right), None)
        known = behind is not None and not view.text[right : behind.start].strip()
        return known or rest[0].islower() or not rest[0].isascii()
    behind = next((tag for tag in tags if tag.start >= right), None)
    own = view.asked.language
    small = (*own.lexicon.get("article", ()), *own.lexicon.get("particles", ()))
    article = own.tag == "en" or letter.lower() in small
    mask = _FOLLOWS if article else _FOLLOWS | _NOUN
    return bool(behind and not view.text[right : behind.start].strip() and behind.mask & mask)


def _noun_behind(view: View, tags: list[Tag], end: int) -> bool:
    """Whether the next word is one for an option or an answer: "the second option"."""
    behind = next((tag for tag in tags if tag.start >= end), None)
    return bool(
        behind and behind.mask & (_OPTION | _ANSWER) and not view.text[end : behind.start].strip()
    )


def _ordinals(view: View, tags: list[Tag], head: int, end: int) -> list[Mention]:
    """Return options named by an ordinal: "the second option", "Second", "... is the second"."""
    found = []
    words = view.lexicon.ordinals
    for place, tag in enumerate(tags):
        if not tag.mask & _ORDINAL:
            continue
        before, behind = tags[:place][-1:], tags[place + 1 :][:1]
        noun = _noun_behind(view, behind, tag.end)
        noun = noun and (not tag.mask & BIT["both"] or view.blank(behind[0].end, end))
        if before and view.blank(before[0].end, tag.start):
            noun = noun or before[0].mask & _OPTION > 0  # گزینه الف
            led = before[0].mask & (_ARTICLE | _COPULA) > 0
            one = behind and behind[0].mask & BIT["pronoun"] and _beside(view, tag, behind[0])
            closes = _CLAUSE_END.match(view.text, tag.end) or (
                behind and behind[0].mask & _COPULA and _beside(view, tag, behind[0])
            )
            known = any(other.mask & _OPTION for other in tags[:place])
            noun = noun or (led and bool(one or (closes and known)))
            noun = noun or bool(closes and before[0].mask & _ANSWER)  # సమాధానం సి
        noun = noun or bool(
            behind and behind[0].mask & BIT["more"] and _beside(view, tag, behind[0])
        )
        noun = noun or _one_of_two(view, tag, behind)
        noun = noun or view.text[tag.end : tag.end + 1] in _CLOSERS  # എ) തിരുവനന്തപുരം
        whole = tag.start <= head + 4 and view.blank(tag.end, end)
        number = words.get(view.folded[tag.start : tag.end], 0)
        if (noun or whole) and 1 <= number <= (view.asked.option_count or _MOST_OPTIONS):
            found.append(Mention(number, tag.start, tag.end))
    return found


def _one_of_two(view: View, tag: Tag, behind: list[Tag]) -> bool:
    """Whether an ordinal names one of two options by itself: "the latter", "la prima"."""
    word = view.folded[tag.start : tag.end]
    if view.asked.option_count != 2 or word not in view.lexicon.former:
        return False
    closed = _CLAUSE_END.match(view.text, tag.end) or (behind and _beside(view, tag, behind[0]))
    return bool(closed) or "\u4e00" <= word <= "\u9fff"  # 前者 is nothing else


_CLAUSE_END = re.compile(r"\s*(?:[.,;:!?。，；：、)(（]|\Z|\n)")


def _beside(view: View, first: Tag, second: Tag) -> bool:
    return not view.text[first.end : second.start].strip()


def _spelled(view: View, tags: list[Tag], end: int) -> list[Mention]:
    """Return options named by a number word behind a word for one: "option two", 选项一."""
    found = []
    for tag in tags:
        place = skip_signs(view.text, tag.end, end) if tag.mask & _OPTION else end
        one = spelled_at(view, place, end) if place - tag.end <= 2 else None
        found += [one] if one is not None else []
    return found


def spelled_at(view: View, start: int, end: int) -> Mention | None:
    """Return the option whose number is spelled out at a place."""
    stop = line_end(view.text, start, min(end, start + _NUMERAL))
    most = view.asked.option_count or _MOST_OPTIONS
    for one in (
        view.numbers(start, stop, words=True)[:1] if view.text[start:end][:1].isalpha() else ()
    ):
        if one.start == start and isinstance(one.plain, int) and 1 <= one.plain <= most:
            return Mention(one.plain, one.start, one.end)
    return None


_NUMERAL = 16


def _mention(view: View, match: re.Match[str]) -> Mention | None:
    count = view.asked.option_count
    flags: frozenset[str] = frozenset()
    name = match[0]
    if match.lastgroup == "digit":
        place = int(view.text[match.start() : match.end("count")])
    elif match.lastgroup == "sign":
        place = SIGNS[name]
    else:
        known = place_of_letter(name, count, _names(view.lexicon)[0])
        if known is None:
            return None
        place = known[0]
        key = (-1, ord(name), False)
        if known[1] and key not in view.named:
            view.named[key] = _in_own_alphabet(view, name)
        if known[1] and (own := view.named[key]):
            place = own
        elif known[1]:
            flags = _CONFUSABLE
        if not name.isascii() and (meant := _meant_by_words(view, name, match.end())):
            place, flags = meant, frozenset()
    if not 1 <= place <= (count or _MOST_OPTIONS):
        return None
    return Mention(place, match.start(), match.end(), False, flags)


def _in_own_alphabet(view: View, letter: str) -> int:
    """Return the place of "В" in its own list where the reply names others of it (Б, Г), else 0."""
    for letters in view.lexicon.letters if letter.upper() in LOOKALIKES else ():
        others = "".join([one for one in letters if one not in LOOKALIKES])
        if letter.upper() in letters and re.search(rf"(?<!\w)[{others}](?!\w)", view.text):
            return letters.index(letter.upper()) + 1
    return 0


def _meant_by_words(view: View, letter: str, place: int) -> int:
    """Return which option a letter of several alphabets means by the words behind it, else 0."""
    said = view.folded[place : place + _LIST_REACH].lstrip(BRACKETS)
    look = LOOKALIKES.get(letter.upper())
    for number, option in enumerate(view.asked.options, 1):
        own = own_words(option)
        listed = [known[number - 1 : number] for known in view.lexicon.letters]
        whole = own and said.startswith(own) and not is_letter(said[len(own) :][:1] or " ")
        if whole and (number == look or letter.upper() in listed):
            return number
    return 0


BRACKETS = " )]）】］.:：-–—*\"'“”«"


def own_words(option: str) -> str:
    """Return the words of an option, folded, without the signs around them."""
    return words_of(option).strip(" \t\r\n.。!！?？।\"'“”")


# "(A) contradiction, (B) neutral, (C) entailment": the options, none of them chosen.
_LIST_REACH = 1500
_ITEM = re.compile(rf"[,;/]\s?(?:{LETTER}{{1,5}} ){{0,2}}[(（\[]?\s?$")


def begins_list(view: View, option: Mention, start: int, end: int, *, lines: bool) -> bool:
    """Whether an option of a line heads a list: another follows, or with `lines` a later line."""
    text = view.text
    named = named_options(view, start, end, digits=True)
    named = named[bisect_left(named, option.start, key=lambda one: one.start) :]
    if len(named) > 1 and isinstance(option.value, int):
        values = [one.value for one in named if not one.denied]
        in_order = values[:2] == [option.value, option.value + 1]
        gap = text[named[0].end : named[1].start]
        mask = view.mask(named[0].end, named[1].start)
        if in_order and _ITEM.search(gap) and not mask & _VERDICT:
            return True
        ordered = values == [*range(option.value, option.value + len(values))]
        if ordered and len(values) > 2 and not view.mask(option.end, named[-1].start) & _VERDICT:
            return True  # "(A) dog (B) cat (C) cow"
    stop = text.find("\n", option.end)
    if not lines or stop < 0:
        return False
    follows = _later_names(view, text[option.start : option.end])
    if not follows:
        return False
    item = re.compile(
        rf"\n[ \t]*[-•*]?[ \t]*(?:{LETTER}{{1,16}} )?[\[(（]?[{follows}]\s?[\])）.:：]"
    )
    return item.search(text, stop, stop + _LIST_REACH) is not None


_VERDICT = BIT["copula"] | BIT["because"] | BIT["than"] | BIT["not"] | BIT["more"] | BIT["except"]


def _later_names(view: View, name: str) -> str:
    """Return the digits or letters that may follow a name in its list."""
    for names in ("123456789", *view.lexicon.letters):
        place = names.find(name.upper())
        if place >= 0:
            return names[place + 1 :]
    return ""


def number_asked(asked: AnswerFormat, lexicon: Lexicon) -> bool:
    """Whether the prompt asked for the number of a choice."""
    return bool(lexicon.mask(words_of(asked.output_type), 0, len(asked.output_type)) & _NUMBER)


__all__ = [
    "Mention",
    "begins_list",
    "joined_list",
    "named_first",
    "named_options",
    "number_asked",
    "own_words",
]
