"""Options and arguments that several commands take, and what the shell completes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xlt.cli.inputs import check_file, check_text
from xlt.errors import InputError, UnknownName

if TYPE_CHECKING:
    from xlt.rows import Columns
    from xlt.task import Task


def complete_task(incomplete: str) -> list[str]:
    from xlt.registry import tasks

    return _starting(incomplete, (name for one in tasks() for name in (one.name, *one.aliases)))


def complete_language(incomplete: str) -> list[str]:
    from xlt.languages import languages

    return _starting(incomplete, (name for one in languages() for name in (one.tag, one.name)))


def complete_model(incomplete: str) -> list[str]:
    from xlt.models import local_models

    return _starting(incomplete, (one.name for one in local_models()))


def complete_layout(incomplete: str) -> list[str]:
    from xlt.prompt import LAYOUTS

    return _starting(incomplete, LAYOUTS)


def complete_guard(incomplete: str) -> list[str]:
    from xlt.strategies.template import GUARDS

    return _starting(incomplete, GUARDS)


def complete_strategy(incomplete: str) -> list[str]:
    from xlt.registry import names

    return _starting(incomplete, names("xlt.strategies"))


def complete_strategies(incomplete: str) -> list[str]:
    """Complete the last name of a list ("basic,xl")."""
    done, comma, last = incomplete.rpartition(",")
    return [f"{done}{comma}{name}" for name in complete_strategy(last)]


def complete_step(incomplete: str) -> list[str]:
    return _starting(incomplete, paper_steps(None))


def complete_steps(incomplete: str) -> list[str]:
    """Complete the last name of a list ("role_assigning,task_in")."""
    done, comma, last = incomplete.rpartition(",")
    return [f"{done}{comma}{step}" for step in complete_step(last)]


def complete_shots_format(incomplete: str) -> list[str]:
    from xlt.demonstrations.demonstration import FORMATS

    return _starting(incomplete, FORMATS)


def _starting(incomplete: str, names: Iterable[str]) -> list[str]:
    start = incomplete.casefold()
    return [name for name in names if name.casefold().startswith(start)]


TaskArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TASK",
        help="A task or its benchmark's alias: arithmetic_reasoning, mgsm ... See: xlt tasks",
        autocompletion=complete_task,
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        metavar="FIELD=VALUE",
        help="An input field of the task; repeat it for each field. The value - is standard input.",
    ),
]
LanguageOption = Annotated[
    str | None,
    typer.Option(
        "--language",
        "-l",
        metavar="LANG",
        help="The language of the inputs: zh, Chinese, pt-BR ...",
        autocompletion=complete_language,
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        metavar="LANG",
        help="The language to answer in; translation needs it.",
        autocompletion=complete_language,
    ),
]
TaskFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Your own task, a YAML file, in place of TASK.",
        callback=check_file,
    ),
]
Templates = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="A folder whose templates, tasks and languages replace or extend xlt's own.",
    ),
]
RowsArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="DATA",
        help="Rows: CSV, TSV, JSON, JSON lines or Parquet, gzipped or not; - reads standard input.",
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FIELD=COLUMN,...",
        rich_help_panel="Rows",
        help="Which column holds which input field, language or target_language. Default: the "
        "column of that name.",
    ),
]
GoldColumn = Annotated[str, typer.Option(metavar="COLUMN", help="The column of the right answers.")]
MaxConcurrency = Annotated[
    int,
    typer.Option(
        min=1,
        max=1000,
        metavar="N",
        help="The maximum number of calls at a time.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print everything as JSON.")]
TextArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TEXT", help="The input of a task with one field; - reads it from standard input."
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The strategy: xlt, basic, cot ... Default: the task's own (xlt tasks TASK).",
        autocompletion=complete_strategy,
    ),
]
Candidates = Annotated[
    str | None,
    typer.Option(
        "--candidates",
        "-c",
        metavar="LANG,LANG...",
        help="The languages the text may be in, if none is given; a shorter list makes detection "
        "safer.",
    ),
]
DefaultLanguage = Annotated[
    str | None,
    typer.Option(
        metavar="LANG",
        help="The language to assume where it cannot be detected.",
        autocompletion=complete_language,
    ),
]
Shots = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel="The prompt",
        metavar="FILE",
        help="A YAML file of demonstrations to show before the request.",
        callback=check_file,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="local, local:FILE.gguf, hf:OWNER/REPO/FILE.gguf, ollama:NAME, provider:name, or a "
        "server's name with --base-url. Default: XLT_MODEL, or the config file.",
        callback=check_text,
    ),
]
Temperature = Annotated[
    str,
    typer.Option(
        metavar="NUMBER",
        help="The sampling temperature; the paper uses 0, and 'default' sends none.",
    ),
]
ThinkTags = Annotated[
    str | None,
    typer.Option(
        metavar="'OPEN CLOSE'",
        help="The tags around the model's thoughts, which are not part of its answer.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(min=0.1, metavar="SECONDS", help="The time limit for a call, retries included."),
]


def tags_of(think_tags: str | None) -> dict[str, Any]:
    """Return the option of the tags around a thought, where they are given."""
    return {} if think_tags is None else {"think_tags": think_tags.split()}


def names_of(text: str | None) -> list[str] | None:
    """Return the names of a list ("gl, es,pt"), None where there is no list."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def columns_of(
    task: Task,
    columns: str | None,
    language: str | None,
    target: str | None,
    templates: Path | None,
    **gold: Any,
) -> Columns:
    """Return where a row holds what, by --columns, -l and --target; raises UnknownName."""
    from xlt.files.templates import TemplateFiles
    from xlt.rows import Columns, parse_columns

    named, files = parse_columns(columns or ""), TemplateFiles.at(templates)
    return Columns(task, named, language=language, target_language=target, files=files, **gold)


def parse_temperature(text: str) -> float | None:
    """Return the number that --temperature gives, None for 'default'; raises InputError."""
    if text == "default":
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 2:
        raise InputError("--temperature takes a number from 0 to 2, or 'default'.")
    return value


def refuse_unused(context: typer.Context, reason: str, names: Iterable[str]) -> None:
    """Raise InputError where the command line gives one of the parameters `names`.

    `reason` says why they have no effect: "--self-test brings its own grid and replies".
    """
    wanted = set(names)
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in wanted and is_given(context, parameter.name)
    ]
    if given:
        raise InputError(f"{reason}: leave out {', '.join(given)}.")


def is_given(context: typer.Context, name: str) -> bool:
    """Tell whether the command line gives a parameter."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def paper_steps(templates: Path | None) -> tuple[str, ...]:
    """Return the names of the six steps in the paper's order (or a template folder's own)."""
    from xlt.files.templates import TemplateFiles
    from xlt.rendering.environment import step_names
    from xlt.strategies.steps import step_name

    return tuple(step_name(name) for name in step_names(TemplateFiles.at(templates), "xlt"))


def chosen_steps(
    steps: str | None, without: Sequence[str], templates: Path | None
) -> list[str] | None:
    """Return the steps that are left, None for all of them in order.

    `steps` is a list as "role_assigning,task_inputting"; `without` are steps to leave out.
    """
    chosen = None if steps is None else [one for one in steps.split(",") if one.strip()]
    if not without:
        return chosen
    known = paper_steps(templates)
    for name in without:
        if comparable(name) not in known:
            raise UnknownName("step", name, known)
    out = {comparable(name) for name in without}
    return [one for one in chosen or known if comparable(one) not in out]


def comparable(name: str) -> str:
    """Return a step's name as templates have it: "Role assigning" is "role_assigning"."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")
