"""What a batch folder keeps: its manifest (settings, requests sent, files) and their outcomes.

A `custom_id` names the run, row, round, path and attempt of a request in at most 64 characters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from xlt.batches.services import Failure, Limits, Sampling
from xlt.errors import DataFileError, InputError
from xlt.files.safe import read_file, read_lines, to_line, to_object, write_if_changed
from xlt.files.templates import TemplateFiles, hash_files
from xlt.files.validated import first_fault
from xlt.reply import Reply, Usage
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


class SentRequest(NamedTuple):
    """A request, and how often it was sent by then; from 1."""

    key: RequestKey
    number: int


def write_custom_id(run: str, attempt: SentRequest) -> str:
    """Return an id such as `3f9a2c1b-r12-t0-p3-a1`: letters, digits and hyphens alone."""
    (row, turn, path), number = attempt
    return f"{run}-r{row}-t{turn}-p{path}-a{number}"


def read_custom_id(text: str, run: str) -> SentRequest | None:
    """Return what an id names; None for one that is not of this run."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    row, turn, path, number = map(int, found.groups()[1:])
    attempt = SentRequest(RequestKey(row, turn, path), number)
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

    def _requests(self) -> Iterator[tuple[SentRequest, str]]:
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
        raise DataFileError(f"not an xlt manifest: {first_fault(error)}", path) from None


def run_name(settings: BatchSettings, rows: bytes) -> str:
    """Return eight hex digits that pin the settings, the templates and the rows."""
    digest = sha256(json.dumps(settings.model_dump(mode="json"), sort_keys=True).encode())
    digest.update(b"\0" + rows)
    return digest.hexdigest()[:8]


def hash_templates(folder: str | None) -> str:
    """Return a hash over every template, task and language file in force."""
    return hash_files(TemplateFiles.at(folder))[:12]


def digest_prompt(messages: list[dict[str, str]]) -> str:
    return sha256(json.dumps(messages, ensure_ascii=False).encode()).hexdigest()[:12]


def differences(old: BatchSettings, new: BatchSettings) -> list[str]:
    """Return the names of the settings that differ, those of the plan by their own names."""
    one, other = _flat(old), _flat(new)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _flat(settings: BatchSettings) -> Mapping[str, Any]:
    data = settings.model_dump(mode="json")
    return {**data.pop("arguments"), **data}


Taken = Literal["new", "duplicate", "conflicting"]


class Outcome(NamedTuple):
    """A reply or a failure, and the attempt it is of."""

    attempt: int
    result: Reply | Failure


@dataclass(slots=True)
class Outcomes:
    """The outcome of each request: its first reply, or the failure of its last attempt.

    A reply never changes again, for the prompts of the next round hold it.
    """

    _kept: dict[RequestKey, Outcome] = field(default_factory=dict)

    def reply(self, key: RequestKey) -> Reply | None:
        found = self._kept.get(key)
        return found.result if found and isinstance(found.result, Reply) else None

    def failure(self, key: RequestKey, sent: int) -> Failure | None:
        """Return why the request failed, None where it did not or was sent again since."""
        found = self._kept.get(key)
        if found is None or found.attempt < sent or isinstance(found.result, Reply):
            return None
        return found.result

    def take(self, attempt: SentRequest, result: Reply | Failure) -> Taken:
        """Keep a result, unless what is kept counts more; whatever order they come in."""
        new, old = Outcome(attempt.number, result), self._kept.get(attempt.key)
        if old == new:
            return "duplicate"
        if old is None or _counts_more(new, old):
            self._kept[attempt.key] = new
            return "new"
        if isinstance(old.result, Reply) and isinstance(result, Reply):
            return "duplicate" if old.result.text == result.text else "conflicting"
        return "duplicate"

    def save(self, path: Path) -> None:
        """Write all, in the order of the requests, unless the file holds the same."""
        write_if_changed(path, b"".join(self._lines()), inside=path.parent)

    @classmethod
    def load(cls, path: Path) -> Outcomes:
        """Return what a file keeps; nothing where there is none. Raises DataFileError."""
        outcomes = cls()
        if not path.exists():
            return outcomes
        for number, line, _ in read_lines(path, inside=path.parent):
            found = to_object(line)
            try:
                if found is None:
                    raise TypeError
                key, outcome = _restored(found)
            except (KeyError, TypeError, ValueError) as error:
                raise DataFileError("not a result that xlt wrote", path, number) from error
            outcomes._kept[key] = outcome
        return outcomes

    def _lines(self) -> Iterator[bytes]:
        for key, (attempt, result) in sorted(self._kept.items(), key=lambda item: item[0]):
            about = {**key._asdict(), "attempt": attempt}
            yield to_line({**about, **_as_data(result)})


def _counts_more(new: Outcome, old: Outcome) -> bool:
    if isinstance(old.result, Reply) or isinstance(new.result, Reply):
        return not isinstance(old.result, Reply)
    # Of two failures of one attempt either may come first: the order must not tell.
    return (-new.attempt, new.result) < (-old.attempt, old.result)


def _as_data(result: Reply | Failure) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"error": result.kind, "message": result.message}
    usage = result.usage or Usage()
    return {
        "text": result.text,
        "finish_reason": result.finish_reason,
        "model": result.model,
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
    }


def _restored(data: Mapping[str, Any]) -> tuple[RequestKey, Outcome]:
    rest = dict(data)
    key = RequestKey(*[int(rest.pop(name)) for name in RequestKey._fields])
    attempt = int(rest.pop("attempt"))
    if "error" in rest:
        return key, Outcome(attempt, Failure(rest["error"], rest["message"]))
    usage = Usage(rest.pop("prompt_tokens"), rest.pop("completion_tokens"))
    return key, Outcome(attempt, Reply(**rest, usage=usage))
