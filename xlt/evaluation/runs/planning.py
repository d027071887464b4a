"""`plan_grid`: from a design to the cells and items of a run, before any call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xlt.demonstrations import Demonstration
from xlt.errors import InputError, UnknownName, XLTError
from xlt.evaluation.runs.asking import Place, Replies
from xlt.evaluation.runs.design import Design
from xlt.evaluation.runs.grid import Grid, Item, Recipe
from xlt.evaluation.runs.records import Cell, KnownFault
from xlt.evaluation.runs.shots import demonstrations_for, takes_option
from xlt.evaluation.runs.sources import Row, Source, digest_samples, load_sources
from xlt.evaluation.samples import PAPER_SAMPLES, balanced_counts, draw
from xlt.evaluation.scoring import score_values
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.strategies.strategy import Strategy, check_options, get_strategy


def plan_grid(design: Design, replies: Replies) -> Grid:
    """Return the cells and items of a design, in the order benchmark, language, strategy.

    What no cell could do ends the planning: an unknown strategy, language or option, a file
    that cannot be read, a metric whose extra is missing. A strategy that does not fit one
    task leaves out its cells, with a remark. Samples that a recording does not hold are left
    out and noted in their cell. Raises XLTError.
    """
    strategies = [_strategy(name, design) for name in dict.fromkeys(design.strategies)]
    sources, missing = load_sources(design)
    limits = _limits(design, sources)
    planner = _Planner(design, replies, TemplateFiles.at(design.templates), limits, missing)
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
    design: Design
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
        design = self.design
        rows, faults = self._held(source, strategy.name)
        drawn = self._drawn(source.benchmark, rows)
        if not drawn:
            self.empty[source.benchmark, strategy.name].append(source.pair)
            return
        shots = self._shots(source, strategy)
        options = {**design.options.get(strategy.name, {})}
        if shots:
            options["demonstrations"] = shots
        recipe = Recipe(source.task, strategy, self.files, FrozenDict(options))
        cell = self._cell(source, strategy.name, len(drawn), len(shots), faults)
        if not self._fits(recipe, cell, [row.sample for row in drawn]):
            return
        for repeat in range(design.repeats):
            for row in drawn:
                yield Item(cell, recipe, row.sample, row.place, repeat)

    def _held(self, source: Source, strategy: str) -> tuple[list[Row], tuple[KnownFault, ...]]:
        """Return the rows there is a reply for, and what loading did to the data."""
        rows = source.rows
        held = [row for row in rows if self._holds(source, strategy, row)]
        faults = [
            KnownFault(fault=note.fault, count=note.count, action=note.action)
            for note in source.loaded.notes
        ]
        if missing := len(rows) - len(held):
            fault = KnownFault(fault="not in the recording", count=missing, action="left out")
            faults.append(fault)
        return held, tuple(faults)

    def _holds(self, source: Source, strategy: str, row: Row) -> bool:
        place = Place(source.benchmark, source.task, strategy, row.sample, row.place)
        return self.replies.holds(place)

    def _drawn(self, benchmark: str, rows: Sequence[Row]) -> list[Row]:
        limit = self.limits[benchmark]
        if limit is None:
            return list(rows)
        place_of = {row.sample.id: row for row in rows}
        samples = draw([row.sample for row in rows], limit, self.design.seed)
        return [place_of[sample.id] for sample in samples]

    def _shots(self, source: Source, strategy: Strategy) -> tuple[Demonstration, ...]:
        wanted = self.design.shots
        given = self.design.demonstrations is not None or self.replies.few_shot
        if not (given if wanted is None else wanted):
            return ()
        if not takes_option(strategy, "demonstrations"):
            self.remarks.append(f"{strategy.name} takes no demonstrations: it runs without.")
            return ()
        return demonstrations_for(
            source.task, wanted, self.design.demonstrations, self.design.templates
        )

    def _cell(
        self, source: Source, strategy: str, rows: int, shots: int, faults: tuple[KnownFault, ...]
    ) -> Cell:
        first = source.loaded.samples[0]
        return Cell(
            benchmark=source.benchmark,
            task=source.task.name,
            metric=source.task.metric,
            language=first.language,
            target_language=first.target_language,
            tier=get_language(first.language, self.files).tier,
            strategy=strategy,
            shots=shots,
            planned=rows * self.design.repeats,
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
        own = self.design.options.get(recipe.strategy.name, {})
        others = {name: value for name, value in recipe.options.items() if name not in own}
        if own and _refusal(replace(recipe, options=FrozenDict(others)), samples) is None:
            raise error
        self.refused = self.refused or error
        self.remarks.append(f"{cell.name} is left out: {error}")
        return False


def _limits(design: Design, sources: Sequence[Source]) -> Mapping[str, int | None]:
    """Return how many rows a language each benchmark gives; None stands for all."""
    sizes: dict[str, int] = {}
    for source in sources:
        size = len(source.loaded.samples)
        sizes[source.benchmark] = max(size, sizes.get(source.benchmark, 0))
    if design.mix is not None:
        return balanced_counts(sizes, design.mix)
    if design.limit is None:
        return {name: PAPER_SAMPLES.get(name) for name in sizes}
    return dict.fromkeys(sizes, design.limit or None)


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


def _strategy(name: str, design: Design) -> Strategy:
    found = get_strategy(name)
    options: Mapping[str, Any] = design.options.get(name, {})
    if "demonstrations" in options:
        raise UnknownName("option", "demonstrations", ["shots"], guess="shots")
    check_options(name, found.takes, dict(options))
    return found
