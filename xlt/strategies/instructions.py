"""The instruction lines in the task language, as `templates/languages.yaml` has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.languages import Language
from xlt.languages.entries import INSTRUCTIONS, instruction_lines


@dataclass(frozen=True, slots=True)
class Instructions:
    """Lines in one language: "Let's think step by step.", what stands before the form of the
    answer, "Arabic numeral", "or"; `source` is where they come from ("own": own translation).
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
    known = _known(files)
    for tag in (language.tag, language.tag.split("-")[0]):
        if tag in known:
            return known[tag]
    raise InputError(
        f"There are no instruction lines in {language.name}, which native_cot needs: use en_cot, "
        f"or add the language to languages.yaml in your template folder. "
        f"There are: {', '.join(known)}."
    )


@lru_cache(maxsize=64)
def _known(files: TemplateFiles) -> Mapping[str, Instructions]:
    return {
        tag: Instructions(*[lines[name] for name in INSTRUCTIONS])
        for tag, lines in instruction_lines(files).items()
    }
