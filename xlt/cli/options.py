"""Options and arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from xlt.cli.completion import (
    complete_guard,
    complete_language,
    complete_layout,
    complete_strategy,
    complete_task,
)
from xlt.cli.reading import check_file, check_text
from xlt.errors import InputError

TaskArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TASK",
        help="A task or its benchmark's alias: arithmetic_reasoning, mgsm ... See: xlt tasks",
        autocompletion=complete_task,
        show_default=False,
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        metavar="FIELD=VALUE",
        help="An input field of the task; once for each. The value - is standard input.",
        show_default=False,
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
        show_default=False,
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="LANG",
        help="The language to answer in; translation needs it.",
        autocompletion=complete_language,
        show_default=False,
    ),
]
TaskFile = Annotated[
    Path | None,
    typer.Option(
        "--task-file",
        metavar="FILE",
        help="A task of your own, in YAML, instead of TASK.",
        callback=check_file,
        show_default=False,
    ),
]
Layout = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="user|system+user",
        help="system+user: the role in a system message (not the paper's).",
        autocompletion=complete_layout,
        show_default=False,
    ),
]
Guard = Annotated[
    str | None,
    typer.Option(
        "--guard",
        metavar="delimit",
        help="delimit: marks around the input that the text inside cannot close (not the paper's).",
        autocompletion=complete_guard,
        show_default=False,
    ),
]
Templates = Annotated[
    Path | None,
    typer.Option(
        "--templates",
        metavar="DIR",
        help="A folder whose templates, tasks and languages replace or extend xlt's own.",
        show_default=False,
    ),
]
Data = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="Rows: CSV, TSV, JSON, JSON lines or Parquet, gzipped or not; - reads standard input.",
        callback=check_file,
        show_default=False,
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="FIELD=COLUMN,...",
        help="Which column holds which input field, language or target_language. "
        "Default: the one of its name.",
        show_default=False,
    ),
]
GoldColumn = Annotated[
    str, typer.Option("--gold", metavar="COLUMN", help="The column of the right answers.")
]
MaxConcurrency = Annotated[
    int,
    typer.Option(
        "--max-concurrency", min=1, max=1000, metavar="N", help="The most calls at a time."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Everything, as JSON.")]
TextArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="TEXT",
        help="The input of a task with one field; - reads it from standard input.",
        show_default=False,
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The way to prompt: xlt, basic, cot ... Default: the task's own (xlt tasks TASK).",
        autocompletion=complete_strategy,
        show_default=False,
    ),
]
Candidates = Annotated[
    str | None,
    typer.Option(
        "--candidates",
        "-c",
        metavar="LANG,LANG...",
        help="The languages a text can be in, where none is given; fewer make the answer surer.",
        show_default=False,
    ),
]
DefaultLanguage = Annotated[
    str | None,
    typer.Option(
        "--default-language",
        metavar="LANG",
        help="The language to take where a text does not tell its own.",
        autocompletion=complete_language,
        show_default=False,
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="LABEL,LABEL...",
        help="The labels to choose from, of a task whose answer is a label.",
        show_default=False,
    ),
]
Shots = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Demonstrations to put in front, in YAML.",
        callback=check_file,
        show_default=False,
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
        show_default=False,
    ),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="An OpenAI-compatible server: http://.../v1",
        callback=check_text,
        show_default=False,
    ),
]
KeyVariable = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The environment variable with the key of --base-url (XLT_API_KEY).",
        show_default=False,
    ),
]
Replay = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Take the replies from what --record kept.", show_default=False
    ),
]
Temperature = Annotated[
    str, typer.Option(metavar="NUMBER", help="The paper's is 0; 'default' sends none.")
]
MaxTokens = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="The longest reply.", show_default=False)
]
Timeout = Annotated[
    float,
    typer.Option(min=0.1, metavar="SECONDS", help="What a call may take, retries included."),
]


def request_options(
    candidates: str | None, default_language: str | None, labels: str | None
) -> dict[str, Any]:
    """Return the options of a request for --candidates, --default-language and --labels."""
    given = {
        "candidates": names_of(candidates),
        "default_language": default_language,
        "labels": names_of(labels),
    }
    return {name: value for name, value in given.items() if value is not None}


def names_of(text: str | None) -> list[str] | None:
    """Return the names of a list ("gl, es,pt"), None where there is no list."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def wording_options(layout: str | None, guard: str | None) -> dict[str, str]:
    """Return the strategy's options for --layout and --guard, where they are given."""
    given = {"layout": layout, "guard": guard}
    return {name: value for name, value in given.items() if value is not None}


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
