"""What decides the results of a run, pinned: its manifest, and how two runs differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from xlt.backends.replies import whole_text
from xlt.batches.manifest import hash_templates
from xlt.evaluation.runs.grid import Grid
from xlt.evaluation.runs.records import Manifest
from xlt.evaluation.runs.replies import Replies
from xlt.evaluation.runs.spec import RunSpec, plain
from xlt.version import __version__

PRICES = ("input_price", "output_price", "currency")
# What tells of a run but does not decide its results.
_ASIDE = ("schema_version", "fingerprint", "command", "created", "spec", *PRICES)


def manifest_of(spec: RunSpec, grid: Grid, replies: Replies, command: str = "") -> Manifest:
    """Return the manifest of a run: its grid, its model and the fingerprint over both.

    Names of files need not be UTF-8: their bytes come as lone surrogates, which no JSON holds.
    """
    kept = Manifest(
        fingerprint="",
        command=whole_text(command),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=whole_text(replies.name),
        settings=_settings(spec, grid, replies),
        templates=hash_templates(None if spec.templates is None else str(spec.templates)),
        version=__version__,
        seed=spec.seed,
        repeats=spec.repeats,
        limit=spec.limit,
        input_price=spec.price_in,
        output_price=spec.price_out,
        currency=spec.currency,
        spec=spec.kept(),
        cells=grid.cells,
    )
    return kept.model_copy(update={"fingerprint": _fingerprint(kept)})


def differences(old: Manifest, new: Manifest) -> list[str]:
    """Return what differs of all that decides results, a line each: `model: a, now b`."""
    before, after = dict(_facts(old)), dict(_facts(new))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [f"{name}: {_said(before, name)}, now {_said(after, name)}" for name in names]


def _settings(spec: RunSpec, grid: Grid, replies: Replies) -> dict[str, Any]:
    """Return, as plain JSON, what Manifest has no field for."""
    settings: dict[str, Any] = {**getattr(replies, "settings", {}), "split": spec.split}
    settings["data"] = dict(grid.digests)
    if spec.mix is not None:
        settings["mix"] = spec.mix
    if spec.shuffle_options:
        settings["shuffled options"] = True
    for strategy, options in spec.options.items():
        settings[f"options of {strategy}"] = plain(options)
    recipes = {item.cell: item.recipe for item in grid.items}.values()
    tasks = {recipe.task.name: recipe.task.model_dump_json() for recipe in recipes}
    settings["tasks"] = {name: _digest(text) for name, text in tasks.items()}
    for recipe in recipes:
        if shots := recipe.options.get("demonstrations"):
            worked = json.dumps([asdict(one) for one in shots], ensure_ascii=True, default=str)
            settings[f"demonstrations of {recipe.task.name}"] = _digest(worked)
    return settings


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _fingerprint(manifest: Manifest) -> str:
    return _digest(json.dumps(sorted(_facts(manifest)), ensure_ascii=True))


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield all that decides results by name: settings one by one, then the cells."""
    data = manifest.model_dump(mode="json", exclude={*_ASIDE, "cells"})
    settings = data.pop("settings")
    settings.pop("forced", None)
    yield from _flat(data)
    yield from _flat(settings)
    for cell in manifest.cells:
        yield f"cell {cell.name}", f"{cell.planned} samples, {cell.shots} shots"


def _flat(data: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name} ")
        else:
            yield f"{above}{name}", json.dumps(value, sort_keys=True)


def _said(facts: Mapping[str, str], name: str) -> str:
    if name not in facts:
        return "not in the run"
    return facts[name] if len(facts[name]) < 100 else "another"
