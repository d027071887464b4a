"""A word class is read in every language as in English: replies are made of each of its words.

The matrix has a cell for each language of templates/languages and each class; every cell is read,
or named below with the reason why not.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from asking import boolean, choice, label, number

from xlt.languages import get_language

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "languages"
LANGUAGES = sorted(path.stem for path in TEMPLATES.glob("*.yaml"))


class Cell(NamedTuple):
    """How a reply is made of a class's word and read, and what a word of `beside` is as well.

    A word that is also of a class of `beside` says that as well ("Lösung:" is a marker and an
    explanation), so that no one writes this reply with it.
    """

    replies: tuple[str, ...]
    read: object
    wanted: object
    beside: tuple[str, ...] = ()


CLASSES: dict[str, tuple[Cell, ...]] = {
    "answer": (Cell(("{word}: 7", "**{word}:** 7", "{word}：7"), number, 7),),
    "final": (Cell(("{word} Answer: 7",), number, 7),),
    "correct": (Cell(("{word} {answer}: 7",), number, 7),),
    "copula": (Cell(("{answer} {word} 7", "{answer} {word}: 7"), number, 7),),
    "or": (
        Cell(("Answer: 5 {word} 6",), number, None),
        Cell(("Answer: A {word} B",), choice, None),
    ),
    "and": (Cell(("Answer: A {word} B",), choice, None, ("because", "therefore")),),
    "not": (
        Cell(("Answer: {word} 5",), number, None, ("but",)),
        Cell(("Answer: {word} A",), choice, None, ("but",)),
    ),
    "but": (Cell(("Answer: {not} A {word} B",), choice, 2, ("except",)),),
    "neither": (Cell(("Answer: {word}",), number, None), Cell(("Answer: {word}",), choice, None)),
    "both": (Cell(("Answer: {word} A {and} B",), choice, None),),
    "all": (Cell(("Answer: {word}",), choice, None),),
    "because": (
        Cell(("Answer: 18, {word} 3",), number, 18, ("between",)),
        Cell(("Answer: A, {word} B",), choice, 1, ("between",)),
    ),
    "therefore": (Cell(("{word} 3 + 4 = 7.",), number, 7),),
    "about": (Cell(("Answer: {word} 7",), number, 7),),
    "yes": (Cell(("Answer: {word}", "Answer: {word}."), boolean, True),),
    "no": (Cell(("Answer: {word}", "Answer: {word}."), boolean, False),),
    "maybe": (Cell(("Answer: {word} 7",), number, 7),),
    "entailment": (Cell(("Relationship: {word}",), label, "entailment"),),
    "contradiction": (Cell(("Relationship: {word}",), label, "contradiction"),),
    "neutral": (Cell(("Relationship: {word}",), label, "neutral"),),
    "uncertain": (
        Cell(("Answer: {word}",), number, None),
        Cell(("Answer: {word}", "Answer: {word} (A, B)"), choice, None),
    ),
    "unable": (Cell(("Answer: {word} {tell}, 7 x",), number, None),),
    "explanation": (Cell(("B\n\n{word}: it follows.",), choice, 2, ("answer",)),),
    "option": (Cell(("Choice number: {word} B", "Choice number: {word} 2"), choice, 2),),
    "number": (Cell(("Choice number: {option} {word} 2",), choice, 2),),
    "minus": (Cell(("Answer: {word} 5",), number, -5),),
    "percent": (Cell(("Answer: 5 {word}",), number, 5),),
    "time": (Cell(("Answer: 7 {word}",), number, 7),),
    "step": (Cell(("{word} 1: x.\n{word} 2: x.",), number, None),),
    "if": (Cell(("{word} x, B.", "{word} x, {option} B."), choice, None),),
    "than": (
        Cell(
            ("Answer: {word} 5",),
            number,
            None,
            ("preposition", "between", "that", "copula", "if", "because"),
        ),
    ),
    "than_after": (
        Cell(("Answer: A {word} B",), choice, 2),
        Cell(("Answer: 5 {word}", "Answer: 5 x {word}"), number, None),
    ),
    "between": (Cell(("Answer: {word} 5 {and} 6",), number, None),),
    "range": (Cell(("Answer: 5 {word} 6",), number, None),),
    "respectively": (Cell(("Answer: 5 {and} 6 {word}",), number, None),),
    "except": (Cell(("Answer: {word} A",), choice, None, ("but",)),),
    "less": (Cell(("Answer: A {copula} {word}.",), choice, None),),
    "more": (Cell(("x.\nTherefore B {word}.",), choice, 2),),
    "choose": (Cell(("x y z.\n{word} B.",), choice, 2),),
    "wait": (Cell(("Answer: 41? {word}, 42.",), number, 42),),
    "turn": (Cell(("Answer: 7\n\n{word}: 3 + 9 = ?\nAnswer: 12",), number, 7),),
    "question": (Cell(("{word} 7?",), number, None),),
}

# Words that a cell leaves out, and what they are beside the word of their class.
READ_OTHERWISE = {
    ("lv", "between", "no"): "the English no as well",
    ("tr", "number", "no"): "the English no as well",
    ("fa", "neither", "نه"): "the number nine as well",
    ("es", "less", "menos"): "less than what, is left open",
}
# Languages that put the word of the class elsewhere than English does.
ELSEWHERE = {("tr", "but"): "what is denied stands before its değil"}
# Languages for which no source that we have gives a word of the class, or whose word is an ending.
NO_WORD = {
    "entailment": "ak lg ln om rw st tn wo",
    "neutral": "ak lg ln",
    "minus": "ak lg ln rw st tn wo",
    "if": "ml",
    "than": "qu",
    "between": "qu",
    "range": "eu qu",
    "respectively": (
        "ak am ceb eu fil gu ha ht ig jv kn ky lg ln mg ml mr ne ny pa qu rw si sn so wo xh yo zu"
    ),
    "except": "qu xh",
    "less": "qu wo",
    "more": "qu wo",
    "choose": "ig mg ny qu si sn so wo xh yo zu",
    "turn": "qu",
    "question": "qu",
}
# Languages whose word for "than" stands before what is compared have none behind it.
SOME = {"than_after"}


def lexicon_words(language: str, name: str) -> tuple[str, ...]:
    """Return the whole words of a class; a stem ("entail*") is no word that a reply would hold."""
    found = get_language(language).lexicon.get(name, ())
    listed = [one for unit in found.values() for one in unit] if name == "time" else found
    return tuple(one for one in listed if "*" not in one)


def words(language: str, name: str, cell: Cell) -> list[str]:
    beside = {
        one.lower()
        for other in cell.beside
        for tag in (language, "en")
        for one in lexicon_words(tag, other)
    }
    return [
        one
        for one in lexicon_words(language, name)
        if one.lower() not in beside and (language, name, one) not in READ_OTHERWISE
    ]


def replies(language: str, word: str, cell: Cell) -> list[str]:
    """Return the replies that a word makes, the other words of the language's own."""
    used = {name: next(iter(own_or_english(language, name))) for name in
            ("answer", "and", "copula", "option", "tell")}  # fmt: skip
    before = [one for one in own_or_english(language, "not")
              if one not in lexicon_words(language, "but")]  # fmt: skip
    return [one.format(word=word, **used, **{"not": before[0]}) for one in cell.replies]


def own_or_english(language: str, name: str) -> tuple[str, ...]:
    return lexicon_words(language, name) or lexicon_words("en", name)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_reads_in_every_language_as_in_english(name):
    read_otherwise = [
        (language, reply, found)
        for language in LANGUAGES
        if (language, name) not in ELSEWHERE
        for cell in CLASSES[name]
        for word in words(language, name, cell)
        for reply in replies(language, word, cell)
        if (found := cell.read(reply, language).value) != cell.wanted
    ]
    assert read_otherwise == []


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in SOME])
def test_every_cell_has_a_word_or_is_named(name):
    empty = [one for one in LANGUAGES if not any(words(one, name, cell) for cell in CLASSES[name])]
    assert " ".join(empty) == NO_WORD.get(name, "")


def test_the_words_left_out_are_of_their_class():
    assert [key for key in READ_OTHERWISE if key[2] not in lexicon_words(*key[:2])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinals_name_a_choice_in_every_language(language):
    ordinals = get_language(language).lexicon.get("ordinal", {})
    option = own_or_english(language, "option")[0]
    read_otherwise = [
        (reply, found)
        for word, value in ordinals.items()
        for reply in (f"Choice number: {word} {option}", f"Choice number: {word}")
        if (found := choice(reply, language).value) != (value if value <= 2 else None)
    ]
    assert read_otherwise == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_number_words_read_in_every_language(language):
    numerals = get_language(language).lexicon.get("numbers", {})
    assert numerals or language == "zh-hant"
    read_otherwise = [
        (word, value, found)
        for word, value in numerals.items()
        if (found := number(f"Answer: {word}", language).value) != value
    ]
    assert read_otherwise == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_scale_words_multiply_in_every_language(language):
    scale = dict(get_language(language).lexicon.get("scale", {}))
    english = get_language("en").lexicon["scale"]
    for word in list(scale):  # "Billion" is 10**12 in German; a reply may as well be in English
        if english.get(word.lower(), scale[word]) != scale[word]:
            del scale[word]
    read_otherwise = [
        (word, value, found)
        for word, value in scale.items()
        if str(value).strip("0") == "1"
        and (found := number(f"Answer: 5 {word}", language).value) != 5 * value
    ]
    assert read_otherwise == []
