"""Measure the rates of xlt/tokens/rates.py: tokens per UTF-8 byte, by language and encoding.

    python scripts/measure_token_rates.py ../shared/data > xlt/tokens/rates.py

Needs the tables of o200k_base, cl100k_base and p50k_base on this machine (litellm ships all three;
or set TIKTOKEN_CACHE_DIR). The texts are public test sets (FLORES-200, XNLI, XCOPA, PAWS-X, MKQA);
every sentence of MGSM is left out, on which the estimates are tested.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import fmean

import xlt
from xlt.tokens.estimate import estimate_rest, instruction_pieces, is_letter, script_of
from xlt.tokens.tables import load_encoding

ENCODINGS = ("o200k_base", "cl100k_base", "p50k_base")
MKQA_ONLY = ("da", "fi", "he", "hu", "km", "ms", "nl", "no", "pl", "pt", "sv")
RARE = ("km", "he", "ta", "te")  # languages whose scripts the tables know little of
HEADER = '''"""Token rates by language and by script: numbers that were measured.

Made by scripts/measure_token_rates.py from public test sets, MGSM left out; see docs/tokens.md.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Rates(NamedTuple):
    """Tokens per word and per UTF-8 byte of a letter of `scripts`, in the order of ENCODINGS."""

    scripts: tuple[str, ...]
    per_word: tuple[float, ...]
    per_byte: tuple[float, ...]


'''


def texts_by_language(data: Path) -> dict[str, list[str]]:
    """Return texts of each language, none of which is part of MGSM."""
    problems = {
        line.split("\t")[0]
        for path in (data / "mgsm").glob("*.tsv")
        for line in path.read_text(encoding="utf-8").split("\n")
    }
    texts: dict[str, list[str]] = defaultdict(list)
    samples = (data / "lang_samples" / "lang_samples.tsv").read_text(encoding="utf-8")
    for row in samples.rstrip("\n").split("\n"):
        tag, _, text = row.partition("\t")
        if text not in problems:
            texts[tag].append(text)
    for tag, query in mkqa_queries(data):
        texts[tag].append(query)
    return texts


def mkqa_queries(data: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(data / "mkqa" / "mkqa.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in islice(file, 300):
            for tag, query in json.loads(line)["queries"].items():
                if tag in MKQA_ONLY and query:
                    yield tag, query


def main(data: Path) -> None:
    texts = texts_by_language(data)
    print(HEADER + f"ENCODINGS = {tuple(ENCODINGS)}\n")
    print("# Tokens per piece (word, number, mark) of xlt's own English instructions.")
    print(f"INSTRUCTIONS = ({', '.join(f'{instruction_rate(e):.3f}' for e in ENCODINGS)})\n")
    print("LANGUAGES: Mapping[str, Rates] = {")
    by_script: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for tag in sorted(texts):
        scripts = scripts_of(texts[tag])
        both = [rates(texts[tag], scripts, encoding) for encoding in ENCODINGS]
        print(
            f'    "{tag}": Rates({scripts}, {written(*(a for a, _ in both))}, '
            f"{written(*(b for _, b in both))}),"
        )
        for script in scripts:
            if script != "LATIN" or tag == "en":
                by_script[script].append(bytes_alone(texts[tag], scripts))
    print("}\n\n# Tokens per byte of a letter in a text of another language (Latin: English).")
    print("SCRIPTS: Mapping[str, tuple[float, ...]] = {")
    for script, found in sorted(by_script.items()):
        print(f'    "{script}": {written(*map(fmean, zip(*found, strict=True)))},')
    print("}\n\n# Letters of any other script.")
    rare = [bytes_alone(texts[tag], scripts_of(texts[tag])) for tag in RARE]
    print(f"OTHER_SCRIPTS = {written(*map(fmean, zip(*rare, strict=True)))}")


def scripts_of(texts: list[str]) -> tuple[str, ...]:
    """Return the scripts of more than a fiftieth of the letters; Latin only where it leads."""
    found = Counter(script_of(char) for char in "".join(texts) if is_letter(char))
    leading = found.most_common(1)[0][0]
    return tuple(
        sorted(
            name
            for name, count in found.items()
            if name == leading or (count * 50 > found.total() and name != "LATIN")
        )
    )


def rates(texts: list[str], scripts: tuple[str, ...], encoding: str) -> tuple[float, float]:
    """Return tokens per word and per byte: least squares, each text weighted by its length."""
    ww = wb = bb = wt = bt = 0.0
    for text in texts:
        words, size, tokens, weight = observed(text, scripts, encoding)
        ww += weight * words * words
        wb += weight * words * size
        bb += weight * size * size
        wt += weight * words * tokens
        bt += weight * size * tokens
    per_word = (bb * wt - wb * bt) / (ww * bb - wb * wb)
    if per_word < 0:  # words say nothing beside the bytes
        return 0.0, bt / bb
    return per_word, (bt - wb * per_word) / bb


def bytes_alone(texts: list[str], scripts: tuple[str, ...]) -> tuple[float, ...]:
    """Return tokens per byte where words are not counted, by encoding."""
    found = []
    for encoding in ENCODINGS:
        seen = [observed(text, scripts, encoding) for text in texts]
        found.append(sum(one[2] for one in seen) / sum(one[1] for one in seen))
    return tuple(found)


def observed(text: str, scripts: tuple[str, ...], encoding: str) -> tuple[int, int, float, float]:
    """Return words, bytes of own letters, their tokens (all else taken off), and the weight."""
    own = "".join(char for char in text if is_letter(char) and script_of(char) in scripts)
    others = "".join(char for char in text if is_letter(char) and script_of(char) not in scripts)
    tokens = exact(text, encoding)
    rest = estimate_rest(text) + len(others) / 4
    return len(text.split()), len(own.encode()), tokens - rest, 1 / tokens


def instruction_rate(encoding: str) -> float:
    """Return tokens per piece over the XLT instructions of every task, in English."""
    tokens = pieces = 0
    for task in xlt.tasks():
        inputs = {field.name: (field.allowed or ("@",))[0] for field in task.inputs}
        prompt = xlt.compose(task, inputs, language="en", target_language="en")
        for step in prompt.steps:
            if "@" not in step.text:
                tokens += exact(step.text + "\n", encoding)
                pieces += instruction_pieces(step.text + "\n")
    return tokens / pieces


def exact(text: str, encoding: str) -> int:
    loaded = load_encoding(encoding)
    if loaded is None:
        sys.exit(f"No table of {encoding} on this machine; set TIKTOKEN_CACHE_DIR.")
    return len(loaded[0].encode_ordinary(text))


def written(*rates: float) -> str:
    return f"({', '.join(f'{rate:.4f}' for rate in rates)})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="the folder ../shared/data")
    main(parser.parse_args().data)
