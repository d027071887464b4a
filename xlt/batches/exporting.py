"""Starting a run: the rows of a task become the first wave of a provider's batch files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xlt.batches.folder import BatchFolder, Status, rows_name, status_of, write_wave
from xlt.batches.manifest import (
    NAME,
    BatchManifest,
    BatchSettings,
    differences,
    hash_templates,
    load_manifest,
    run_name,
)
from xlt.batches.services import Limits, find_provider
from xlt.errors import InputError, XLTError
from xlt.files.safe import LOCK, only_writer, to_line, write_whole
from xlt.files.templates import TemplateFiles
from xlt.images.image import recorded
from xlt.registry import get_task
from xlt.request import make_request
from xlt.saved_plan import SavedPlan
from xlt.strategies.strategy import get_strategy

_OF_A_ROW = ("inputs", "language", "target_language")


def export_batch(
    folder: str | Path,
    task: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    provider: str,
    model: str,
    strategy: str = "xlt",
    temperature: float | None = 0.0,
    max_tokens: int | None = None,
    limits: Limits | None = None,
    templates: str | Path | None = None,
    force: bool = False,
    **options: Any,
) -> Status:
    """Write the batch files of the first round of every row's plan, and the manifest.

    A row has `inputs` and may have `language` (detected when not given) and `target_language`;
    `options` are those of `xlt.plan` that are plain data. `limits` may be lower than the
    provider's. The same call again changes nothing. Raises UnknownName, InputError with the
    number of a row at fault, and InputError, unless forced, where the folder has another run:
    then its rows, results and batch files stay, under its name, but the manifest is the new one.
    """
    path, service = Path(folder), find_provider(provider)
    get_strategy(strategy)
    place = str(Path(templates).resolve()) if templates is not None else None
    shared = {"task": task, "strategy": strategy, "templates": place, **options}
    lines = [
        _row(number, row, task, TemplateFiles.at(place), shared) for number, row in enumerate(rows)
    ]
    if not lines:
        raise InputError("There are no rows to export.")
    settings = BatchSettings(
        provider=provider,
        model=model,
        temperature=temperature,
        max_tokens=max_tokens,
        limits=_within(limits or service.limits, service.limits),
        arguments=_plain(shared),
        templates_hash=hash_templates(place),
    )
    data = b"".join(map(to_line, lines))
    manifest = BatchManifest(run=run_name(settings, data), settings=settings, planned=len(lines))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be made: {error.strerror}.") from error
    with only_writer(path / LOCK, f"the batch in {path}"):
        if _is_there(path, manifest, force):
            return status_of(BatchFolder.load(path, force=force))
        write_whole(path / rows_name(manifest.run), [data], inside=path)
        made = BatchFolder(path, manifest, lines)
        write_wave(made)
        return status_of(made)


def _row(
    number: int,
    row: Mapping[str, Any],
    task: str,
    files: TemplateFiles,
    shared: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the checked arguments of a row, with its language detected once and for all."""
    own = {name: row.get(name) for name in _OF_A_ROW if row.get(name) is not None}
    given = {**{name: shared[name] for name in _OF_A_ROW[1:] if shared.get(name)}, **own}
    try:
        request = make_request(
            get_task(task, files),
            given.get("inputs", {}),
            language=given.get("language"),
            target_language=given.get("target_language"),
            files=files,
        )
        inputs = {name: recorded(value) for name, value in request.inputs.items()}
    except XLTError as error:
        raise InputError(f"Row {number}: {error}") from error
    found: dict[str, Any] = {"inputs": inputs, "language": request.language.tag}
    if request.target_language != request.language:
        found["target_language"] = request.target_language.tag
    return found


def _plain(shared: Mapping[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in shared.items() if name != "task"}
    saved = SavedPlan.start(shared["task"], "", **options)
    if saved.live:
        names = ", ".join(saved.live)
        raise InputError(
            f"A batch cannot save the option {names}, since JSON cannot hold it: leave it out."
        )
    return {name: value for name, value in saved.arguments.items() if name != "inputs"}


def _within(limits: Limits, most: Limits) -> Limits:
    if min(limits) < 1:
        raise InputError("A batch file must be allowed at least 1 request and 1 byte.")
    return Limits(min(limits.requests, most.requests), min(limits.bytes, most.bytes))


def _is_there(path: Path, manifest: BatchManifest, force: bool) -> bool:
    """Tell whether the folder has this very run; raises InputError for another, unless forced."""
    if not (path / NAME).exists():
        return False
    if force:
        try:
            return load_manifest(path).run == manifest.run
        except InputError:
            return False
    old = load_manifest(path)
    if old.run == manifest.run:
        return True
    other = ", ".join(differences(old.settings, manifest.settings)) or "rows"
    raise InputError(
        f"{path} already holds the run {old.run}, which differs in {other}. Name another folder, "
        "or force it."
    )
