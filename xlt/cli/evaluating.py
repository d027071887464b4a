"""From the options of `xlt eval` to a design and a model, and to its exit code."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from xlt.cli.ending import ACCOUNT_FAILED, end_at_once
from xlt.errors import InputError

if TYPE_CHECKING:
    from xlt.cli.eval_view import Count
    from xlt.evaluation.cost import Price
    from xlt.evaluation.runs.asking import Replies
    from xlt.evaluation.runs.design import Design
    from xlt.evaluation.runs.executing import Evaluated


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `xlt eval` beside its grid: the model, the folder, how it is run."""

    model: str | None
    base_url: str | None
    key_variable: str | None
    replay: Path | None
    self_test: bool
    temperature: str | None
    max_tokens: int | None
    timeout: float
    price_in: float | None
    price_out: float | None
    output: Path | None
    max_concurrency: int
    retry_errors: bool
    force: bool

    @property
    def price(self) -> Price | None:
        from xlt.evaluation.cost import Price

        if (self.price_in is None) != (self.price_out is None):
            raise InputError("Give --price-in and --price-out together.")
        if self.price_in is None or self.price_out is None:
            return None
        return Price(self.price_in, self.price_out)


def design_of(
    *,
    benchmarks: str | None,
    languages: str,
    strategies: str,
    data: str | None,
    task: str | None,
    columns: str | None,
    gold: str,
    id_column: str | None,
    options: Sequence[str],
    **others: Any,
) -> Design:
    """Return the design that the options describe; raises InputError."""
    from xlt.evaluation.benchmarks import BENCHMARKS
    from xlt.evaluation.runs.design import Design, OwnData

    if task is None and not benchmarks:
        raise InputError(
            f"Name what to run: --benchmarks {','.join(BENCHMARKS)}, a data file of your own "
            "with --task and --data, or --self-test to see it work."
        )
    own = None
    if task is not None:
        if data is None:
            raise InputError("--task needs --data, the file of its rows.")
        own = OwnData(data, task, _columns(columns), gold, id_column)
    return Design(
        languages=tuple(_names(languages)),
        strategies=tuple(_names(strategies)),
        benchmarks=tuple(_names(benchmarks or "")),
        data=None if data is None or own is not None else Path(data),
        own=own,
        options=_options(options),
        **others,
    )


def evaluate_here(design: Design, settings: Settings) -> None:
    """Run a design, show it, and exit with its code."""
    from xlt.backends.errors import BackendError
    from xlt.cli.eval_view import emit_evaluated, watching
    from xlt.cli.terminal import complain, remark

    replies = _replies(settings)
    watcher: Count | None = None
    try:
        with watching() as watcher:
            evaluated = asyncio.run(_run(design, replies, settings, watcher))
    except BackendError as error:  # of the account, or no server: all others are of one sample
        complain(f"{error}\n{watcher}; the same command goes on.")
        raise typer.Exit(ACCOUNT_FAILED if error.final else 1) from error
    except KeyboardInterrupt:
        remark(f"Interrupted: {watcher}; the same command goes on.")
        end_at_once(settings.model)
        raise
    emit_evaluated(evaluated)
    _write_report(evaluated)
    _write_logs(evaluated)
    if evaluated.tally.errored:
        raise typer.Exit(1)


def _write_report(evaluated: Evaluated) -> None:
    from xlt.cli.terminal import remark
    from xlt.evaluation.report.assembling import make_report
    from xlt.evaluation.report.writing import write_report

    made = make_report(evaluated.run)
    page, *_ = write_report(made, evaluated.run.folder)
    for finding in made.findings:
        remark(f"{finding.question} {finding.answer}")
    remark(f"The report: {page}")


def _write_logs(evaluated: Evaluated) -> None:
    """Write the run as logs for Inspect's viewer, where inspect-ai is installed."""
    from importlib.util import find_spec

    from xlt.cli.terminal import remark

    if find_spec("inspect_ai") is None:
        return
    from xlt.evaluation.inspection.logs import write_logs

    folder = evaluated.run.folder / "logs"
    write_logs(evaluated.run, folder)
    remark(f"Its replies one by one: inspect view --log-dir {folder}")


async def _run(design: Design, replies: Replies, settings: Settings, watcher: Count) -> Evaluated:
    from xlt.evaluation.runs.executing import run_design

    return await run_design(
        design,
        replies,
        settings.output,
        max_concurrency=settings.max_concurrency,
        price=settings.price,
        retry_errors=settings.retry_errors,
        force=settings.force,
        command=_command(),
        watcher=watcher,
    )


def _replies(settings: Settings) -> Replies:
    from xlt.cli.options import parse_temperature
    from xlt.cli.settings import choice_of, config_path
    from xlt.cli.terminal import remark

    if settings.self_test:
        from xlt.evaluation.runs.self_testing import self_test_replies

        return self_test_replies()
    if settings.replay is not None:
        from xlt.backends.choosing import BASE_MODEL
        from xlt.evaluation.runs.replaying import open_recording

        return open_recording(settings.replay, few_shot=settings.model == BASE_MODEL)
    from xlt.evaluation.runs.models import choose_replies

    given = settings.temperature
    choice = choice_of(
        settings.model,
        settings.base_url,
        settings.key_variable,
        temperature=parse_temperature("0" if given is None else given),
        max_tokens=settings.max_tokens,
        timeout=settings.timeout,
        max_concurrency=settings.max_concurrency,
    )
    notify = remark if sys.stderr.isatty() else None
    config = str(config_path())
    return choose_replies(choice, paper_sampling=given is None, config=config, notify=notify)


def _names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


def _columns(text: str | None) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in _names(text or "")]
    for field, sign, column in pairs:
        if not (field and sign and column):
            raise InputError(f"--columns takes FIELD=COLUMN,..., not {text!r}.")
    found = {field.strip(): column.strip() for field, _, column in pairs}
    if len(found) < len(pairs):
        raise InputError(f"--columns names a field twice: {text!r}.")
    return found


def _options(pairs: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return options by strategy; a value that is JSON is that, any other one is its text."""
    found: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        place, sign, value = pair.partition("=")
        strategy, dot, name = place.partition(".")
        if not (strategy and dot and name and sign):
            raise InputError(f"--option takes STRATEGY.NAME=VALUE, not {pair!r}.")
        options = found.setdefault(strategy, {})
        if name in options:
            raise InputError(f"--option gives {place} twice.")
        try:
            options[name] = json.loads(value)
        except (ValueError, RecursionError):
            options[name] = value
    return found


def _command() -> str:
    """Return the command as it was typed, without what may be a secret in an address."""
    from xlt.backends.redaction import redacted

    words = [word.partition("?")[0] if "://" in word else word for word in sys.argv[1:]]
    return redacted(shlex.join(["xlt", *words]))
