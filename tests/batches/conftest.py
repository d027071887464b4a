"""Runs in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from service import ROWS, replies_to

from xlt.batches.exporting import export_batch
from xlt.batches.folder import Status
from xlt.batches.importing import Imported, import_results


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Status]:
    def run(folder: str = "run", rows: Iterable[Any] = ROWS, **settings: Any) -> Status:
        given = {"provider": "openai", "model": "gpt-test", "strategy": "clp", **settings}
        return export_batch(tmp_path / folder, "mgsm", rows, **given)

    return run


@pytest.fixture
def give(tmp_path: Path) -> Callable[..., Imported]:
    """Import lines as one result file."""

    def run(lines: Iterable[bytes] = (), folder: str = "run", **options: Any) -> Imported:
        path = tmp_path / "results.jsonl"
        path.write_bytes(b"".join(lines))
        return import_results(tmp_path / folder, [path], **options)

    return run


@pytest.fixture
def finish(give: Callable[..., Imported]) -> Callable[..., Imported]:
    """Answer every wave until the run ends."""

    def run(status: Status, folder: str = "run", **options: Any) -> Imported:
        for _ in range(20):
            imported = give(replies_to(status.files), folder, **options)
            status = imported.status
            if imported.tally is not None:
                return imported
        raise AssertionError("the run does not end")

    return run
