"""`BatchFolder`: a run's files and rows, how far the plan of each is, and its next wave."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.answers.answer import Answer
from xlt.batches.manifest import (
    BatchManifest,
    Outcomes,
    RequestKey,
    SentRequest,
    Wave,
    digest_prompt,
    hash_templates,
    load_manifest,
    write_custom_id,
)
from xlt.batches.services import Failure, Provider, find_provider, split
from xlt.errors import DataFileError, InputError, XLTError
from xlt.files.safe import read_lines, to_object, write_whole
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
            raise DataFileError("not a row that xlt wrote", path, number)
        rows.append(dict(row))
    return rows


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


def write_wave(
    folder: BatchFolder, *, retry_failed: bool = False, force: bool = False
) -> Wave | None:
    """Write the files of the next wave and then record it; None when nothing can be sent.

    Raises InputError, unless forced, when prompts sent before would not be the same today.
    """
    manifest = folder.manifest
    sent, digests, changed = manifest.sent(), manifest.digests(), 0
    prefix = f"batch-{manifest.run}-{len(manifest.waves) + 1}-"
    _remove(folder, prefix)  # what a killed process left without recording it
    wave = Wave(requests={}, files=[])

    def encoded() -> Iterator[tuple[str, bytes]]:
        nonlocal changed
        for progress in folder.progress():
            changed += sum(digests.get(key, one) != one for key, one in progress.digests.items())
            for key, prompt in progress.without_reply.items():
                count = sent.get(key, 0)
                if count and not retry_failed:
                    continue
                name = write_custom_id(manifest.run, SentRequest(key, count + 1))
                wave.requests[name] = digest_prompt(prompt.messages)
                request = provider.write(name, prompt, manifest.settings.sampling)
                yield name, json.dumps(request, ensure_ascii=False).encode()

    provider, limits = folder.provider, manifest.settings.limits
    try:
        for number, part in enumerate(split(encoded(), provider, limits), start=1):
            wave.files.append(f"{prefix}{number}{provider.suffix}")
            write_whole(folder.path / wave.files[-1], _pieces(part, provider), inside=folder.path)
        if changed and not force:
            raise InputError(
                f"{changed} prompts would differ from those that were sent: another version of "
                "xlt, or of a language package, made them. Continue with that version, or force it."
            )
    except XLTError:
        _remove(folder, prefix)
        raise
    if not wave.requests:
        return None
    _delete(folder.answers_path)  # it would not be about all of it
    manifest.waves.append(wave)
    manifest.save(folder.path)
    return wave


def _pieces(part: Sequence[tuple[str, bytes]], provider: Provider) -> Iterator[bytes]:
    yield provider.head
    for place, (_, data) in enumerate(part):
        if place:
            yield provider.between
        yield data
    yield provider.tail


def _remove(folder: BatchFolder, prefix: str) -> None:
    for path in folder.path.glob(f"{prefix}*"):
        _delete(path)


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # a folder of this name
        raise InputError(f"{path} cannot be removed: {error.strerror}.") from error
