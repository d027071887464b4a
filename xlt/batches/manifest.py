"""`BatchManifest`: what a batch folder is about, which requests were sent, and in which files.

A `custom_id` names the run, row, round, path and attempt of a request in at most 64 characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from xlt.batches.provider import Limits, Sampling
from xlt.errors import DataFileError, InputError
from xlt.files.safe import read_file, write_if_changed
from xlt.files.templates import TemplateFiles
from xlt.files.validated import first_fault
from xlt.saved_plan import check_arguments

NAME = "manifest.json"
# Names in a manifest become names of files that are written and deleted: no path gets in.
RunName = Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
FileName = Annotated[str, Field(pattern=r"^batch-[0-9a-f]{8}-[0-9]+-[0-9]+\.jsonl?$")]


_FORM = re.compile(r"([0-9a-f]{8})-r([0-9]{1,9})-t([0-9]{1,4})-p([0-9]{1,4})-a([0-9]{1,4})")


class RequestKey(NamedTuple):
    """Which prompt: the row of the data, the round of its plan, the place in the round; from 0."""

    row: int
    round: int
    path: int


class Attempt(NamedTuple):
    """A request, and how often it was sent by then; from 1."""

    key: RequestKey
    number: int


def write_custom_id(run: str, attempt: Attempt) -> str:
    """Return an id such as `3f9a2c1b-r12-t0-p3-a1`: letters, digits and hyphens alone."""
    (row, turn, path), number = attempt
    return f"{run}-r{row}-t{turn}-p{path}-a{number}"


def read_custom_id(text: str, run: str) -> Attempt | None:
    """Return what an id names; None for one that is not of this run."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    row, turn, path, number = map(int, found.groups()[1:])
    attempt = Attempt(RequestKey(row, turn, path), number)
    return attempt if write_custom_id(run, attempt) == text else None  # 007 is not 7


class BatchSettings(BaseModel):
    """What every request shares. `arguments` are those of `xlt.SavedPlan` but the row's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    model: str
    temperature: float | None
    max_tokens: int | None
    limits: Limits
    arguments: Annotated[dict[str, Any], BeforeValidator(check_arguments)]
    templates_hash: str

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.model, self.temperature, self.max_tokens)


class Wave(BaseModel):
    """Requests sent together: the digest of the prompt of each custom id, and their files."""

    model_config = ConfigDict(extra="forbid")

    requests: dict[str, str]
    files: list[FileName]


class BatchManifest(BaseModel):
    """The state of a batch folder but for the results. `run` names the run in its custom ids."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    run: RunName
    settings: BatchSettings
    planned: int
    waves: list[Wave] = []

    def sent(self) -> dict[RequestKey, int]:
        """Return how often each request was sent."""
        counts: dict[RequestKey, int] = {}
        for attempt, _ in self._requests():
            counts[attempt.key] = max(attempt.number, counts.get(attempt.key, 0))
        return counts

    def digests(self) -> dict[RequestKey, str]:
        """Return the digest of the prompt that each request was last sent with."""
        return {attempt.key: digest for attempt, digest in self._requests()}

    def save(self, folder: Path) -> None:
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1)
        write_if_changed(folder / NAME, f"{text}\n".encode(), inside=folder)

    def _requests(self) -> Iterator[tuple[Attempt, str]]:
        for wave in self.waves:
            for name, digest in wave.requests.items():
                if (attempt := read_custom_id(name, self.run)) is not None:
                    yield attempt, digest


def load_manifest(folder: Path) -> BatchManifest:
    """Return a folder's manifest; raises InputError without one, DataFileError for a bad one."""
    path = folder / NAME
    try:
        data = read_file(path, inside=folder)
    except DataFileError as error:
        raise InputError(
            f"{folder} is not a batch folder: its {NAME} {error.message}. "
            "Make one with xlt batch export."
        ) from error
    try:
        return BatchManifest.model_validate_json(data)
    except ValidationError as error:
        raise DataFileError(f"not a manifest of xlt: {first_fault(error)}", path) from None


def run_name(settings: BatchSettings, rows: bytes) -> str:
    """Return eight hex digits that pin the settings, the templates and the rows."""
    digest = sha256(json.dumps(settings.model_dump(mode="json"), sort_keys=True).encode())
    digest.update(b"\0" + rows)
    return digest.hexdigest()[:8]


def hash_templates(folder: str | None) -> str:
    """Return a hash over every template, task and language file in force."""
    files = TemplateFiles.at(folder)
    digest = sha256()
    for name in files.names():
        digest.update(f"{name}\0{files.read(name)}\0".encode())
    return digest.hexdigest()[:12]


def digest_prompt(messages: list[dict[str, str]]) -> str:
    return sha256(json.dumps(messages, ensure_ascii=False).encode()).hexdigest()[:12]


def differences(old: BatchSettings, new: BatchSettings) -> list[str]:
    """Return the names of the settings that differ, those of the plan by their own names."""
    one, other = _flat(old), _flat(new)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _flat(settings: BatchSettings) -> Mapping[str, Any]:
    data = settings.model_dump(mode="json")
    return {**data.pop("arguments"), **data}
