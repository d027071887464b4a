"""Estimating tokens where no table is at hand: measured rates per language and script.

A word and a byte of a letter cost what they cost in the language on average (`rates.py`); a number
costs one token per three digits, a mark one. English instructions are nearly one token a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from xlt.messages import exchange
from xlt.task import texts_of
from xlt.tokens.rates import ENCODINGS, INSTRUCTIONS, LANGUAGES, OTHER_SCRIPTS, SCRIPTS, Rates

if TYPE_CHECKING:
    from xlt.prompt import Prompt

# Encodings that split text like a measured one.
_LIKE = {
    "o200k_harmony": "o200k_base",
    "p50k_edit": "p50k_base",
    "r50k_base": "p50k_base",
    "gpt2": "p50k_base",
}
# How the encodings cut English before they look anything up: a word with the sign before it,
# up to three digits, a run of signs, line ends.
_PIECE = re.compile(r"[^\w\r\n]?[^\W\d_]+|\d{1,3}|[^\w\s]+[\r\n]*|[\r\n]+|_+")
_NUMBER = re.compile(r"[0-9]{1,3}")
_BARE_LINE_END = re.compile(r"(?<=[^\W_])[\r\n]+")
_BLANKS = re.compile(r"[ \t]{2,}")
_LONGEST_BLANK = 128  # the encodings have a token for up to about so many spaces
_DIGITS = "0123456789"


def estimate_prompt(prompt: Prompt, encoding: str) -> int:
    """Return about how many tokens the contents of the prompt's messages are."""
    own = _spellings(prompt)
    tag = prompt.language.tag
    total = sum(
        estimate_text(part, tag, encoding) if is_own else estimate_instruction(part, encoding)
        for part, is_own in _split(prompt.request_text, own)
    )
    instructions = {line for step in prompt.steps for line in step.text.split("\n")}
    total += estimate_instruction(prompt.system, encoding)
    said = [exchange(turn.prompt, turn.reply) for turn in prompt.demonstrations]
    for role, content, _ in (*[one for pair in said for one in pair], *prompt.history):
        if role == "assistant":  # the paper's prompts ask for a reply in English
            total += estimate_text(content, "en", encoding)
            continue
        for line in content.splitlines(keepends=True):
            known = line.rstrip("\n") in instructions
            total += (
                estimate_instruction(line, encoding)
                if known
                else estimate_text(line, tag, encoding)
            )
    return max(1, round(total))


def estimate_instruction(text: str, encoding: str) -> float:
    """Return about how many tokens a line of xlt's English instructions is."""
    return instruction_pieces(text) * INSTRUCTIONS[_column(encoding)]


def instruction_pieces(text: str) -> int:
    """Return how many words, numbers and marks a tokenizer makes of English."""
    return len(_PIECE.findall(text))


def estimate_text(text: str, tag: str, encoding: str) -> float:
    """Return about how many tokens `text` is, whose language has the BCP-47 tag `tag`."""
    column = _column(encoding)
    rates = _rates_of(tag)
    own = foreign = 0
    total = estimate_rest(text)
    for character, count in Counter(text).items():
        if not is_letter(character):
            continue
        size = count * len(character.encode())
        script = script_of(character)
        if rates and script in rates.scripts:
            own += size
            total += size * rates.per_byte[column]
        else:
            foreign += size
            total += size * SCRIPTS.get(script, OTHER_SCRIPTS)[column]
    if rates and own:  # words of another script are in the rate of its letters
        total += len(text.split()) * own / (own + foreign) * rates.per_word[column]
    return total


def estimate_rest(text: str) -> float:
    """Return about how many tokens the numbers, marks and line ends of `text` are."""
    total = float(len(_NUMBER.findall(text)) + len(_BARE_LINE_END.findall(text)))
    total += sum(1 + len(run) // _LONGEST_BLANK for run in _BLANKS.findall(text))
    for character, count in Counter(text).items():
        if not (is_letter(character) or character.isspace() or character in _DIGITS):
            total += count * (1.0 if len(character.encode()) <= 3 else 2.5)  # an emoji: 2 or 3
    return total


@lru_cache(maxsize=65_536)
def is_letter(character: str) -> bool:
    """Tell a letter, a vowel sign or a digit of another script from all the rest."""
    return character not in _DIGITS and unicodedata.category(character)[0] in "LMN"


@lru_cache(maxsize=1024)
def _rates_of(tag: str) -> Rates | None:
    """Return the rates of a language by its tag, or by the nearest shorter one (pt-BR: pt)."""
    while tag and tag not in LANGUAGES:
        tag = tag.rpartition("-")[0]
    return LANGUAGES.get(tag)


@lru_cache(maxsize=65_536)
def script_of(character: str) -> str:
    """Return the script of a letter as its Unicode name begins: "LATIN", "CJK", "THAI"."""
    return re.split(r"[ -]", unicodedata.name(character, "UNNAMED"), maxsplit=1)[0]


def _column(encoding: str) -> int:
    name = _LIKE.get(encoding, encoding)
    return ENCODINGS.index(name) if name in ENCODINGS else 0


def _spellings(prompt: Prompt) -> tuple[str, ...]:
    """Return the input texts, longest first, also without the stop that templates take off."""
    texts = set(texts_of(prompt.inputs))
    texts |= {text.removesuffix(".") for text in texts} - {""}
    return tuple(sorted(texts, key=len, reverse=True))


def _split(text: str, own: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield the parts of `text`: an input (True), or what stands between inputs (False)."""
    if not own:
        yield text, False
        return
    for number, part in enumerate(text.split(own[0])):
        if number:
            yield own[0], True
        yield from _split(part, own[1:])
