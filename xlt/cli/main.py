"""The command `xlt`: its commands, and what its errors and exit codes are."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from xlt.cli import (
    ask,
    batch,
    calibrate,
    compare,
    demos,
    detect,
    explain,
    export,
    languages,
    lint,
    models,
    parse,
    preview,
    report,
    run,
    tasks,
)
from xlt.cli import eval as evaluation
from xlt.cli.ending import INTERRUPTED, RUN_FOLDER_FAILED
from xlt.cli.renamed import respelled
from xlt.cli.terminal import close_streams, complain, prepare_streams, remark, visible
from xlt.cli.wording import worded
from xlt.errors import InputError, RunFolderError, UnknownName, XLTError

EPILOG = """\b
Examples:
  xlt preview mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？"
  xlt ask mgsm "小明有 3 个苹果，又买了 4 个。他现在有几个？" -m local
  xlt eval --self-test
  xlt tasks xcopa
  xlt languages
Exit codes: 0 done, 1 an error or no answer, 2 wrong usage, 3 key or quota, 4 a run's folder,
130 interrupted.
"""


# typer's own copy of click has no public name.
_UsageError: Any = typer.BadParameter.__base__


class _Commands(TyperGroup):
    """Reports every XLTError as one line on standard error, with its exit code."""

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
    help="Prompts that work as well in Swahili as in English: compose the "
    "Cross-Lingual-Thought prompt for a task and a language, look at it, read the answer back.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command(epilog=preview.EPILOG)(preview.preview)
app.command(epilog=ask.EPILOG)(ask.ask)
app.command(epilog=run.EPILOG)(run.run)
app.command("eval", epilog=evaluation.EPILOG)(evaluation.evaluate)
app.add_typer(batch.app, name="batch")
app.command(epilog=calibrate.EPILOG)(calibrate.calibrate)
app.add_typer(models.app, name="models")
app.add_typer(demos.app, name="demos", epilog=demos.EPILOG)
app.command(epilog=report.EPILOG)(report.report)
app.command(epilog=compare.EPILOG)(compare.compare)
app.add_typer(export.app, name="export")
app.command(epilog=tasks.EPILOG)(tasks.tasks)
app.command(epilog=languages.EPILOG)(languages.languages)
app.command(epilog=detect.EPILOG)(detect.detect)
app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=parse.EPILOG)(parse.parse)
app.command(epilog=lint.EPILOG)(lint.lint)


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
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


if __name__ == "__main__":
    main()
