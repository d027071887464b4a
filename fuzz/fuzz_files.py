"""Fuzz the reading of strangers' files: python fuzz/fuzz_files.py [atheris options] CORPUS_FOLDER

Needs `pip install atheris`. Templates are linted, compiled and filled; YAML, tasks and saved plans
are read; `file_promises` says what must hold of each.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["xlt", "yaml", "jinja2"]):
    from file_promises import KINDS, PIECES, check_file

import xlt

xlt.compose("mgsm", "2 + 2?", language="en")  # what is loaded once is not measured


def read_one(given: bytes) -> None:
    data = atheris.FuzzedDataProvider(given)
    kind = KINDS[data.ConsumeIntInRange(0, len(KINDS) - 1)]
    parts = []
    while data.remaining_bytes() and len(parts) < 60:
        known = data.ConsumeIntInRange(0, 2 * len(PIECES))
        text = PIECES[known] if known < len(PIECES) else data.ConsumeUnicode(12)
        parts.append(text * (1 + data.ConsumeIntInRange(0, 3)))
    check_file(kind, "".join(parts))


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()
