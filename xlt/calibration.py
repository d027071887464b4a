"""Calibrating `auto`: which strategy scores best for a task and language on development rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from xlt.answers.agreement import agreement_for
from xlt.answers.answer import Answer
from xlt.composing import plan
from xlt.errors import InputError
from xlt.files.safe import check_place, write_whole
from xlt.frozen import FrozenDict
from xlt.languages import get_language
from xlt.registry import get_task
from xlt.running import Ask, run
from xlt.strategies.strategy import get_strategy
from xlt.task import Task

Scorer = Callable[[Answer, Any], float]
# Cheaper ones first: of two that score the same the earlier is taken.
STRATEGIES = ("en_basic", "en_cot", "native_cot", "xlt")
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class StrategyScore:
    """A strategy's mean score (0 to 1) on the rows of one task and language, with one `model`.

    `low` and `high` bound the bootstrap's central 95%; `unread` replies scored as they are, 0
    where the answer is compared. `share_of_wins` is how often the strategy scored best when the
    rows were drawn anew, ties for the cheaper.
    """

    task: str
    language: str
    strategy: str
    mean: float
    low: float
    high: float
    rows: int
    unread: int
    share_of_wins: float
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores by model, task and language, best first, and the policy that follows from them.

    Where several models were tried, a rule of the policy holds for its own.
    """

    scores: tuple[StrategyScore, ...]

    @property
    def best(self) -> tuple[StrategyScore, ...]:
        """The best score of each model, task and language."""
        first: dict[tuple[str | None, str, str], StrategyScore] = {}
        for score in self.scores:
            first.setdefault((score.model, score.task, score.language), score)
        return tuple(first.values())

    def to_yaml(self) -> str:
        """Return a policy file for `auto`'s option `policy`: one rule a task and language."""
        rules = [self._rule(score) for score in self.best]
        return str(yaml.safe_dump({"rules": rules}, allow_unicode=True, sort_keys=False, width=96))

    def write(self, path: Path | str) -> None:
        """Write the policy file, whole or not at all; raises InputError where it cannot."""
        write_whole(Path(path), [self.to_yaml().encode()])

    def _rule(self, score: StrategyScore) -> dict[str, Any]:
        when: dict[str, Any] = {"task": [score.task], "language": [score.language]}
        if score.strategy == "translate_en":
            when["translator"] = "yes"
        name = f"calibrated-{score.task}-{score.language}"
        if len({one.model for one in self.scores}) > 1 and score.model is not None:
            when["model"] = [score.model]
            name += f"-{score.model}"
        rows = f"{score.rows} development row{'' if score.rows == 1 else 's'}"
        return {
            "id": name,
            "when": when,
            "strategy": score.strategy,
            "reason": (
                f"Best of those tried on {rows}: {score.mean:.3f} "
                f"(95% {score.low:.3f} to {score.high:.3f}); first in "
                f"{score.share_of_wins:.0%} of the resamples."
            ),
            "source": f"xlt.calibrate{f', {score.model}' if score.model else ''}",
        }


def calibrate(
    rows: Iterable[Mapping[str, Any]],
    ask: Ask | Mapping[str, Ask],
    *,
    task: str | Task,
    strategies: Sequence[str] = STRATEGIES,
    options: Mapping[str, Mapping[str, Any]] = FrozenDict(),
    score: Scorer | None = None,
    model: str | None = None,
    seed: int = 0,
    resamples: int = 1000,
    max_concurrency: int = 1,
    output: Path | str | None = None,
) -> Calibration:
    """Run every strategy on every row and return how each scored, by language.

    `ask` sends a prompt, as of `xlt.run`; several models are a mapping from their names, whose
    rules then hold for the model of that name. One model's name is `model`.
    A row holds `inputs`, `language`, the gold `answer`, and `target_language` where it differs.
    `options` are options by strategy ({"translate_en": {"translator": ...}}); `score` maps an
    Answer and the gold to 0..1, by default 1 where they agree as in `build_demonstrations`
    (long texts and JSON need it). `output` is where to write the policy file. The same seed
    gives the same intervals. An exception of `ask` ends the run.
    """
    found = get_task(task)
    judge = score or agreement_for(found)
    for one in strategies:
        get_strategy(one)  # a misspelt one is said before any call
    if resamples < 1:
        raise InputError(f"resamples is {resamples}; it must be at least 1.")
    if output is not None:
        check_place(Path(output))
    models: Mapping[str | None, Ask] = (
        dict(ask.items()) if isinstance(ask, Mapping) else {model: ask}
    )
    marks: dict[tuple[str | None, str], dict[str, list[tuple[float, bool]]]] = {}
    for number, row in enumerate(rows):
        missing = [name for name in ("inputs", "language", "answer") if name not in row]
        if missing:
            raise InputError(f"Row {number} has no {missing[0]!r}; it has {', '.join(row)}.")
        language = get_language(row["language"]).tag
        for name, strategy in product(models, strategies):
            arguments = {"target_language": row.get("target_language"), **options.get(strategy, {})}
            made = plan(found, row["inputs"], language=language, strategy=strategy, **arguments)
            answer = run(made, models[name], max_concurrency=max_concurrency)
            mark = float(judge(answer, row["answer"]))
            of_language = marks.setdefault((name, language), {})
            of_language.setdefault(strategy, []).append((mark, answer.value is None))
    if not marks:
        raise InputError("There are no development rows to calibrate on.")
    scores: list[StrategyScore] = []
    for (name, language), by_strategy in marks.items():
        draw = random.Random(f"{seed}|{found.name}|{language}")
        of_model = _scores(found.name, language, by_strategy, draw, resamples)
        scores += [replace(one, model=name) for one in of_model]
    calibration = Calibration(tuple(scores))
    if output is not None:
        calibration.write(output)
    return calibration


def _scores(
    task: str,
    language: str,
    marks: Mapping[str, Sequence[tuple[float, bool]]],
    draw: random.Random,
    resamples: int,
) -> list[StrategyScore]:
    """Return the scores of one language, best first; all strategies share each resample."""
    names = list(marks)
    points = {name: [mark for mark, _ in marks[name]] for name in names}
    count = len(points[names[0]])
    means: dict[str, list[float]] = {name: [] for name in names}
    wins = dict.fromkeys(names, 0)
    for _ in range(resamples):
        sample = draw.choices(range(count), k=count)
        for name in names:
            means[name].append(sum([points[name][place] for place in sample]) / count)
        wins[max(names, key=lambda name: means[name][-1])] += 1
    scores = [
        StrategyScore(
            task,
            language,
            name,
            sum(points[name]) / count,
            *_interval(means[name]),
            count,
            sum(unread for _, unread in marks[name]),
            wins[name] / resamples,
        )
        for name in names
    ]
    return sorted(scores, key=lambda score: -score.mean)


def _interval(means: list[float]) -> tuple[float, float]:
    ordered = sorted(means)
    last = len(ordered) - 1
    return ordered[round(last * _TAIL)], ordered[round(last * (1 - _TAIL))]
