"""`xlt detect`: the language of a text."""

from __future__ import annotations

from typing import Annotated

import typer

from xlt.cli.inputs import read_stdin
from xlt.cli.options import Candidates, Json, names_of
from xlt.cli.terminal import emit, emit_json, is_terminal, shown_percent

EPILOG = """\b
Examples:
  xlt detect "Mtu anaimba wimbo."
  xlt detect --candidates gl,es,pt "A rúa está mollada."
  xlt detect - < article.txt
"""


def detect(
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="The text; - reads it from standard input.")
    ],
    candidates: Candidates = None,
    detector: Annotated[str, typer.Option(metavar="NAME", help="The detector to ask.")] = "default",
    json: Json = False,
) -> None:
    """Tell what language a text is in, and how sure that is.

    On a pipe: tag, name and confidence, separated by tabs.
    """
    from xlt.detection import detect as detect_text

    wanted = names_of(candidates)
    found = detect_text(read_stdin() if text == "-" else text, wanted, detector)
    language = found.language
    if json:
        confidence = round(found.confidence, 4)
        emit_json({"tag": language.tag, "name": language.name, "confidence": confidence})
    elif is_terminal():
        emit(f"{language.name} ({language.tag}), {shown_percent(found.confidence)} confidence")
    else:
        emit(f"{language.tag}\t{language.name}\t{found.confidence:.4f}")
