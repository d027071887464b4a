"""The instruction lines in the task language, as `templates/languages/` has them."""

from __future__ import annotations

from dataclasses import dataclass

from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.languages import Language, words
from xlt.languages.entries import INSTRUCTIONS, instruction_lines, language_tags


@dataclass(frozen=True, slots=True)
class Instructions:
    """The lines of a prompt in one language.

    "Let's think step by step.", what comes before the form of the answer, "Arabic numeral", "or";
    `source` says where they come from ("own": our translation).
    """

    think: str
    format: str
    number: str
    alternative: str
    source: str

    def one_of(self, words: tuple[str, ...]) -> str:
        """Return the words as alternatives: "1 oder 2", "Ja, Nein oder Vielleicht"."""
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {self.alternative} {words[-1]}"


def instructions_in(language: Language, files: TemplateFiles) -> Instructions:
    """Return the lines in `language`, or in the language it is a variant of ("de-AT": "de").

    Raises InputError where there are none.
    """
    for tag in (language.tag, language.tag.split("-")[0]):
        lines = instruction_lines(tag, files)
        if all(line in lines for line in INSTRUCTIONS):
            alternative = lines.get("or") or (*words(language, "or"), "/")[0]
            think, form, number, source = [lines[name] for name in INSTRUCTIONS]
            return Instructions(think, form, number, alternative, source)
    raise InputError(
        f"native_cot has no instruction lines in {language.name}: use en_cot, "
        f"or add languages/{language.tag.lower()}.yaml to your template folder. Known: "
        f"{', '.join(_known(files))}."
    )


def _known(files: TemplateFiles) -> list[str]:
    return [tag for tag in language_tags(files) if "think" in instruction_lines(tag, files)]
