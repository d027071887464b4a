"""The intents of a CSV of messages, one label a row, in any language.

OPENAI_API_KEY=... python examples/classify_csv.py openai:gpt-4o-mini messages.csv
"""

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import xlt

INTENTS = ("refund", "complaint", "question", "other")


def classified(
    model: Any, file: Path, labels: Sequence[str] = INTENTS
) -> Iterator[tuple[str, str | None]]:
    """Yield each text with its label, None where the reply names none."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found = xlt.ask(
                "classification", row["text"], model=model, language=row["language"], labels=labels
            )
            yield row["text"], None if found.value is None else str(found.value)


if __name__ == "__main__":
    writer = csv.writer(sys.stdout)
    writer.writerows(classified(sys.argv[1], Path(sys.argv[2])))
