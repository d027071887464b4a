"""`plan_grid`: from a spec to the cells and items of a run, before any call."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xlt.batches.manifest import hash_templates
from xlt.demonstrations import Demonstration, load_demonstrations
from xlt.demonstrations.demonstration import shipped_demonstrations
from xlt.errors import InputError, UnknownName, XLTError
from xlt.evaluation.benchmark import Sample
from xlt.evaluation.runs.recordings import Place, Replies
from xlt.evaluation.runs.records import Cell, KnownFault, Manifest, digest_text, fingerprint_of
from xlt.evaluation.runs.sources import (
    PlacedSample,
    Source,
    balanced_counts,
    digest_samples,
    draw,
    load_sources,
    shuffled,
)
from xlt.evaluation.runs.spec import RunSpec, plain
from xlt.evaluation.scoring import score_values
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.messages import whole_text
from xlt.request import Request, make_request
from xlt.strategies.strategy import Plan, Strategy, check_options, get_strategy
from xlt.task import Task
from xlt.version import __version__


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the prompts of a cell are made."""

    task: Task
    strategy: Strategy
    files: TemplateFiles
    options: Mapping[str, Any]

    def request(self, sample: Sample) -> Request:
        """Return the sample as a request; raises InputError for one that cannot be sent."""
        return make_request(
            self.task,
            sample.inputs,
            language=sample.language,
            target_language=sample.target_language,
            files=self.files,
            phrasing=self.options.get("phrasing"),
        )

    def plan(self, request: Request) -> Plan:
        own = {name: one for name, one in self.options.items() if name != "phrasing"}
        return self.strategy.plan(request, **own)


@dataclass(frozen=True, slots=True)
class Item:
    """One sample in one cell: `id` is its result's, `row` its place in its file, from 0.

    `repeat` counts from 0.
    """

    id: str
    cell: Cell
    recipe: Recipe
    sample: Sample
    row: int
    repeat: int

    def place(self, round: int = 0, index: int = 0) -> Place:
        return Place(
            self.cell.benchmark,
            self.recipe.task,
            self.cell.strategy,
            self.sample,
            self.row,
            self.repeat,
            round,
            index,
        )


@dataclass(frozen=True, slots=True)
class Grid:
    """All of a run: `digests` pin the samples of each benchmark and language.

    `remarks` tell what was left out and why, a line each.
    """

    cells: tuple[Cell, ...]
    items: tuple[Item, ...]
    digests: FrozenDict[str, str]
    remarks: tuple[str, ...] = ()


def plan_grid(spec: RunSpec, replies: Replies) -> Grid:
    """Return the cells and items of a run, in the order benchmark, language, strategy.

    What no cell could do ends the planning: an unknown strategy, language or option, a file
    that cannot be read, a metric whose extra is missing. A strategy that does not fit one
    task leaves out its cells, with a remark. Samples that a recording does not hold are left
    out and noted in their cell. Raises XLTError.
    """
    strategies = [_strategy(name, spec) for name in dict.fromkeys(spec.strategies)]
    sources, missing = load_sources(spec)
    limits = _limits(spec, sources)
    planner = _Planner(spec, replies, TemplateFiles.at(spec.templates), limits, missing)
    items: list[Item] = []
    for source in sources:
        for strategy in strategies:
            items += planner.items(source, strategy)
    remarks = planner.all_remarks()
    if not items:
        raise planner.refused or InputError(f"Nothing to run: {' '.join(remarks)}")
    cells = tuple(dict.fromkeys(item.cell for item in items))
    digests = {
        f"{source.benchmark}/{source.pair}": digest_samples(source.loaded.samples)
        for source in sources
    }
    return Grid(cells, tuple(items), FrozenDict(digests), remarks)


@dataclass(slots=True)
class _Planner:
    spec: RunSpec
    replies: Replies
    files: TemplateFiles
    limits: Mapping[str, int | None]
    remarks: list[str]
    refused: XLTError | None = None
    empty: defaultdict[tuple[str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def all_remarks(self) -> tuple[str, ...]:
        """Return what was left out, each once."""
        empty = [
            f"{benchmark}: no rows for {strategy} in {', '.join(pairs)}: left out."
            for (benchmark, strategy), pairs in self.empty.items()
        ]
        return (*dict.fromkeys(self.remarks), *empty)

    def items(self, source: Source, strategy: Strategy) -> Iterator[Item]:
        """Yield the items of one cell; none where the strategy does not fit the task."""
        spec = self.spec
        rows, faults = self._held(source, strategy.name)
        drawn = self._shuffled(source.task, self._drawn(source.benchmark, rows))
        if not drawn:
            self.empty[source.benchmark, strategy.name].append(source.pair)
            return
        shots = self._shots(source, strategy)
        options = {**_of_every(spec), **spec.options.get(strategy.name, {})}
        if shots:
            options["demonstrations"] = shots
        recipe = Recipe(source.task, strategy, self.files, FrozenDict(options))
        cell = self._cell(source, strategy.name, len(drawn), len(shots), faults)
        if not self._fits(recipe, cell, [row.sample for row in drawn]):
            return
        for repeat in range(spec.repeats):
            for row in drawn:
                name = f"{cell.name}/{row.sample.id}/{repeat}"
                yield Item(name, cell, recipe, row.sample, row.place, repeat)

    def _held(
        self, source: Source, strategy: str
    ) -> tuple[list[PlacedSample], tuple[KnownFault, ...]]:
        """Return the rows there is a reply for, and what loading did to the data."""
        rows = source.rows
        held = [
            row
            for row in rows
            if self.replies.holds(
                Place(source.benchmark, source.task, strategy, row.sample, row.place)
            )
        ]
        faults = [
            KnownFault(fault=note.fault, count=note.count, action=note.action)
            for note in source.loaded.notes
        ]
        if missing := len(rows) - len(held):
            fault = KnownFault(fault="not in the recording", count=missing, action="left out")
            faults.append(fault)
        return held, tuple(faults)

    def _drawn(self, benchmark: str, rows: Sequence[PlacedSample]) -> list[PlacedSample]:
        limit = self.limits[benchmark]
        if limit is None:
            return list(rows)
        place_of = {row.sample.id: row for row in rows}
        samples = draw([row.sample for row in rows], limit, self.spec.seed)
        return [place_of[sample.id] for sample in samples]

    def _shuffled(self, task: Task, rows: list[PlacedSample]) -> list[PlacedSample]:
        if not self.spec.shuffle_options or task.answer.kind != "choice":
            return rows
        options, seed = task.answer.options, self.spec.seed
        return [row._replace(sample=shuffled(row.sample, options, seed)) for row in rows]

    def _shots(self, source: Source, strategy: Strategy) -> tuple[Demonstration, ...]:
        wanted = self.spec.shots
        given = self.spec.demonstrations is not None or self.replies.few_shot
        if not (given if wanted is None else wanted):
            return ()
        try:
            check_options(strategy.name, strategy.takes, {"demonstrations": ()})
        except UnknownName:
            self.remarks.append(f"{strategy.name} takes no demonstrations: it runs without them.")
            return ()
        return demonstrations_for(
            source.task, wanted, self.spec.demonstrations, self.spec.templates
        )

    def _cell(
        self, source: Source, strategy: str, rows: int, shots: int, faults: tuple[KnownFault, ...]
    ) -> Cell:
        first = source.loaded.samples[0]
        return Cell(
            benchmark=source.benchmark,
            task=source.task.name,
            metric=source.metric,
            language=first.language,
            target_language=first.target_language,
            tier=get_language(first.language, self.files).tier,
            strategy=strategy,
            shots=shots,
            planned=rows * self.spec.repeats,
            faults=faults,
        )

    def _fits(self, recipe: Recipe, cell: Cell, samples: Sequence[Any]) -> bool:
        """Try the first prompt and the metric, so that neither fails a run under way.

        Raises InputError where an option is at fault: without it the prompt can be made.
        """
        score_values(cell.metric, [None], [samples[0].gold], cell.answer_language)
        error = _refusal(recipe, samples)
        if error is None:
            return True
        own = self.spec.options.get(recipe.strategy.name, {})
        others = {name: value for name, value in recipe.options.items() if name not in own}
        if own and _refusal(replace(recipe, options=FrozenDict(others)), samples) is None:
            raise error
        self.refused = self.refused or error
        self.remarks.append(f"{cell.name} is left out: {error}")
        return False


def _limits(spec: RunSpec, sources: Sequence[Source]) -> Mapping[str, int | None]:
    """Return how many rows a language each benchmark gives; None stands for all."""
    sizes: dict[str, int] = {}
    for source in sources:
        size = len(source.loaded.samples)
        sizes[source.benchmark] = max(size, sizes.get(source.benchmark, 0))
    if spec.mix is not None:
        return balanced_counts(sizes, spec.mix)
    if spec.limit is None:
        return {source.benchmark: source.drawn for source in sources}
    return dict.fromkeys(sizes, spec.limit or None)


def demonstrations_for(
    task: Task, shots: int | None, file: Path | None, templates: Path | None
) -> tuple[Demonstration, ...]:
    """Return the first `shots` demonstrations of a task, all where None.

    They are those that xlt ships, or those of a file that `xlt demos` built. Raises InputError
    where there are fewer, UnknownName for a task without any.
    """
    if file is None:
        found = shipped_demonstrations(task, templates)
    else:
        found = load_demonstrations(file, task)
    if shots is not None and shots > len(found):
        where = "xlt ships" if file is None else f"{file} holds"
        raise InputError(
            f"{shots} shots are wanted, {where} {len(found)} for {task.name}; "
            "build more with xlt demos build and name the file with --demos."
        )
    return found[:shots]


def _refusal(recipe: Recipe, samples: Sequence[Any]) -> InputError | None:
    """Return why the first prompt cannot be made, None where it can."""
    try:
        request = next(filter(None, (_request(recipe, one) for one in samples)), None)
        if request is not None:
            running = recipe.plan(request)
            next(running)
            running.close()
    except InputError as error:
        return error
    return None


def _request(recipe: Recipe, sample: Any) -> Any:
    try:
        return recipe.request(sample)
    except InputError:  # a row that cannot be sent is an error of that row alone
        return None


def _of_every(spec: RunSpec) -> dict[str, bool]:
    given = {"answer_language": spec.answer_language, "ensure_language": spec.ensure_language}
    return {name: value for name, value in given.items() if value}


def _strategy(name: str, spec: RunSpec) -> Strategy:
    found = get_strategy(name)
    options: Mapping[str, Any] = spec.options.get(name, {})
    if "demonstrations" in options:
        raise UnknownName("option", "demonstrations", ["shots"], guess="shots")
    own = {one: value for one, value in options.items() if one != "phrasing"}  # the request's
    check_options(name, found.takes, own)
    return found


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
    return kept.model_copy(update={"fingerprint": fingerprint_of(kept)})


def _settings(spec: RunSpec, grid: Grid, replies: Replies) -> dict[str, Any]:
    """Return, as plain JSON, what Manifest has no field for."""
    settings: dict[str, Any] = {**getattr(replies, "settings", {}), "split": spec.split}
    settings["data"] = dict(grid.digests)
    if spec.mix is not None:
        settings["mix"] = spec.mix
    if spec.shuffle_options:
        settings["shuffled options"] = True
    settings |= _of_every(spec)
    for strategy, options in spec.options.items():
        settings[f"options of {strategy}"] = plain(options)
    recipes = {item.cell: item.recipe for item in grid.items}.values()
    tasks = {recipe.task.name: recipe.task.model_dump_json() for recipe in recipes}
    settings["tasks"] = {name: digest_text(text) for name, text in tasks.items()}
    for recipe in recipes:
        if shots := recipe.options.get("demonstrations"):
            worked = json.dumps([asdict(one) for one in shots], ensure_ascii=True, default=str)
            settings[f"demonstrations of {recipe.task.name}"] = digest_text(worked)
    return settings
