"""`Grid`: the cells of a run and its items, each one sample to answer in one cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlt.evaluation.runs.records import Cell
from xlt.evaluation.runs.replies import Place
from xlt.evaluation.samples import Sample
from xlt.files.templates import TemplateFiles
from xlt.frozen import FrozenDict
from xlt.request import Request, make_request
from xlt.strategies.strategy import Plan, Strategy
from xlt.task import Task


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
        )

    def plan(self, request: Request) -> Plan:
        return self.strategy.plan(request, **self.options)


@dataclass(frozen=True, slots=True)
class Item:
    """One sample in one cell, `row` its place in its file; `repeat` counts from 0."""

    cell: Cell
    recipe: Recipe
    sample: Sample
    row: int
    repeat: int

    @property
    def id(self) -> str:
        return self.place().item

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
