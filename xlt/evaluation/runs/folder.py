"""`open_folder`: a run's folder for one runner, started anew or to be gone on with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from xlt.errors import DataFileError, InputError, RunFolderError
from xlt.evaluation.runs.fingerprint import PRICES, differences
from xlt.evaluation.runs.reading import MANIFEST, RESULTS, load_manifest, load_run
from xlt.evaluation.runs.records import Manifest, Result
from xlt.evaluation.runs.result_log import ResultLog, as_line
from xlt.files.safe import LOCK, only_writer, write_whole

SET_ASIDE = "set-aside.jsonl"
"""Where a forced run keeps the results that it no longer plans."""
_SHOWN = 8
"""The most differences that a refusal lists."""


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder this process holds: its manifest, the results so far by id, the log to add to."""

    path: Path
    manifest: Manifest
    results: dict[str, Result]
    log: ResultLog


@contextmanager
def open_folder(
    path: Path, manifest: Manifest, planned: frozenset[str], *, force: bool = False
) -> Iterator[OpenFolder]:
    """Hold a run's folder, made where it is not there, until the end of the block.

    A run that is there is gone on with. Raises InputError where it was another run, naming what
    differs; with `force` it is gone on with all the same, and results of ids that are no longer
    `planned` are set aside. RunFolderError while another process holds the folder, or where it
    cannot be written.
    """
    with ExitStack() as stack:
        _hold(path, stack)
        _check_others(path)
        manifest = _agreed(path, manifest, force=force)
        results = _results_so_far(path, planned)
        log = stack.enter_context(ResultLog.open(path / RESULTS))
        yield OpenFolder(path, manifest, results, log)


def _hold(path: Path, stack: ExitStack) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written: {error.strerror}.") from error
    stack.enter_context(only_writer(path / LOCK, f"the run in {path}"))


def _check_others(path: Path) -> None:
    """Refuse a folder of results without their plan, which would be lost."""
    if (path / RESULTS).is_file() and not (path / MANIFEST).is_file():
        raise InputError(f"{path} holds {RESULTS} without {MANIFEST}; take another folder.")


def _agreed(path: Path, manifest: Manifest, *, force: bool) -> Manifest:
    """Return the manifest to go on with, in the folder before the first result."""
    if not (path / MANIFEST).is_file():
        return _written(path, manifest)
    old = load_manifest(path)
    if not (found := differences(old, manifest)):
        return _priced(path, old, manifest)
    if not force:
        listed = "\n  ".join(found[:_SHOWN] + ["..."] * (len(found) > _SHOWN))
        raise InputError(
            f"{path} holds another run:\n  {listed}\n"
            "Run it as it was, take another folder, or go on nonetheless with --force."
        )
    forced = [*old.settings.get("forced", []), *found]
    return _written(
        path, manifest.model_copy(update={"settings": {**manifest.settings, "forced": forced}})
    )


def _priced(path: Path, old: Manifest, new: Manifest) -> Manifest:
    """Return the manifest there is at the price given last."""
    given = {name: getattr(new, name) for name in PRICES}
    if new.input_price is None or given == {name: getattr(old, name) for name in PRICES}:
        return old
    return _written(path, old.model_copy(update=given))


def _written(path: Path, manifest: Manifest) -> Manifest:
    _write(path / MANIFEST, [manifest.model_dump_json(indent=1).encode(), b"\n"])
    return manifest


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    try:
        write_whole(path, pieces, inside=path.parent)
    except InputError as error:
        raise RunFolderError(str(error)) from error


def _results_so_far(path: Path, planned: frozenset[str]) -> dict[str, Result]:
    """Return the results by id, after those no longer planned were set aside."""
    try:
        results = {one.id: one for one in load_run(path).results}
    except DataFileError as error:
        raise DataFileError(
            f"{error.message}; the line is damaged: mend or remove it", error.path, error.line
        ) from error
    kept = {name: one for name, one in results.items() if name in planned}
    if len(kept) < len(results):
        with ResultLog.open(path / SET_ASIDE) as aside:
            for name, one in results.items():
                if name not in kept:
                    aside.add(one)
        _write(path / RESULTS, map(as_line, kept.values()))
    return kept
