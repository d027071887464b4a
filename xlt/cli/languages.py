"""`xlt languages`: the languages xlt knows words of, or one in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from xlt.cli.options import Json, Templates, complete_language
from xlt.cli.terminal import emit_facts, emit_table

if TYPE_CHECKING:
    from xlt.languages import Language

EPILOG = """\b
Examples:
  xlt languages
  xlt languages Deutsch
  xlt languages zh-Hant
"""


def languages(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="A tag, an English name or a language's own name.",
            autocompletion=complete_language,
        ),
    ] = None,
    templates: Templates = None,
    json: Json = False,
) -> None:
    """List the languages xlt knows words of, or show one with the words its replies use.

    Any other language with a BCP-47 tag works too.
    """
    from xlt.files.templates import TemplateFiles
    from xlt.languages import get_language
    from xlt.languages import languages as all_languages

    files = TemplateFiles.at(templates)
    if name is not None:
        emit_facts(_facts(get_language(name, files)), as_json=json)
        return
    rows = [(one.tag, one.name, one.tier or "", one.native_name) for one in all_languages(files)]
    emit_table(("tag", "name", "resource tier", "own name"), rows, as_json=json)


def _facts(language: Language) -> list[tuple[str, str]]:
    facts = [("tag", language.tag), ("name", language.name), ("own name", language.native_name)]
    facts.append(("resource tier", language.tier or "unknown"))
    for name, words in language.lexicon.items():
        shown = "English" if name == "english" else name
        if isinstance(words, tuple):
            facts.append((f"words for {shown}", ", ".join(words)))
    return [fact for fact in facts if fact[1]]
