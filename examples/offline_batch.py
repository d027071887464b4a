"""Cross-lingual prompting at half the price: rounds of OpenAI batches, sent and waited for.

    OPENAI_API_KEY=... python examples/offline_batch.py run

Stop it and start it again at will: the folder knows what was sent, and what came back.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xlt.batches import export_batch, import_results, read_answers

ROWS = [
    {"inputs": "Roger ana mipira 5 na ananunua 6. Ana mipira mingapi?", "language": "sw"},
    {"inputs": "Was ist 5 + 6?", "language": "de"},
]
ENDED = ("completed", "expired", "cancelled", "failed")


def main(client: Any, folder: str, pause: float = 60.0) -> None:
    status = export_batch(
        folder, "mgsm", ROWS, provider="openai", model="gpt-4o-mini", strategy="clp"
    )
    while not status.ended:
        batches = [started(client, path) for path in status.files]
        results = [one for batch in batches for one in downloaded(client, batch, folder, pause)]
        # A batch that failed as a whole gives no results: its requests are then missing.
        status = import_results(folder, results, missing_failed=True).status
    for result in read_answers(folder):
        print(result.custom_id, result.answer.value if result.answer else result.failure)


def started(client: Any, path: Path) -> str:
    """Return the id of the batch of a file; a file that was sent before is not sent again."""
    note = path.with_suffix(".sent")
    if not note.exists():
        with path.open("rb") as file:
            uploaded = client.files.create(file=file, purpose="batch")
        batch = client.batches.create(
            input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        note.write_text(batch.id, encoding="utf-8")
    return note.read_text(encoding="utf-8")


def downloaded(client: Any, batch_id: str, folder: str, pause: float) -> Iterator[Path]:
    """Wait for a batch; yield the paths of its output file and its error file."""
    while (batch := client.batches.retrieve(batch_id)).status not in ENDED:
        time.sleep(pause)
    for file_id in filter(None, (batch.output_file_id, batch.error_file_id)):
        path = Path(folder) / f"{file_id}.jsonl"
        path.write_bytes(client.files.content(file_id).content)
        yield path


if __name__ == "__main__":
    from openai import OpenAI

    main(OpenAI(), sys.argv[1])
