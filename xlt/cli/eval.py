"""`xlt eval`: benchmarks x languages x strategies on one model, kept in one folder."""

from __future__ import annotations

import asyncio
import inspect
import shlex
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic.fields import FieldInfo

from xlt.backends.errors import BackendError
from xlt.backends.redaction import redacted
from xlt.cli.inputs import check_file, check_text
from xlt.cli.options import complete_strategies, is_given, refuse_unused
from xlt.cli.terminal import ACCOUNT_FAILED, complain, end_at_once, remark
from xlt.errors import InputError
from xlt.evaluation.runs.spec import RunSpec

if TYPE_CHECKING:
    from xlt.evaluation.report.assembling import Report
    from xlt.evaluation.runs.executing import Evaluated

EPILOG = """\b
Examples:
  xlt eval --self-test
  xlt eval --list
  xlt eval --benchmarks mgsm --data DIR --languages zh,sw --limit 20 -m local
  xlt eval --benchmarks mgsm,xcopa --data DIR --strategies basic,xlt -m NAME --base-url URL
  xlt eval --benchmarks flores --data DIR --languages zh-ru,de-vi -m openai:gpt-4o-mini
  xlt eval --task mgsm --data own_{language}.csv --columns problem=frage -m local
  xlt eval --benchmarks mgsm --data DIR --strategies clp --replay RECORDING
  xlt eval --spec run.yaml --limit 5
Run the same command again to continue where it stopped; errored samples are tried again.
Exit codes: 0 complete, 1 some samples errored, 2 wrong usage, 3 key or quota, \
4 files or another process in the folder, 130 interrupted. A low score is not an error.
"""

# What --self-test takes, and what has no effect with --replay or without --task.
_OF_ANY_RUN = {"output", "max_concurrency", "price_in", "price_out", "currency"} | {
    "retry_errors",
    "force",
}
_OF_A_CALL = ("base_url", "key_env", "temperature", "max_tokens", "timeout")
_OF_OWN_DATA = ("columns", "gold", "id_column")


def evaluate(context: typer.Context, **given: Any) -> None:
    """Run benchmarks x languages x strategies on a model; write scores and every reply.

    The folder holds run.json (what was asked for), results.jsonl (a line a sample) and the
    report. After a kill or an interrupt, run the same command again to continue.
    """
    if given["list"]:
        from xlt.cli.eval_view import emit_benchmarks

        emit_benchmarks(given["data"], as_json=given["json"])
        return
    _run(_spec(context, given), as_json=given["json"])


def _spec(context: typer.Context, given: dict[str, Any]) -> RunSpec:
    """Return the run that the command line describes; raises InputError for what has no effect."""
    given = {_FIELDS.get(name, name): value for name, value in given.items()}
    names = [_FIELDS.get(name, name) for name in context.params if is_given(context, name)]
    named = {name: given[name] for name in names if name in RunSpec.model_fields}
    if given["self_test"]:
        from xlt.evaluation.self_test import self_test_spec

        others = set(context.params) - _OF_ANY_RUN - {"self_test", "json"}
        refuse_unused(context, "--self-test brings its own samples and replies", others)
        return self_test_spec(**named)
    if given["spec"] is not None:
        return _with_model(RunSpec.from_file(given["spec"], **named))
    if given["replay"] is not None:
        refuse_unused(context, "--replay calls no model", _OF_A_CALL)
    if given["task"] is None:
        refuse_unused(context, "Without --task there is no file of your own", _OF_OWN_DATA)
        if not given["benchmarks"]:
            raise InputError(
                "Name what to run: --benchmarks mgsm,... (xlt eval --list shows all), a data file "
                "of your own with --task and --data, or --self-test to see it work."
            )
    elif not given["benchmarks"]:
        refuse_unused(context, "A file of your own has one split", ["split"])
    if given["shots"] == 0:
        refuse_unused(context, "--shots 0 shows no demonstrations", ["demos"])
    return _with_model(RunSpec(**named))


def _with_model(spec: RunSpec) -> RunSpec:
    """Return the spec with the user's usual model, where it names none."""
    from xlt.cli.settings import choice_of

    if spec.replay is not None:
        return spec
    choice = choice_of(spec.model, spec.base_url, spec.key_env)
    found = {"model": choice.model, "base_url": choice.base_url, "key_env": choice.key_variable}
    return spec.model_copy(update=found)


def _run(spec: RunSpec, *, as_json: bool) -> None:
    from xlt.cli.eval_view import Count, emit_evaluated, watching
    from xlt.cli.settings import config_path
    from xlt.evaluation import make_report
    from xlt.evaluation.runs.executing import aevaluate
    from xlt.evaluation.runs.models import replies_of

    _tell_licences(spec)
    replies = replies_of(spec, config=str(config_path()), notify=remark)
    watcher: Count | None = None
    try:
        with watching() as watcher:
            running = aevaluate(spec, replies, watcher=watcher, command=_command())
            evaluated = asyncio.run(running)
    except BackendError as error:  # of the account, or no server: all others are of one sample
        complain(f"{error}\n{watcher}; run the same command again to continue.")
        raise typer.Exit(ACCOUNT_FAILED if error.final else 1) from error
    except KeyboardInterrupt:
        remark(f"Interrupted: {watcher}; run the same command again to continue.")
        end_at_once(spec.model)
        raise
    made = make_report(evaluated.run)
    emit_evaluated(evaluated, made if as_json else None)
    _write_report(made, evaluated.run.folder)
    _write_logs(evaluated)
    if evaluated.tally.errored:
        raise typer.Exit(1)


def _tell_licences(spec: RunSpec) -> None:
    """Write the licence of the data of each benchmark that the hub is asked for."""
    from xlt.evaluation import get_benchmark
    from xlt.evaluation.runs.sources import is_on_hub

    for found in map(get_benchmark, dict.fromkeys(spec.benchmarks)):
        if found.hub is not None and is_on_hub(found, spec):
            remark(f"{found.name}: {found.licence}, from {found.hub.id} at {found.hub.revision}")


def _write_report(made: Report, folder: Path) -> None:
    from xlt.evaluation import write_report

    page, *_ = write_report(made, folder)
    for finding in made.findings:
        remark(f"{finding.question} {finding.answer}")
    remark(f"The report: {page}")


def _write_logs(evaluated: Evaluated) -> None:
    """Write the run as logs for Inspect's viewer, where inspect-ai is installed."""
    if find_spec("inspect_ai") is None:
        return
    from xlt.evaluation import write_logs

    folder = evaluated.run.folder / "logs"
    write_logs(evaluated.run, folder)
    remark(f"Its replies one by one: inspect view --log-dir {folder}")


def _command() -> str:
    """Return the command as it was typed, without what may be a secret in an address."""
    words = [word.partition("?")[0] if "://" in word else word for word in sys.argv[1:]]
    return redacted(shlex.join(["xlt", *words]))


def _parameters() -> Iterator[inspect.Parameter]:
    """Yield the command's parameters: the fields of `RunSpec`, and what is not part of a run."""
    yield _parameter("context", typer.Context)
    for name, field in RunSpec.model_fields.items():
        kind, default = _kind(name, field.annotation), field.default
        if isinstance(default, tuple | dict):
            default = ",".join(default) or None
        if default is None:
            kind = kind | None
        yield _parameter(_OPTIONS.get(name, name), Annotated[kind, _option(name, field)], default)
    for name, (kind, option) in _OTHERS.items():
        yield _parameter(name, Annotated[kind, option], False if kind is bool else None)


def _option(name: str, field: FieldInfo) -> Any:
    about: Any = field.json_schema_extra
    least, most = (
        next((getattr(one, key) for one in field.metadata if hasattr(one, key)), None)
        for key in ("ge", "le")
    )
    is_shown = not isinstance(field.default, bool | None) and field.default not in ((), {})
    return typer.Option(
        *(about["flags"] or (f"--{name.replace('_', '-')}",)),
        metavar=about["metavar"] or " ",
        help=field.description,
        rich_help_panel=about["group"],
        show_default=is_shown,
        callback=_CHECKS.get(name),
        autocompletion=complete_strategies if name == "strategies" else None,
        min=least,
        max=most,
    )


def _kind(name: str, annotation: Any) -> Any:
    """Return the type typer reads an option as; `RunSpec` reads texts further."""
    if name == "options":
        return list[str]
    simple = [one for one in (bool, int, float, Path) if annotation in (one, one | None)]
    return simple[0] if simple else str


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> Any:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


# What the options are called whose fields have another name.
_OPTIONS = {"demonstrations": "demos", "options": "option"}
_FIELDS = {option: name for name, option in _OPTIONS.items()}
_CHECKS: dict[str, Callable[[Any], Any]] = {
    "model": check_text,
    "base_url": check_text,
    "demonstrations": check_file,
}
_OTHERS: dict[str, tuple[Any, Any]] = {
    "spec": (
        Path | None,
        typer.Option(
            "--spec",
            metavar="FILE",
            help="A YAML file of these options by name, or an earlier run's run.json; options on "
            "the command line take precedence.",
            callback=check_file,
        ),
    ),
    "list": (
        bool,
        typer.Option("--list", help="Show every benchmark: languages, rows, metric, licence."),
    ),
    "json": (
        bool,
        typer.Option("--json", help="Print the report, or the list, as JSON instead of a table."),
    ),
    "self_test": (
        bool,
        typer.Option(
            "--self-test", help="Run on a small built-in recording; needs no model and no data."
        ),
    ),
}
evaluate.__signature__ = inspect.Signature(list(_parameters()))  # type: ignore[attr-defined]
evaluate.__annotations__ = {}
