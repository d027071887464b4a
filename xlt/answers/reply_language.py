"""`check_language`: whether a reply is in the language asked for, line by line and word by word.

Line pass and word pass are those of the Language Confusion Benchmark (Marchisio et al. 2024,
arXiv 2406.20052), on xlt's own detector. What may be in another language anyway is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

from xlt.answers.cleaning.thoughts import thought_spans, without_thoughts
from xlt.answers.lexicon import compiled
from xlt.answers.sentences.view import alone
from xlt.detection.detecting import detect
from xlt.detection.detectors import is_told
from xlt.detection.scripts import script_shares, scripts_of_language, unspaced
from xlt.detection.varieties import chinese_script, likely_script, primary_tag
from xlt.errors import InputError, LanguageNotDetected, shown
from xlt.languages import Language, get_language

LEAST_WORDS = 5
"""Shorter lines are not judged, as in the benchmark."""
Part = Literal["answer", "thought"]
_SURE = 0.8
"""A line less surely in another language than in the one asked for is an abstention."""
_ALIKE = frozenset(["bs", "hr", "sr"])
"""Languages that a line in Latin letters rarely tells apart."""
_PRESENT = 0.3
_LONGEST = 2_000
"""Characters that a quotation or a formula may have; bounds what a stray sign can hide."""

_CODE = re.compile(r"(?P<fence>```|~~~)(?P<json>json\b)?(?P<body>.*?)(?:(?P=fence)|\Z)", re.DOTALL)
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,9}[.)])[ \t]")
_SET_IN = ("    ", "\t")
_KEY = re.compile(r'(?<!\w)"[\w -]{1,60}"\s{0,4}:')
_SPANS = re.compile(
    rf"`[^`\n]{{1,{_LONGEST}}}`|</?[A-Za-z][^<>\n]{{0,200}}>|https?://\S+"
    rf"|\$\$[^$]{{1,{_LONGEST}}}\$\$|\$(?![\s$])[^$\n]{{1,{_LONGEST}}}(?<!\s)\$(?!\d)"
    rf"|\\\[(?:(?!\\[\[\]]).){{1,{_LONGEST}}}\\\]|\\\((?:(?!\\[()]).){{1,{_LONGEST}}}\\\)"
    r"|\\boxed\{[^{}\n]{0,200}\}",
    re.DOTALL,
)
_QUOTES = re.compile(
    "|".join(
        rf"{start}[^{opening}{closing}\n]{{1,{_LONGEST}}}{end}"
        for start, opening, closing, end in (
            (r'(?<![^\W぀-ヿ㐀-鿿])"', '"', "", '"'),  # no space stands before it in Han and kana
            ("“", "“", "”", "”"),
            ("„", "„", "“”", "[“”]"),
            ("«", "«", "»", "»"),
            ("‹", "‹", "›", "›"),
            ("「", "「", "」", "」"),
            ("『", "『", "』", "』"),
            ("《", "《", "》", "》"),
            ("‘", "‘", "’", r"’(?!\w)"),
            (r"(?<!\w)'", "'", "", r"'(?!\w)"),
        )
    )
    + r"|^[ \t]{0,3}>[^\n]*",
    re.MULTILINE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = re.compile(r"(?<![\dA-Za-z_.@/\\#-])[a-z]{4,}(?![\dA-Za-z_@/\\(-]|\.\w)")


class _Lead(NamedTuple):
    """How an answer line of a format in English begins, and the small words inside names.

    A text behind its `label` is judged, a number is not.
    """

    label: re.Pattern[str]
    answer: re.Pattern[str]
    particles: tuple[str, ...]


@lru_cache(maxsize=1)
def _lead() -> _Lead:
    english = compiled([get_language("en")])
    own = get_language("en").lexicon
    asked = "|".join(own["output"])
    adjective = rf"(?:{english.one_of('final', 'correct')} )?"
    number = f"(?: (?:{'|'.join(own['number'])}))?"
    article = f"(?:{english.one_of('article', 'pronoun')} )?"
    label = (
        rf"^[\W_]*{article}{adjective}(?:{asked}){number}"
        rf"(?: {english.one_of('preposition')} [^:\n]{{1,40}})?[*_ ]{{0,4}}:(?:\W{{0,9}}\d.*)?"
    )
    answer = (
        rf"^[\W_]*(?:{english.one_of('therefore')},? )?{article}{adjective}(?:{asked}){number}"
        rf" {english.one_of('copula')}\b[^\n]{{0,30}}$"
    )
    flags = re.IGNORECASE
    return _Lead(re.compile(label, flags), re.compile(answer, flags), own["name_particle"])


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line of a reply: the language it is `detected` in, and whether that is `ok`.

    `ok` is None where the detector abstains; `detected` is None there, and for a line in a
    script that the language asked for is not written in and no language was found for.
    """

    text: str
    detected: Language | None
    ok: bool | None


@dataclass(frozen=True, slots=True)
class LanguageCheck:
    """Whether a reply is in `language`.

    `lines` holds the lines of at least five words. `words` holds what counts as an English word:
    every word of more than three lower-case Latin letters (the benchmark looks words up in a
    dictionary; xlt has none), in languages not written in Latin letters.
    """

    language: Language
    lines: tuple[CheckedLine, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def line_pass(self) -> bool | None:
        """Whether no line is in another language; None when there is no line to judge."""
        judged = [line.ok for line in self.lines if line.ok is not None]
        return all(judged) if judged else None

    @property
    def word_pass(self) -> bool | None:
        """Whether a reply that passes its lines is free of English words.

        None for a reply that does not, and for languages written in Latin letters.
        """
        return not self.words if self.line_pass and not _is_latin(self.language) else None

    @property
    def off(self) -> tuple[CheckedLine, ...]:
        """The lines in another language."""
        return tuple(line for line in self.lines if line.ok is False)

    @property
    def abstained(self) -> tuple[CheckedLine, ...]:
        """The lines whose language could not be told."""
        return tuple(line for line in self.lines if line.ok is None)


def check_language(reply: str, language: str | Language, *, part: Part = "answer") -> LanguageCheck:
    """Return whether the prose of `reply` is in `language` (a tag, a name, a Language).

    `part` is what is judged: what stands outside the <think> tags of a reasoning model, or,
    with "thought", what stands inside. Code, formulas, quotations, addresses, lines of names
    and the answer line of a format in English are left out; a reply that is nothing but a
    quotation is judged by it.

    >>> check = check_language("Ja, gerne.\\nThe museum opens at nine in the morning.", "de")
    >>> check.line_pass, [(line.text, line.detected.tag) for line in check.off]
    (False, [('The museum opens at nine in the morning.', 'en')])

    Raises InputError when `reply` is not a string or `part` is neither "answer" nor "thought",
    UnknownName for an unknown language.
    """
    if not isinstance(reply, str):
        raise InputError(f"reply must be a string, not {type(reply).__name__}")
    if part not in get_args(Part):
        raise InputError(f"part must be one of {', '.join(get_args(Part))}, not {shown(part)}")
    wanted = get_language(language)
    lines = prose_lines(reply, part=part)
    words = [] if _is_latin(wanted) else [word for line in lines for word in _english(line)]
    checked = tuple(_check(line, wanted) for line in lines)
    return LanguageCheck(wanted, checked, tuple(dict.fromkeys(words)))


def language_of(text: str) -> Language | None:
    """Return the language that most words of a reply's prose are in, None if it cannot be told."""
    try:
        return detect("\n".join(prose_lines(text, least=1))).language
    except LanguageNotDetected:
        return None


def prose_lines(reply: str, *, part: Part = "answer", least: int = LEAST_WORDS) -> tuple[str, ...]:
    """Return the lines of at least `least` words of a reply that its language shows in."""
    text = _CODE.sub(lambda code: code["body"] if code["json"] else "\n", _take(part, reply))
    text = _KEY.sub(" ", _SPANS.sub(" ", _without_set_in(text)))
    quoted = _QUOTES.sub(" ", text)
    return tuple(_kept(quoted, least)) or tuple(_kept(text, least))


def _without_set_in(text: str) -> str:
    """Leave out Markdown's code without a fence: set in below a blank line, in no list."""
    kept: list[str] = []
    blank = code = item = False
    for line in text.splitlines():
        if not line.strip():
            blank = bool(kept)
            continue
        code = line.startswith(_SET_IN) and (code or (blank and not item))
        item = bool(_ITEM.match(line)) or (item and (line[0] in " \t" or not blank))
        if not code:
            kept.append(line)
        blank = False
    return "\n".join(kept)


def _take(part: Part, reply: str) -> str:
    if part == "answer":
        return without_thoughts(reply)
    spans = thought_spans(reply)
    if spans is None:  # still thinking
        return reply
    return "\n".join(reply[start:end] for start, end in spans)


def _kept(text: str, least: int) -> Iterator[str]:
    lead = _lead()
    for whole in text.splitlines():
        line = "" if lead.answer.match(whole) else " ".join(lead.label.sub("", whole).split())
        if line and _word_count(line) >= least and not _only_names(line):
            yield line


def _word_count(line: str) -> int:
    """Count the words of a line; two characters make a word where no spaces stand between."""
    spaces = "".join(" " if unspaced(one) else one for one in line)
    words = sum(any(map(str.isalnum, word)) for word in spaces.split())
    return words + sum(map(unspaced, line)) // 2


def _only_names(line: str) -> bool:
    """Tell whether a line is names in Latin letters; words in capitals alone may be a sentence."""
    particles = _lead().particles
    return all(
        word.isascii() and (word[0].isupper() or word in particles) and not word[:2].isupper()
        for word in _WORD.findall(line)
    )


def _english(line: str) -> Iterator[str]:
    """Yield the words in lower-case Latin letters: no names, no parts of words or addresses."""
    for match in _ENGLISH.finditer(line):
        if alone(line, *match.span()):
            yield match[0]


def _is_latin(language: Language) -> bool:
    return "Latn" in scripts_of_language(language.tag)


def _check(line: str, wanted: Language) -> CheckedLine:
    if not _in_its_script(line, wanted):
        return CheckedLine(line, _detect(line), False)
    found = _detect(line)
    if found is None or primary_tag(found) == primary_tag(wanted):
        return CheckedLine(line, found, None if found is None else True)
    if {primary_tag(found), primary_tag(wanted)} <= _ALIKE:
        return CheckedLine(line, found, None)
    if not is_told(wanted.tag) and primary_tag(found) != "en":
        return CheckedLine(line, found, None)
    if detect(line, (found, wanted)).confidence < _SURE:
        return CheckedLine(line, None, None)
    return CheckedLine(line, found, False)


def _detect(line: str) -> Language | None:
    try:
        return detect(line).language
    except LanguageNotDetected:
        return None


def _in_its_script(line: str, wanted: Language) -> bool:
    """Tell whether a script that carries the line is one of the language's."""
    shares = script_shares(line)
    scripts = scripts_of_language(wanted.tag)
    if any(scripts) and shares and sum(shares.get(one, 0.0) for one in scripts) < _PRESENT:
        return False
    if "-" not in wanted.tag or primary_tag(wanted) != "zh":
        return True
    return chinese_script(line) in (likely_script(wanted.tag), None)
