"""`Design`: what a run is to compare, as the user says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlt.backends.replies import whole_text
from xlt.errors import InputError
from xlt.frozen import FrozenDict
from xlt.task import Task


@dataclass(frozen=True, slots=True)
class OwnData:
    """A data file of one's own in place of a benchmark (`xlt.evaluation.own_data.load_file`).

    `path` may hold `{language}`, for a file a language; without it the run has one language.
    """

    path: str
    task: str | Task
    columns: Mapping[str, str] = field(default_factory=FrozenDict)
    gold: str = "answer"
    id_column: str | None = None

    @property
    def name(self) -> str:
        """What stands in the place of a benchmark's name: the file's, without {language}."""
        stem = whole_text(Path(self.path.replace("{language}", "")).name.partition(".")[0])
        return stem.strip("-_ ") or Path(self.path).parent.name or "own"


@dataclass(frozen=True, slots=True)
class Design:
    """The grid of a run: benchmarks x languages x strategies.

    `languages` are tags or names, pairs ("zh-ru") for FLORES, and `all`: every language that a
    benchmark has data for. `limit` rows are drawn by `seed`, the same in every language and for
    every strategy: None takes the paper's numbers (`PAPER_SAMPLES`), 0 all. `mix` in its place is
    the number of rows a language that all benchmarks give together, each in proportion to the
    square root of its size (`samples.balanced_counts`). `shots` None takes
    all of the file `demonstrations`; without a file, those xlt ships for models that need them.
    `options` are those of a strategy, by its name.
    """

    languages: tuple[str, ...]
    strategies: tuple[str, ...]
    benchmarks: tuple[str, ...] = ()
    data: Path | None = None
    own: OwnData | None = None
    split: str = "test"
    limit: int | None = None
    mix: int | None = None
    seed: int = 0
    repeats: int = 1
    shots: int | None = None
    demonstrations: Path | None = None
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=FrozenDict)
    templates: Path | None = None

    def __post_init__(self) -> None:
        if bool(self.benchmarks) == (self.own is not None):
            raise InputError("Name the benchmarks to run, or a data file of your own, not both.")
        if self.benchmarks and self.data is None:
            raise InputError(
                "The benchmarks need --data, the folder with their files: DIR/mgsm/mgsm_zh.tsv, "
                "DIR/xcopa/data/zh/test.zh.jsonl, ... or --data hub, the Hugging Face hub."
            )
        for name, given in (("language", self.languages), ("strategy", self.strategies)):
            if not given:
                raise InputError(f"Name at least one {name}.")
        for name, value, least in (
            ("repeats", self.repeats, 1),
            ("limit", self.limit, 0),
            ("mix", self.mix, 1),
            ("shots", self.shots, 0),
        ):
            if value is not None and value < least:
                raise InputError(f"{name} is {value}; it must be at least {least}.")
        if self.mix is not None and self.limit is not None:
            raise InputError("mix and limit both say how many rows to take: give one of them.")
        unused = sorted(set(self.options) - set(self.strategies))
        if unused:
            raise InputError(f"Options are given for {unused[0]}, which is not in the run.")
