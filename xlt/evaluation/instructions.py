"""Instructions that a program can check in a reply, as M-IFEval words them (arXiv 2502.04688).

IFEval's own rules (Zhou et al. 2023, arXiv 2311.07911), and those of Spanish, French and Japanese.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from xlt.detection import detect_language
from xlt.errors import InputError, LanguageNotDetected

Check = Callable[[str, Mapping[str, Any], str], bool]
"""Takes a reply, the instruction's arguments and its language; tells whether it is followed."""

_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    **dict.fromkeys(("at least", "al menos", "au moins", "以上"), lambda count, n: count >= n),
    **dict.fromkeys(("less than", "menos de", "moins de", "未満"), lambda count, n: count < n),
    **dict.fromkeys(("como máximo", "au plus", "以下"), lambda count, n: count <= n),
}
_WORD = re.compile(r"\w+")
_BETWEEN = re.compile(r"(?<=[.!?…])[\"»”')\]]{0,3}\s+(?=[\"«“'(\[¿¡]{0,3}\w|[-*#])")
_KANJI = re.compile("[々一-龯]")
_HIRAGANA, _KATAKANA = re.compile("[ぁ-ん]"), re.compile("[ァ-ン]")
_LAST = 10_000
"""Characters of a reply that are judged by patterns; bounds what a hostile one costs."""
_OPTIONS = {
    "es": ("Sí.", "No.", "Quizás."),
    "fr": ("Oui.", "Non.", "Peut-être."),
    "ja": ("はい、そうです。", "いいえ、違います。", "どちらとも言えません。"),
}
_TITLES = {"es": r"<<[^\n]+>>", "fr": r"##[^\n#]+##", "ja": r"『[^\n]+』"}
_HIGHLIGHTS = {"ja": r"《[^\n《》]+》"}
_BULLETS = {"ja": r"^\s{0,20}・[^・\n].*$"}
_QUOTES = {"ja": ("「", "」")}
_COMMAS = {"ja": "、"}
_INFORMAL = re.compile(r"\b(?:(?:tu|toi|te|ton|ta|tes|tien|tienne)\b|t['’])", re.IGNORECASE)


def follows(reply: str, instruction: str, arguments: Mapping[str, Any]) -> bool:
    """Tell whether a reply follows an instruction ("es:punctuation:no_comma"), word for word.

    `arguments` are the row's `kwargs`. Raises InputError for an instruction that is not known.
    """
    language, _, name = instruction.partition(":")
    if name not in CHECKS:
        raise InputError(f"There is no check of {instruction!r}. Known: {', '.join(CHECKS)}.")
    given = {key: value for key, value in arguments.items() if value is not None}
    return bool(reply.strip()) and CHECKS[name](reply, given, language)


def follows_loosely(reply: str, instruction: str, arguments: Mapping[str, Any]) -> bool:
    """Tell whether a reply follows it without its first or last line, or without asterisks."""
    return any(follows(one, instruction, arguments) for one in _forms(reply))


def _forms(reply: str) -> Iterator[str]:
    lines = reply.split("\n")
    for first, last, stars in product((0, 1), (0, 1), (True, False)):
        text = "\n".join(lines[first : len(lines) - last]).strip() if first or last else reply
        yield text if stars else text.replace("*", "")


def _relation(arguments: Mapping[str, Any], count: int, wanted: str, relation: str) -> bool:
    return _RELATIONS[arguments[relation]](count, int(arguments[wanted]))


def _sentences(reply: str, language: str) -> list[str]:
    """Return the sentences as the authors' splitters do."""
    if language == "ja":
        parts = re.split(r"[。！？!?]", reply)
    else:
        if language == "es":  # whose splitter takes the number of a list's entry for no sentence
            reply = re.sub(r"^\s{0,20}\d{1,3}\.\s", "", reply, flags=re.MULTILINE)
        parts = _BETWEEN.split(reply.strip())
    return [part.strip() for part in parts if part.strip()]


def _count_sentences(reply: str, language: str) -> int:
    """Return how many there are; where they are counted, a line of Japanese is one, too."""
    return len(_sentences(reply.replace("\n", "。") if language == "ja" else reply, language))


def _is_in(reply: str, language: str) -> bool:
    """Tell the language as the authors do, by langdetect, and without capitals, which mislead it.

    What it cannot tell is in any language, but a single letter is in none.
    """
    if len(reply.strip()) < 2:
        return False
    try:
        found = detect_language(reply[:_LAST].lower(), detector="langdetect")
    except LanguageNotDetected:
        return True
    return found.tag.partition("-")[0] == language.partition("-")[0]


def _bullets(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    own = _BULLETS.get(language)
    found = re.findall(own or r"^\s{0,20}\*[^*\n].*$", reply, re.MULTILINE)
    if own is None:
        found += re.findall(r"^\s{0,20}-.*$", reply, re.MULTILINE)
    return len(found) == int(arguments["num_bullets"])


def _highlights(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    own = _HIGHLIGHTS.get(language)
    patterns = (own,) if own else (r"\*[^\n*]*\*", r"\*\*[^\n*]*\*\*")
    found = [one.strip("*《》 ") for pattern in patterns for one in re.findall(pattern, reply)]
    return sum(map(bool, found)) >= int(arguments["num_highlights"])


def _json(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    text = reply.strip()
    for start in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(start)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _two_responses(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    parts = reply.split("******")
    told = [part.strip() for part in parts if part.strip()]
    if any(not part.strip() for part in parts[1:-1]):
        return False
    return len(told) == 2 and told[0] != told[1]


def _quotation(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    text = reply.strip()
    first, last = _QUOTES.get(language, ('"', '"'))
    return len(text) > 1 and text.startswith(first) and text.endswith(last)


def _end(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    phrase = str(arguments["end_phrase"]).strip().lower()
    return reply.strip().strip('"').lower().endswith(phrase)


def _paragraphs(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    parts = re.split(r"\s?\*\*\*\s?", reply)
    if any(not part.strip() for part in parts[1:-1]):
        return False
    return sum(bool(part.strip()) for part in parts) == int(arguments["num_paragraphs"])


def _words_with(signs: str, reply: str) -> int:
    return sum(any(sign in word for sign in signs) for word in _WORD.findall(reply.lower()))


def _accents(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    words = set(_WORD.findall(reply.lower()))
    pairs: Mapping[str, str] = arguments["word_to_accentuate"]
    return all(right.lower() in words for right in pairs.values())


def _unified_end(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    found = _sentences(reply, language)
    return all(one.rstrip("」』）)*").endswith(arguments["ending"]) for one in found)


def _nominal_endings(reply: str, arguments: Mapping[str, Any], language: str) -> bool:
    """Count sentences that end in kanji or katakana, as nouns do: there is no tagger here."""
    ends = [one.rstrip("」』）)*!！?？ ")[-1:] for one in _sentences(reply, language)]
    count = sum(bool(_KANJI.match(end) or _KATAKANA.match(end) or end == "ー") for end in ends)
    return count >= int(arguments["count"])


CHECKS: Mapping[str, Check] = {
    "change_case:capital_word_frequency": lambda reply, given, tag: _relation(
        given, sum(map(str.isupper, _WORD.findall(reply))), "capital_frequency", "capital_relation"
    ),
    **dict.fromkeys(
        ("change_case:spanish_capital", "change_case:french_capital"),
        lambda reply, given, tag: reply.isupper() and _is_in(reply, tag),
    ),
    **dict.fromkeys(
        ("change_case:spanish_lowercase", "change_case:french_lowercase"),
        lambda reply, given, tag: reply.islower() and _is_in(reply, tag),
    ),
    "combination:repeat_prompt": lambda reply, given, tag: (
        reply.strip().lower().startswith(given["prompt_to_repeat"].strip().lower())
    ),
    "combination:two_responses": _two_responses,
    "detectable_content:informal_address": lambda reply, given, tag: bool(_INFORMAL.search(reply)),
    "detectable_content:no_digits": lambda reply, given, tag: not re.search(r"\d", reply),
    "detectable_content:number_placeholders": lambda reply, given, tag: (
        len(re.findall(r"\[.*?\]", reply)) >= int(given["num_placeholders"])
    ),
    "detectable_content:postscript": lambda reply, given, tag: bool(
        re.search(r"p\.\s?s\.", reply, re.IGNORECASE)
    ),
    "detectable_format:constrained_response": lambda reply, given, tag: any(
        one in reply for one in _OPTIONS[tag]
    ),
    "detectable_format:json_format": _json,
    "detectable_format:nominal_ending": _nominal_endings,
    "detectable_format:number_bullet_lists": _bullets,
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:title": lambda reply, given, tag: any(
        one.strip("<>#『』 ") for one in re.findall(_TITLES[tag], reply)
    ),
    "keywords:existence": lambda reply, given, tag: all(
        word.lower() in reply.lower() for word in given["keywords"]
    ),
    "keywords:forbidden_words": lambda reply, given, tag: (
        not any(
            re.search(rf"\b{re.escape(one)}\b", reply, re.IGNORECASE)
            for one in given["forbidden_words"]
        )
    ),
    "keywords:letter_frequency": lambda reply, given, tag: _relation(
        given, reply.lower().count(str(given["letter"]).lower()), "let_frequency", "let_relation"
    ),
    "language:response_language": lambda reply, given, tag: _is_in(reply, given["language"]),
    "length_constraints:number_letters": lambda reply, given, tag: _relation(
        given, len(reply), "num_letters", "relation"
    ),
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_sentences": lambda reply, given, tag: _relation(
        given, _count_sentences(reply, tag), "num_sentences", "relation"
    ),
    "length_constraints:number_words": lambda reply, given, tag: _relation(
        given, len(_WORD.findall(reply)), "num_words", "relation"
    ),
    "letters:kanji": lambda reply, given, tag: _relation(
        given, len(_KANJI.findall(reply)), "kanji_limit", "relation"
    ),
    "letters:kansuuji": lambda reply, given, tag: not re.search(r"\d", reply),
    "letters:katakana_only": lambda reply, given, tag: (
        not (_HIRAGANA.search(reply) or _KANJI.search(reply) or re.search("[A-Za-z]", reply))
    ),
    "letters:no_hiragana": lambda reply, given, tag: not _HIRAGANA.search(reply),
    "letters:no_katakana": lambda reply, given, tag: not _KATAKANA.search(reply),
    "punctuation:exclamation_marks": lambda reply, given, tag: "¡" in reply and "!" in reply,
    "punctuation:no_comma": lambda reply, given, tag: _COMMAS.get(tag, ",") not in reply,
    "punctuation:no_period": lambda reply, given, tag: "。" not in reply,
    "special_character:accents": _accents,
    "special_character:dieresis": lambda reply, given, tag: (
        _words_with("ü", reply) == int(given["let_frequency"])
    ),
    "special_character:enie": lambda reply, given, tag: (
        _words_with("ñ", reply) == int(given["let_frequency"])
    ),
    "special_character:ethel_or_cedilla": lambda reply, given, tag: (
        given["forbidden_char"] not in reply
    ),
    "special_character:tildes": lambda reply, given, tag: _relation(
        given, _words_with("áéíóú", reply), "num_words", "relation"
    ),
    "startend:end_checker": _end,
    "startend:quotation": _quotation,
    "startend:sentence_unified_end": _unified_end,
}
"""The instructions of M-IFEval's Spanish, French and Japanese parts, without their language."""
