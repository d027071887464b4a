"""How far the token estimate is from the exact count, on MGSM's problems.

    python benchmarks/tokens.py [DIR]

DIR holds MGSM's files (default: ../shared/data/mgsm beside the checkout). Prints, per language and
encoding, the mean absolute error in percent of xlt's estimate and of the rule of thumb of four
characters a token: of the XLT prompt, and of the bare problem. Needs tables on this machine
(TIKTOKEN_CACHE_DIR, or a package that ships them).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import xlt
from xlt.tokens.estimate import estimate_prompt
from xlt.tokens.tables import load_encoding

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "mgsm"
ENCODINGS = ("o200k_base", "cl100k_base", "p50k_base")


def main(folder: Path) -> None:
    for encoding in ENCODINGS:
        loaded = load_encoding(encoding)
        if loaded is None:
            print(f"{encoding}: no table on this machine")
            continue
        print(f"{encoding:<12} {'xlt':>7} {'chars/4':>8} {'basic: xlt':>11} {'chars/4':>8}   in %")
        means: list[tuple[float, ...]] = []
        for path in sorted(folder.glob("mgsm_*.tsv")):
            tag = path.stem.removeprefix("mgsm_")
            rows = list(errors(path, tag, encoding))
            means.append(tuple(100 * sum(one) / len(rows) for one in zip(*rows, strict=True)))
            print_row(tag, means[-1])
        print_row("mean", tuple(sum(one) / len(means) for one in zip(*means, strict=True)))


def print_row(name: str, values: tuple[float, ...]) -> None:
    xlt_error, rule, basic_error, basic_rule = values
    print(f"{name:<12} {xlt_error:7.1f} {rule:8.1f} {basic_error:11.1f} {basic_rule:8.1f}")


def errors(path: Path, tag: str, encoding: str) -> Iterator[tuple[float, ...]]:
    """Yield one row per problem: the errors for the XLT prompt, then for the basic prompt."""
    loaded = load_encoding(encoding)
    assert loaded is not None
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        problem = line.split("\t")[0]
        row: list[float] = []
        for strategy in ("xlt", "basic"):
            prompt = xlt.compose("mgsm", problem, language=tag, strategy=strategy)
            exact = len(loaded[0].encode_ordinary(prompt.text))
            row += [
                abs(estimate_prompt(prompt, encoding) / exact - 1),
                abs(len(prompt.text) / 4 / exact - 1),
            ]
        yield tuple(row)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    main(parser.parse_args().folder)
