"""The reader's modules hold no word of a language: words are data, in templates/languages.

Looked at are the strings from which words are matched: constants of a module, regular expressions
anywhere, and every letter that is not ASCII's. Messages, rule names and names of classes are none.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import xlt.answers
import xlt.detection
from xlt.answers.answer import FLAGS
from xlt.languages import CLASSES, UNITS

ROOMS = [Path(room.__file__).parent for room in (xlt.answers, xlt.detection)]
MODULES = sorted(path for room in ROOMS for path in room.rglob("*.py"))
KINDS = ("number", "choice", "label", "labels", "boolean", "short_text", "long_text", "json")
NAMES = {*CLASSES, *UNITS, *KINDS, *FLAGS, "scale", "scale_first", "ordinal", "numbers", "time"}
# Two or more letters in a row; what only looks so in a pattern: \\times, [b-hB-H], (?P<name>.
WORD = re.compile(r"[^\W\d_]{2,}")
GROUP = re.compile(r"\(\?P?[<=](\w+)[>)]")
SYNTAX = re.compile(rf"\\[a-zA-Z]|\[[ -\\^-~]{{0,60}}\]|{GROUP.pattern}")
PATTERN = re.compile(r"\\[a-zA-Z]|\(\?|\{\{")
# What is no word of a language but signs, and why; an entry that is no longer needed fails.
SIGNS = {
    "answers/agreement.py": "how data files spell yes and no",
    "answers/answer.py": "what the flags and reasons mean: messages",
    "answers/cleaning/markup.py": "names of LaTeX commands and of tags",
    "answers/cleaning/reply.py": "names of LaTeX commands",
    "answers/cleaning/thoughts.py": "marks of chat templates",
    "answers/kinds/json.py": "JSON's and Python's literals",
    "answers/kinds/text.py": "names of LaTeX commands, of rules, JSON's null",
    "answers/letters.py": "the letters by which a script labels options, in their order",
    "answers/numerals/finding.py": "codes of currencies, units and languages",
    "answers/numerals/words.py": "the Han numerals and their signs of scale",
    "answers/reading.py": "names of rules",
    "answers/reply_language.py": "JSON's and HTML's marks",
    "detection/__init__.py": "its public names",
    "detection/detectors.py": "codes of scripts and languages",
    "answers/lexicon.py": "ranges of scripts",
    "detection/detecting.py": "a message, what addresses begin with",
    "detection/mapped_model.py": "names of a model's parts",
    "detection/scripts.py": "codes of scripts and languages",
    "detection/varieties.py": "signs and tags of varieties of Chinese and others",
}


def held_words(source: str) -> set[str]:
    """Return the words that a module's constants, patterns and other scripts' strings hold."""
    tree = ast.parse(source)
    constants = {one for node in tree.body if is_data(node) for one in ast.walk(node.value)}
    bodies = [getattr(one, "body", None) for one in ast.walk(tree)]
    lines = [line for body in bodies if isinstance(body, list) for line in body]
    docs = {line.value for line in lines if isinstance(line, ast.Expr)}
    names = NAMES | set(GROUP.findall(source))
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if node.value in names or node in docs:
            continue
        matched = node in constants or PATTERN.search(node.value)
        words = WORD.findall(SYNTAX.sub(" ", node.value))
        found |= {word for word in words if matched or not word.isascii()}
    return found


def is_data(node: ast.stmt) -> bool:
    """Whether a statement of a module assigns something that may be words: no names, no types."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    literal = isinstance(node.value, ast.Subscript) and "Literal" in ast.dump(node.value.value)
    return not literal and "__all__" not in ast.dump(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_module_holds_a_word_of_a_language(path):
    room = next(room for room in ROOMS if path.is_relative_to(room))
    name = f"{room.name}/{path.relative_to(room).as_posix()}"
    words = held_words(path.read_text("utf-8"))
    assert words == set() or name in SIGNS, words
    assert bool(words) == (name in SIGNS)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('MARKERS = ("réponse", "答案")', {"réponse", "答案"}),
        ('"""Reads 答案."""\nSIGN = "×"', set()),
        ('_AIM = ("to ", "let ")', {"to", "let"}),
        ('_STEPS = re.compile(r"(?:.*\\W)?steps$|(?P<kind>x)")', {"steps"}),
        ('def look(text):\n    return re.search(r"\\s(?:and|&)\\s", text)', {"and"}),
        ('def look(text):\n    return text.strip("وفب")', {"وفب"}),
        ('_OWN = """\nhai hain\n"""', {"hai", "hain"}),
        ('_OR, _AND = BIT["or"], BIT["and"]', set()),
        ('def fail():\n    raise ValueError("A reply must be text")', set()),
    ],
)
def test_the_look_finds_a_word(source, words):
    assert held_words(source) == words
