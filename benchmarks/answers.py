"""How well xlt reads recorded replies, next to the rule of the replies' authors.

    python benchmarks/answers.py [DIR] [--only TEXT] [--disagreements] [--wrong]
                                 [--agreements N] [--seed S]

DIR holds `task/strategy/language.jsonl.gz` (default: ../shared/data/replies beside the checkout).
Prints one line a file: accuracy by xlt and by the authors' rule against the recorded gold, both
again on the replies in which xlt finds an answer ("answered": the rule also takes the last letter
of "both (A) and (B) are plausible", which is right by luck), how xlt found its answers, and
replies read a second. Where DIR records what the authors' own script
extracted, the rule rebuilt here is checked against it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import authors_rule
from recorded import Recorded, as_own_kind, read_recorded, recorded_files

from xlt.answers.answer import Answer, Value
from xlt.answers.reading import read_answer

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "replies"
TAIL = 600  # characters of a reply's end that are enough to read its answer


@dataclass(frozen=True, slots=True)
class Reading:
    """One reply as xlt and as the authors' rule read it."""

    recorded: Recorded
    answer: Answer
    by_rule: Value | float

    @property
    def right(self) -> bool:
        return self.answer.value is not None and _equal(self.answer.value, self.recorded.gold)

    @property
    def right_by_rule(self) -> bool:
        if self.by_rule is None:  # the authors count no number as 0
            return not self.recorded.choices and self.recorded.gold == 0
        return _equal(self.by_rule, self.recorded.gold)

    @property
    def agree(self) -> bool:
        if self.answer.value is None or self.by_rule is None:
            return self.answer.value is self.by_rule
        return _equal(self.by_rule, self.answer.value)


def read_all(rows: Sequence[Recorded]) -> tuple[list[Reading], float]:
    """Return the readings of the rows, and how many replies xlt read in a second of one core."""
    for row in rows[:20]:  # the first replies load and compile
        read_answer(row.reply, row.asked)
    started = time.process_time()
    answers = [read_answer(row.reply, row.asked) for row in rows]
    seconds = time.process_time() - started
    pairs = zip(rows, answers, strict=True)
    return [Reading(row, answer, _by_rule(row)) for row, answer in pairs], len(rows) / seconds


def _by_rule(row: Recorded) -> Value | float:
    if not row.choices:
        return authors_rule.read_number(row.reply)
    choice = authors_rule.read_choice(row.reply, row.choices)
    if choice is None or row.asked.kind == "choice":
        return choice
    if choice > len(row.choices):
        return f"choice {choice}"
    text = row.choices[choice - 1]
    return text == "Yes" if row.asked.kind == "boolean" else text


def _equal(one: Value | float, other: Value) -> bool:
    plain = (int, float, Decimal)
    if isinstance(one, plain) and isinstance(other, plain):
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        return authors_rule.same_number(one, other)
    return one == other


def report_line(name: str, readings: Sequence[Reading], speed: float) -> str:
    status = Counter(reading.answer.status for reading in readings)
    none = status["none"] / max(len(readings), 1) * 100
    wrong = 100 - accuracy(readings) - none
    answered = [reading for reading in readings if reading.answer.value is not None]
    differ = sum(not reading.agree for reading in readings)
    return (
        f"{name:28} {len(readings):4} {accuracy(readings):5.1f} {wrong:5.1f} {none:5.1f} "
        f"{rule_accuracy(readings):7.1f} "
        f"{accuracy(answered):9.1f} {rule_accuracy(answered):7.1f} {differ:6} "
        f"{status['anchored']:8} {status['fallback']:8} {speed:9,.0f}"
    )


def accuracy(readings: Sequence[Reading]) -> float:
    """Return how many of the readings are right by the recorded gold, in percent."""
    return sum(reading.right for reading in readings) / max(len(readings), 1) * 100


def rule_accuracy(readings: Sequence[Reading]) -> float:
    """Return the same of what the authors' rule read."""
    return sum(reading.right_by_rule for reading in readings) / max(len(readings), 1) * 100


def check_rule(folder: Path, readings: Iterable[Reading]) -> str:
    """Compare the rebuilt rule with what the authors' script extracted, where that is recorded."""
    path = folder / "repo_metric_predictions.jsonl.gz"
    if not path.is_file():
        return "no record of what the authors' script extracted"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        known = {(row["file"], row["row"]): row["pred"] for row in map(json.loads, lines)}
    wrong = checked = 0
    for reading in readings:
        row = reading.recorded
        key = (f"{row.file}.jsonl.gz", row.row)
        if key not in known or (row.choices and row.asked.kind != "choice"):
            continue
        checked += 1
        there = known[key]
        if row.choices and there is not None:
            there += 1
        wrong += there != reading.by_rule
    return f"the rebuilt rule agrees with the authors' script on {checked - wrong} of {checked}"


def show(reading: Reading) -> str:
    """Return a reply's end with how it was read, for a person to judge."""
    row, answer = reading.recorded, reading.answer
    flags = f" {sorted(answer.flags)}" if answer.flags else ""
    return "\n".join(
        [
            f"=== {row.file} row {row.row}: xlt {answer.value} ({answer.status}{flags}, "
            f"{answer.text[:80]!r}), rule {reading.by_rule}, gold {row.gold}",
            *([f"    choices: {' | '.join(row.choices)}"] if row.choices else []),
            _excerpt(row.reply, answer.span),
            "",
        ]
    )


def _excerpt(reply: str, span: tuple[int, int] | None) -> str:
    tail = max(0, len(reply) - TAIL)
    head = ""
    if span and span[0] < tail:
        head = f"[...]{reply[max(0, span[0] - 200) : span[1] + 200]}"
    return f"{head}\n[...]{reply[tail:]}" if tail else reply


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--only", default="", help="only files whose name holds this")
    parser.add_argument("--disagreements", action="store_true", help="show xlt unlike the rule")
    parser.add_argument("--wrong", action="store_true", help="show xlt unlike the gold")
    parser.add_argument("--agreements", type=int, default=0, help="show N random agreements")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    paths = [path for path in recorded_files(chosen.folder) if chosen.only in path.as_posix()]
    if not paths:
        sys.exit(f"No file task/strategy/language.jsonl.gz in {chosen.folder}.")
    readings = _report(paths, chosen.folder)
    agreeing = [reading for reading in readings if reading.agree]
    chance = random.Random(chosen.seed)
    shown = chance.sample(agreeing, min(chosen.agreements, len(agreeing)))
    for reading in readings:
        unlike = chosen.disagreements and not reading.agree
        if unlike or (chosen.wrong and not reading.right):
            print(show(reading))
    for reading in shown:
        print(show(reading))


def _report(paths: Iterable[Path], folder: Path) -> list[Reading]:
    print(
        f"{'file (kind if not as asked)':28} {'rows':>4} {'right':>5} {'wrong':>5} {'none':>5} "
        f"{'authors':>7} "
        f"{'answered:':>9} {'authors':>7} {'differ':>6} "
        f"{'anchored':>8} {'fallback':>8} {'replies/s':>9}"
    )
    everything: list[Reading] = []
    for path in paths:
        rows = list(read_recorded(path, folder))
        own = [row for row in map(as_own_kind, rows) if row is not None]
        for group in filter(None, (rows, own)):
            name = group[0].file + (f" ({group[0].asked.kind})" if group is own else "")
            readings, speed = read_all(group)
            print(report_line(name, readings, speed))
            everything += readings
    print(check_rule(folder, everything))
    return everything


if __name__ == "__main__":
    main()
