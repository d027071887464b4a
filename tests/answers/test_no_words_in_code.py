"""The reader's modules hold no word of a language: words are data, in templates/languages."""

import io
import re
import tokenize
from pathlib import Path

import pytest

import xlt.answers

ROOM = Path(xlt.answers.__file__).parent
# Letters that are not ASCII's, two or more in a row, as only a word or a list of letters has.
RUN = re.compile(r"[^\W\d_]{2,}")
# What is no word but signs, and why it is here; an entry that is no longer needed fails.
SIGNS = {
    "letters.py": "the letters by which a script labels options, in their order",
    "anchors.py": "the one-letter prefixes that Arabic script joins to a word",
    "kinds/options.py": "capitals that are words as well",
    "numerals/words.py": "the Han numerals and their signs of scale",
    "numerals/finding.py": "endings of ordinals written with a digit (2ème)",
}


def runs(source):
    """Return the runs of such letters in the strings of a module, docstrings left out."""
    found, before = [], tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        opens = before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.NL, tokenize.DEDENT)
        if token.type == tokenize.STRING and not (opens and '"""' in token.string[:4]):
            found += [run for run in RUN.findall(token.string) if not run.isascii()]
        before = token.type
    return found


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: path.name)
def test_no_module_holds_a_word_of_a_language(path):
    name = path.relative_to(ROOM).as_posix()
    assert bool(runs(path.read_text("utf-8"))) == (name in SIGNS)


def test_the_look_finds_a_word():
    assert runs('MARKERS = ("réponse", "答案")') == ["réponse", "答案"]
    assert runs('"""Reads 答案."""\nSIGN = "×"') == []
