"""The next wave: which requests can be sent now, and their batch files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlt.batches.folder import BatchFolder, Progress
from xlt.batches.manifest import Attempt, RequestKey, Wave, digest_prompt, write_custom_id
from xlt.batches.provider import Provider, split
from xlt.errors import InputError, XLTError
from xlt.files.safe import write_whole
from xlt.prompt import Prompt


@dataclass(slots=True)
class Selection:
    """Goes through the rows once: takes the requests to send, and checks those sent before."""

    sent: Mapping[RequestKey, int]
    digests: Mapping[RequestKey, str]
    retry_failed: bool = False
    changed: int = 0

    def requests(self, rows: Iterator[Progress]) -> Iterator[tuple[Attempt, Prompt]]:
        for progress in rows:
            self._check(progress)
            for key, prompt in progress.without_reply.items():
                count = self.sent.get(key, 0)
                if count == 0 or self.retry_failed:
                    yield Attempt(key, count + 1), prompt

    def _check(self, progress: Progress) -> None:
        for key, digest in progress.digests.items():
            self.changed += self.digests.get(key, digest) != digest


def write_wave(
    folder: BatchFolder, *, retry_failed: bool = False, force: bool = False
) -> Wave | None:
    """Write the files of the next wave and then record it; None when nothing can be sent.

    Raises InputError, unless forced, when prompts sent before would not be the same today.
    """
    manifest = folder.manifest
    selection = Selection(manifest.sent(), manifest.digests(), retry_failed)
    prefix = f"batch-{manifest.run}-{len(manifest.waves) + 1}-"
    _remove(folder, prefix)  # what a killed process left without recording it
    wave = Wave(requests={}, files=[])

    def encoded() -> Iterator[tuple[str, bytes]]:
        for attempt, prompt in selection.requests(folder.progress()):
            name = write_custom_id(manifest.run, attempt)
            wave.requests[name] = digest_prompt(prompt.messages)
            request = folder.provider.write(name, prompt, manifest.settings.sampling)
            yield name, json.dumps(request, ensure_ascii=False).encode()

    provider, limits = folder.provider, manifest.settings.limits
    try:
        for number, part in enumerate(split(encoded(), provider, limits), start=1):
            wave.files.append(f"{prefix}{number}{provider.suffix}")
            write_whole(folder.path / wave.files[-1], _pieces(part, provider), inside=folder.path)
        if not force:
            _check(selection.changed)
    except XLTError:
        _remove(folder, prefix)
        raise
    if not wave.requests:
        return None
    _delete(folder.answers_path)  # it would not be about all of it
    manifest.waves.append(wave)
    manifest.save(folder.path)
    return wave


def _check(changed: int) -> None:
    if changed:
        raise InputError(
            f"{changed} prompts would differ from those that were sent: another version of xlt, or "
            "of a language package, made them. Continue with that version, or force it."
        )


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
