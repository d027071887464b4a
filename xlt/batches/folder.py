"""`BatchFolder`: the files of a run, its rows, and the plan of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.batches.manifest import Manifest, hash_templates, load_manifest
from xlt.batches.outcomes import Outcomes
from xlt.batches.progress import Progress, follow
from xlt.batches.provider import Provider, find_provider
from xlt.errors import DataFileError, InputError
from xlt.files.safe import read_lines, to_object
from xlt.frozen import FrozenDict
from xlt.saved_plan import SavedPlan

ANSWERS = "answers.jsonl"


@dataclass(slots=True)
class BatchFolder:
    """A run: `rows` are the arguments of each row's plan beside those in the manifest."""

    path: Path
    manifest: Manifest
    rows: Sequence[dict[str, Any]]
    outcomes: Outcomes = field(default_factory=Outcomes)

    @classmethod
    def load(cls, path: Path, *, force: bool = False) -> BatchFolder:
        """Return the run in a folder.

        Raises InputError when the templates in force are not the run's, unless forced;
        DataFileError for a file that is not what xlt wrote.
        """
        manifest = load_manifest(path)
        now = hash_templates(manifest.settings.arguments.get("templates"))
        if now != manifest.settings.templates_hash and not force:
            raise InputError(
                f"The batch in {path} was made with other templates "
                f"({manifest.settings.templates_hash}, now {now}). Go on with those, or force it."
            )
        rows = _read_rows(path / rows_name(manifest.run))
        if len(rows) != manifest.planned:
            raise DataFileError(
                f"it has {len(rows)} rows, not {manifest.planned}", path / rows_name(manifest.run)
            )
        outcomes = Outcomes.load(path / results_name(manifest.run))
        return cls(path, manifest, rows, outcomes)

    @property
    def provider(self) -> Provider:
        return find_provider(self.manifest.settings.provider)

    @property
    def answers_path(self) -> Path:
        return self.path / ANSWERS

    def waiting(self) -> int:
        """Return how many requests were sent and have no result."""
        outcomes = self.outcomes
        return sum(
            outcomes.reply(key) is None and outcomes.failure(key, count) is None
            for key, count in self.manifest.sent().items()
        )

    def progress(self) -> Iterator[Progress]:
        """Replay every row, in order."""
        shared = self.manifest.settings.arguments
        for number, row in enumerate(self.rows):
            yield follow(SavedPlan(FrozenDict({**shared, **row})), number, self.outcomes)

    def save_outcomes(self) -> None:
        self.outcomes.save(self.path / results_name(self.manifest.run))


def rows_name(run: str) -> str:
    return f"rows-{run}.jsonl"


def results_name(run: str) -> str:
    return f"results-{run}.jsonl"


def _read_rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line, _ in read_lines(path, inside=path.parent):
        row = to_object(line)
        if row is None:
            raise DataFileError("not a row kept by xlt", path, number)
        rows.append(dict(row))
    return rows
