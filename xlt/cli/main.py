"""The command `xlt`: its commands, and what its errors and exit codes are."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from importlib import import_module
from shutil import get_terminal_size
from typing import Annotated, Any, NamedTuple, TextIO

import typer
from typer.core import TyperCommand, TyperGroup

from xlt.cli.terminal import (
    INTERRUPTED,
    RUN_FOLDER_FAILED,
    close_streams,
    complain,
    prepare_streams,
    remark,
    visible,
)
from xlt.cli.wording import respelled, worded
from xlt.errors import InputError, LanguageWarning, RunFolderError, UnknownName, XLTError

EPILOG = """\b
Examples:
  xlt preview mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？"
  xlt ask mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？" -m local
  xlt eval --self-test
  xlt tasks xcopa
  xlt languages
Exit codes: 0 done, 1 an error or no answer, 2 wrong usage, 3 key or quota, \
4 a run's folder, 130 interrupted.
"""


_TABLES = 60  # columns of a terminal
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
# typer's own copy of click has no public name.
_UsageError: Any = typer.BadParameter.__base__


class Entry(NamedTuple):
    """Where a command is, as "module:attribute", and the first sentence of its help."""

    place: str
    help: str


COMMANDS: Mapping[str, Entry] = {
    "preview": Entry(
        "preview:preview",
        "Show the prompt for a task and a text, step by step, without any model.",
    ),
    "ask": Entry(
        "ask:ask", "Send the prompt for a task and a text to a model, and read its answer."
    ),
    "run": Entry(
        "run:run",
        "Ask a model for every row of a data file, and write the rows with the answers.",
    ),
    "eval": Entry(
        "eval:evaluate",
        "Run benchmarks x languages x strategies on a model; write scores and every reply.",
    ),
    "serve": Entry(
        "serve:serve",
        "Serve an OpenAI-compatible API that composes prompts and reads answers, and a page to try "
        "it.",
    ),
    "batch": Entry("batch:app", "Offline batches (OpenAI, Anthropic): export, import, status."),
    "calibrate": Entry(
        "calibrate:calibrate",
        "Score strategies on development rows with gold answers, and write a policy for `auto`.",
    ),
    "models": Entry("models:app", "Models that run on this machine: list, get, path, remove."),
    "demos": Entry(
        "demos:app", "Build, show and check demonstrations (few-shot, the paper's figure 4)."
    ),
    "report": Entry(
        "report:report",
        "Write the report of a run: does the strategy help, what does it cost, who is left behind?",
    ),
    "compare": Entry(
        "compare:compare", "Compare run B with run A, on the samples that both answered."
    ),
    "export": Entry("export:app", "Write benchmarks for other evaluation tools."),
    "tasks": Entry(
        "tasks:tasks",
        "List the tasks, or show one with its input fields and the parts of its prompt.",
    ),
    "languages": Entry(
        "languages:languages",
        "List the languages xlt knows words of, or show one with the words its replies use.",
    ),
    "detect": Entry(
        "detect:detect", "Tell what language a text is in, and how sure that is."
    ),
    "explain": Entry(
        "explain:explain",
        "Say which strategy `auto` takes for a task in a language, by which rule, and why.",
    ),
    "parse": Entry(
        "parse:parse", "Read the answer in a model's reply, from standard input or a file."
    ),
    "lint": Entry(
        "lint:lint",
        "Check definition files; every fault is a line `file:line:column: what is wrong`.",
    ),
}  # fmt: skip


class _Loaded(Mapping[str, Any]):
    """The commands by name, each imported when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module, _, attribute = COMMANDS[name].place.partition(":")
            home = import_module(f"xlt.cli.{module}")
            found = getattr(home, attribute)
            if not isinstance(found, typer.Typer):
                only = typer.Typer(add_completion=False)
                only.command(name, epilog=home.EPILOG)(found)
                found = only
            command: Any = typer.main.get_command(found)
            command.name = name
            self._made[name] = _with_plain_help(command)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _with_plain_help(command: Any) -> Any:
    """Return a command whose help typer shows as it is meant.

    Lines of a docstring join to a paragraph, and a flag has no type: typer 0.29 says "<bool>".
    On a narrow terminal options are no table, whose columns would cut their names.
    """
    if get_terminal_size().columns < _TABLES and not isinstance(command, TyperGroup):
        command.rich_markup_mode = None
    command.help = _LINE_END.sub(" ", command.help or "")
    for one in command.commands.values() if type(command) is TyperGroup else ():
        _with_plain_help(one)
    for option in command.get_params(typer.Context(command)):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    return command


class _Commands(TyperGroup):
    """Loads a command when it is used; reports every XLTError as one line on standard error."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = _Loaded()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help without importing the commands that it lists."""
        loaded = self.commands
        _with_plain_help(self)
        self.commands = {
            name: TyperCommand(name, help=entry.help) for name, entry in COMMANDS.items()
        }
        try:
            super().format_help(ctx, formatter)
        finally:
            self.commands = loaded

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words, hints = respelled(args)
        for hint in hints:
            remark(f"Note: {hint}")
        return super().parse_args(ctx, words)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except XLTError as error:
            complain(worded(error, self.get_command(ctx, ctx.invoked_subcommand or "")))
            raise typer.Exit(exit_code(error)) from error
        except _UsageError as error:
            if sys.stderr.isatty():  # rich shows the rest of the line in the order of a U+202E
                error.message = visible(error.message)
            raise


app = typer.Typer(
    name="xlt",
    cls=_Commands,
    help="Compose the Cross-Lingual-Thought prompt for a task and a language, look at it, send it "
    "to a chat model, and read a typed answer back.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    prepare_streams()
    code = 0
    try:
        app(prog_name="xlt")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(close_streams(code))


def exit_code(error: XLTError) -> int:
    """Return 2 for wrong usage (an unknown name, an input that cannot be used), 1 for the rest.

    4 is a run's folder that cannot be written or is in use.
    """
    if isinstance(error, RunFolderError):
        return RUN_FOLDER_FAILED
    return 2 if isinstance(error, UnknownName | InputError) else 1


def _print_version(wanted: bool) -> None:
    if wanted:
        from xlt.version import __version__

        typer.echo(f"xlt {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    context.with_resource(warnings.catch_warnings())
    warnings.simplefilter("default", LanguageWarning)
    others = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """Write a warning about a request as a remark: the line of code it comes from is ours."""
        text = str(message)
        if issubclass(category, LanguageWarning):
            remark(f"Warning: {text}" if text.endswith("?") else f"Warning: {text}.")
        else:
            others(message, category, filename, lineno, file, line)

    warnings.showwarning = show


if __name__ == "__main__":
    main()
