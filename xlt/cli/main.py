"""The command `xlt`: its commands, and what its errors and exit codes are."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from shutil import get_terminal_size
from typing import Annotated, Any

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
# What a parameter of the commands is called in the library, where that is not its own name.
_ARGUMENTS = {
    "target": "target_language",
    "shots": "demonstrations",
    "shots_format": "demonstration_format",
    "fit": "max_tokens",
}
# A quotation is the user's own text; `name=`, `name='value'`, `name=...` an argument, and so is
# `two_words`, or the word that a message begins with: "steps is empty".
_PARTS = re.compile(
    r"""(?<!\w)(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"|(?<![\w-])(?P<name>[a-z][a-z_]*)=(?:'(?P<value>[^']*)'|\[?\.\.\.\]?|\[(?P<list>\x22[^\]]*)\])?"
    r"|\A(?P<first>[a-z_]+)(?= (?:is|must|goes)\b)"
    r"|(?<![\w-])(?P<bare>[a-z]+(?:_[a-z]+)+)(?!\w)"
)
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])")
# By command: the old option, and the new one, or None where its value is now an argument.
RENAMED: Mapping[tuple[str, ...], Mapping[str, str | None]] = {
    ("preview",): {"--file": "--data"},
    ("batch", "export"): {"--file": None, "--data": None, "--out": "--output"},
    ("demos", "build"): {"--answer": "--gold", "--concurrency": "--max-concurrency"},
}
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
# typer's own copy of click has no public name.
_UsageError: Any = typer.BadParameter.__base__

COMMANDS: Mapping[str, str] = {
    "preview": "Show the prompt for a task and a text, step by step, without any model.",
    "ask": "Send the prompt for a task and a text to a model, and read its answer.",
    "run": "Ask a model for every row of a data file, and write the rows with the answers.",
    "eval": "Run benchmarks x languages x strategies on a model; write scores and every reply.",
    "serve": "Serve an OpenAI-compatible API that composes prompts and reads answers, and a page "
    "to try it.",
    "batch": "Offline batches (OpenAI, Anthropic): export, import, status.",
    "calibrate": "Score strategies on development rows with gold answers, and write a policy for "
    "`auto`.",
    "models": "Models that run on this machine: list, get, path, remove.",
    "demos": "Build, show and check demonstrations (few-shot, the paper's figure 4).",
    "report": "Write the report of a run: does the strategy help, what does it cost, who is left "
    "behind?",
    "compare": "Compare run B with run A, on the samples that both answered.",
    "export": "Write benchmarks for other evaluation tools.",
    "tasks": "List the tasks, or show one with its input fields and the parts of its prompt.",
    "languages": "List the languages xlt knows words of, or show one with the words its replies "
    "use.",
    "detect": "Tell what language a text is in, and how sure that is.",
    "explain": "Say which strategy `auto` takes for a task in a language, by which rule, and why.",
    "parse": "Read the answer in a model's reply: an argument, standard input or a file.",
    "lint": "Check definition files; every fault is a line `file:line:column: what is wrong`.",
}
"""The commands, and the first sentence of the help of each."""


class _Loaded(Mapping[str, Any]):
    """The commands by name, each imported when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            if name not in COMMANDS:
                raise KeyError(name)
            home = import_module(f"xlt.cli.{name}")
            found = getattr(home, "app", None)  # of a command with commands of its own
            if found is None:
                found = typer.Typer(add_completion=False)
                function = getattr(home, "evaluate" if name == "eval" else name)
                found.command(name, epilog=home.EPILOG)(function)
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
        self.commands = {name: TyperCommand(name, help=help) for name, help in COMMANDS.items()}
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
            error.message = error.message.removeprefix("Value error, ")  # pydantic, in typer
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

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        """Write a warning about a request as a remark: the line of code it comes from is ours."""
        text = str(message)
        if issubclass(category, LanguageWarning):
            remark(f"Warning: {text}" if text.endswith("?") else f"Warning: {text}.")
        else:
            others(message, category, *place, **more)

    warnings.showwarning = show


def worded(error: XLTError, command: Any) -> str:
    """Return the message of an error that `command` (of click), or one below it, ended in."""
    options = dict(_option_names(command))
    if isinstance(error, UnknownName) and error.kind.startswith("option of"):
        if "option" in options:  # the command takes them by the library's names
            return str(error)
        known = [options[name] for name in error.known if name in options]
        return str(UnknownName(error.kind, options.get(error.name, error.name), known))
    if not isinstance(error, InputError):
        return str(error)
    first, *advice = _SENTENCE_END.split(str(error))
    kept = [first, *[one for one in advice if not _foreign(one, options)]]
    return _PARTS.sub(lambda part: _in_option_names(part, options), " ".join(kept))


def _option_names(command: Any) -> Iterator[tuple[str, str]]:
    """Yield the library's name of each argument that has an option, and the option."""
    for below in getattr(command, "commands", {}).values():
        yield from _option_names(below)
    for parameter in getattr(command, "params", ()):
        option = max(parameter.opts, key=len)
        if option.startswith("--"):
            yield _ARGUMENTS.get(parameter.name, parameter.name), option


def _foreign(sentence: str, options: Mapping[str, str]) -> bool:
    """Tell whether advice is about an argument that the command has no option for."""
    names = [part["name"] for part in _PARTS.finditer(sentence) if part["name"]]
    return any(name not in options for name in names)


def _in_option_names(part: re.Match[str], options: Mapping[str, str]) -> str:
    option = options.get(part["name"] or part["first"] or part["bare"] or "")
    if option is None:
        return part[0]
    value = part["value"] or (part["list"] or "").replace('"', "").replace(", ", ",")
    return f"{option} {value}" if value else option


def respelled(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command line without old spellings, and a hint for each that it had."""
    command = next((one for one in RENAMED if tuple(words[: len(one)]) == one), ())
    renamed = RENAMED.get(command, {})
    found, last, hints = [], [], []
    rest = iter(words)
    for word in rest:
        if word == "--":
            found += [word, *rest]
            break
        name, sign, value = word.partition("=")
        if name not in renamed:
            found.append(word)
            continue
        new = renamed[name]
        if new is None:
            hints.append(f"{name} is no longer needed: give its value after TASK.")
            last += [value] if sign else [next(rest, "")]
        else:
            hints.append(f"{name} is now {new}.")
            found.append(f"{new}{sign}{value}")
    return [*found, *last], hints


if __name__ == "__main__":
    main()
