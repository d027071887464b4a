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
from xlt.evaluation.cost import Price
from xlt.evaluation.runs.asking import Replies
from xlt.evaluation.runs.design import Design
from xlt.evaluation.runs.grid import Grid
from xlt.evaluation.runs.records import Manifest
from xlt.version import __version__

PRICES = ("input_price", "output_price", "currency")
# What tells of a run but does not decide its results.
_ASIDE = ("fingerprint", "command", "created", *PRICES)


def manifest_of(
    design: Design,
    grid: Grid,
    replies: Replies,
    *,
    price: Price | None = None,
    command: str = "",
) -> Manifest:
    """Return the manifest of a run: its grid, its model and the fingerprint over both.

    Names of files need not be UTF-8: their bytes come as lone surrogates, which no JSON holds.
    """
    kept = Manifest(
        fingerprint="",
        command=whole_text(command),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=whole_text(replies.name),
        settings=_settings(design, grid, replies),
        templates=hash_templates(None if design.templates is None else str(design.templates)),
        version=__version__,
        seed=design.seed,
        repeats=design.repeats,
        limit=design.limit,
        input_price=price.input_per_million if price else None,
        output_price=price.output_per_million if price else None,
        currency=price.currency if price else "USD",
        cells=grid.cells,
    )
    return kept.model_copy(update={"fingerprint": _fingerprint(kept)})


def differences(old: Manifest, new: Manifest) -> list[str]:
    """Return what differs of all that decides results, a line each: `model: a, now b`."""
    before, after = dict(_facts(old)), dict(_facts(new))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [f"{name}: {_said(before, name)}, now {_said(after, name)}" for name in names]


def _settings(design: Design, grid: Grid, replies: Replies) -> dict[str, Any]:
    """Return, as plain JSON, what Manifest has no field for."""
    settings: dict[str, Any] = {**getattr(replies, "settings", {}), "split": design.split}
    settings["data"] = dict(grid.digests)
    if design.mix is not None:
        settings["mix"] = design.mix
    for strategy, options in design.options.items():
        settings[f"options of {strategy}"] = {name: _plain(one) for name, one in options.items()}
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


def _plain(value: Any) -> Any:
    """Return an option as JSON; a function (a translator) by its name."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError):
        name = getattr(value, "__qualname__", type(value).__qualname__)
        return f"{getattr(value, '__module__', '')}.{name}"


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
