"""X-InSTA's alignment: a line that says what the labels are called in the request's language."""

from __future__ import annotations

from collections.abc import Sequence

from xlt.errors import InputError
from xlt.languages import Language, words
from xlt.prompt import Step
from xlt.rendering.environment import render_step
from xlt.rendering.filters import listed
from xlt.request import Request

_TEMPLATE = "alignment/labels.j2"


def alignment_step(request: Request, examples: Sequence[Language]) -> Step:
    """Return the line between demonstrations in other languages and the request.

    Tanwar et al. 2023, arXiv 2305.05940, whose code has no licence: the wording is ours. Raises
    InputError where there are no demonstrations, or no words for the labels.
    """
    answer = request.task.answer
    labels = ("yes", "no") if answer.kind == "boolean" else tuple(answer.labels)
    if not labels or not examples:
        what = "demonstrations=" if labels else "a task with labels, such as xnli or pawsx"
        raise InputError(
            f"alignment=True says what the labels of demonstrations are called in the request's "
            f"language: it needs {what}.",
            field="alignment",
        )
    pairs = [(label, words(request.language, label)) for label in labels]
    if unknown := [label for label, own in pairs if not own]:
        raise InputError(
            f"{request.language.name} has no word for the label {unknown[0]!r}: add it to the "
            f"lexicon of languages/{request.language.tag.lower()}.yaml, or leave out alignment=.",
            field="alignment",
        )
    values = {
        "examples": listed(tuple(dict.fromkeys(one.name for one in examples))),
        "language": request.language.name,
        "pairs": listed(tuple(f'"{label}" is "{own[0]}"' for label, own in pairs)),
    }
    return Step("labels", render_step(request.files, _TEMPLATE, values))
