"""Chain of dictionary: a glossary's entries in front of a translation, or inside any request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xlt.errors import InputError
from xlt.prompt import Prompt
from xlt.request import Request
from xlt.strategies.glossary import Frequencies, Glossary, entries_in, pattern
from xlt.strategies.strategy import single_call
from xlt.strategies.template import compose_from_template
from xlt.strategies.translation import free_texts, in_language


def compose_prompt(
    request: Request,
    *,
    glossary: Glossary | None = None,
    max_entries: int | None = None,
    frequency: Frequencies | None = None,
) -> Prompt:
    """Return the prompt with what `glossary` says of the request's words, rare words first.

    A translation gets the chains of its words and their translations in front ("agizo = order =
    Bestellung"). Any other request gets the first translation behind each word in brackets, as
    in DIP, and is thought about in English. The wording is ours.
    """
    if glossary is None:
        raise InputError(
            "chain_of_dictionary needs glossary=, as in {'agizo': ['order', 'Bestellung']}; "
            "without one use basic or en_cot.",
            field="glossary",
        )
    entries = entries_in(request, glossary, max_entries, frequency)
    name, used = "chain_of_dictionary", (("entries", str(len(entries))),)
    if request.task.target_language == "required":
        chains = "\n".join([" = ".join((word, *texts)) for word, texts in entries.items()])
        prompt = compose_from_template(
            request, name, template=name if entries else "en_basic", output_type="answer",
            values=(("entries", chains),),
        )  # fmt: skip
    else:
        texts = [_annotated(text, entries) for text in free_texts(request)]
        shown = in_language(request, texts, request.language.tag)
        prompt = compose_from_template(shown, name, template="en_cot", output_type="answer")
        prompt = replace(prompt, inputs=request.inputs)
    return replace(prompt, options=(*prompt.options, *used))


def _annotated(text: str, entries: Mapping[str, tuple[str, ...]]) -> str:
    for word, (first, *_) in entries.items():
        text = pattern(word).sub(lambda found: f"{found[0]} ({first})", text)  # noqa: B023
    return text


SOURCE = "Lu et al. 2023, arXiv 2305.06575; DIP, arXiv 2411.01141; wording ours"
STRATEGY = single_call("chain_of_dictionary", SOURCE, compose_prompt)
