"""`xlt parse`: the answer in a reply."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli.inputs import find_task, read_inputs, read_stdin, read_text_file
from xlt.cli.options import (
    Fields,
    LanguageOption,
    TargetOption,
    TaskArgument,
    TaskFile,
    Templates,
    ThinkTags,
    tags_of,
)
from xlt.cli.terminal import emit, emit_json, remark
from xlt.errors import InputError

if TYPE_CHECKING:
    from xlt.answers.answer import Answer
    from xlt.languages import Language

EPILOG = """\b
Examples:
  xlt parse mgsm "Jibu ni 42." -l sw
  curl ... | jq -r '.choices[0].message.content' | xlt parse mgsm -l zh
  xlt parse xcopa --file reply.txt --json \\
      -i premise="Piove." -i question=effect \\
      -i choice1="La strada è bagnata." -i choice2="Il sole scotta."
"""


def parse(
    task: TaskArgument = None,
    reply: Annotated[
        str | None,
        typer.Argument(metavar="REPLY", help="The reply; - or nothing reads standard input."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with the reply.")
    ] = None,
    language: LanguageOption = None,
    target: TargetOption = None,
    fields: Fields = None,
    think_tags: ThinkTags = None,
    json: Annotated[
        bool, typer.Option("--json", help="The answer with its status, place and flags, as JSON.")
    ] = False,
    task_file: TaskFile = None,
    templates: Templates = None,
) -> None:
    """Read the answer in a model's reply: an argument, standard input or a file.

    The input fields let a choice be read by its words. The rule that read the answer and the
    »answer« within its line go to standard error. Exit code 1 when there is no answer.
    """
    from xlt.answers.answer import marked
    from xlt.answers.as_json import answer_json
    from xlt.composing import parse as parse_reply

    found, reply = find_task(task, reply, task_file, templates)
    inputs = read_inputs(found, None, fields or ())
    answer = parse_reply(
        found,
        _reply(reply, file),
        inputs=inputs,
        language=_language(language, templates),
        target_language=_language(target, templates),
        **tags_of(think_tags),
    )
    if json:
        emit_json(answer_json(answer))
        if answer.value is None:
            raise typer.Exit(1)
    else:
        emit(shown_value(answer))
        remark(f"Read by the rule {answer.rule!r}: {marked(answer)}")


def _reply(reply: str | None, file: Path | None) -> str:
    if file is not None:
        if reply is not None:
            raise InputError("Give the reply as REPLY or with --file, not both.")
        return read_text_file(file)
    if reply not in (None, "-"):
        return str(reply)
    if sys.stdin is not None and sys.stdin.isatty():
        remark("Paste the reply; end it with Ctrl-D on a line of its own.")
    return read_stdin()


def _language(name: str | None, templates: Path | None) -> Language | None:
    from xlt.files.templates import TemplateFiles
    from xlt.languages import get_language

    return None if name is None else get_language(name, TemplateFiles.at(templates))


def shown_value(answer: Answer) -> str:
    """Return the value as a line; raises AnswerNotFound without one."""
    value = answer.require()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        from json import dumps

        return dumps(value, ensure_ascii=False)
    return str(value)
