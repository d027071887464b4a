#!/usr/bin/env python3
"""Write templates/markers.yaml, the words of markers in all languages: scripts/marker_words.py.

A reply whose marker is in a language that no one asked for is read with these words; the index
saves the reader from loading the file of every language. tests/answers/ checks that it is new.
"""

import json
from pathlib import Path

from xlt.answers.lexicon import EVERYWHERE, words_of
from xlt.languages import languages

INDEX = Path(__file__).resolve().parent.parent / "templates" / "markers.yaml"


def marker_words() -> dict[str, list[str]]:
    """Return the folded words of each class, in the order of languages()."""
    entries = [one.lexicon for one in languages()]
    return {
        name: list(dict.fromkeys(words_of(word) for one in entries for word in one.get(name, ())))
        for name in EVERYWHERE
    }


if __name__ == "__main__":
    lines = [
        f"{json.dumps(name)}: {json.dumps(words, ensure_ascii=False)}"
        for name, words in marker_words().items()
    ]
    INDEX.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
