"""`BatchFolder`: the files of a run, its rows, how far the plan of each is, and the whole run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.answers.answer import Answer
from xlt.batches import anthropic_batches, openai_batches
from xlt.batches.manifest import (
    BatchManifest,
    RequestKey,
    digest_prompt,
    hash_templates,
    load_manifest,
)
from xlt.batches.outcomes import Outcomes
from xlt.batches.provider import Failure, Provider
from xlt.errors import DataFileError, InputError, UnknownName, XLTError
from xlt.files.safe import read_lines, to_object
from xlt.frozen import FrozenDict
from xlt.prompt import Prompt
from xlt.saved_plan import SavedPlan

ANSWERS = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a row stands: the requests of its round that have no reply, its answer, or a fault.

    `digests` are those of the prompts of every round so far; `last` is a prompt of the last one.
    """

    row: int
    without_reply: Mapping[RequestKey, Prompt]
    digests: Mapping[RequestKey, str]
    last: Prompt | None = None
    answer: Answer | None = None
    fault: Failure | None = None


@dataclass(slots=True)
class BatchFolder:
    """A run: `rows` are the arguments of each row's plan beside those in the manifest."""

    path: Path
    manifest: BatchManifest
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
                f"The batch in {path} was made with different templates "
                f"({manifest.settings.templates_hash}, now {now}). "
                "Continue with those, or force it."
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


def find_provider(name: str) -> Provider:
    """Return the provider of a name; raises UnknownName."""
    found = {one.name: one for one in (anthropic_batches.PROVIDER, openai_batches.PROVIDER)}
    if name not in found:
        raise UnknownName("batch provider", name, found)
    return found[name]


def follow(saved: SavedPlan, row: int, outcomes: Outcomes) -> Progress:
    """Replay the replies to a row's plan as far as they go.

    An XLTError that the plan itself ends in is the row's fault.
    """
    digests: dict[RequestKey, str] = {}
    last: Prompt | None = None
    try:
        while True:
            position = saved.position()
            if position.answer is not None:
                return Progress(row, {}, digests, last, position.answer)
            number = len(saved.rounds)
            asked = {
                RequestKey(row, number, path): prompt
                for path, prompt in enumerate(position.prompts)
            }
            last = position.prompts[-1]
            digests |= {key: digest_prompt(prompt.messages) for key, prompt in asked.items()}
            replies = {key: outcomes.reply(key) for key in asked}
            if waiting := {key: asked[key] for key, reply in replies.items() if reply is None}:
                return Progress(row, waiting, digests, last)
            saved = saved.answered([reply for reply in replies.values() if reply])
    except XLTError as error:
        if not digests:
            raise InputError(f"Row {row}: {error}") from error
        return Progress(row, {}, digests, last, fault=Failure(type(error).__name__, str(error)))


@dataclass(frozen=True, slots=True)
class Status:
    """A run: `planned` rows, the `wave` sent last (from 1) with its `requests` and `files`.

    `waiting` requests have no result yet, `failed` ones have no reply; `ended` runs have
    `answers`, a file.
    """

    run: str
    planned: int
    wave: int
    requests: int
    files: tuple[Path, ...]
    waiting: int
    failed: int
    answers: Path | None

    @property
    def ended(self) -> bool:
        return self.answers is not None


def read_status(folder: str | Path) -> Status:
    """Return how far the run in a folder is. Raises InputError, DataFileError."""
    return status_of(BatchFolder.load(Path(folder), force=True))


def status_of(folder: BatchFolder) -> Status:
    manifest, outcomes = folder.manifest, folder.outcomes
    last = manifest.waves[-1]
    failed = sum(outcomes.failure(key, count) is not None for key, count in manifest.sent().items())
    return Status(
        run=manifest.run,
        planned=manifest.planned,
        wave=len(manifest.waves),
        requests=len(last.requests),
        files=tuple([folder.path / name for name in last.files]),
        waiting=folder.waiting(),
        failed=failed,
        answers=folder.answers_path if folder.answers_path.exists() else None,
    )
