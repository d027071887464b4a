"""`xlt calibrate`: which strategy scores best on development rows, as a policy for `auto`."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from xlt.cli.groups import CallOptions, with_groups
from xlt.cli.inputs import find_rows
from xlt.cli.options import (
    ColumnsOption,
    GoldColumn,
    Json,
    LanguageOption,
    MaxConcurrency,
    Model,
    RowsArgument,
    TargetOption,
    TaskArgument,
    TaskFile,
    Templates,
    columns_of,
    complete_strategies,
    names_of,
)
from xlt.cli.terminal import calls_to, emit_json, emit_table

EPILOG = """\b
Examples:
  xlt calibrate mgsm dev_sw.tsv -l sw -m openai:gpt-4o-mini -o policy.yaml
  xlt calibrate xnli dev.csv --gold label -m local -o policy.yaml
  xlt calibrate mgsm dev_sw.tsv -l sw -m openai:gpt-4o-mini,local -o policy.yaml
  xlt explain mgsm -l sw -m local --policy policy.yaml
"""


@with_groups
def calibrate(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the policy.")
    ],
    task: TaskArgument = None,
    data: RowsArgument = None,
    model: Model = None,
    language: LanguageOption = None,
    target: TargetOption = None,
    gold: GoldColumn = "answer",
    columns: ColumnsOption = None,
    strategies: Annotated[
        str,
        typer.Option(
            metavar="NAME,NAME...",
            help="The strategies to compare, cheaper ones first.",
            autocompletion=complete_strategies,
        ),
    ] = "en_basic,en_cot,native_cot,xlt",
    seed: Annotated[int, typer.Option(metavar="N", help="The seed of the resampling.")] = 0,
    max_concurrency: MaxConcurrency = 1,
    calls: CallOptions,
    json: Json = False,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Score strategies on development rows with gold answers, and write a policy for `auto`.

    Each row is asked once for each strategy. The rows need a language, by -l or a column. Several
    models (-m NAME,NAME) are compared side by side, and each gets rules of its own.
    """
    from xlt.backends.backend import ask
    from xlt.calibration import calibrate as calibrated
    from xlt.cli.settings import open_backend
    from xlt.rows import read_task_rows

    found, rows_file = find_rows(task, data, task_file, templates)
    where = columns_of(found, columns, language, target, templates, gold=gold)
    rows = [row.as_request() for row in read_task_rows(rows_file, where)]
    choices = [calls.choice(one) for one in (names_of(model) or (None,))]
    with calls_to(choices[0].model):
        backends = [(choice, open_backend(choice)) for choice in choices]
        made = calibrated(
            rows,
            {choice.model or backend.name: partial(ask, backend) for choice, backend in backends},
            task=found,
            strategies=names_of(strategies) or (),
            seed=seed,
            max_concurrency=max_concurrency,
            output=output,
        )
    _report(made, as_json=json)


def _report(made: Any, *, as_json: bool) -> None:
    if as_json:
        emit_json([asdict(score) for score in made.scores])
        return
    several = len({one.model for one in made.scores}) > 1
    heads = ("language", "strategy", "score", "95%", "rows", "unread", "wins")
    emit_table(
        ("model", *heads) if several else heads,
        [
            (
                *([one.model] if several else []),
                one.language,
                one.strategy,
                f"{one.mean:.3f}",
                f"{one.low:.3f}–{one.high:.3f}",
                str(one.rows),
                str(one.unread),
                f"{one.share_of_wins:.0%}",
            )
            for one in made.scores
        ],
    )
