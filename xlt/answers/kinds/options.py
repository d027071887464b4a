"""Names of options: a number, a letter of any script, "option B", "the second choice"."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

from xlt.answers.answer import AnswerFormat
from xlt.answers.cleaning.reply import words_of
from xlt.answers.letters import LOOKALIKES, SIGNS, is_small, place_of_letter, places_of
from xlt.answers.lexicon import BIT, LETTER, OUTSIDE, UNSPACED, Lexicon, Tag, is_glued
from xlt.answers.sentences.mentions import Mention, with_denials
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


# What may stand between a word for an option and its name.
_BETWEEN = " :：\"'“‘「『([（【#.№°*-–—\u00a0"
_GERESH = "\u05f3"  # Hebrew writes it behind a letter that stands for itself


@lru_cache(maxsize=256)
def _words_too(lexicon: Lexicon) -> frozenset[str]:
    """Return the capitals that are words as well."""
    return frozenset([word.upper() for name in _SMALL_WORDS for word in lexicon.words[name]])


@lru_cache(maxsize=256)
def _names(lexicon: Lexicon) -> tuple[dict[str, int], re.Pattern[str]]:
    """Return the places of letters in their lists, and the pattern of a name that stands alone."""
    places = places_of(lexicon.letters)
    letters = "".join({*places, *(letter.lower() for letter in places), *LOOKALIKES})
    word = rf"[^{OUTSIDE}'{UNSPACED}]"
    endings = "|".join(
        [re.escape(one[1:]) for one in lexicon.words["particles"] if one.startswith("'")]
    )
    possessive = rf"'(?!(?:{endings})(?!{word})){word}"
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
        if one.start <= head or view.only(head, one.start, _NOUNS):  # "the correct option"
            return one
    return None


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
    marked = is_letter(after) and not after.isalpha()
    if marked or (before == "/" and any(tag.start < left < tag.end for tag in tags)):
        return False  # a letter with a vowel or a tone on it begins a word: ข้อ; N/A is one
    if match.lastgroup == "letter" and after in _CLOSERS and _opened_here(text, left, head):
        return True
    led = _before(text, tags, left)
    if led & _OPTION:
        return not _is_article(view, tags, match[0], right, end)
    if match.lastgroup == "digit":
        return _number_stands(view, tags, match, head, end, digits=digits)
    letter = match[0]
    if is_small(letter):
        if left <= head and (after in tuple(").:") or view.blank(right, end)):
            return True
        named = led & (_ARTICLE | _COPULA | _ANSWER) and letter.upper() not in _words_too(
            view.lexicon
        )
        return bool(named and _CLAUSE_END.match(text, right, end))  # "la risposta giusta è la d."
    if left > head and not led and not _opens_clause(text, left):
        closes = _CLAUSE_END.match(text, right, end)
        if not closes or not view.mask(head, left) & (BIT["more"] | BIT["correct"]):
            return False  # "la suite la plus naturelle est de loin A."
    if is_glued(letter):
        begins = not is_letter(before) or led  # 正解はウです
        ending = text.startswith(view.lexicon.words["particles"], right)
        word = any(tag.start == left and tag.end > right for tag in tags)  # 나는, "I"
        if word or not begins or not (ending or not is_letter(after)):
            return False
    return _is_name(view, tags, letter, right, end)


def _number_stands(
    view: View, tags: list[Tag], match: re.Match[str], head: int, end: int, *, digits: bool
) -> bool:
    """Whether a number names an option: at the head, "the 2nd option", 2번, "so 2 is likelier"."""
    text = view.text
    left, right = match.span()
    before, after = text[left - 1 : left], text[right : right + 1] or " "
    behind = _behind(text, tags, right)
    if (match.end("count") < right or is_glued(after)) and behind & (_OPTION | _ANSWER):
        return True
    if digits:
        return left <= head or (before in _OPENERS and after in _CLOSERS)
    if any(c.isdecimal() for option in view.asked.options for c in option):
        return False
    word = _before(text, tags, left)
    closed = _CLAUSE_END.match(text, right, end)
    led = left <= head or word & (_LEADS | _ARTICLE if closed else _LEADS) > 0  # "cioè la 1"
    if not led and _opens_clause(text, left):  # "Therefore, 2 is the better choice"
        said = view.mask(right, end) & (BIT["more"] | BIT["correct"] | _OPTION)
        led = (said | behind & (BIT["and"] | BIT["or"])) > 0  # "Honestly, 1 and 2 are"
    follows = closed or behind & (_FOLLOWS | BIT["more"])
    asked = word & _NUMBER or number_asked(view.asked, view.lexicon)  # "number 4 (Rabat)"
    return bool(led and follows and asked)


def _is_article(view: View, tags: list[Tag], letter: str, right: int, end: int) -> bool:
    """Whether a small letter behind "option" is an article, as in Hungarian before "right"."""
    if not letter.islower() or letter.upper() not in _words_too(view.lexicon):
        return False
    follows = _behind(view.text, tags, right) & _FOLLOWS
    return not (follows or view.blank(right, min(end, right + 2)))


def _opened_here(text: str, left: int, head: int) -> bool:
    """Whether a letter with a bracket behind has its own one before, or none is open."""
    opener = max(text.rfind(sign, max(head - 1, 0), left) for sign in "(（[【")
    closer = max(text.rfind(sign, head, left) for sign in ")）]】")
    return opener <= closer or not text[opener + 1 : left].strip(" \"'*")


def _before(text: str, tags: list[Tag], place: int) -> int:
    """Return the classes of the known word right before a place, 0 where there is none."""
    at = bisect_right(tags, place, key=lambda tag: tag.end)
    return tags[at - 1].mask if at and not text[tags[at - 1].end : place].strip(_BETWEEN) else 0


def _behind(text: str, tags: list[Tag], place: int) -> int:
    """Return the classes of the known word right behind a place, 0 where there is none."""
    at = bisect_left(tags, place, key=lambda tag: tag.start)
    return tags[at].mask if at < len(tags) and not text[place : tags[at].start].strip() else 0


def _opens_clause(text: str, place: int) -> bool:
    """Whether a sign of punctuation, or a script without spaces, stands before a place."""
    before = text[:place].rstrip(" \"'“‘(（[*")[-1:]
    return not before or not before.isalnum() or unspaced(before)


def _is_name(view: View, tags: list[Tag], letter: str, right: int, end: int) -> bool:
    """Whether a capital is a name, not a word: "A man fell" has the article."""
    rest = view.text[right:end].lstrip(" *")
    if not rest or not rest[0].isalnum() or is_glued(rest[0]) or rest[0].isdigit():
        return True
    if letter not in _words_too(view.lexicon):
        return rest[0].islower() or not rest[0].isascii()
    own = view.asked.language
    small = (*own.lexicon.get("article", ()), *own.lexicon.get("particles", ()))
    article = own.tag == "en" or letter.lower() in small
    return _behind(view.text, tags, right) & (_FOLLOWS if article else _FOLLOWS | _NOUN) > 0


def _ordinals(view: View, tags: list[Tag], head: int, end: int) -> list[Mention]:
    """Return options named by an ordinal: "the second option", "Second", "... is the second"."""
    found = []
    for place, tag in enumerate(tags):
        if not tag.mask & _ORDINAL:
            continue
        behind = _behind(view.text, tags, tag.end)
        if behind and tag.mask & BIT["both"] and not view.blank(tags[place + 1].end, end):
            behind &= ~(_OPTION | _ANSWER)  # "both options", kedua in Indonesian
        noun = behind & (_OPTION | _ANSWER | BIT["more"]) > 0
        before = tags[:place][-1:]
        if before and view.blank(before[0].end, tag.start):
            closes = _CLAUSE_END.match(view.text, tag.end) or behind & _COPULA
            known = any(other.mask & _OPTION for other in tags[:place])
            led = before[0].mask & (_ARTICLE | _COPULA)
            noun = noun or before[0].mask & _OPTION > 0  # گزینه الف
            noun = noun or bool(led and (behind & BIT["pronoun"] or (closes and known)))
            noun = noun or bool(closes and before[0].mask & _ANSWER)  # సమాధానం సి
        noun = noun or _one_of_two(view, tag, behind)
        noun = noun or view.text[tag.end : tag.end + 1] in _CLOSERS  # എ) തിരുവനന്തപുരം
        whole = tag.start <= head + 4 and view.blank(tag.end, end)
        number = view.lexicon.ordinals.get(view.folded[tag.start : tag.end], 0)
        if (noun or whole) and 1 <= number <= (view.asked.option_count or _MOST_OPTIONS):
            found.append(Mention(number, tag.start, tag.end))
    return found


def _one_of_two(view: View, tag: Tag, behind: int) -> bool:
    """Whether an ordinal names one of two options by itself: "the latter", "la prima"."""
    word = view.folded[tag.start : tag.end]
    if view.asked.option_count != 2 or word not in view.lexicon.former:
        return False
    closed = behind or _CLAUSE_END.match(view.text, tag.end)
    return bool(closed) or "\u4e00" <= word <= "\u9fff"  # 前者 is nothing else


_CLAUSE_END = re.compile(r"\s*(?:[.,;:!?。，；：、)(（]|\Z|\n)")


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
        listed = len(values) > 2 or _ITEM.search(gap)  # "(A) dog (B) cat (C) cow"
        if in_order and listed and not view.mask(named[0].end, named[1].start) & _VERDICT:
            return True
    stop = text.find("\n", option.end)
    follows = _later_names(view, text[option.start : option.end]) if lines else ""
    if not follows or stop < 0:
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
