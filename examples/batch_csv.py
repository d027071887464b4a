"""A CSV of problems (columns language, problem) answered into another, four calls at a time.

python examples/batch_csv.py problems.csv answers.csv http://127.0.0.1:8080/v1 my-model
"""

import asyncio
import csv
import sys
from pathlib import Path

import xlt
from xlt.backends import Backend, OpenAICompatible, send
from xlt.backends.errors import BackendError

COLUMNS: tuple[str, ...] = ("language", "problem", "answer", "status", "error")


async def run(backend: Backend, source: Path, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    gate = asyncio.Semaphore(4)
    done = await asyncio.gather(*[answered(backend, row, gate) for row in rows])
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(done)


async def answered(
    backend: Backend, row: dict[str, str], gate: asyncio.Semaphore
) -> dict[str, object]:
    """Return the row with its answer; a failed call is an error, not a wrong answer."""
    prompt = xlt.compose("mgsm", row["problem"], language=row["language"])
    async with gate:
        try:
            reply = await send(backend, prompt)
        except BackendError as error:
            return {**row, "status": "errored", "error": type(error).__name__}
    answer = prompt.parse(reply.text, finish_reason=reply.finish_reason)
    return {**row, "answer": answer.value, "status": answer.status}


if __name__ == "__main__":
    read, write, url, model = sys.argv[1:5]
    asyncio.run(run(OpenAICompatible(url, model), Path(read), Path(write)))
