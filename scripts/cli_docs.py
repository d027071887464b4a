#!/usr/bin/env python3
"""Write docs/cli.md from the commands' own help: scripts/cli_docs.py"""

from pathlib import Path
from typing import Any

from typer.main import get_command

from xlt.cli.main import app

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
HEAD = """\
# The command line

<!-- Written by scripts/cli_docs.py from the commands: change their help, not this page. -->

Results go to standard output, errors to standard error. In a terminal results have colours (not
with `NO_COLOR`) and control characters are shown as `\\x1b`; on a pipe the text is verbatim UTF-8,
tables are tab-separated.

| exit code | when |
| --- | --- |
| 0 | done |
| 1 | an error, no answer in the reply (`parse`), faults (`lint`) |
| 2 | wrong usage: an unknown name, an option or input that cannot be used |
| 3 | the key or the account is refused (`ask`, `eval`) |
| 4 | the folder of a run cannot be written, or is in use (`eval`) |
| 130 | interrupted by Ctrl-C |

`xlt --install-completion` teaches the shell to complete tasks, languages, strategies and steps.
"""


def page() -> str:
    """Return the page: a section for each command."""
    group: Any = get_command(app)
    context = group.make_context("xlt", [], resilient_parsing=True)
    return "\n".join(
        [HEAD, *[part for name in group.commands for part in sections(group, context, name)]]
    )


def sections(group: Any, context: Any, name: str) -> list[str]:
    """Return the section of a command, or those of the commands it is a group of."""
    command = group.get_command(context, name)
    if not hasattr(command, "commands"):
        return [section(name, command)]
    return [section(f"{name} {one}", command.commands[one]) for one in command.commands]


def section(name: str, command: Any) -> str:
    """Return the section of one command: what it does, its parameters, its examples."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["xlt", name, *map(shown_argument, arguments), "[OPTIONS]"])
    rows = [f"| `{one.metavar}` | {one.help or ''} |" for one in arguments]
    rows += [f"| `{', '.join(one.opts)}`{metavar(one)} | {one.help or ''} |" for one in options]
    examples = (command.epilog or "").replace("\b", "").partition("Examples:\n")[2]
    lines = [line.removeprefix("  ") for line in examples.rstrip("\n").splitlines()]
    commands = "\n".join(line for line in lines if is_command(line))
    said = "\n".join(line for line in lines if not is_command(line)).replace(".\n", ".\n\n")
    remarks = f"\n{said}\n" if said else ""
    return (
        f"## `xlt {name}`\n\n{command.help.strip()}\n\n```text\n{usage}\n```\n\n"
        f"| parameter | |\n| --- | --- |\n{chr(10).join(rows)}\n\n"
        f"```bash\n{commands}\n```\n{remarks}"
    )


def is_command(line: str) -> bool:
    """Tell an example, or its second line, from what the help says about them."""
    return line.startswith(("xlt ", "cat ", "zcat ", "curl ", " "))


def shown_argument(argument: Any) -> str:
    return str(argument.metavar) if argument.required else f"[{argument.metavar}]"


def metavar(option: Any) -> str:
    """Return what stands behind an option; every option but a flag says it."""
    return f" `{option.metavar}`".replace("|", "\\|") if option.metavar else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
