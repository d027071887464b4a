"""Chain of thought in the task language, with the answer's format in that language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlt.demonstrations import Demonstration
from xlt.detection.scripts import script_shares
from xlt.errors import InputError
from xlt.files.templates import TemplateFiles
from xlt.languages import Language, words
from xlt.languages.entries import INSTRUCTIONS, instruction_lines, language_tags, nearest_tags
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template


@dataclass(frozen=True, slots=True)
class Instructions:
    """The lines of a prompt in one language.

    "Let's think step by step.", what comes before the form of the answer, "Arabic numeral", "or".
    """

    think: str
    format: str
    number: str
    alternative: str

    def one_of(self, words: tuple[str, ...]) -> str:
        """Return the words as alternatives: "1 oder 2", "Ja, Nein oder Vielleicht"."""
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {self.alternative} {words[-1]}"


def instructions_in(language: Language, files: TemplateFiles) -> Instructions:
    """Return the lines in `language`, or in the language it is a variant of ("de-AT": "de").

    Raises InputError where there are none.
    """
    for tag in nearest_tags(language.tag):
        lines = instruction_lines(tag, files)
        if all(line in lines for line in INSTRUCTIONS):
            alternative = lines.get("or") or (*words(language, "or"), "/")[0]
            return Instructions(lines["think"], lines["format"], lines["number"], alternative)
    known = [tag for tag in language_tags(files) if "think" in instruction_lines(tag, files)]
    raise InputError(
        f"native_cot has no instruction lines in {language.name}: use en_cot, "
        f"or add languages/{language.tag.lower()}.yaml to your template folder. Known: "
        f"{', '.join(known)}."
    )


def compose_prompt(
    request: Request,
    *,
    demonstrations: Sequence[Demonstration] = (),
    demonstration_format: str | None = None,
) -> Prompt:
    """Return the request, then the two lines in the task language.

    Where a task words its request in English (all but arithmetic), so does this prompt.
    """
    return think_in(
        request.language,
        request,
        "native_cot",
        demonstrations=demonstrations,
        demonstration_format=demonstration_format,
    )


def think_in(language: Language, request: Request, strategy: str, **shots: Any) -> Prompt:
    """Return the request, then the two lines in `language`, whose marker the answer has."""
    lines = instructions_in(language, request.files)
    words = language.words.answer or ("Answer",)
    scripts = script_shares(lines.think + lines.format).keys()
    marker = next((one for one in words if script_shares(one).keys() <= scripts), words[0])
    return compose_from_template(
        request,
        strategy,
        template="native_cot",
        values=(
            ("native_think", lines.think),
            ("native_format", _format(request, lines, language, marker)),
        ),
        output_type="answer" if language == request.language else marker,
        **shots,
    )


def _format(request: Request, lines: Instructions, language: Language, marker: str) -> str:
    """Return the format line: what to do, then the quoted form (arXiv 2403.10258 has no gap)."""
    words = language.words
    native = [words.yes or ("Yes",), words.no or ("No",), words.maybe or ("Maybe",)]
    match request.task.answer.kind:
        case "number":
            form = f" <{lines.number}>"
        case "choice":
            count = len(request.task.answer.options)
            form = f" <{lines.one_of(tuple(str(one) for one in range(1, count + 1)))}>"
        case "boolean":
            form = f" <{lines.one_of(tuple(word[0] for word in native[:2]))}>"
        case "label" if len(request.task.answer.labels) == 3 and _asks_yes_no(request):
            form = f" <{lines.one_of(tuple(word[0] for word in native))}>"
        case "label":
            form = f" <{lines.one_of(tuple(request.task.answer.labels))}>"
        case _:
            form = ""
    return f'{lines.format}"{marker}:{form}".'


def _asks_yes_no(request: Request) -> bool:
    """Tell whether the labels are asked for as yes, no, maybe, as the basic prompt of XNLI does."""
    others = {word.lower() for words in request.task.answer.labels.values() for word in words}
    return {"yes", "no", "maybe"} <= others


SOURCE = "Shi et al. 2022, arXiv 2210.03057; lines of Liu et al. 2024, arXiv 2403.10258"
STRATEGY = single_call("native_cot", SOURCE, compose_prompt)
