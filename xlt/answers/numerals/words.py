"""Numbers in words: the number words of a lexicon, and Han and Hangul numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from xlt.answers.lexicon import BIT, WORD, WORD_ENDS, Lexicon, is_glued, one_of
from xlt.languages import get_language

# A value with the place of its words.
Spelled = tuple[Decimal, int, int]

_DIGITS = {c: value for value, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "兩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7,
    "捌": 8, "玖": 9,
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_RUN = re.compile(f"[{''.join([*_DIGITS, *_UNITS, *_LARGE])}]{{1,40}}")
PARTS = re.compile("分[之の]")
_FRACTION = re.compile(f"({_RUN.pattern}){PARTS.pattern}({_RUN.pattern})")
_GOES_ON = re.compile(r"[-'’][^\W\d_]")
_NOT_A_WORD = BIT["not"] | BIT["pronoun"]


def number_words(folded: str, lexicon: Lexicon, start: int, end: int) -> Iterator[Spelled]:
    """Yield the numbers that the lexicon's words spell out in `folded[start:end]`."""
    pattern, done = _pattern(lexicon), start
    for place in _places(folded, lexicon, start, end):
        match = pattern.match(folded, place, end) if place >= done else None
        if match is not None and _is_counted(folded, lexicon, match, start, end):
            done = match.end()
            value = _worth(match[0], lexicon)
            if value is not None:
                yield value, match.start(), match.end()


def _places(folded: str, lexicon: Lexicon, start: int, end: int) -> Iterator[int]:
    """Yield where a number word may begin: a look at the first letters of each word."""
    heads = _heads(lexicon)
    for word in WORD.finditer(folded, start, end):
        if word[0][:3] in heads:
            yield word.start()
    if not folded.isascii():
        glued = lexicon._pattern(
            "glued numerals", lambda: one_of([*filter(is_glued, lexicon.numerals)])
        )
        yield from [match.start() for match in glued.finditer(folded, start, end)]


def added_behind(folded: str, lexicon: Lexicon, place: int, end: int) -> tuple[Decimal, int] | None:
    """Return what words right behind a number add to it ("and a half"), and where they end."""
    added = lexicon._pattern("added", lambda: rf"[ ]?({one_of(lexicon.added)})")
    match = added.match(folded, place, end)
    return (Decimal(lexicon.added[match[1]]), match.end()) if match else None


@lru_cache(maxsize=256)
def _heads(lexicon: Lexicon) -> frozenset[str]:
    words = [WORD.match(word) for word in _longest_first(lexicon)]
    return frozenset(word[0][:3] for word in words if word)


def _pattern(lexicon: Lexicon) -> re.Pattern[str]:
    def source() -> str:
        words = [re.escape(word) for word in _longest_first(lexicon)]
        any_word = f"(?:{'|'.join(words)})"
        joined = rf"(?:[ ,-]{{1,2}}(?:{lexicon.one_of('and', 'number_joins')}[ ]?)?|)"
        added = sorted([re.escape(one) for one in lexicon.added], key=len, reverse=True)
        more = f"(?:[ -]?(?:{'|'.join(added) or '(?!)'})|{joined}{any_word})"
        point = rf"(?:[ ]?{lexicon.one_of('point')}(?:[ ]?{any_word}){{1,9}})?"
        glued = [re.escape(one) for one in lexicon.words["particles"] if one > "\u0900"]
        ends = rf"(?:{WORD_ENDS}|(?={'|'.join(glued) or '(?!)'}))"  # বারোটি: twelve pieces
        return rf"{any_word}{more}{{0,12}}{point}{ends}"

    return lexicon._pattern("numerals", source)


def _is_counted(folded: str, lexicon: Lexicon, match: re.Match[str], start: int, end: int) -> bool:
    """Whether number words count: not "no one", "one of them", "the twenty-first", "two thirds"."""
    before = lexicon.tags(folded, max(start, match.start() - 24), match.start())
    if before and before[-1].mask & BIT["half"] and match.start() - before[-1].end < 3:
        return False
    if _GOES_ON.match(folded, match.end()):
        return False
    behind = lexicon.tags(folded, match.end(), min(end, match.end() + 16))
    follows = behind and not folded[match.end() : behind[0].start].strip(" -")
    if follows and behind[0].mask & BIT["part"]:
        return False
    if " " in match[0] or not 0 < lexicon.numerals.get(match[0], 0) <= 1:
        return True
    near = before and not folded[before[-1].end : match.start()].strip(" -")
    if near and before[-1].mask & _NOT_A_WORD:
        return False
    return not (follows and behind[0].mask & (BIT["pronoun"] | BIT["preposition"]))


def _worth(numeral: str, lexicon: Lexicon) -> Decimal | None:
    """Return what number words add up to: tens and ones, times hundred, times thousand."""
    whole, *fraction = lexicon.pattern("point").split(numeral, 1)
    value = _sum(whole, lexicon)
    digits = [lexicon.numerals.get(word, -1) for word in _parts("".join(fraction), lexicon)]
    if value is None or any(digit not in range(10) for digit in digits):
        return None
    return Decimal(f"{value}.{''.join(map(str, digits))}" if digits else value)


def _sum(numeral: str, lexicon: Lexicon) -> int | Decimal | None:
    words = _parts(numeral, lexicon)
    if any(word in lexicon.scale_first for word in words):
        return _sum_behind(numeral, words, lexicon)
    total: int | Decimal = 0
    section: int | Decimal = 0
    last: int | Decimal = 0
    part: int | Decimal = 0
    unit, rises = 1, False
    for word in words:
        if word in lexicon.added and (total or section):  # two and a half, 2 million and a half
            section += lexicon.added[word] * (1 if section else unit)
            last = Decimal("0.1")
            continue
        if word in lexicon.added_first:
            part = lexicon.added_first[word]
            continue
        if word in lexicon.words["number_joins"]:
            rises = True
            continue
        value = lexicon.numerals.get(word, lexicon.scale.get(word, 0))
        rises = rises and section % 100 < _zeros(value)  # five and twenty
        times = (section or 1) + part
        if value >= 1000:
            unit = _zeros(value)
            joined = section and value > unit  # "twenty" and "two thousand" in one word
            total += value + section * (1 if rises else unit) if rises or joined else value * times
            section = last = 0
        elif value == 100 and not rises:
            section = times * 100 if section < 100 else section + 100
            last = 100
        elif last and (value >= last or 0 < value < 1) and not rises:
            return None  # "two three", "3 4": a list, not a sum
        else:
            section += value + part
            last = value if value >= 10 else 1
        rises, part = False, 0
    return lexicon.numerals.get(numeral) if part else total + section


def _zeros(value: int | Decimal) -> int:
    """Return the largest of 1, 10, 100 ... that divides a number."""
    digits = str(value)
    return int(10 ** (len(digits) - len(digits.rstrip("0"))))


def _sum_behind(numeral: str, words: list[str], lexicon: Lexicon) -> int | Decimal | None:
    """Return the sum where what multiplies stands behind: elfu ishirini na tano is 25,000."""
    total: int | Decimal = 0
    last: int | Decimal = 0
    unit, rest = 1, [word for word in reversed(words) if word not in lexicon.words["number_joins"]]
    while rest:
        scale = lexicon.scale_first.get(word := rest.pop(), 0)
        if not scale and total and word in lexicon.added:  # milioni mbili na nusu
            total, last = total + lexicon.added[word] * unit, Decimal("0.1")
            continue
        times = 1 if scale else lexicon.numerals.get(word, 0)
        near = scale and rest and f"{word} {rest[-1]}" in numeral  # mia na ishirini is 120
        if near and 0 < lexicon.numerals.get(rest[-1], 0) < 100:
            times = lexicon.numerals[rest.pop()]
            tens = scale >= 1000 and times >= 20 and times % 10 == 0 and bool(rest)
            if tens and 0 < lexicon.numerals.get(rest[-1], 0) < 10:
                times += lexicon.numerals[rest.pop()]
        value = (scale or 1) * times
        if not value or (last and value >= last):
            return None
        total, last, unit = total + value, value, scale if scale >= 1000 else 1
    return total


def _parts(numeral: str, lexicon: Lexicon) -> list[str]:
    found = [one for one in _words(lexicon).findall(numeral) if one]
    if any(word in lexicon.added_first for word in found):  # साढ़े तीन सौ: 3.5 times 100
        return [part for word in found for part in word.split()]
    return found


def _longest_first(lexicon: Lexicon) -> list[str]:
    words = {*lexicon.numerals, *lexicon.scale, *lexicon.scale_first, *lexicon.added_first}
    return sorted(words, key=len, reverse=True)


def _words(lexicon: Lexicon) -> re.Pattern[str]:
    def source() -> str:
        words = {*_longest_first(lexicon), *lexicon.added, *lexicon.words["number_joins"]}
        longest = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        return rf"({longest})|{lexicon.one_of('and')}"

    return lexicon._pattern("number parts", source)


def han_numerals(text: str, lexicon: Lexicon, start: int, end: int) -> Iterator[Spelled]:
    """Yield the numbers that Han numerals (十八, 两万, 一点五) spell out in `text[start:end]`."""
    percent, point = lexicon.pattern("percent"), lexicon.pattern("point")
    ordinals, idioms = _counts_nothing()
    for match in _RUN.finditer(text, start, end):
        left, right = match.span()
        value = read_han(match[0])
        if value is None or percent.match(text, left, end):  # 百分之五十: behind it the value
            continue
        if text.endswith(ordinals, start, left) or text.startswith(idioms, left, end):
            continue
        dot = point.match(text, right, end)
        fraction = _RUN.match(text, dot.end(), end) if dot else None
        if fraction and all(c in _DIGITS for c in fraction[0]):
            digits = "".join([str(_DIGITS[c]) for c in fraction[0]])
            yield Decimal(f"{value}.{digits}"), left, fraction.end()
            return
        if part := _FRACTION.match(text, left, end):  # 四分之三
            yield Decimal(read_han(part[2]) or 0) / Decimal(value or 1), left, part.end()
            return
        added = added_behind(text, lexicon, right, end)  # 三年半
        yield (value + added[0], left, added[1]) if added else (Decimal(value), left, right)


@lru_cache(maxsize=1)
def _counts_nothing() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what makes a Han numeral an ordinal (第), and words that begin with one (一共)."""
    of = [get_language(tag).lexicon for tag in ("zh", "ja")]
    before, idioms = (
        {word for one in of for word in one[name]} for name in ("nth_before", "idiom")
    )
    return tuple(before), tuple(idioms)


@lru_cache(maxsize=1024)
def read_han(numeral: str) -> int | None:
    """Return the value of a Han numeral, None where its parts do not make one."""
    if all(c in _DIGITS for c in numeral):  # 二〇二三: digit by digit
        return int("".join([str(_DIGITS[c]) for c in numeral]))
    total = section = digit = 0
    for place, c in enumerate(numeral):
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            section += (digit or (1 if _UNITS[c] == 10 or place == 0 else 0)) * _UNITS[c]
            digit = 0
        elif not (section or digit):
            return None
        else:
            total += section + digit if c in "亿億兆" else 0
            total = total * _LARGE[c] if c in "亿億兆" else total + (section + digit) * _LARGE[c]
            section = digit = 0
    return total + section + digit
